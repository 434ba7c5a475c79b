//! A core module, wrapped into the WIT world that it was compiled for.

use wit_component::{ComponentEncoder, DecodedWasm};

/// The interfaces that a plugin may import; which of them the agent links is another matter.
const OURS: &str = "daemoneye:plugin/";

/// Why a module does not become a component.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// It was not made with the SDK, or is damaged.
    #[error("no module of a plugin: {0}")]
    Module(String),
    /// It wants something that no agent has.
    #[error("imports {0}, which no agent has")]
    Import(String),
}

/// The component, and the interfaces that it imports.
///
/// # Errors
/// If the module says nothing of its world, or imports anything but our own interfaces.
pub fn encode(module: &[u8]) -> Result<(Vec<u8>, Vec<String>), EncodeError> {
    let refused = |error: &dyn std::fmt::Display| EncodeError::Module(format!("{error:#}"));
    let encoder = ComponentEncoder::default().module(module).map_err(|e| refused(&e))?;
    let component = encoder.validate(true).encode().map_err(|e| refused(&e))?;
    let imports = imports(&component)?;
    Ok((component, imports))
}

/// The interfaces that a component imports.
///
/// # Errors
/// If it is no component, or imports anything but our own interfaces.
pub fn imports(component: &[u8]) -> Result<Vec<String>, EncodeError> {
    let decoded = wit_component::decode(component)
        .map_err(|error| EncodeError::Module(format!("{error:#}")))?;
    let DecodedWasm::Component(resolve, world) = decoded else {
        return Err(EncodeError::Module("encoded into something that is none".to_owned()));
    };
    let imports = &resolve.worlds[world].imports;
    let imports: Vec<String> = imports.keys().map(|key| resolve.name_world_key(key)).collect();
    match imports.iter().find(|import| !import.starts_with(OURS)) {
        Some(import) => Err(EncodeError::Import(import.clone())),
        None => Ok(imports),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_module_is_refused_and_a_module_of_no_world_does_nothing() {
        assert!(matches!(encode(b"garbage"), Err(EncodeError::Module(_))));
        let (_, imports) = encode(b"\0asm\x01\0\0\0").expect("an empty module");
        assert!(imports.is_empty());
    }
}
