//! `daemoneye ledger`: whether what the sensor wrote down is still what it wrote down. Asks the files
//! and not the agent, which may be running or not.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use daemoneye_ledger::{
    Audit, Checkpoint, CheckpointError, ConsistencyProof, Entry, Fact, Finding, Flaw, Folder,
    FolderError, Hash, InclusionProof, KeyError, ProofError, Verifier, audit,
};
use serde_json::json;

use super::Out;
use crate::args::{LedgerArgs, LedgerQuestion};
use crate::exit::{End, Failure};
use crate::render;

/// Why a ledger does not answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum LedgerFailure {
    /// A file of it.
    #[error("ledger: {0}")]
    Folder(#[from] FolderError),
    /// What was given as a key is none.
    #[error("--key: {0}")]
    Key(#[from] KeyError),
    /// A file that was named.
    #[error("{path:?}: {cause}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// The checkpoint that was named.
    #[error("{path:?} {cause}")]
    Checkpoint {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: CheckpointError,
    },
    /// There is none to prove anything by.
    #[error("ledger: has no checkpoint")]
    NoCheckpoint,
    /// There is no proof.
    #[error("ledger: {0}")]
    Proof(#[from] ProofError),
}

pub(super) fn run(out: &Out, socket: &Path, args: &LedgerArgs) -> Result<End, Failure> {
    let beside = || socket.parent()?.parent().map(|data| data.join("procmond"));
    let state = args.state_dir.clone().or_else(beside).unwrap_or_default();
    let folder = Folder::new(state.join("ledger"));
    let verifier = verifier(&folder, args.key.as_deref())?;
    match &args.question {
        LedgerQuestion::Verify { checkpoints } => verify(out, &folder, &verifier, checkpoints),
        LedgerQuestion::Acts { limit } => acts(out, &folder, *limit as usize),
        LedgerQuestion::Prove { entry } => prove(out, &folder, &verifier, *entry),
        LedgerQuestion::Consistency { old } => consistency(out, &folder, &verifier, old),
        LedgerQuestion::Checkpoint => checkpoint(out, &folder, &verifier),
        LedgerQuestion::Key => {
            let key = verifier.text();
            out.write(&json!({ "key": key }), |_| format!("{key}\n"))?;
            Ok(End::Well)
        }
    }
}

/// The key that was given, as text or as a file, or the one beside the ledger.
fn verifier(folder: &Folder, key: Option<&str>) -> Result<Verifier, LedgerFailure> {
    match key {
        None => Ok(folder.verifier()?),
        Some(text) if text.contains('+') => Ok(Verifier::parse(text)?),
        Some(path) => Ok(Verifier::parse(&read(Path::new(path))?)?),
    }
}

fn read(path: &Path) -> Result<String, LedgerFailure> {
    let failed = |cause| LedgerFailure::File { path: path.to_owned(), cause };
    fs::read_to_string(path).map_err(failed)
}

fn look(folder: &Folder, verifier: &Verifier, kept: &[String]) -> Result<Audit, LedgerFailure> {
    let found = audit(folder, verifier, kept)?;
    let is_torn = |finding: &Finding| matches!(finding, Finding::Entry(Flaw::Torn { .. }));
    // A running sensor may be writing just that line.
    if found.findings.iter().any(is_torn) { Ok(audit(folder, verifier, kept)?) } else { Ok(found) }
}

fn verify(
    out: &Out,
    folder: &Folder,
    verifier: &Verifier,
    checkpoints: &[PathBuf],
) -> Result<End, Failure> {
    let kept = checkpoints.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
    let audit = look(folder, verifier, &kept)?;
    let (batches, acts) = audit.book.counts;
    let report = render::LedgerReport {
        origin: audit.origin,
        entries: audit.book.tree.size(),
        batches,
        acts,
        root: audit.book.tree.root().to_string(),
        checkpoints: audit.checkpoints.len(),
        signed: audit.checkpoints.last().map_or(0, |newest| newest.size),
        findings: audit.findings.iter().map(ToString::to_string).collect(),
        holds: audit.findings.is_empty(),
    };
    out.write(&report, |_| render::ledger(&report))?;
    Ok(if report.holds { End::Well } else { End::Broken })
}

/// Lines as they are; whether they are what was written, `verify` tells.
fn acts(out: &Out, folder: &Folder, limit: usize) -> Result<End, Failure> {
    let path = folder.entries();
    let failed = |cause| LedgerFailure::File { path: path.clone(), cause };
    let file = fs::File::open(&path).map_err(failed)?;
    let mut acts = std::collections::VecDeque::new();
    for line in BufReader::new(file).split(b'\n') {
        let entry = Entry::parse(&line.map_err(failed)?);
        let Ok(Entry { index, time, fact: Fact::Act(act), .. }) = entry else { continue };
        acts.push_back(render::Told { index, time, act: act.name, detail: act.detail });
        acts.drain(..acts.len().saturating_sub(limit));
    }
    let acts = Vec::from(acts);
    out.write(&acts, |look| render::acts(&acts, look))?;
    Ok(End::Well)
}

/// The newest checkpoint with its note.
fn newest(folder: &Folder, verifier: &Verifier) -> Result<(Checkpoint, String), LedgerFailure> {
    let audit = look(folder, verifier, &[])?;
    match (audit.checkpoints.last(), audit.newest) {
        (Some(newest), Some(note)) => Ok((newest.clone(), note)),
        _ => Err(LedgerFailure::NoCheckpoint),
    }
}

fn prove(out: &Out, folder: &Folder, verifier: &Verifier, entry: u64) -> Result<End, Failure> {
    let (newest, note) = newest(folder, verifier)?;
    let proof = InclusionProof::make(folder, entry, &newest).map_err(LedgerFailure::from)?;
    let hashes: Vec<String> = proof.hashes.iter().map(Hash::base64).collect();
    let line = String::from_utf8_lossy(&proof.entry);
    let document = json!({
        "origin": newest.origin, "index": entry, "size": newest.size, "entry": line,
        "hashes": hashes, "root": newest.root.base64(), "checkpoint": note,
    });
    out.write(&document, |_| proof.text(&note))?;
    Ok(End::Well)
}

fn consistency(
    out: &Out,
    folder: &Folder,
    verifier: &Verifier,
    path: &Path,
) -> Result<End, Failure> {
    let (newest, note) = newest(folder, verifier)?;
    let old = Checkpoint::open(&read(path)?, verifier)
        .map_err(|cause| LedgerFailure::Checkpoint { path: path.to_owned(), cause })?;
    let proof = ConsistencyProof::make(folder, &old, &newest).map_err(LedgerFailure::from)?;
    let hashes: Vec<String> = proof.hashes.iter().map(Hash::base64).collect();
    let document = json!({
        "origin": newest.origin, "old": old.size, "new": newest.size, "hashes": hashes,
        "checkpoint": note, "holds": true,
    });
    out.write(&document, |_| {
        let (old, new) = (old.size, newest.size);
        let listed: String = hashes.iter().map(|hash| format!("  {hash}\n")).collect();
        format!("the {new} entries have grown out of the {old} that were signed; by\n{listed}")
    })?;
    Ok(End::Well)
}

fn checkpoint(out: &Out, folder: &Folder, verifier: &Verifier) -> Result<End, Failure> {
    let (newest, note) = newest(folder, verifier)?;
    let document = json!({
        "origin": newest.origin, "size": newest.size, "root": newest.root.base64(),
        "checkpoint": note, "key": verifier.text(),
    });
    out.write(&document, |_| note)?;
    Ok(End::Well)
}
