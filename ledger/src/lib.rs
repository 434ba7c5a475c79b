//! An append-only record of what was published and done, that nobody can rewrite unnoticed.
//!
//! ```text
//! entry       one line: what happened, bound to all lines before it
//! tree        the Merkle tree over the lines: its root as it grows, and proofs
//! note        signed notes and their keys
//! checkpoint  a signed root
//! proof       that an entry is in a tree, and that one tree has grown out of another
//! book        the lines and what is known when all are read
//! audit       what is wrong with a ledger, by name; reads only
//! writer      appends and signs
//! ```
//!
//! The formats are described in `docs/ledger.md`.
//!
//! Invariant: this crate depends on nothing else in the workspace.
//! Invariant: an entry is never changed; what is torn is cut before anything is appended.

mod audit;
mod book;
mod checkpoint;
mod entry;
mod folder;
mod note;
mod proof;
mod tree;
mod writer;

pub use audit::{Audit, Finding, audit};
pub use book::{Book, Flaw};
pub use checkpoint::{Checkpoint, CheckpointError};
pub use entry::{Act, BatchFact, Entry, EntryError, Fact};
pub use folder::{Folder, FolderError};
pub use note::{KeyError, NoteError, Signer, Verifier};
pub use proof::{ConsistencyProof, InclusionProof, ProofError};
pub use tree::{Growing, Hash};
pub use writer::{Found, Ledger, LedgerError};
