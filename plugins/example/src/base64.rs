//! Base64 (RFC 4648) back to text.

/// Whether a letter may stand in base64.
pub(crate) fn is_letter(letter: char) -> bool {
    letter == '=' || u8::try_from(letter).is_ok_and(|letter| value(letter).is_some())
}

/// What the word stands for, if it is the base64 of a text.
pub(crate) fn decode(word: &str) -> Option<String> {
    let digits = word.trim_end_matches('=').bytes();
    let (mut bytes, mut bits, mut count) = (Vec::with_capacity(word.len() * 3 / 4), 0_u32, 0);
    for digit in digits {
        bits = bits << 6 | u32::from(value(digit)?);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    String::from_utf8(bytes).ok()
}

fn value(letter: u8) -> Option<u8> {
    match letter {
        b'A'..=b'Z' => Some(letter - b'A'),
        b'a'..=b'z' => Some(letter - b'a' + 26),
        b'0'..=b'9' => Some(letter - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_vectors_of_rfc_4648_decode() {
        let table = [
            ("", ""),
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm9v", "foo"),
            ("Zm9vYg==", "foob"),
            ("Zm9vYmE=", "fooba"),
            ("Zm9vYmFy", "foobar"),
        ];
        for (word, text) in table {
            assert_eq!(decode(word).as_deref(), Some(text), "{word}");
        }
        assert_eq!(decode("Zg=="), decode("Zg"));
        assert_eq!(decode("gIA="), None, "no UTF-8");
    }
}
