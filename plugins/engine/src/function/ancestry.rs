//! The processes above one, from the column `ancestry`: a JSON array of `pid`, `name` and `path`,
//! nearest first.

use std::borrow::Cow;

use daemoneye_plan::{Case, Function, Pattern};
use serde::Deserialize;

use crate::rule::{Held, Like};
use crate::steps::{Spent, Steps};

/// A process as the sensor tells of it; what is not known is absent.
#[derive(Debug, Deserialize)]
struct Ancestor<'a> {
    pid: Option<i64>,
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    path: Option<Cow<'a, str>>,
}

/// Whether a name or a path fits the pattern; NULL if the ancestry is no list of processes.
pub(super) fn has(
    ancestry: &Held<'_>,
    pattern: &Held<'_>,
    steps: &mut Steps,
) -> Result<Held<'static>, Spent> {
    let (Some(json), Some(pattern)) = (ancestry.text(), pattern.text()) else {
        return Ok(Held::NULL);
    };
    let Some(ancestors) = parse(&json) else { return Ok(Held::NULL) };
    let pattern = Pattern::like(&String::from_utf8_lossy(&pattern), None);
    let Some(pattern) = pattern else { return Ok(Held::integer(0)) };
    let like = Like::new(&pattern, Case::Ignored);
    for text in ancestors.iter().flat_map(|a| [&a.name, &a.path]).flatten() {
        if like.matches(text.to_ascii_lowercase().as_bytes(), steps)? {
            return Ok(Held::integer(1));
        }
    }
    Ok(Held::integer(0))
}

/// A field of the n-th process, of which the first is the parent.
pub(super) fn field(function: Function, ancestry: &Held<'_>, number: &Held<'_>) -> Held<'static> {
    nth(function, ancestry, number).unwrap_or(Held::NULL)
}

fn nth(function: Function, ancestry: &Held<'_>, number: &Held<'_>) -> Option<Held<'static>> {
    let place = usize::try_from(number.whole()?).ok()?.checked_sub(1)?;
    let json = ancestry.text()?;
    let ancestor = parse(&json)?.into_iter().nth(place)?;
    let text = match function {
        Function::AncestorPid => return ancestor.pid.map(Held::integer),
        Function::AncestorName => ancestor.name,
        _ => ancestor.path,
    };
    text.map(|text| Held::Made(text.into_owned().into_bytes()))
}

fn parse(json: &[u8]) -> Option<Vec<Ancestor<'_>>> {
    serde_json::from_slice(json).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANCESTRY: &str = r#"[{"pid":7,"name":"bash","path":"/usr/bin/bash"},
        {"pid":1,"name":"a \"b\"","path":null,"more":[1]},{}]"#;

    fn made(text: &str) -> Held<'static> {
        Held::Made(text.as_bytes().to_vec())
    }

    #[test]
    fn an_ancestor_is_found_by_name_or_path() {
        let table = [
            ("bash", Some(1)),
            ("BASH", Some(1)),
            ("/usr/%", Some(1)),
            ("a \"%", Some(1)),
            ("ash", Some(0)),
            ("", Some(0)),
        ];
        for (pattern, expected) in table {
            let found = has(&made(ANCESTRY), &made(pattern), &mut Steps::new(100));
            assert_eq!(found.expect("few steps").whole(), expected, "{pattern}");
        }
        for nothing in ["", "{}", "[1]", "[{\"pid\":\"x\"}]"] {
            let found = has(&made(nothing), &made("%"), &mut Steps::new(100));
            assert!(found.expect("few steps").is_null(), "{nothing}");
        }
    }

    #[test]
    fn ancestors_are_counted_from_the_parent() {
        use Function::{AncestorName, AncestorPath, AncestorPid};
        let table = [
            (AncestorName, 1, Some("bash")),
            (AncestorName, 2, Some("a \"b\"")),
            (AncestorPath, 1, Some("/usr/bin/bash")),
            (AncestorPath, 2, None),
            (AncestorPid, 1, Some("7")),
            (AncestorPid, 3, None),
            (AncestorPid, 4, None),
            (AncestorPid, 0, None),
            (AncestorPid, -1, None),
        ];
        for (function, number, expected) in table {
            let found = field(function, &made(ANCESTRY), &Held::integer(number));
            assert_eq!(
                found.text().as_deref(),
                expected.map(str::as_bytes),
                "{function:?} {number}"
            );
        }
    }
}
