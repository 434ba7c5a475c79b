//! That an entry is in a tree, and that one tree has grown out of another.

use std::fs::File;
use std::io::{self, BufReader};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ct_merkle::RootHash;
use ct_merkle::mem_backed_tree::MemoryBackedTree;

use crate::book::Book;
use crate::checkpoint::Checkpoint;
use crate::folder::{Folder, FolderError};
use crate::tree::Hash;

type Tree = MemoryBackedTree<blake3::Hasher, Vec<u8>>;

/// Why there is no proof, or why it proves nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// The files.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// No such entry under the checkpoint.
    #[error("entry {index} is not among the {size} that the newest checkpoint has signed")]
    Index {
        /// Which.
        index: u64,
        /// How many there are.
        size: u64,
    },
    /// There are fewer entries than were signed.
    #[error("{size} entries were signed and {entries} are there: truncated")]
    Truncated {
        /// How many were signed.
        size: u64,
        /// How many there are.
        entries: u64,
    },
    /// The hashes lead to another root.
    #[error("the first {size} entries are not those that were signed: rewritten")]
    Root {
        /// How many were signed.
        size: u64,
    },
    /// The older checkpoint is the newer one.
    #[error("a checkpoint of {old} entries is not older than one of {new}")]
    NotOlder {
        /// Of the one that should be older.
        old: u64,
        /// Of the newest.
        new: u64,
    },
}

/// That an entry is in a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InclusionProof {
    /// Which entry.
    pub index: u64,
    /// Its line.
    pub entry: Vec<u8>,
    /// The hashes on the way to the root, as RFC 9162 orders them.
    pub hashes: Vec<Hash>,
}

/// That one tree has grown out of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsistencyProof {
    /// How many entries the older tree has.
    pub old: u64,
    /// How many entries the newer tree has.
    pub new: u64,
    /// The hashes, as RFC 9162 orders them.
    pub hashes: Vec<Hash>,
}

impl InclusionProof {
    /// Proves an entry under a checkpoint of the ledger in the folder.
    ///
    /// # Errors
    /// If it is not in it, or the entries are not those that were signed.
    pub fn make(folder: &Folder, index: u64, under: &Checkpoint) -> Result<Self, ProofError> {
        if index >= under.size {
            return Err(ProofError::Index { index, size: under.size });
        }
        let tree = signed_tree(folder, under)?;
        let at = usize::try_from(index).expect("an entry in memory");
        let entry = tree.get(at).expect("below the size").clone();
        let hashes = split(tree.prove_inclusion(at).as_bytes());
        let proof = InclusionProof { index, entry, hashes };
        proof.check(under)?;
        Ok(proof)
    }

    /// Checks it against a checkpoint.
    ///
    /// # Errors
    /// If the entry is not in the tree that was signed.
    pub fn check(&self, under: &Checkpoint) -> Result<(), ProofError> {
        let size = under.size;
        if self.index >= size {
            return Err(ProofError::Index { index: self.index, size });
        }
        let proof = ct_merkle::InclusionProof::try_from_bytes(join(&self.hashes));
        let checked =
            proof.and_then(|proof| root(under).verify_inclusion(&self.entry, self.index, &proof));
        checked.map_err(|_| ProofError::Root { size })
    }

    /// In the form of C2SP's tlog-proof; the extra line is the entry.
    pub fn text(&self, note: &str) -> String {
        let hashes: String = self.hashes.iter().map(|hash| hash.base64() + "\n").collect();
        let (entry, index) = (STANDARD.encode(&self.entry), self.index);
        format!("c2sp.org/tlog-proof@v1\nextra {entry}\nindex {index}\n{hashes}\n{note}")
    }
}

impl ConsistencyProof {
    /// Proves that the tree of the newer checkpoint has grown out of that of the older one.
    ///
    /// # Errors
    /// If it has not, or the entries are not those that were signed.
    pub fn make(folder: &Folder, old: &Checkpoint, new: &Checkpoint) -> Result<Self, ProofError> {
        if old.size > new.size {
            return Err(ProofError::NotOlder { old: old.size, new: new.size });
        }
        let tree = signed_tree(folder, new)?;
        let added = usize::try_from(new.size - old.size).expect("entries in memory");
        // Of nothing anything has grown, and of a tree that same tree; there is nothing to hash.
        let hashes = match (old.size, added) {
            (0, _) | (_, 0) => Vec::new(),
            _ => split(tree.prove_consistency(added).as_bytes()),
        };
        let proof = ConsistencyProof { old: old.size, new: new.size, hashes };
        proof.check(old, new)?;
        Ok(proof)
    }

    /// Checks it against both checkpoints.
    ///
    /// # Errors
    /// If the newer tree has not grown out of the older one.
    pub fn check(&self, old: &Checkpoint, new: &Checkpoint) -> Result<(), ProofError> {
        let holds = match old.size {
            0 => old.root == crate::tree::Growing::default().root(),
            size if size == new.size => old.root == new.root,
            _ => ct_merkle::ConsistencyProof::try_from_bytes(join(&self.hashes))
                .and_then(|proof| root(new).verify_consistency(&root(old), &proof))
                .is_ok(),
        };
        if holds { Ok(()) } else { Err(ProofError::Root { size: old.size }) }
    }
}

/// The tree of the first entries, as many as were signed.
fn signed_tree(folder: &Folder, under: &Checkpoint) -> Result<Tree, ProofError> {
    let path = folder.entries();
    let mut tree = Tree::new();
    let each = |_: &Book, line: &[u8]| {
        if tree.len() < under.size {
            tree.push(line.to_vec());
        }
    };
    let read = || {
        let file = File::open(&path)?;
        Book::new(&under.origin).read(BufReader::new(file), each)
    };
    read().map_err(|cause: io::Error| FolderError::Io { path: path.clone(), cause })?;
    let entries = tree.len();
    if entries < under.size {
        return Err(ProofError::Truncated { size: under.size, entries });
    }
    if tree.root() == root(under) { Ok(tree) } else { Err(ProofError::Root { size: under.size }) }
}

fn root(checkpoint: &Checkpoint) -> RootHash<blake3::Hasher> {
    RootHash::new(checkpoint.root.0.into(), checkpoint.size)
}

fn split(bytes: &[u8]) -> Vec<Hash> {
    bytes.as_chunks::<32>().0.iter().copied().map(Hash).collect()
}

fn join(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}
