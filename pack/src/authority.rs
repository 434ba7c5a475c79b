//! The folder in which an organisation keeps its roots and revocations: written here, read by
//! endpoints and carried by packs in the same form.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::key::{KeyId, SigningKey};
use crate::parcel::TRUST;
use crate::signature::{Kind, SignatureError, Signatures};
use crate::trust::{
    News, NewsError, Revocations, RevocationsError, Root, RootError, Signed, Standing, TrustError,
};

/// Roots and revocations in the making: complete or still without some signatures.
#[derive(Debug)]
pub struct Authority {
    folder: PathBuf,
    roots: Vec<(u64, Signed)>,
    revocations: Option<Signed>,
}

/// Why a root or a list of revocations was not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthorityError {
    /// The folder cannot be read.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The roots or revocations are not complete.
    #[error(transparent)]
    News(#[from] NewsError),
    /// There is no root yet.
    #[error("{folder}: no root: `root init` makes the first", folder = .0.display())]
    NoRoot(PathBuf),
    /// There is a root already.
    #[error("{folder}: root {version} exists: `root rotate` makes the next", folder = .folder.display())]
    Exists {
        /// The folder.
        folder: PathBuf,
        /// The latest root.
        version: u64,
    },
    /// The latest root is no root.
    #[error("{file}: {source}", file = .file.display())]
    Root {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        source: RootError,
    },
    /// The list is none.
    #[error("{file}: {source}", file = .file.display())]
    Revocations {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        source: RevocationsError,
    },
    /// Nothing was revoked yet.
    #[error("{folder}: nothing is revoked, so there is no list to sign", folder = .0.display())]
    NoRevocations(PathBuf),
    /// Signatures that are none.
    #[error("{file}: {source}", file = .file.display())]
    Signatures {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        source: SignatureError,
    },
    /// The operating system refuses.
    #[error("{file}: {source}", file = .file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// What it says.
        source: io::Error,
    },
}

impl Authority {
    /// Reads a folder of roots and revocations; one that is missing is empty.
    ///
    /// # Errors
    /// If it cannot be read, or a document is without its signatures or the other way round.
    pub fn open(folder: &Path) -> Result<Authority, AuthorityError> {
        let news = if folder.exists() { News::load(folder)? } else { News::default() };
        let (roots, revocations) = (news.roots.into_iter().collect(), news.revocations);
        Ok(Authority { folder: folder.into(), roots, revocations })
    }

    /// The latest root, whoever signed it.
    ///
    /// # Errors
    /// If there is none, or it is no root.
    pub fn latest(&self) -> Result<Root, AuthorityError> {
        let (version, signed) = self.last_root()?;
        Root::from_bytes(*version, &signed.document)
            .map_err(|source| AuthorityError::Root { file: signed.file.clone(), source })
    }

    /// Whether one of the roots lists the key.
    pub fn lists(&self, key: KeyId) -> bool {
        let root = |(version, signed): &(u64, Signed)| {
            Root::from_bytes(*version, &signed.document).ok()?.key(key).map(drop)
        };
        self.roots.iter().any(|one| root(one).is_some())
    }

    /// The latest list of revocations, whoever signed it; an empty one, if there is none.
    ///
    /// # Errors
    /// If it is none.
    pub fn revocations(&self) -> Result<Revocations, AuthorityError> {
        let Some(signed) = &self.revocations else { return Ok(Revocations::default()) };
        Revocations::from_bytes(&signed.document)
            .map_err(|source| AuthorityError::Revocations { file: signed.file.clone(), source })
    }

    /// What an endpoint would make of the folder, or which signature is missing.
    ///
    /// # Errors
    /// Why an endpoint would not believe it.
    pub fn standing(&self) -> Result<Standing, AuthorityError> {
        self.last_root()?;
        let roots = self.roots.iter().cloned().collect();
        Ok(Standing::begin(&News { roots, revocations: self.revocations.clone() })?)
    }

    /// Writes the first root.
    ///
    /// # Errors
    /// If there is one already, or the files cannot be written.
    pub fn found(&mut self, root: &Root, keys: &[SigningKey]) -> Result<(), AuthorityError> {
        if let Some((version, _)) = self.roots.last() {
            let (folder, version) = (self.folder.clone(), *version);
            return Err(AuthorityError::Exists { folder, version });
        }
        self.publish(root, keys)
    }

    /// Writes the root that follows the latest.
    ///
    /// # Errors
    /// If there is no root to follow, or the files cannot be written.
    pub fn follow(&mut self, root: &Root, keys: &[SigningKey]) -> Result<(), AuthorityError> {
        self.last_root()?;
        self.publish(root, keys)
    }

    /// Adds signatures to the latest root.
    ///
    /// # Errors
    /// If there is none, its signatures are none, or they cannot be written.
    pub fn sign_root(&mut self, keys: &[SigningKey]) -> Result<(), AuthorityError> {
        self.last_root()?;
        let (_, signed) = self.roots.last_mut().expect("asked for before");
        add(Kind::Root, signed, keys)?;
        write(signed)
    }

    /// Writes a list of revocations.
    ///
    /// # Errors
    /// If there is no root that says who may, or the files cannot be written.
    pub fn revoke(
        &mut self,
        list: &Revocations,
        keys: &[SigningKey],
    ) -> Result<(), AuthorityError> {
        self.last_root()?;
        let file = self.folder.join("revocations.json");
        let signed = sign(Kind::Revocations, file, list.to_bytes(), keys);
        self.revocations = Some(signed.clone());
        write(&signed)
    }

    /// Adds signatures to the list of revocations.
    ///
    /// # Errors
    /// If there is none, its signatures are none, or they cannot be written.
    pub fn sign_revocations(&mut self, keys: &[SigningKey]) -> Result<(), AuthorityError> {
        let none = || AuthorityError::NoRevocations(self.folder.clone());
        let signed = self.revocations.as_mut().ok_or_else(none)?;
        add(Kind::Revocations, signed, keys)?;
        write(signed)
    }

    /// Puts every root and the revocations into a pack's folder, so that endpoints hear of them.
    ///
    /// # Errors
    /// If the files cannot be written.
    pub fn carry(&self, pack: &Path) -> Result<(), AuthorityError> {
        let folder = pack.join(TRUST);
        let all = self.roots.iter().map(|(_, signed)| signed).chain(&self.revocations);
        all.filter_map(|signed| Some((signed, signed.file.file_name()?))).try_for_each(
            |(signed, name)| write(&Signed { file: folder.join(name), ..signed.clone() }),
        )
    }

    fn last_root(&self) -> Result<&(u64, Signed), AuthorityError> {
        self.roots.last().ok_or_else(|| AuthorityError::NoRoot(self.folder.clone()))
    }

    fn publish(&mut self, root: &Root, keys: &[SigningKey]) -> Result<(), AuthorityError> {
        let file = self.folder.join(format!("root.{}.json", root.version()));
        let signed = sign(Kind::Root, file, root.to_bytes(), keys);
        write(&signed)?;
        self.roots.push((root.version(), signed));
        Ok(())
    }
}

fn sign(kind: Kind, file: PathBuf, document: Vec<u8>, keys: &[SigningKey]) -> Signed {
    let each = keys.iter().map(|key| Signatures::make(kind, &document, key));
    let signatures = each.reduce(Signatures::and).map(|all| all.to_string().into_bytes());
    Signed { file, document, signatures: signatures.unwrap_or_default() }
}

fn add(kind: Kind, signed: &mut Signed, keys: &[SigningKey]) -> Result<(), AuthorityError> {
    let file = signed.file.with_extension("sig");
    let there = Signatures::from_bytes(&signed.signatures)
        .map_err(|source| AuthorityError::Signatures { file, source })?;
    let each = keys.iter().map(|key| Signatures::make(kind, &signed.document, key));
    signed.signatures = each.fold(there, Signatures::and).to_string().into_bytes();
    Ok(())
}

/// Writes the signatures first: a document without them would be believed by nobody, and one with
/// those of another is refused.
fn write(signed: &Signed) -> Result<(), AuthorityError> {
    let put = |file: &Path, bytes: &[u8]| {
        let folder = file.parent().unwrap_or(Path::new("."));
        let put = fs::create_dir_all(folder).and_then(|()| fs::write(file, bytes));
        put.map_err(|source| AuthorityError::Write { file: file.into(), source })
    };
    put(&signed.file.with_extension("sig"), &signed.signatures)?;
    put(&signed.file, &signed.document)
}
