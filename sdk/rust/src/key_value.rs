//! What a rule remembers from one event to the next: `wit/key-value.wit`.
//!
//! The pack's `pack.toml` must request it (`capabilities = ["key-value"]`), and the operator grant it.
//! Write while an event is judged, and at no other time. Natively it is a table of the thread without
//! bounds, so that `cargo test` needs no sandbox.
//!
//! ```
//! use daemoneye_sdk::key_value;
//!
//! // The third time that a user does something:
//! for time in 1..=3 {
//!     assert_eq!(key_value::add("alice", 1), Ok(time));
//! }
//! assert_eq!(key_value::set("last", b"alice"), Ok(()));
//! assert_eq!(key_value::get("last").as_deref(), Some(&b"alice"[..]));
//! assert_eq!(key_value::delete("last"), Ok(true));
//! ```

pub use crate::bindings::rule_capabilities::daemoneye::plugin::key_value::Error;

/// The value of a key.
pub fn get(key: &str) -> Option<Vec<u8>> {
    target::get(key)
}

/// Sets the value of a key; when there is no more room, what was written longest ago goes.
///
/// # Errors
/// If the key is empty or over 256 bytes, or the value over 64 KiB or over the grant; or if no event
/// is being judged.
pub fn set(key: &str, value: &[u8]) -> Result<(), Error> {
    target::set(key, value)
}

/// Adds to a number, which is zero if there is none; returns the sum.
///
/// # Errors
/// As of [`set`], and if the key holds something that [`add`] has not made.
pub fn add(key: &str, by: i64) -> Result<i64, Error> {
    target::add(key, by)
}

/// Forgets a key; whether it was there.
///
/// # Errors
/// If no event is being judged.
pub fn delete(key: &str) -> Result<bool, Error> {
    target::delete(key)
}

#[cfg(target_family = "wasm")]
use crate::bindings::rule_capabilities::daemoneye::plugin::key_value as target;

/// The same without a host.
#[cfg(not(target_family = "wasm"))]
mod target {
    use std::cell::RefCell;
    use std::collections::BTreeMap;

    use super::Error;

    thread_local! {
        static ENTRIES: RefCell<BTreeMap<String, Vec<u8>>> = const { RefCell::new(BTreeMap::new()) };
    }

    pub(super) fn get(key: &str) -> Option<Vec<u8>> {
        ENTRIES.with_borrow(|entries| entries.get(key).cloned())
    }

    pub(super) fn set(key: &str, value: &[u8]) -> Result<(), Error> {
        if key.is_empty() || key.len() > 256 || value.len() > 64 << 10 {
            let sizes = format!("key of {} bytes, value of {} bytes", key.len(), value.len());
            return Err(Error::TooLarge(sizes));
        }
        ENTRIES.with_borrow_mut(|entries| entries.insert(key.to_owned(), value.to_owned()));
        Ok(())
    }

    pub(super) fn add(key: &str, by: i64) -> Result<i64, Error> {
        let known = get(key).map(<[u8; 8]>::try_from).transpose();
        let known = known.map_err(|_| Error::NoNumber(key.to_owned()))?;
        let sum = known.map_or(0, i64::from_le_bytes).saturating_add(by);
        set(key, &sum.to_le_bytes()).map(|()| sum)
    }

    pub(super) fn delete(key: &str) -> Result<bool, Error> {
        Ok(ENTRIES.with_borrow_mut(|entries| entries.remove(key).is_some()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn natively_what_the_host_refuses_is_refused_too() {
        assert!(matches!(set("", b""), Err(Error::TooLarge(_))));
        assert!(matches!(set("k", &[0; (64 << 10) + 1]), Err(Error::TooLarge(_))));
        set("text", b"text").expect("room");
        assert_eq!(add("text", 1), Err(Error::NoNumber("text".to_owned())));
        assert_eq!((add("n", i64::MAX), add("n", 1)), (Ok(i64::MAX), Ok(i64::MAX)));
    }
}
