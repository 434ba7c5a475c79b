//! The columns that a rule may read, as the agent hands them over.

use std::collections::HashMap;
use std::iter::once;

use super::Field;

/// Every column that events can have. Names are compared without regard to ASCII case.
#[derive(Debug, Clone, Default)]
pub struct Schema {
    fields: Vec<Field>,
    by_name: HashMap<String, usize>,
}

impl Schema {
    /// Where two fields share a name or an alias, the earlier one keeps it.
    pub fn new(fields: Vec<Field>) -> Self {
        let mut by_name = HashMap::new();
        for (number, field) in fields.iter().enumerate() {
            for name in names(field) {
                by_name.entry(name.to_ascii_lowercase()).or_insert(number);
            }
        }
        Schema { fields, by_name }
    }

    /// The field with this name or alias.
    pub fn named(&self, name: &str) -> Option<&Field> {
        self.by_name.get(&name.to_ascii_lowercase()).map(|number| &self.fields[*number])
    }

    /// Every field, in the agent's order.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Whether the sensor of this host gives the field with this name or alias a value in any event.
    pub fn provides(&self, name: &str) -> bool {
        self.named(name).is_some_and(|field| field.provided)
    }

    /// The name or alias that looks most like this one, if any looks like it at all.
    pub fn nearest(&self, name: &str) -> Option<&str> {
        nearest(name, self.fields.iter().flat_map(names))
    }
}

fn names(field: &Field) -> impl Iterator<Item = &str> {
    once(&field.name).chain(&field.aliases).map(String::as_str)
}

/// Longer words are not compared: the distance costs the product of both lengths.
const LONGEST_COMPARED: usize = 64;

/// The candidate with the smallest edit distance, if no more than a third of `word` is wrong.
pub fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > LONGEST_COMPARED {
        return None;
    }
    let word = word.to_ascii_lowercase();
    let tolerated = (word.chars().count() / 3).max(1);
    candidates
        .map(|name| (strsim::damerau_levenshtein(&word, &name.to_ascii_lowercase()), name))
        .filter(|(distance, _)| *distance <= tolerated)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::FieldType;

    fn schema() -> Schema {
        let field = |name: &str, alias: &str, provided| Field {
            name: name.to_owned(),
            type_: FieldType::Text,
            aliases: vec![alias.to_owned()],
            provided,
        };
        Schema::new(vec![field("name", "comm", true), field("path", "NAME", false)])
    }

    #[test]
    fn a_field_is_found_by_name_and_alias_without_regard_to_case() {
        let schema = schema();
        for (name, found) in
            [("NAME", Some("name")), ("Comm", Some("name")), ("Path", Some("path")), ("x", None)]
        {
            assert_eq!(schema.named(name).map(|field| field.name.as_str()), found, "{name}");
        }
        assert!(schema.provides("COMM") && !schema.provides("path") && !schema.provides("x"));
    }

    #[test]
    fn only_what_looks_alike_is_near() {
        let schema = schema();
        for (word, near) in [("nmae", Some("name")), ("pth", Some("path")), ("cwd", None)] {
            assert_eq!(schema.nearest(word), near, "{word}");
        }
        assert_eq!(nearest(&"a".repeat(65), ["a"].into_iter()), None);
    }
}
