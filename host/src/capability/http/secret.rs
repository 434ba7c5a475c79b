//! Secrets to sign with. They are read from files of their owner and never leave the host.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// A shorter key can be guessed; half of SHA-256's output is the least that RFC 2104 lets pass.
const MIN_BYTES: usize = 16;
/// Nobody writes a longer key by intent.
const MAX_BYTES: usize = 4 << 10;

/// A key for HMAC-SHA256.
pub(super) struct Secret(Vec<u8>);

/// Why a file is no secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] io::Error),
    /// Somebody else owns it.
    #[error("it belongs to user {0}, neither root nor the agent's")]
    Owner(u32),
    /// Somebody else may read or write it.
    #[error("mode {0:04o} is not for its owner only")]
    Mode(u32),
    /// Too little or too much to be a key.
    #[error("it has {0} bytes, not 16 to 4096")]
    Length(usize),
}

impl Secret {
    /// The file's bytes without one line break at their end.
    pub(super) fn read(path: &Path) -> Result<Self, SecretError> {
        // Asked of the open file, so that nobody can put another in its place in between.
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if ![0, rustix::process::geteuid().as_raw()].contains(&metadata.uid()) {
            return Err(SecretError::Owner(metadata.uid()));
        }
        match metadata.mode() & 0o7777 {
            mode if mode & 0o077 != 0 => return Err(SecretError::Mode(mode)),
            _ => {}
        }
        let mut bytes = Vec::new();
        file.take(MAX_BYTES as u64 + 3).read_to_end(&mut bytes)?;
        Secret::parse(bytes)
    }

    fn parse(mut bytes: Vec<u8>) -> Result<Self, SecretError> {
        for end in *b"\n\r" {
            bytes.pop_if(|last| *last == end);
        }
        match bytes.len() {
            MIN_BYTES..=MAX_BYTES => Ok(Secret(bytes)),
            length => Err(SecretError::Length(length)),
        }
    }

    /// HMAC-SHA256 (RFC 2104) of the bytes.
    pub(super) fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        let mut hmac = Hmac::<Sha256>::new_from_slice(&self.0).expect("any length is a key");
        hmac.update(bytes);
        hmac.finalize().into_bytes().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn read(bytes: &[u8], mode: u32) -> Result<Secret, String> {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), bytes).expect("written");
        std::fs::set_permissions(file.path(), PermissionsExt::from_mode(mode)).expect("its owner");
        Secret::read(file.path()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_secret_is_for_its_owner_only_and_long_enough() {
        for mode in [0o600, 0o400] {
            assert!(read(&[7; 16], mode).is_ok(), "{mode:o}");
        }
        for mode in [0o640, 0o604, 0o620, 0o601, 0o666] {
            let said = read(&[7; 16], mode).err().expect("refused");
            assert_eq!(said, format!("mode {mode:04o} is not for its owner only"));
        }
        assert!(read(&[7; 4096], 0o600).is_ok());
        for length in [0, 15, 4097] {
            let said = read(&vec![7; length], 0o600).err().expect("refused");
            assert_eq!(said, format!("it has {length} bytes, not 16 to 4096"));
        }
    }

    #[test]
    fn one_line_break_at_the_end_is_no_part_of_it() {
        let key = |bytes: &[u8]| read(bytes, 0o600).expect("a secret").0;
        assert_eq!(key(b"0123456789abcdef\n"), b"0123456789abcdef");
        assert_eq!(key(b"0123456789abcdef\r\n"), b"0123456789abcdef");
        assert_eq!(key(b"0123456789abcdef\n\n"), b"0123456789abcdef\n");
    }

    /// RFC 4231, test case 1, whose key has 20 bytes.
    #[test]
    fn a_signature_is_hmac_sha256() {
        let secret = read(&[0x0b; 20], 0o600).expect("a secret");
        let expected = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7";
        let signed = secret.sign(b"Hi There");
        let hex: String = signed.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, expected);
    }
}
