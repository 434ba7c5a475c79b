//! Who sent it, and when: `X-DaemonEye-Signature: t=SECONDS,v1=HEX`.
//!
//! `HEX` is HMAC-SHA256, with the shared secret, of `SECONDS`, a full stop and the body as it was
//! sent. The time is the alert's own: a sink has no clock, and an alert that is sent again is the
//! same to the byte.

/// The header's name.
pub const HEADER: &str = "X-DaemonEye-Signature";

/// What is signed.
pub fn signed_text(seconds: i64, body: &str) -> Vec<u8> {
    format!("{seconds}.{body}").into_bytes()
}

/// The header's value, from the time and the bytes of the HMAC.
pub fn header(seconds: i64, hmac: &[u8]) -> String {
    format!("t={seconds},v1={}", hex::encode(hmac))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_and_body_are_signed_together() {
        assert_eq!(signed_text(17, "{}"), b"17.{}");
        assert_eq!(header(17, &[0x0a, 0xff]), "t=17,v1=0aff");
    }
}
