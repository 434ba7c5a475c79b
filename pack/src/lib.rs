//! The signed pack: how rules travel from their authors to endpoints, and who is trusted to send them.
//!
//! ```text
//! parcel     a folder or a .pack file, read and not believed: Parcel
//! pack       a parcel that is believed: Pack
//! gate       what an endpoint lets in, and what it remembers of it
//! about      pack.toml
//! api        for which agents a pack is
//! component  plugins/*.wasm: world and imports
//! rule       rules/*.toml: the rule, its reasons, its tests
//! document   a TOML file that remembers where everything stands
//! manifest   every file of a pack with its size and hash
//! signature  who vouches for a document
//! quorum     whether they are enough
//! key        public and secret keys, as text
//! trust      whom an operator believes: keys, roots, revocations
//! sign       makes manifests, signatures and .pack files
//! authority  makes roots and revocations
//! id, path   names of packs, rules and files
//! day        a day of the calendar
//! ```
//!
//! Invariant: of a signed pack nothing but the signatures' own lines is parsed before the signatures
//! hold, and no file but the manifest before every hash holds. Roots and revocations in it are parsed
//! earlier, each after its own signatures hold.
//! Invariant: each file is read once; what is hashed is what is parsed. Nothing is unpacked to disk.
//!
//! The format is documented byte by byte in `docs/pack-format.md`.

mod about;
mod api;
mod authority;
mod component;
mod day;
mod document;
mod gate;
mod id;
mod key;
mod manifest;
mod pack;
mod parcel;
mod path;
mod quorum;
mod rule;
mod sign;
mod signature;
mod trust;

pub use api::{ApiError, ApiRange, ApiVersion};
pub use authority::{Authority, AuthorityError};
pub use component::ComponentError;
pub use day::{Day, DayError};
pub use document::{Complaint, Position, Problem};
pub use gate::{Gate, Remembered, RememberedError, RolledBack};
pub use id::{IdError, PackId, RuleId};
pub use key::{KeyError, KeyId, KeyPair, PublicKey, SigningKey, keygen};
pub use manifest::{Digest, Entry, Manifest, ManifestError, Plugin};
pub use pack::{Pack, PackError};
pub use parcel::{
    ArchiveError, MAX_COMPONENT_BYTES, MAX_FILE_BYTES, MAX_FILES, MAX_PACK_BYTES, Parcel,
};
pub use path::{PackPath, PathError};
pub use quorum::QuorumError;
pub use rule::{Body, Budget, Component, Expect, Rule, RuleTest, Technique, TechniqueError, Text};
pub use sign::{SignError, build, sign};
pub use signature::{Kind, SignatureError, Signatures};
pub use trust::{
    NewsError, Revocations, RevocationsError, RevokedKey, RevokedRelease, Role, RoleName, Roles,
    Root, RootError, Standing, Trust, TrustError, TrustedKeys, Voucher,
};

/// The version of the agent's plugin interface that this crate describes packs for. A pack that is
/// for other versions only is refused.
pub const API: &str = "0.1";
