//! Messages on a connection: octet counting, RFC 6587, section 3.4.1.

/// The message with its length before it.
pub fn counted(message: &str) -> Vec<u8> {
    format!("{} {message}", message.len()).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_are_counted_and_not_characters() {
        assert_eq!(counted("<1>1 é"), "7 <1>1 é".as_bytes());
    }
}
