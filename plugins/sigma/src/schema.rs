//! The columns that a rule may read, as the host hands them over.

use std::collections::HashMap;

/// The type of a column's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    /// Whole numbers of 64 bits.
    Integer,
    /// Fractional numbers of 64 bits.
    Float,
    /// UTF-8 text.
    Text,
}

/// One column that events can have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The column's own name.
    pub name: String,
    /// The type of its values.
    pub field_type: FieldType,
    /// Other names under which a rule may call it.
    pub aliases: Vec<String>,
    /// Whether the sensor of this host gives it a value in any event.
    pub provided: bool,
}

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
            for name in std::iter::once(&field.name).chain(&field.aliases) {
                by_name.entry(name.to_ascii_lowercase()).or_insert(number);
            }
        }
        Schema { fields, by_name }
    }

    /// The field with this name or alias.
    pub fn named(&self, name: &str) -> Option<&Field> {
        self.by_name.get(&name.to_ascii_lowercase()).map(|number| &self.fields[*number])
    }

    /// Every field, in the host's order.
    pub(crate) fn fields(&self) -> &[Field] {
        &self.fields
    }
}

/// Longer words are not compared: the distance costs the product of both lengths.
const LONGEST_COMPARED: usize = 64;

/// The candidate with the smallest edit distance, if no more than a third of `word` is wrong.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
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
