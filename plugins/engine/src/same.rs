//! Whether texts are equal, many bytes at a time: as a component, the engine has no such comparison
//! from elsewhere, and what there is looks at one byte after the other.

/// Whether both have the same bytes.
#[inline]
pub(crate) fn are_same(left: &[u8], right: &[u8]) -> bool {
    let (left_chunks, left_rest) = left.as_chunks::<64>();
    let (right_chunks, right_rest) = right.as_chunks::<64>();
    let differs = |(left, right): (&[u8; 64], &[u8; 64])| {
        let words = left.as_chunks::<8>().0.iter().zip(right.as_chunks::<8>().0);
        let word = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes);
        words.fold(0, |differs, (l, r)| differs | (word(l) ^ word(r))) != 0
    };
    left.len() == right.len()
        && !left_chunks.iter().zip(right_chunks).any(differs)
        && are_same_words(left_rest, right_rest)
}

/// Whether the text begins with the other.
#[inline]
pub(crate) fn begins_with(text: &[u8], start: &[u8]) -> bool {
    text.get(..start.len()).is_some_and(|own| are_same(own, start))
}

/// Whether the text ends with the other.
#[inline]
pub(crate) fn ends_with(text: &[u8], end: &[u8]) -> bool {
    let from = text.len().checked_sub(end.len());
    from.is_some_and(|from| are_same(&text[from..], end))
}

/// The last word overlaps the one before it.
fn are_same_words(left: &[u8], right: &[u8]) -> bool {
    let (left_words, left_rest) = left.as_chunks::<8>();
    let (right_words, right_rest) = right.as_chunks::<8>();
    let mut words = left_words.iter().zip(right_words);
    words.all(|(l, r)| u64::from_le_bytes(*l) == u64::from_le_bytes(*r))
        && match (left.last_chunk::<8>(), right.last_chunk::<8>()) {
            (Some(l), Some(r)) => u64::from_le_bytes(*l) == u64::from_le_bytes(*r),
            _ => left_rest.iter().zip(right_rest).all(|(l, r)| l == r),
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_every_length_are_the_same_or_not_for_one_byte() {
        let long: Vec<u8> = (0..=200_u32).map(|number| (number * 7 % 251) as u8).collect();
        for length in 0..long.len() {
            let (text, copy) = (&long[..length], long[..length].to_vec());
            assert!(are_same(text, &copy) && !are_same(text, &long[..length + 1]));
            assert!(begins_with(&long, text) && ends_with(&long, &long[length..]));
            for place in 0..length {
                let mut other = text.to_vec();
                other[place] ^= 0x20;
                assert!(!are_same(text, &other), "{place} of {length}");
                assert!(!begins_with(&long, &other) && !ends_with(text, &other));
            }
        }
    }
}
