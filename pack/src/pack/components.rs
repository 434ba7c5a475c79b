//! The components that the rules of a pack name.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::error::PackError;
use super::folder::Folder;
use crate::path::PackPath;
use crate::rule::{Component, Rule};

/// At most so many bytes in a component.
pub const MAX_COMPONENT_BYTES: u64 = 32 << 20;

/// Every component that a rule names, once.
pub(super) fn of(
    folder: &Folder,
    rules: &[Rule],
) -> Result<BTreeMap<PackPath, Arc<[u8]>>, PackError> {
    let mut found = BTreeMap::new();
    for rule in rules {
        let Some(Component { file, .. }) = rule.body.component() else { continue };
        if found.contains_key(file) {
            continue;
        }
        let (path, bytes) = folder.file(file.as_str()).ok_or_else(|| PackError::NoComponent {
            rule: rule.id.clone(),
            file: file.within(&folder.root),
        })?;
        if bytes.len() as u64 > MAX_COMPONENT_BYTES {
            let file = path.within(&folder.root);
            return Err(PackError::TooLarge { file, limit: MAX_COMPONENT_BYTES });
        }
        found.insert(path.clone(), Arc::from(bytes));
    }
    Ok(found)
}
