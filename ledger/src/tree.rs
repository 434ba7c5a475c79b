//! The Merkle tree of RFC 9162, with BLAKE3: its root as it grows. Pure.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// 32 bytes of BLAKE3.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// Of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Hash(blake3::hash(bytes).into())
    }

    /// From 64 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        (hex::encode(bytes) == text).then_some(Hash(bytes))
    }

    /// From base64 with padding.
    pub fn parse_base64(text: &str) -> Option<Self> {
        STANDARD.decode(text).ok()?.try_into().ok().map(Hash)
    }

    /// As base64 with padding.
    pub fn base64(&self) -> String {
        STANDARD.encode(self.0)
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

/// What is needed of a tree to make it grow: the roots of its complete subtrees, the largest first.
/// Never more than 64, however many leaves there are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Growing {
    size: u64,
    roots: Vec<Hash>,
}

impl Growing {
    /// How many leaves there are.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf.
    pub fn push(&mut self, leaf: &[u8]) {
        let mut hash = hash(&[&[0], leaf]);
        for _ in 0..self.size.trailing_ones() {
            let left = self.roots.pop().expect("a subtree for each bit of the size");
            hash = join(left, hash);
        }
        self.roots.push(hash);
        self.size += 1;
    }

    /// The root.
    pub fn root(&self) -> Hash {
        let joined = self.roots.iter().rev().copied().reduce(|right, left| join(left, right));
        joined.unwrap_or_else(|| hash(&[]))
    }
}

fn join(left: Hash, right: Hash) -> Hash {
    hash(&[&[1], left.as_bytes(), right.as_bytes()])
}

fn hash(parts: &[&[u8]]) -> Hash {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(part);
    }
    Hash(hasher.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ct_merkle::mem_backed_tree::MemoryBackedTree;

    #[test]
    fn the_root_is_that_of_a_tree_that_remembers_everything() {
        let mut growing = Growing::default();
        let mut tree: MemoryBackedTree<blake3::Hasher, Vec<u8>> = MemoryBackedTree::new();
        for number in 0..300_u32 {
            assert_eq!(growing.root().as_bytes(), &tree.root().as_bytes()[..], "{number} leaves");
            let leaf = number.to_string().into_bytes();
            growing.push(&leaf);
            tree.push(leaf);
        }
        assert_eq!(growing.size(), 300);
        assert!(growing.roots.len() <= 9);
    }
}
