//! Why something is no pack, or none to believe.

use std::io;
use std::path::PathBuf;

use crate::component::ComponentError;
use crate::document::{Position, Problem};
use crate::id::{PackId, RuleId};
use crate::key::KeyId;
use crate::manifest::ManifestError;
use crate::parcel::ArchiveError;
use crate::path::PathError;
use crate::rule::Expect;
use crate::signature::SignatureError;
use crate::trust::NewsError;

/// Why a pack was refused. Files are named as the caller can open them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackError {
    /// Neither manifest nor signature.
    #[error("{folder}: the pack is not signed", folder = .folder.display())]
    Unsigned {
        /// The pack's folder.
        folder: PathBuf,
    },
    /// Signed by somebody who is not trusted.
    #[error("{place}: the pack is signed by key {key}, which is not trusted", place = .place.display())]
    UnknownKey {
        /// The pack.
        place: PathBuf,
        /// A key that the signatures name.
        key: KeyId,
    },
    /// Too few of those who must have signed it.
    #[error(
        "{place}: {counted} of the {threshold} signatures that a pack needs are there",
        place = .place.display()
    )]
    TooFew {
        /// The pack.
        place: PathBuf,
        /// How many signatures count.
        counted: usize,
        /// How many must.
        threshold: usize,
    },
    /// A signature that would be needed is by a key that was revoked.
    #[error("{place}: the pack is signed by key {key}, which was revoked: {reason}", place = .place.display())]
    RevokedKey {
        /// The pack.
        place: PathBuf,
        /// The key.
        key: KeyId,
        /// Why it was revoked.
        reason: String,
    },
    /// A release that was revoked.
    #[error("{place}: pack {pack} release {release} was revoked: {reason}", place = .place.display())]
    Revoked {
        /// The pack's place.
        place: PathBuf,
        /// The pack.
        pack: PackId,
        /// Its release.
        release: u64,
        /// Why it was revoked.
        reason: String,
    },
    /// An older release than one that has been active here.
    #[error(
        "{place}: pack {pack} release {release} is older than release {floor}, which has been active here",
        place = .place.display()
    )]
    Rollback {
        /// The pack's place.
        place: PathBuf,
        /// The pack.
        pack: PackId,
        /// Its release.
        release: u64,
        /// The highest that has been active.
        floor: u64,
    },
    /// A root in the pack that is not believed, or something in `trust/` that does not belong there.
    #[error(transparent)]
    News(#[from] NewsError),
    /// A `.pack` file that is none.
    #[error("{file}: {source}", file = .file.display())]
    Archive {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        source: ArchiveError,
    },
    /// Signatures that are none.
    #[error("{file}: {source}", file = .file.display())]
    Signature {
        /// The signatures' file.
        file: PathBuf,
        /// What is wrong with it.
        source: SignatureError,
    },
    /// The manifest is not the one that was signed, or not by this key.
    #[error("{file}: key {key} has not made this signature of this manifest", file = .file.display())]
    BadSignature {
        /// The signatures' file.
        file: PathBuf,
        /// The key that the signature names.
        key: KeyId,
    },
    /// A manifest that is none.
    #[error("{file}: {source}", file = .file.display())]
    Manifest {
        /// The manifest's file.
        file: PathBuf,
        /// What is wrong with it.
        source: ManifestError,
    },
    /// A file whose bytes are not those that were signed.
    #[error("{file}: the file was altered after the pack was signed", file = .file.display())]
    Altered {
        /// The file.
        file: PathBuf,
    },
    /// A file that the manifest lists, or that every pack has, is not there.
    #[error("{file}: the file is missing", file = .file.display())]
    Missing {
        /// The file.
        file: PathBuf,
    },
    /// A file that the manifest does not list.
    #[error("{file}: the manifest does not list the file", file = .file.display())]
    Extra {
        /// The file.
        file: PathBuf,
    },
    /// The pack contradicts the manifest.
    #[error("{file}: {key} is {found} in the pack and {listed} in the manifest", file = .file.display())]
    Mismatch {
        /// The manifest's file.
        file: PathBuf,
        /// The key in both.
        key: &'static str,
        /// Its value in the pack.
        found: String,
        /// Its value in the manifest.
        listed: String,
    },
    /// A link, or something else that is neither file nor folder.
    #[error("{file}: links and special files are not allowed in a pack", file = .file.display())]
    Link {
        /// The link.
        file: PathBuf,
    },
    /// A file name that no pack may have.
    #[error("{folder}: {source}", folder = .folder.display())]
    Path {
        /// The pack's folder.
        folder: PathBuf,
        /// What is wrong with the name.
        source: PathError,
    },
    /// Too many bytes.
    #[error("{file}: more than {limit} bytes", file = .file.display())]
    TooLarge {
        /// The file, or the pack's folder.
        file: PathBuf,
        /// How many are allowed.
        limit: u64,
    },
    /// Too many files.
    #[error("{folder}: more than {limit} files and folders", folder = .folder.display())]
    TooMany {
        /// The pack's folder.
        folder: PathBuf,
        /// How many are allowed.
        limit: usize,
    },
    /// Something among the rules that is not `rules/ID.toml`.
    #[error("{file}: only rules, one in each file with the name ID.toml, belong into rules/", file = .file.display())]
    NoRule {
        /// The file.
        file: PathBuf,
    },
    /// Something among the components that is not `plugins/NAME.wasm`.
    #[error("{file}: only components with the name NAME.wasm belong into plugins/", file = .file.display())]
    NoPlugin {
        /// The file.
        file: PathBuf,
    },
    /// A component that is none.
    #[error("{file}: {source}", file = .file.display())]
    Component {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        source: ComponentError,
    },
    /// A pack without rules does nothing.
    #[error("{folder}: the pack has no rules", folder = .folder.display())]
    Empty {
        /// The pack's folder.
        folder: PathBuf,
    },
    /// A `pack.toml` or a rule that cannot be read.
    #[error("{file}:{at}: {problem}", file = .file.display())]
    Document {
        /// The file.
        file: PathBuf,
        /// The place in it.
        at: Position,
        /// What is wrong there.
        problem: Problem,
    },
    /// A rule whose component is not in the pack.
    #[error("{file}: the file is missing, and rule {rule} names it", file = .file.display())]
    NoComponent {
        /// The rule.
        rule: RuleId,
        /// The component's file.
        file: PathBuf,
    },
    /// A rule that does not show what it does.
    #[error("{file}: rule {rule} has no test that expects {missing:?}", file = .file.display(), missing = .missing.name())]
    NoTests {
        /// The rule's file.
        file: PathBuf,
        /// The rule.
        rule: RuleId,
        /// The test that is missing.
        missing: Expect,
    },
    /// A file or folder cannot be read.
    #[error("{path}: {source}", path = .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
}
