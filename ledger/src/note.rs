//! Signed notes as C2SP's signed-note has them, with Ed25519, and their keys. Pure.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

/// What signed notes call Ed25519.
const ED25519: u8 = 1;
/// How a signature line begins: U+2014 and a space.
const DASH: &str = "\u{2014} ";

/// Why a text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Not the parts of a key.
    #[error("key that is not of the form NAME+ID+BASE64")]
    Form,
    /// Names with spaces or `+` cannot be told from what follows.
    #[error("key without a usable name")]
    Name,
    /// The id is not that of the key.
    #[error("key whose id is not that of its bytes")]
    Id,
    /// The bytes are no Ed25519 key.
    #[error("key that is no ed25519 key")]
    Bytes,
}

/// Why a note is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteError {
    /// Not a text, a blank line and signatures.
    #[error("is no signed note: {0}")]
    Form(&'static str),
    /// Nobody of this name and key has signed.
    #[error("has no signature by {0}")]
    Unsigned(String),
    /// The signature is not one of this text by this key.
    #[error("has a signature that {0} did not make")]
    Forged(String),
}

/// Who can check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    key: VerifyingKey,
}

/// Who can sign. Never printed.
pub struct Signer {
    name: String,
    key: SigningKey,
}

fn check_name(name: &str) -> Result<(), KeyError> {
    let is_usable = !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '+');
    if is_usable { Ok(()) } else { Err(KeyError::Name) }
}

fn id(name: &str, key: &VerifyingKey) -> [u8; 4] {
    let mut hasher = Sha256::new();
    hasher.update(name.as_bytes());
    hasher.update([b'\n', ED25519]);
    hasher.update(key.as_bytes());
    let digest: [u8; 32] = hasher.finalize().into();
    [digest[0], digest[1], digest[2], digest[3]]
}

/// The name, the id and the 32 bytes of a key as text.
fn parts(text: &str) -> Result<(&str, &str, [u8; 32]), KeyError> {
    let mut parts = text.trim_end().splitn(3, '+');
    let (Some(name), Some(id), Some(bytes)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(KeyError::Form);
    };
    check_name(name)?;
    let bytes = STANDARD.decode(bytes).map_err(|_| KeyError::Form)?;
    match bytes.split_first() {
        Some((&ED25519, key)) => Ok((name, id, key.try_into().map_err(|_| KeyError::Bytes)?)),
        _ => Err(KeyError::Bytes),
    }
}

fn tagged(bytes: &[u8; 32]) -> String {
    STANDARD.encode([&[ED25519], &bytes[..]].concat())
}

impl Verifier {
    /// Reads a key as [`text`](Verifier::text) writes it.
    ///
    /// # Errors
    /// If it is none.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let (name, stated, bytes) = parts(text)?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| KeyError::Bytes)?;
        if stated != hex::encode(id(name, &key)) {
            return Err(KeyError::Id);
        }
        Ok(Verifier { name: name.to_owned(), key })
    }

    /// The key as other tools for signed notes take it: name, id and key.
    pub fn text(&self) -> String {
        let id = hex::encode(id(&self.name, &self.key));
        format!("{}+{id}+{}", self.name, tagged(self.key.as_bytes()))
    }

    /// Whose key it is.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text of a note that this key has signed. Signatures by others are passed over.
    ///
    /// # Errors
    /// If it is not signed by this key.
    pub fn open<'a>(&self, note: &'a str) -> Result<&'a str, NoteError> {
        let end = note.rfind("\n\n").ok_or(NoteError::Form("no blank line"))?;
        let (text, signatures) = (&note[..=end], &note[end + 2..]);
        if text.contains(|c: char| c < ' ' && c != '\n') {
            return Err(NoteError::Form("a control character"));
        }
        if signatures.is_empty() || !signatures.ends_with('\n') {
            return Err(NoteError::Form("no signature lines"));
        }
        let mut own = None;
        for line in signatures.lines() {
            let rest = line.strip_prefix(DASH).ok_or(NoteError::Form("no signature line"))?;
            let (name, bytes) = rest.split_once(' ').ok_or(NoteError::Form("no signature"))?;
            let bytes = STANDARD.decode(bytes).map_err(|_| NoteError::Form("no base64"))?;
            let is_ours = name == self.name && bytes.starts_with(&id(&self.name, &self.key));
            if is_ours {
                own = Some(bytes);
            }
        }
        let own = own.ok_or_else(|| NoteError::Unsigned(self.name.clone()))?;
        let forged = || NoteError::Forged(self.name.clone());
        let signature = Signature::from_slice(&own[4..]).map_err(|_| forged())?;
        self.key.verify_strict(text.as_bytes(), &signature).map_err(|_| forged())?;
        Ok(text)
    }
}

impl Signer {
    /// The key with these 32 secret bytes (the seed of RFC 8032).
    ///
    /// # Errors
    /// If the name has spaces or `+`.
    pub fn new(name: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        check_name(name)?;
        Ok(Signer { name: name.to_owned(), key: SigningKey::from_bytes(seed) })
    }

    /// Reads a key as [`secret_text`](Signer::secret_text) writes it.
    ///
    /// # Errors
    /// If it is none.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let rest = text.strip_prefix("PRIVATE+KEY+").ok_or(KeyError::Form)?;
        let (name, stated, seed) = parts(rest)?;
        let signer = Signer::new(name, &seed)?;
        let is_own = stated == hex::encode(id(name, &signer.key.verifying_key()));
        if is_own { Ok(signer) } else { Err(KeyError::Id) }
    }

    /// The secret key as other tools for signed notes take it. For a file that only its owner reads.
    pub fn secret_text(&self) -> String {
        let id = hex::encode(id(&self.name, &self.key.verifying_key()));
        format!("PRIVATE+KEY+{}+{id}+{}", self.name, tagged(self.key.as_bytes()))
    }

    /// The key that checks what this one signs.
    pub fn verifier(&self) -> Verifier {
        Verifier { name: self.name.clone(), key: self.key.verifying_key() }
    }

    /// The note of a text that ends with a line break.
    pub fn sign(&self, text: &str) -> String {
        let id = id(&self.name, &self.key.verifying_key());
        let signature = self.key.sign(text.as_bytes()).to_bytes();
        let bytes = STANDARD.encode([&id[..], &signature[..]].concat());
        format!("{text}\n{DASH}{} {bytes}\n", self.name)
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({})", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the documentation of Go's golang.org/x/mod/sumdb/note.
    const KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const TEXT: &str = "If you think cryptography is the answer to your problem,\n\
                        then you don't know what your problem is.\n";
    const SIGNATURE: &str = "\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    #[test]
    fn a_note_of_another_implementation_is_opened() {
        let verifier = Verifier::parse(KEY).expect("a key");
        assert_eq!(verifier.open(&format!("{TEXT}\n{SIGNATURE}")), Ok(TEXT));
        assert_eq!(verifier.text(), KEY);
    }

    #[test]
    fn a_text_with_a_control_character_is_no_note_whoever_has_signed_it() {
        let signer = Signer::new("test/log", &[7; 32]).expect("a name");
        for (text, is_note) in
            [("a b\n", true), ("a\u{7f}\n", true), ("a\0\n", false), ("a\tb\n", false)]
        {
            assert_eq!(signer.verifier().open(&signer.sign(text)).is_ok(), is_note, "{text:?}");
        }
    }

    #[test]
    fn what_was_signed_is_opened_and_whatever_is_flipped_is_not() {
        let signer = Signer::new("test/log", &[7; 32]).expect("a name");
        let verifier = signer.verifier();
        let note = signer.sign("one\ntwo\n");
        assert_eq!(verifier.open(&note), Ok("one\ntwo\n"));
        for at in 0..note.len() {
            let mut bytes = note.clone().into_bytes();
            bytes[at] ^= 1;
            if let Ok(flipped) = std::str::from_utf8(&bytes) {
                assert!(verifier.open(flipped).is_err(), "byte {at}");
            }
        }
    }

    #[test]
    fn another_key_of_the_same_name_is_not_believed() {
        let note = Signer::new("log", &[1; 32]).expect("a name").sign("text\n");
        let other = Signer::new("log", &[2; 32]).expect("a name").verifier();
        assert_eq!(other.open(&note), Err(NoteError::Unsigned("log".to_owned())));
    }

    #[test]
    fn keys_are_read_back_and_damaged_ones_are_not() {
        let signer = Signer::new("log", &[3; 32]).expect("a name");
        let again = Signer::parse(&signer.secret_text()).expect("a key");
        assert_eq!(again.verifier(), signer.verifier());
        let text = signer.verifier().text();
        assert_eq!(Verifier::parse(&text), Ok(signer.verifier()));
        assert_eq!(Verifier::parse(&text.replace("log", "lag")), Err(KeyError::Id));
        assert_eq!(Verifier::parse("log"), Err(KeyError::Form));
        assert!(Signer::new("two words", &[0; 32]).is_err());
    }
}
