//! What modifiers make of a text: other texts that mean the same to a program.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::glob::Glob;
use super::modifier::Change;

/// A value on its way through the modifiers.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Text {
    Glob(Glob),
    /// Bytes that need be no UTF-8, until base64 makes text of them.
    Bytes(Vec<u8>),
}

/// Why a text cannot be changed so, as a message and what helps.
pub(super) type Unfit = (String, &'static str);

const PLAIN: &str = "escape the wildcard with a backslash, or leave it out";

impl Text {
    /// All forms of the text after the change.
    pub(super) fn change(self, change: Change) -> Result<Vec<Text>, Unfit> {
        Ok(match change {
            Change::Contains | Change::StartsWith | Change::EndsWith => {
                vec![Text::Glob(self.glob()?.opened(change))]
            }
            Change::WindowsDash => self.glob()?.dashed().into_iter().map(Text::Glob).collect(),
            Change::Base64 => vec![text(STANDARD.encode(self.bytes()?))],
            Change::Base64Offset => {
                let offsets = offsets(&self.bytes()?).ok_or_else(too_short)?;
                offsets.into_iter().map(text).collect()
            }
            Change::Utf16Le => vec![Text::Bytes(self.utf16(&[], u16::to_le_bytes)?)],
            Change::Utf16Be => vec![Text::Bytes(self.utf16(&[], u16::to_be_bytes)?)],
            Change::Utf16 => vec![Text::Bytes(self.utf16(&[0xff, 0xfe], u16::to_le_bytes)?)],
            Change::Expand => vec![Text::Glob(expanded(self.glob()?)?)],
        })
    }

    /// How many bytes all forms have together, at most, before they are made.
    pub(super) fn cost(&self, change: Change) -> usize {
        match (self, change) {
            (Text::Glob(glob), Change::WindowsDash) => {
                glob.dashings().saturating_mul(glob.len() + 2 * glob.dashings().min(64))
            }
            (Text::Glob(glob), _) => 8 * glob.len(),
            (Text::Bytes(bytes), _) => 8 * bytes.len(),
        }
    }

    pub(super) fn glob(self) -> Result<Glob, Unfit> {
        match self {
            Text::Glob(glob) => Ok(glob),
            Text::Bytes(bytes) => String::from_utf8(bytes).map(Glob::text).map_err(|_| {
                (
                    "UTF-16 that is no text by itself".to_owned(),
                    "put base64 or base64offset behind it",
                )
            }),
        }
    }

    fn bytes(self) -> Result<Vec<u8>, Unfit> {
        match self {
            Text::Bytes(bytes) => Ok(bytes),
            Text::Glob(glob) => match glob.plain() {
                Some(text) => Ok(text.as_bytes().to_vec()),
                None => Err(("a wildcard in a text to be encoded".to_owned(), PLAIN)),
            },
        }
    }

    fn utf16(self, mark: &[u8], bytes: fn(u16) -> [u8; 2]) -> Result<Vec<u8>, Unfit> {
        let glob = self.glob()?;
        let Some(text) = glob.plain() else {
            return Err(("a wildcard in a text to be encoded".to_owned(), PLAIN));
        };
        Ok(mark.iter().copied().chain(text.encode_utf16().flat_map(bytes)).collect())
    }
}

fn text(text: String) -> Text {
    Text::Glob(Glob::text(text))
}

/// What of a text's base64 does not depend on what stands before and behind it, for the three places
/// at which it may begin within a group of three bytes.
/// Nothing if for one of them that is no text at all, which every value would contain.
fn offsets(bytes: &[u8]) -> Option<[String; 3]> {
    let offsets = [0, 1, 2].map(|offset| {
        let shifted = [&b"  "[..offset], bytes].concat();
        let encoded = STANDARD.encode(&shifted);
        let start = [0, 2, 3][offset];
        let end = encoded.len() - [0, 3, 2][shifted.len() % 3];
        encoded.get(start..end).unwrap_or_default().to_owned()
    });
    offsets.iter().all(|text| !text.is_empty()).then_some(offsets)
}

fn too_short() -> Unfit {
    ("a text of fewer than 2 bytes in base64offset".to_owned(), "write more of the text")
}

/// Placeholders have values elsewhere; here they have none.
fn expanded(glob: Glob) -> Result<Glob, Unfit> {
    let placeholder = glob.placeholder().map(str::to_owned);
    match placeholder {
        None => Ok(glob),
        Some(name) => Err((
            format!("the placeholder {name}, which has no values"),
            "write the values in its place",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(text: &str, changes: &[Change]) -> Result<Vec<Text>, Unfit> {
        let mut texts = vec![Text::Glob(Glob::parse(text))];
        for change in changes {
            let forms = texts.into_iter().map(|text| text.change(*change));
            texts = forms.collect::<Result<Vec<_>, _>>()?.concat();
        }
        Ok(texts)
    }

    #[test]
    fn base64_has_one_form_and_three_behind_others() {
        let table: &[(&str, &[Change], &[&str])] = &[
            ("foobar", &[Change::Base64], &["Zm9vYmFy"]),
            (
                "::FromBase64String",
                &[Change::Base64Offset],
                &["OjpGcm9tQmFzZTY0U3RyaW5n", "o6RnJvbUJhc2U2NFN0cmluZ", "6OkZyb21CYXNlNjRTdHJpbm"],
            ),
            (
                "::FromBase64String",
                &[Change::Utf16Le, Change::Base64Offset],
                &[
                    "OgA6AEYAcgBvAG0AQgBhAHMAZQA2ADQAUwB0AHIAaQBuAGcA",
                    "oAOgBGAHIAbwBtAEIAYQBzAGUANgA0AFMAdAByAGkAbgBnA",
                    "6ADoARgByAG8AbQBCAGEAcwBlADYANABTAHQAcgBpAG4AZw",
                ],
            ),
            ("a", &[Change::Utf16Be, Change::Base64], &["AGE="]),
            ("ab", &[Change::Base64Offset], &["YW", "Fi", "hY"]),
            ("a", &[Change::Utf16, Change::Base64], &["//5hAA=="]),
        ];
        for (text, changes, expected) in table {
            let found = changed(text, changes).expect(text);
            let expected: Vec<_> = expected.iter().map(|e| self::text((*e).into())).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_encoded_is_refused() {
        for (text, changes) in [
            ("a*", &[Change::Base64][..]),
            ("a?", &[Change::Utf16Le, Change::Base64]),
            ("é", &[Change::Utf16Le, Change::Contains]),
            ("%servers%", &[Change::Expand]),
            ("a", &[Change::Base64Offset]),
            ("", &[Change::Base64Offset]),
        ] {
            assert!(changed(text, changes).is_err(), "{text}");
        }
    }
}
