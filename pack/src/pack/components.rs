//! The components that the rules of a pack name.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::error::PackError;
use crate::parcel::Parcel;
use crate::path::PackPath;
use crate::rule::{Component, Rule};

/// Every component that a rule names, once.
pub(super) fn of(
    parcel: &Parcel,
    rules: &[Rule],
) -> Result<BTreeMap<PackPath, Arc<[u8]>>, PackError> {
    let mut found = BTreeMap::new();
    for rule in rules {
        let Some(Component { file, .. }) = rule.body.component() else { continue };
        if found.contains_key(file) {
            continue;
        }
        let (path, bytes) = parcel.file(file.as_str()).ok_or_else(|| PackError::NoComponent {
            rule: rule.id.clone(),
            file: file.within(&parcel.place),
        })?;
        found.insert(path.clone(), Arc::from(bytes));
    }
    Ok(found)
}
