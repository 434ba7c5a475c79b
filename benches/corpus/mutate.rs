//! More rules than were published: copies of real ones with other words in their literals.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::{Product, Rule};

const VOWELS: &[u8] = b"aeiou";
const CONSONANTS: &[u8] = b"bcdfghjklmnpqrstvwxyz";
/// The longest ending, in letters, that counts as a file's kind and is kept.
const LONGEST_ENDING: usize = 4;

impl Product {
    /// The same events with so many rules: those that were published first, then copies of them.
    pub fn with_rules(&self, count: usize) -> Product {
        let copies = (0..).flat_map(|copy| self.rules.iter().map(move |rule| mutated(rule, copy)));
        let rules = if self.rules.is_empty() { Vec::new() } else { copies.take(count).collect() };
        Product { rules, expected: None, ..self.clone() }
    }
}

/// Copy 0 is the rule itself.
fn mutated(rule: &Rule, copy: u64) -> Rule {
    if copy == 0 {
        return rule.clone();
    }
    let (id, sql) = (format!("{}-{copy}", rule.id), mutated_sql(&rule.sql, copy));
    Rule { id, sql, yaml: String::new(), product: rule.product.clone() }
}

/// Other letters in the literals of LIKE and `=`; regular expressions stay, as other letters would
/// be other syntax.
fn mutated_sql(sql: &str, copy: u64) -> String {
    let mut mutated = String::with_capacity(sql.len());
    let mut before = "";
    // SQL doubles a quote inside a literal, so that literals are every second part all the same.
    for (number, part) in sql.split('\'').enumerate() {
        if number > 0 {
            mutated.push('\'');
        }
        if number % 2 == 0 {
            mutated.push_str(part);
            before = if part.is_empty() { before } else { part };
        } else if before.trim_end().to_ascii_uppercase().ends_with("REGEXP") {
            mutated.push_str(part);
        } else {
            mutated.push_str(&mutated_literal(part, copy));
        }
    }
    mutated
}

/// A vowel for a vowel, a consonant for a consonant, the same for the same literal of a copy; what
/// follows the last dot is kept, so that programs stay programs.
fn mutated_literal(literal: &str, copy: u64) -> String {
    let kept = literal.rfind('.').filter(|dot| literal.len() - dot <= LONGEST_ENDING + 1);
    let (word, ending) = literal.split_at(kept.unwrap_or(literal.len()));
    let mut hasher = DefaultHasher::new();
    (literal, copy).hash(&mut hasher);
    let mut state = hasher.finish();
    let mut letter = |letter: char| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        replaced(letter, (state >> 33) as usize)
    };
    word.chars().map(&mut letter).chain(ending.chars()).collect()
}

fn replaced(letter: char, choice: usize) -> char {
    let lower = letter.to_ascii_lowercase();
    let all =
        if VOWELS.iter().any(|vowel| char::from(*vowel) == lower) { VOWELS } else { CONSONANTS };
    let other = char::from(all[choice % all.len()]);
    match letter {
        'a'..='z' => other,
        'A'..='Z' => other.to_ascii_uppercase(),
        _ => letter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQL: &str = r"SELECT * FROM logs WHERE Image LIKE '%\\powershell.exe' ESCAPE '\' AND (User = 'it''s' OR CommandLine REGEXP '\s-enc')";

    /// The text with an `x` for every lower-case letter.
    fn shape(sql: &str) -> String {
        sql.chars().map(|c| if c.is_ascii_lowercase() { 'x' } else { c }).collect()
    }

    #[test]
    fn a_copy_differs_in_letters_of_literals_alone() {
        let copy = mutated_sql(SQL, 1);
        assert_ne!(copy, SQL);
        assert_eq!(shape(&copy), shape(SQL));
        for kept in ["Image LIKE", r"ESCAPE '\'", r"REGEXP '\s-enc'", ".exe'"] {
            assert!(copy.contains(kept), "{copy}");
        }
    }

    #[test]
    fn copies_differ_from_each_other_and_are_the_same_every_time() {
        assert_ne!(mutated_sql(SQL, 1), mutated_sql(SQL, 2));
        assert_eq!(mutated_sql(SQL, 2), mutated_sql(SQL, 2));
    }

    #[test]
    fn the_published_rules_come_first() {
        let rule = |id: &str| Rule {
            id: id.to_owned(),
            product: "windows".to_owned(),
            sql: SQL.to_owned(),
            yaml: String::new(),
        };
        let product = Product {
            name: "windows".to_owned(),
            rules: vec![rule("a"), rule("b")],
            events: Vec::new(),
            expected: None,
        };
        let ids = |count| {
            let rules = product.with_rules(count).rules.into_iter();
            rules.map(|rule| rule.id).collect::<Vec<_>>()
        };
        assert_eq!(ids(1), ["a"]);
        assert_eq!(ids(5), ["a", "b", "a-1", "b-1", "a-2"]);
    }
}
