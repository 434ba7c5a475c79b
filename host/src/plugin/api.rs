//! For which version of the interface a component was built.

use daemoneye_pack_format::API;
use wasmtime::component::Component;

use super::fault::LoadError;

/// The package of every interface; its name and its version follow, `rules@0.1.0`.
const PACKAGE: &str = "daemoneye:plugin/";
const NEWER: &str = "an agent of that version runs it, or build it again with this agent's SDK";
const OLDER: &str = "build it again with this agent's SDK";

/// Refuses a component that exports one of our interfaces in another version. One that exports none
/// is refused later, as of another world.
pub(super) fn check(plugin: &str, component: &Component) -> Result<(), LoadError> {
    let component_type = component.component_type();
    let mut exports = component_type.exports(component.engine());
    let version = |name: &str| Some(name.strip_prefix(PACKAGE)?.split_once('@')?.1.to_owned());
    let other = exports.find_map(|(name, _)| {
        let found = version(name)?;
        Some((advice(&found, API)?, found))
    });
    let Some((advice, found)) = other else { return Ok(()) };
    Err(LoadError::Api { plugin: plugin.to_owned(), found, wanted: API, advice })
}

/// What to do about a version that is not spoken; nothing for one that is.
fn advice(found: &str, spoken: &str) -> Option<&'static str> {
    let number = |version: &str| -> Option<(u64, u64)> {
        let mut parts = version.split(['.', '-', '+']).map(str::parse::<u64>);
        Some((parts.next()?.ok()?, parts.next()?.ok()?))
    };
    match (number(found), number(spoken)) {
        (Some(found), Some(spoken)) if found == spoken => None,
        (Some(found), Some(spoken)) if found < spoken => Some(OLDER),
        _ => Some(NEWER),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_major_and_minor_version_is_spoken() {
        let table = [
            ("0.1.0", None),
            ("0.1.7", None),
            ("0.2.0", Some(NEWER)),
            ("0.10.0", Some(NEWER)),
            ("1.0.0", Some(NEWER)),
            ("9.0.0", Some(NEWER)),
            ("0.0.9", Some(OLDER)),
            ("x", Some(NEWER)),
        ];
        for (found, expected) in table {
            assert_eq!(advice(found, "0.1"), expected, "{found}");
        }
    }
}
