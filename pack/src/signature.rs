//! Who vouches for a manifest: three lines of text.

use std::fmt;
use std::str::FromStr;

use crate::key::{ALGORITHM, KeyId, PublicKey, SigningKey, lower_hex};

/// The first line; the number is the version of the format.
const HEADER: &str = "daemoneye-signature 1";

/// What is signed is this text followed by the bytes of the manifest, so that no signature made
/// for anything else is one of a manifest.
const DOMAIN: &[u8] = b"daemoneye pack manifest 1\0";

/// A signature of a manifest.
///
/// Written as three lines, each ended by a line feed:
///
/// ```text
/// daemoneye-signature 1
/// key 16-hexadecimal-digits
/// ed25519 128-hexadecimal-digits
/// ```
///
/// Invariant: a signature has exactly one text; anything else is refused.
#[derive(Clone, PartialEq, Eq)]
pub struct Signature {
    key: KeyId,
    bytes: [u8; 64],
}

/// A text that is no signature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not the three lines of a daemoneye-signature 1")]
pub struct SignatureError;

impl Signature {
    /// Signs the bytes of a manifest.
    pub fn make(manifest: &[u8], key: &SigningKey) -> Signature {
        Signature { key: key.id(), bytes: key.sign(&message(manifest)) }
    }

    /// The key that the signature names. Nothing is known about it until it verifies.
    pub fn key(&self) -> KeyId {
        self.key
    }

    /// Whether this key made the signature for these bytes.
    pub fn verifies(&self, manifest: &[u8], key: &PublicKey) -> bool {
        self.key == key.id() && key.made(&self.bytes, &message(manifest))
    }
}

fn message(manifest: &[u8]) -> Vec<u8> {
    [DOMAIN, manifest].concat()
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = hex::encode(self.bytes);
        writeln!(f, "{HEADER}\nkey {}\n{ALGORITHM} {digits}", self.key)
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({})", self.key)
    }
}

impl FromStr for Signature {
    type Err = SignatureError;

    fn from_str(text: &str) -> Result<Self, SignatureError> {
        parse(text).filter(|signature| signature.to_string() == text).ok_or(SignatureError)
    }
}

fn parse(text: &str) -> Option<Signature> {
    let [_, key, signature] = text.lines().collect::<Vec<_>>().try_into().ok()?;
    let key = key.strip_prefix("key ")?.parse().ok()?;
    let (_, digits) = signature.split_once(' ')?;
    Some(Signature { key, bytes: lower_hex(digits)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_signature_is_read_back_from_its_text(secret: [u8; 32], manifest: Vec<u8>) {
            let key = SigningKey::from_secret(&secret);
            let signature = Signature::make(&manifest, &key);
            let read: Signature = signature.to_string().parse().unwrap();
            prop_assert!(read.verifies(&manifest, &key.public("a").unwrap()));
            prop_assert_eq!(read, signature);
        }

        #[test]
        fn what_is_read_has_only_one_text(text in "(daemoneye-signature 1\n)?(key )?[0-9a-fA-F]{15,17}\r?\n(ed25519 )?[0-9a-fA-F]{127,129}\n?") {
            if let Ok(signature) = text.parse::<Signature>() {
                prop_assert_eq!(signature.to_string(), text);
            }
        }

        #[test]
        fn no_text_makes_a_signature_panic(text: String) {
            let _ = text.parse::<Signature>();
        }
    }

    #[test]
    fn a_signature_of_the_bare_bytes_is_none_of_the_manifest() {
        let key = SigningKey::from_secret(&[7; 32]);
        let bare = Signature { key: key.id(), bytes: key.sign(b"manifest") };
        let public = key.public("a").unwrap();
        assert!(!bare.verifies(b"manifest", &public));
        assert!(Signature::make(b"manifest", &key).verifies(b"manifest", &public));
        assert!(!Signature::make(b"manifest", &key).verifies(b"manifes7", &public));
    }

    #[test]
    fn a_signature_by_another_key_does_not_verify() {
        let (one, two) = (SigningKey::from_secret(&[1; 32]), SigningKey::from_secret(&[2; 32]));
        let forged = Signature { key: one.id(), ..Signature::make(b"manifest", &two) };
        assert!(!forged.verifies(b"manifest", &one.public("a").unwrap()));
        assert!(!forged.verifies(b"manifest", &two.public("a").unwrap()));
    }
}
