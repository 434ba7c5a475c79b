//! What has no value is not there.

use serde_json::Value as Json;

/// The value without members that are null, or have nothing in them, at any depth.
pub(crate) fn sparse(value: Json) -> Json {
    match value {
        Json::Object(members) => {
            let members = members.into_iter().map(|(name, value)| (name, sparse(value)));
            Json::Object(members.filter(|(_, value)| has_value(value)).collect())
        }
        Json::Array(items) => {
            Json::Array(items.into_iter().map(sparse).filter(has_value).collect())
        }
        other => other,
    }
}

fn has_value(value: &Json) -> bool {
    match value {
        Json::Null => false,
        Json::Object(members) => !members.is_empty(),
        Json::Array(items) => !items.is_empty(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_has_a_value_stays() {
        let full = json!({"a": null, "b": {"c": null}, "d": [null, {}, 0], "e": "", "f": false});
        assert_eq!(sparse(full), json!({"d": [0], "e": "", "f": false}));
    }
}
