//! Parts of a path, whichever way its slashes lean.

use super::text::as_text;
use crate::rule::Held;

/// What follows the last slash.
pub(super) fn base(held: Held<'_>) -> Held<'_> {
    let held = as_text(held);
    let Some(text) = held.text() else { return Held::NULL };
    let (start, end) = (last_slash(&text).map_or(0, |place| place + 1), text.len());
    drop(text);
    held.part(start..end)
}

/// What precedes the last slash; `/` and `C:\` keep theirs.
pub(super) fn directory(held: Held<'_>) -> Held<'_> {
    let held = as_text(held);
    let Some(text) = held.text() else { return Held::NULL };
    let end = match last_slash(&text) {
        Some(place) if is_root(&text[..place]) => place + 1,
        Some(place) => place,
        None => 0,
    };
    drop(text);
    held.part(0..end)
}

fn last_slash(path: &[u8]) -> Option<usize> {
    memchr::memrchr2(b'/', b'\\', path)
}

fn is_root(before: &[u8]) -> bool {
    matches!(before, [] | [_, b':'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_its_directory_and_its_base() {
        let table = [
            ("/usr/bin/bash", "/usr/bin", "bash"),
            ("/init", "/", "init"),
            ("/", "/", ""),
            ("bash", "", "bash"),
            ("", "", ""),
            ("dir/", "dir", ""),
            (r"C:\Windows\cmd.exe", r"C:\Windows", "cmd.exe"),
            (r"C:\cmd.exe", r"C:\", "cmd.exe"),
            ("/opt/é/ü", "/opt/é", "ü"),
        ];
        for (path, directory_, base_) in table {
            let held = || Held::Made(path.as_bytes().to_vec());
            assert_eq!(directory(held()).text().as_deref(), Some(directory_.as_bytes()), "{path}");
            assert_eq!(base(held()).text().as_deref(), Some(base_.as_bytes()), "{path}");
        }
    }
}
