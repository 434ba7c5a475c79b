//! The words that introduce what a rule cannot do: THE LIST.

use crate::script::Script;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Token;

pub(super) const SHAPE: &str = "a rule is one SELECT columns FROM table WHERE condition";
const ONE_TABLE: &str =
    "a rule reads one table; the parent is in parent_path, parent_name, parent_command_line";
const NO_ORDER: &str = "alerts come in the order of the events; leave it out";
const NO_GROUPS: &str = "a rule judges one event at a time; leave it out";
const NO_SET: &str = "write one rule for each SELECT, or join the conditions with OR";
const NO_CLOCK: &str = "a rule has no clock; compare `time` with a number of microseconds";
const BINDS: &str = "write the condition with AND, OR and NOT";

/// A word, and what to write instead; none where the word only continues another construct.
const REFUSALS: &[(&str, Option<&str>)] = &[
    ("ALL", None),
    ("ANY", Some("write column IN (value, ...)")),
    ("ARRAY", Some("write column IN (value, ...)")),
    ("ASC", None),
    ("BY", None),
    ("CASE", Some(BINDS)),
    ("CAST", Some("values are converted as they are compared; leave it out")),
    ("COLLATE", Some("`=`, IN and LIKE ignore ASCII case, REGEXP regards it")),
    ("CROSS", Some(ONE_TABLE)),
    ("CURRENT_DATE", Some(NO_CLOCK)),
    ("CURRENT_TIME", Some(NO_CLOCK)),
    ("CURRENT_TIMESTAMP", Some(NO_CLOCK)),
    ("DESC", None),
    ("DISTINCT", Some("each event is judged once, and IS takes NULL only; leave it out")),
    ("DIV", Some("rules do not calculate; compare the column itself with a value")),
    ("ELSE", None),
    ("END", None),
    ("EXCEPT", Some(NO_SET)),
    ("EXISTS", Some("a rule reads one event; write the condition on its columns")),
    ("FETCH", Some("every event that matches is an alert; leave it out")),
    ("FILTER", Some(NO_GROUPS)),
    ("FOR", Some(SHAPE)),
    ("FULL", Some(ONE_TABLE)),
    ("GLOB", Some("write LIKE with % and _, or REGEXP")),
    ("GROUP", Some(NO_GROUPS)),
    ("HAVING", Some("write the condition in WHERE")),
    ("ILIKE", Some("LIKE already ignores ASCII case")),
    ("INDEXED", Some(SHAPE)),
    ("INNER", Some(ONE_TABLE)),
    ("INTERSECT", Some("join the conditions with AND")),
    ("INTERVAL", Some(NO_CLOCK)),
    ("INTO", Some("a rule writes nothing; leave it out")),
    ("ISNULL", Some("write IS NULL")),
    ("JOIN", Some(ONE_TABLE)),
    ("LATERAL", Some(ONE_TABLE)),
    ("LEFT", Some(ONE_TABLE)),
    ("LIMIT", Some("every event that matches is an alert; leave it out")),
    ("MATCH", Some("write LIKE '%text%' or REGEXP")),
    ("MINUS", Some(NO_SET)),
    ("MOD", Some("rules do not calculate; compare the column itself with a value")),
    ("NATURAL", Some(ONE_TABLE)),
    ("NOTNULL", Some("write IS NOT NULL")),
    ("OFFSET", Some("every event that matches is an alert; leave it out")),
    ("ON", None),
    ("ORDER", Some(NO_ORDER)),
    ("OUTER", Some(ONE_TABLE)),
    ("OVER", Some(NO_GROUPS)),
    ("OVERLAPS", Some(BINDS)),
    ("PARTITION", Some(NO_GROUPS)),
    ("PIVOT", Some(NO_GROUPS)),
    ("PREWHERE", Some("write WHERE")),
    ("QUALIFY", Some("write the condition in WHERE")),
    ("RECURSIVE", None),
    ("RETURNING", Some(SHAPE)),
    ("RIGHT", Some(ONE_TABLE)),
    ("RLIKE", Some("write REGEXP")),
    ("SELECT", Some("a rule is one SELECT; write another rule")),
    ("SETTINGS", Some(SHAPE)),
    ("SIMILAR", Some("write LIKE with % and _, or REGEXP")),
    ("SOME", Some("write column IN (value, ...)")),
    ("TABLESAMPLE", Some("a rule judges every event; leave it out")),
    ("THEN", None),
    ("TOP", Some("every event that matches is an alert; leave it out")),
    ("UNION", Some(NO_SET)),
    ("UNKNOWN", Some("write IS NULL")),
    ("USING", None),
    ("VALUES", Some(SHAPE)),
    ("WHEN", None),
    ("WINDOW", Some(NO_GROUPS)),
    ("WITH", Some("name the table directly")),
    ("XOR", Some(BINDS)),
];

/// What to write instead of this word, if the list has it.
pub(super) fn help(word: &str) -> Option<Option<&'static str>> {
    let found = REFUSALS.iter().find(|(refused, _)| refused.eq_ignore_ascii_case(word));
    found.map(|(_, help)| *help)
}

/// Whether this lexeme is another word of the construct that the one before it belongs to.
pub(super) fn continues(script: &Script<'_>, index: usize) -> bool {
    match script.token(index) {
        Token::Word(word) if word.quote_style.is_none() => help(&word.value).is_some(),
        _ => false,
    }
}

/// Whether a bracket that begins with this word holds a query.
pub(super) fn begins_query(word: Keyword) -> bool {
    matches!(word, Keyword::SELECT | Keyword::WITH | Keyword::VALUES | Keyword::FROM)
}
