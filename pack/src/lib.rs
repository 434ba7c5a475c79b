//! The signed pack: how rules travel from their authors to endpoints, and who is trusted to send them.
//!
//! ```text
//! pack       a folder, read and believed: Pack
//! about      pack.toml
//! rule       rules/*.toml: the rule, its reasons, its tests
//! document   a TOML file that remembers where everything stands
//! manifest   every file of a pack with its size and hash
//! signature  who vouches for a manifest
//! key        public and secret keys, as text
//! trust      the keys that an operator believes
//! sign       makes manifest and signature
//! id, path   names of packs, rules and files
//! ```
//!
//! Invariant: of a signed pack nothing but the signature's own three lines is parsed before the
//! signature holds, and no file but the manifest before every hash holds.
//! Invariant: each file is read once; what is hashed is what is parsed.
//!
//! The format is documented byte by byte in `docs/pack-format.md`.

mod about;
mod document;
mod id;
mod key;
mod manifest;
mod pack;
mod path;
mod rule;
mod sign;
mod signature;
mod trust;

pub use document::{Complaint, Position, Problem};
pub use id::{IdError, PackId, RuleId};
pub use key::{KeyError, KeyId, KeyPair, PublicKey, SigningKey, keygen};
pub use manifest::{Digest, Entry, Manifest, ManifestError};
pub use pack::{MAX_COMPONENT_BYTES, MAX_FILE_BYTES, MAX_FILES, MAX_PACK_BYTES, Pack, PackError};
pub use path::{PackPath, PathError};
pub use rule::{Body, Budget, Component, Expect, Rule, RuleTest, Technique, TechniqueError, Text};
pub use sign::{SignError, sign};
pub use signature::{Signature, SignatureError};
pub use trust::{Trust, TrustError, TrustedKeys};

/// The version of the agent's rule interface that this crate describes packs for. A pack for
/// another version is refused.
pub const API: &str = "0.1";
