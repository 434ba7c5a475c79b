//! A signed root, in the form of C2SP's tlog-checkpoint. Pure.

use crate::note::{NoteError, Signer, Verifier};
use crate::tree::{Growing, Hash};

/// What was signed: at this size the tree had this root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which ledger.
    pub origin: String,
    /// How many entries.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

/// Why a note is no checkpoint of a ledger.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// Its signature.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// It is signed and has another form.
    #[error("is signed and is no checkpoint")]
    Form,
    /// It is that of another ledger.
    #[error("is of the ledger {0:?}")]
    Origin(String),
}

impl Checkpoint {
    /// Of a tree.
    pub fn of(origin: &str, tree: &Growing) -> Self {
        Checkpoint { origin: origin.to_owned(), size: tree.size(), root: tree.root() }
    }

    /// As a signed note.
    pub fn sign(&self, signer: &Signer) -> String {
        signer.sign(&format!("{}\n{}\n{}\n", self.origin, self.size, self.root.base64()))
    }

    /// Reads a note that this key has signed; its name is the ledger's origin.
    ///
    /// # Errors
    /// If it is not signed, or no checkpoint of this ledger.
    pub fn open(note: &str, verifier: &Verifier) -> Result<Self, CheckpointError> {
        let text = verifier.open(note)?;
        let mut lines = text.lines();
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next())
        else {
            return Err(CheckpointError::Form);
        };
        if origin != verifier.name() {
            return Err(CheckpointError::Origin(origin.to_owned()));
        }
        let root = Hash::parse_base64(root).ok_or(CheckpointError::Form)?;
        let number = size.parse().map_err(|_| CheckpointError::Form)?;
        let is_canonical = u64::to_string(&number) == size;
        let checkpoint = Checkpoint { origin: origin.to_owned(), size: number, root };
        if is_canonical { Ok(checkpoint) } else { Err(CheckpointError::Form) }
    }

    /// The notes in a file of notes, each followed by an empty line; and how many bytes of the file
    /// those have that are whole.
    pub(crate) fn split(file: &str) -> (Vec<String>, usize) {
        let parts: Vec<&str> = file.split("\n\n").collect();
        let whole = (parts.len() - 1) / 2 * 2;
        let notes: Vec<String> =
            parts[..whole].chunks(2).map(|pair| format!("{}\n\n{}\n", pair[0], pair[1])).collect();
        let bytes = notes.iter().map(|note| note.len() + 1).sum();
        (notes, bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_that_of_c2sp() {
        let signer = Signer::new("example/log", &[7; 32]).expect("a name");
        let mut tree = Growing::default();
        tree.push(b"a");
        let checkpoint = Checkpoint::of("example/log", &tree);
        let note = checkpoint.sign(&signer);
        let lines: Vec<&str> = note.lines().collect();
        assert_eq!(lines[..2], ["example/log", "1"]);
        assert_eq!(Hash::parse_base64(lines[2]), Some(tree.root()));
        assert_eq!(lines[3], "");
        assert!(lines[4].starts_with("\u{2014} example/log "), "{note}");
        assert_eq!(Checkpoint::open(&note, &signer.verifier()), Ok(checkpoint));
    }

    #[test]
    fn a_signed_note_that_is_no_checkpoint_of_this_ledger_is_refused() {
        let signer = Signer::new("log", &[7; 32]).expect("a name");
        let root = Hash([0; 32]).base64();
        let cases = [
            "log\n1\n".to_owned(),
            format!("log\n01\n{root}\n"),
            format!("log\nx\n{root}\n"),
            "log\n1\nAAAA\n".to_owned(),
            format!("other\n1\n{root}\n"),
        ];
        for text in cases {
            assert!(Checkpoint::open(&signer.sign(&text), &signer.verifier()).is_err(), "{text}");
        }
    }

    #[test]
    fn many_notes_in_a_file_are_told_apart() {
        let signer = Signer::new("log", &[7; 32]).expect("a name");
        let notes: Vec<String> = ["a\n", "b\nc\n", "d\n"].map(|text| signer.sign(text)).into();
        let file: String = notes.iter().map(|note| format!("{note}\n")).collect();
        assert_eq!(Checkpoint::split(&file), (notes.clone(), file.len()));
        let whole = notes[0].len() + 1;
        for torn in whole..whole + notes[1].len() {
            let torn = String::from_utf8_lossy(&file.as_bytes()[..torn]);
            assert_eq!(Checkpoint::split(&torn).1, whole, "{torn}");
        }
        assert_eq!(Checkpoint::split(""), (Vec::new(), 0));
    }
}
