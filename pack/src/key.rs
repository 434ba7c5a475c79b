//! Keys of those who sign packs, as files: `NAME.key` is secret, `NAME.pub` goes to endpoints.

mod error;
mod file;

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use ed25519_dalek::VerifyingKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey, KeypairBytes};
use rand::TryRngCore;
use rand::rngs::OsRng;
use serde::{Deserialize, Serialize};

pub use error::KeyError;
pub use file::{KeyPair, keygen};

/// The word before a key and before a signature.
pub(crate) const ALGORITHM: &str = "ed25519";

/// Names a key: the first eight bytes of the BLAKE3 hash of the 32 bytes of the public key.
///
/// Written as sixteen lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyId([u8; 8]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&hex::encode(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

impl FromStr for KeyId {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        lower_hex(text).map(KeyId).ok_or_else(|| KeyError::Id(text.to_owned()))
    }
}

impl TryFrom<String> for KeyId {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, KeyError> {
        text.parse()
    }
}

impl From<KeyId> for String {
    fn from(id: KeyId) -> String {
        id.to_string()
    }
}

/// The bytes that these lower-case digits say, if they are exactly `N`.
pub(crate) fn lower_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    (hex::encode(bytes) == text).then_some(bytes)
}

/// A public key and the name that its file gives it.
///
/// Written as one line: `ed25519`, 64 lower-case hexadecimal digits, the name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey {
    key: VerifyingKey,
    name: String,
}

impl PublicKey {
    /// Reads a public key from its file.
    ///
    /// # Errors
    /// If the file cannot be read or holds no public key.
    pub fn read(file: &Path) -> Result<PublicKey, KeyError> {
        let text = std::fs::read_to_string(file);
        text.map_err(|source| KeyError::Io { file: file.into(), source })?.parse()
    }

    /// What signatures call the key.
    pub fn id(&self) -> KeyId {
        let hash = blake3::hash(self.key.as_bytes());
        KeyId(*hash.as_bytes().first_chunk().expect("a BLAKE3 hash has 32 bytes"))
    }

    /// What people call the key.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether both are the same key, whatever their names.
    pub(crate) fn same_key(&self, other: &PublicKey) -> bool {
        self.key == other.key
    }

    /// Whether the key made this signature of these bytes. Strict: neither weak keys nor a second
    /// encoding of the same signature are accepted.
    pub(crate) fn made(&self, signature: &[u8; 64], message: &[u8]) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        self.key.verify_strict(message, &signature).is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{ALGORITHM} {} {}", hex::encode(self.key.as_bytes()), self.name)
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let malformed = || KeyError::PublicKey(text.trim_end().to_owned());
        let line = text.strip_suffix('\n').unwrap_or(text);
        let [algorithm, digits, name] =
            line.splitn(3, ' ').collect::<Vec<_>>().try_into().map_err(|_| malformed())?;
        let bytes = lower_hex(digits).ok_or_else(malformed)?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| malformed())?;
        if algorithm != ALGORITHM || key.is_weak() {
            return Err(malformed());
        }
        file::check_name(name)?;
        Ok(PublicKey { key, name: name.to_owned() })
    }
}

impl TryFrom<String> for PublicKey {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, KeyError> {
        text.parse()
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> String {
        key.to_string()
    }
}

/// A secret key. Its memory is wiped when it is dropped, and it is never printed.
pub struct SigningKey(ed25519_dalek::SigningKey);

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

impl SigningKey {
    /// A new key from the operating system's randomness.
    ///
    /// # Errors
    /// If the operating system has none.
    pub fn generate() -> Result<SigningKey, KeyError> {
        let mut secret = [0; 32];
        OsRng.try_fill_bytes(&mut secret).map_err(|_| KeyError::Randomness)?;
        Ok(SigningKey::from_secret(&secret))
    }

    /// The key with these 32 secret bytes (the seed of RFC 8032).
    pub fn from_secret(secret: &[u8; 32]) -> SigningKey {
        SigningKey(ed25519_dalek::SigningKey::from_bytes(secret))
    }

    /// The key that verifies what this one signs.
    ///
    /// # Errors
    /// If the name is not fit for a file.
    pub fn public(&self, name: &str) -> Result<PublicKey, KeyError> {
        file::check_name(name)?;
        Ok(PublicKey { key: self.0.verifying_key(), name: name.to_owned() })
    }

    /// What signatures call the key.
    pub fn id(&self) -> KeyId {
        PublicKey { key: self.0.verifying_key(), name: String::new() }.id()
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        use ed25519_dalek::Signer;
        self.0.sign(message).to_bytes()
    }

    fn to_pem(&self) -> impl AsRef<[u8]> + use<> {
        // Without the public half, which OpenSSL does not read.
        let pair = KeypairBytes { secret_key: self.0.to_bytes(), public_key: None };
        pair.to_pkcs8_pem(LineEnding::LF).expect("an Ed25519 key has a PKCS#8 form")
    }

    fn from_pem(pem: &str) -> Option<SigningKey> {
        ed25519_dalek::SigningKey::from_pkcs8_pem(pem).ok().map(SigningKey)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_public_key_is_read_back_from_its_line(secret: [u8; 32], name in "[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}") {
            let key = SigningKey::from_secret(&secret).public(&name).unwrap();
            prop_assert_eq!(&format!("{key}\n").parse::<PublicKey>().unwrap(), &key);
            prop_assert_eq!(key.to_string().parse::<PublicKey>().unwrap().id(), key.id());
        }

        #[test]
        fn every_secret_key_is_read_back_from_its_pem(secret: [u8; 32]) {
            let key = SigningKey::from_secret(&secret);
            let pem = String::from_utf8(key.to_pem().as_ref().to_vec()).unwrap();
            prop_assert_eq!(SigningKey::from_pem(&pem).unwrap().0.to_bytes(), secret);
        }

        #[test]
        fn no_text_makes_a_public_key_panic(text: String) {
            let _ = text.parse::<PublicKey>();
        }
    }

    #[test]
    fn other_lines_are_no_public_key() {
        let digits = hex::encode(SigningKey::from_secret(&[7; 32]).0.verifying_key().as_bytes());
        let weak = hex::encode([1].iter().chain(&[0; 31]).copied().collect::<Vec<u8>>());
        let bad = [
            String::new(),
            format!("ed25519 {digits}"),
            format!("ed25519 {digits} "),
            format!("ed25519 {digits} a b"),
            format!("ed25519  {digits} a"),
            format!("ed448 {digits} a"),
            format!("ed25519 {} a", digits.to_uppercase()),
            format!("ed25519 {digits}ff a"),
            format!("ed25519 {weak} a"),
            format!("ed25519 {digits} a\n\n"),
        ];
        for line in bad {
            assert!(line.parse::<PublicKey>().is_err(), "{line}");
        }
        assert!(format!("ed25519 {digits} a\n").parse::<PublicKey>().is_ok());
    }

    #[test]
    fn a_secret_key_is_never_printed() {
        assert_eq!(format!("{:?}", SigningKey::from_secret(&[7; 32])), "SigningKey(..)");
    }
}
