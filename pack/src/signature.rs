//! Who vouches for a document: a few lines of text.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::key::{ALGORITHM, KeyId, PublicKey, SigningKey, lower_hex};

/// The first line; the number is the version of the format.
const HEADER: &str = "daemoneye-signature 1";

/// At most so many signatures of one document.
pub(crate) const MAX_SIGNATURES: usize = 64;

/// What kind of document is signed. The kind is signed, too, so that no signature made for one
/// kind is one of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `manifest.json` of a pack.
    Manifest,
    /// `root.N.json`.
    Root,
    /// `revocations.json`.
    Revocations,
}

impl Kind {
    /// What is signed is this text followed by the bytes of the document.
    fn domain(self) -> &'static [u8] {
        match self {
            Kind::Manifest => b"daemoneye pack manifest 1\0",
            Kind::Root => b"daemoneye root 1\0",
            Kind::Revocations => b"daemoneye revocations 1\0",
        }
    }

    fn message(self, document: &[u8]) -> Vec<u8> {
        [self.domain(), document].concat()
    }
}

/// The signatures of a document, at least one, each by another key.
///
/// Written as lines, each ended by a line feed; the last two come once for each key, in ascending
/// order of the keys' ids:
///
/// ```text
/// daemoneye-signature 1
/// key 16-hexadecimal-digits
/// ed25519 128-hexadecimal-digits
/// ```
///
/// Invariant: the same signatures have exactly one text; anything else is refused.
#[derive(Clone, PartialEq, Eq)]
pub struct Signatures(BTreeMap<KeyId, [u8; 64]>);

/// A text that is no list of signatures.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not the lines of a daemoneye-signature 1")]
pub struct SignatureError;

impl Signatures {
    /// Signs the bytes of a document.
    pub fn make(kind: Kind, document: &[u8], key: &SigningKey) -> Signatures {
        Signatures(BTreeMap::from([(key.id(), key.sign(&kind.message(document)))]))
    }

    /// All of these and those.
    #[must_use]
    pub fn and(mut self, others: Signatures) -> Signatures {
        self.0.extend(others.0);
        self
    }

    /// The keys that the signatures name. Nothing is known about them until they verify.
    pub fn keys(&self) -> impl Iterator<Item = KeyId> {
        self.0.keys().copied()
    }

    /// Whether this key made its signature for this document; none if it has none here.
    pub fn verified_by(&self, key: &PublicKey, kind: Kind, document: &[u8]) -> Option<bool> {
        let signature = self.0.get(&key.id())?;
        Some(key.made(signature, &kind.message(document)))
    }

    /// Reads the bytes of a file of signatures.
    ///
    /// # Errors
    /// If they are anything but the one text that these signatures have.
    pub fn from_bytes(bytes: &[u8]) -> Result<Signatures, SignatureError> {
        std::str::from_utf8(bytes).map_err(|_| SignatureError)?.parse()
    }
}

impl fmt::Display for Signatures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        self.0.iter().try_for_each(|(key, signature)| {
            writeln!(f, "key {key}\n{ALGORITHM} {}", hex::encode(signature))
        })
    }
}

impl fmt::Debug for Signatures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Signatures").field(&self.0.keys()).finish()
    }
}

impl FromStr for Signatures {
    type Err = SignatureError;

    fn from_str(text: &str) -> Result<Self, SignatureError> {
        parse(text).filter(|signatures| signatures.to_string() == text).ok_or(SignatureError)
    }
}

/// Reads generously: what is not the one text is found by writing it again.
fn parse(text: &str) -> Option<Signatures> {
    let lines: Vec<&str> = text.lines().skip(1).take(2 * MAX_SIGNATURES + 1).collect();
    let (pairs, []) = lines.as_chunks::<2>() else { return None };
    let signature = |[key, signature]: &[&str; 2]| {
        let (_, digits) = signature.split_once(' ')?;
        Some((key.strip_prefix("key ")?.parse().ok()?, lower_hex(digits)?))
    };
    let signatures = pairs.iter().map(signature).collect::<Option<BTreeMap<_, _>>>()?;
    (!signatures.is_empty()).then_some(Signatures(signatures))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn signed(document: &[u8], secrets: &[[u8; 32]]) -> Signatures {
        let keys = secrets.iter().map(SigningKey::from_secret);
        let each = keys.map(|key| Signatures::make(Kind::Root, document, &key));
        each.reduce(Signatures::and).expect("at least one key")
    }

    proptest! {
        #[test]
        fn all_signatures_are_read_back_from_their_text(
            secrets in prop::collection::vec(any::<[u8; 32]>(), 1..5), document: Vec<u8>,
        ) {
            let signatures = signed(&document, &secrets);
            let read: Signatures = signatures.to_string().parse().unwrap();
            for secret in &secrets {
                let public = SigningKey::from_secret(secret).public("a").unwrap();
                prop_assert_eq!(read.verified_by(&public, Kind::Root, &document), Some(true));
            }
            prop_assert_eq!(read, signatures);
        }

        #[test]
        fn what_is_read_has_only_one_text(text in "(daemoneye-signature 1\n)?((key )?[0-9a-fA-F]{15,17}\r?\n(ed25519 )?[0-9a-fA-F]{127,129}\n?){1,2}") {
            if let Ok(signatures) = text.parse::<Signatures>() {
                prop_assert_eq!(signatures.to_string(), text);
            }
        }

        #[test]
        fn no_text_makes_signatures_panic(text: String) {
            let _ = text.parse::<Signatures>();
        }
    }

    #[test]
    fn nobody_vouches_for_what_has_no_signature() {
        for text in ["", HEADER, "daemoneye-signature 1\n", "daemoneye-signature 1\n\n"] {
            assert_eq!(text.parse::<Signatures>(), Err(SignatureError), "{text:?}");
        }
    }

    #[test]
    fn signatures_come_in_ascending_order_and_once() {
        let text = signed(b"document", &[[1; 32], [2; 32]]).to_string();
        let lines: Vec<&str> = text.lines().collect();
        let written = |order: &[usize]| {
            order.iter().map(|line| format!("{}\n", lines[*line])).collect::<String>()
        };
        assert!(written(&[0, 1, 2, 3, 4]).parse::<Signatures>().is_ok());
        for order in [&[0, 3, 4, 1, 2][..], &[0, 1, 2, 1, 2], &[0, 1, 2, 3], &[1, 2]] {
            assert!(written(order).parse::<Signatures>().is_err(), "{order:?}");
        }
    }

    #[test]
    fn a_document_has_64_signatures_and_no_more() {
        let many = |count: u8| -> Vec<[u8; 32]> { (0..count).map(|byte| [byte; 32]).collect() };
        assert!(signed(b"document", &many(64)).to_string().parse::<Signatures>().is_ok());
        assert!(signed(b"document", &many(65)).to_string().parse::<Signatures>().is_err());
    }

    #[test]
    fn a_signature_of_one_kind_is_none_of_another_nor_of_the_bare_bytes() {
        let key = SigningKey::from_secret(&[7; 32]);
        let public = key.public("a").unwrap();
        let kinds = [Kind::Manifest, Kind::Root, Kind::Revocations];
        for made in kinds {
            let signatures = Signatures::make(made, b"document", &key);
            for asked in kinds {
                let verified = signatures.verified_by(&public, asked, b"document");
                assert_eq!(verified, Some(made == asked), "{made:?} as {asked:?}");
            }
            assert_eq!(signatures.verified_by(&public, made, b"documenT"), Some(false));
        }
        let bare = Signatures(BTreeMap::from([(key.id(), key.sign(b"document"))]));
        assert_eq!(bare.verified_by(&public, Kind::Manifest, b"document"), Some(false));
    }

    #[test]
    fn a_signature_by_another_key_does_not_verify() {
        let (one, two) = (SigningKey::from_secret(&[1; 32]), SigningKey::from_secret(&[2; 32]));
        let forged = two.sign(&Kind::Root.message(b"document"));
        let forged = Signatures(BTreeMap::from([(one.id(), forged)]));
        let asked = |key: &SigningKey| {
            forged.verified_by(&key.public("a").unwrap(), Kind::Root, b"document")
        };
        assert_eq!((asked(&one), asked(&two)), (Some(false), None));
    }
}
