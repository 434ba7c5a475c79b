//! What a component says of itself: its world and its imports. It is read and not run.

use std::collections::BTreeSet;

use wasmparser::{BinaryReaderError, ComponentExternName, Encoding, Parser, Payload};

/// The interfaces that a plugin may export, and the world that each makes of it. The version comes
/// after an `@`.
const WORLDS: [(&str, &str); 3] = [
    ("daemoneye:plugin/rules@", "rule-plugin"),
    ("daemoneye:plugin/language@", "language-plugin"),
    ("daemoneye:plugin/sink@", "sink-plugin"),
];

/// The outside of a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Interface {
    /// Such as `rule-plugin@0.1.0`.
    pub(crate) world: String,
    /// The names of all imports, in ascending order.
    pub(crate) imports: Vec<String>,
}

/// Why bytes are no plugin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ComponentError {
    /// Not WebAssembly; the words are the parser's.
    #[error("no component: {0}")]
    Parse(#[from] BinaryReaderError),
    /// WebAssembly, but a core module.
    #[error("a core module is no component")]
    Module,
    /// None of the worlds, or several at once.
    #[error("it exports {}, which is not exactly one of the interfaces rules, language and sink of daemoneye:plugin", list(.0))]
    World(Vec<String>),
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

impl Interface {
    /// Reads the outside of a component. Whether the rest of it is sound is the sandbox's business.
    pub(crate) fn of(bytes: &[u8]) -> Result<Interface, ComponentError> {
        let (mut imports, mut exports) = (BTreeSet::new(), BTreeSet::new());
        let mut depth = 0_u32;
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
                Payload::Version { encoding: Encoding::Module, .. } if depth == 0 => {
                    return Err(ComponentError::Module);
                }
                Payload::Version { .. } => depth += 1,
                Payload::End(_) => depth -= 1,
                Payload::ComponentImportSection(section) if depth == 1 => {
                    collect(&mut imports, section.into_iter().map(|one| one.map(|one| one.name)))?;
                }
                Payload::ComponentExportSection(section) if depth == 1 => {
                    collect(&mut exports, section.into_iter().map(|one| one.map(|one| one.name)))?;
                }
                _ => {}
            }
        }
        Ok(Interface { world: world(&exports)?, imports: imports.into_iter().collect() })
    }
}

fn collect<'b>(
    names: &mut BTreeSet<String>,
    found: impl Iterator<Item = wasmparser::Result<ComponentExternName<'b>>>,
) -> Result<(), ComponentError> {
    for name in found {
        names.insert(name?.name.to_owned());
    }
    Ok(())
}

/// The world of a component with these exports.
fn world(exports: &BTreeSet<String>) -> Result<String, ComponentError> {
    let world = |export: &String| {
        let mut known = WORLDS.iter();
        known.find_map(|(name, world)| Some(format!("{world}@{}", export.strip_prefix(name)?)))
    };
    let mut worlds = exports.iter().filter_map(world);
    match (worlds.next(), worlds.next()) {
        (Some(world), None) => Ok(world),
        _ => Err(ComponentError::World(exports.iter().cloned().collect())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A component that imports and exports empty instances with these names.
    fn component(imports: &[&str], exports: &[&str]) -> Vec<u8> {
        let section = |id: u8, items: Vec<Vec<u8>>| {
            let content = [vec![u8::try_from(items.len()).unwrap()], items.concat()].concat();
            [vec![id, u8::try_from(content.len()).unwrap()], content].concat()
        };
        let name = |name: &str| [&[0, u8::try_from(name.len()).unwrap()], name.as_bytes()].concat();
        let empty_type = section(7, vec![vec![0x42, 0]]);
        let import = |text: &&str| [name(text), vec![5, 0]].concat();
        let imports = section(10, imports.iter().map(import).collect());
        let instance = section(5, vec![vec![1, 0]]);
        let export = |text: &&str| [name(text), vec![5, 0, 0]].concat();
        let exports = section(11, exports.iter().map(export).collect());
        [b"\0asm\x0d\0\x01\0".to_vec(), empty_type, imports, instance, exports].concat()
    }

    #[test]
    fn a_component_has_the_world_of_what_it_exports_and_all_its_imports() {
        let bytes = component(&["b:c/d", "a:b/c@1.0.0"], &["daemoneye:plugin/rules@0.1.0"]);
        let interface = Interface::of(&bytes).unwrap();
        assert_eq!(interface.world, "rule-plugin@0.1.0");
        assert_eq!(interface.imports, ["a:b/c@1.0.0", "b:c/d"]);
    }

    #[test]
    fn what_is_no_plugin_is_refused_by_what_it_is() {
        let (rules, sink) = ("daemoneye:plugin/rules@0.1.0", "daemoneye:plugin/sink@0.1.0");
        let cases = [
            (b"\0asm\x01\0\0\0".to_vec(), "a core module is no component"),
            (b"#!/bin/sh".to_vec(), "no component: "),
            (component(&[], &[]), "it exports nothing"),
            (component(&[], &["wasi:cli/run@0.2.0"]), "it exports wasi:cli/run@0.2.0"),
            (component(&[], &[rules, sink]), "it exports daemoneye:plugin/rules@0.1.0, daemoneye"),
        ];
        for (bytes, words) in cases {
            let error = Interface::of(&bytes).expect_err(words).to_string();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn every_torn_component_is_refused() {
        let bytes = component(&["a:b/c"], &["daemoneye:plugin/sink@0.1.0"]);
        for length in 0..bytes.len() {
            assert!(Interface::of(&bytes[..length]).is_err(), "torn at {length}");
        }
    }
}
