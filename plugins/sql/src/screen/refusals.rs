//! The words that introduce what a rule cannot do: THE LIST.

use crate::function::NO_CLOCK;
use crate::script::Script;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Token;

pub(super) const SHAPE: &str = "a rule is one SELECT columns FROM table WHERE condition";
const JOINS: &str = "a rule joins with [LEFT] JOIN processes p ON p.key = e.parent_key";
const NO_ORDER: &str = "alerts come in the order of the events; leave it out";
const NO_FRAMES: &str = "groups of events are made with GROUP BY and HAVING";
const NO_SET: &str = "write one rule for each SELECT, or join the conditions with OR";
const BINDS: &str = "write the condition with AND, OR and NOT";

/// A word, and what to write instead; none where the word only continues another construct.
const REFUSALS: &[(&str, Option<&str>)] = &[
    ("ALL", None),
    ("ANY", Some("write column IN (value, ...)")),
    ("ARRAY", Some("write column IN (value, ...)")),
    ("ASC", None),
    ("BY", None),
    ("COLLATE", Some("`=`, IN and LIKE ignore ASCII case, REGEXP regards it")),
    ("CROSS", Some(JOINS)),
    ("CURRENT_DATE", Some(NO_CLOCK)),
    ("CURRENT_TIME", Some(NO_CLOCK)),
    ("CURRENT_TIMESTAMP", Some(NO_CLOCK)),
    ("DESC", None),
    ("DISTINCT", Some("each event is judged once; DISTINCT stands in count(DISTINCT column) only")),
    ("DIV", Some("write a / b")),
    ("EXCEPT", Some(NO_SET)),
    ("EXISTS", Some("a rule reads one event; write the condition on its columns")),
    ("FETCH", Some("every event that matches is an alert; leave it out")),
    ("FILTER", Some(NO_FRAMES)),
    ("FOR", Some(SHAPE)),
    ("FULL", Some(JOINS)),
    ("GLOB", Some("write LIKE with % and _, or REGEXP")),
    ("GROUP", None),
    ("HAVING", None),
    ("ILIKE", Some("LIKE already ignores ASCII case")),
    ("INDEXED", Some(SHAPE)),
    ("INNER", None),
    ("INTERSECT", Some("join the conditions with AND")),
    ("INTERVAL", Some(NO_CLOCK)),
    ("INTO", Some("a rule writes nothing; leave it out")),
    ("ISNULL", Some("write IS NULL")),
    ("JOIN", None),
    ("LATERAL", Some(JOINS)),
    ("LEFT", None),
    ("LIMIT", Some("every event that matches is an alert; leave it out")),
    ("MATCH", Some("write LIKE '%text%' or REGEXP")),
    ("MINUS", Some(NO_SET)),
    ("MOD", Some("write a % b")),
    ("NATURAL", Some(JOINS)),
    ("NOTNULL", Some("write IS NOT NULL")),
    ("OFFSET", Some("every event that matches is an alert; leave it out")),
    ("ON", None),
    ("ORDER", Some(NO_ORDER)),
    ("OUTER", None),
    ("OVER", Some(NO_FRAMES)),
    ("OVERLAPS", Some(BINDS)),
    ("PARTITION", Some(NO_FRAMES)),
    ("PIVOT", Some(NO_FRAMES)),
    ("PREWHERE", Some("write WHERE")),
    ("QUALIFY", Some("write the condition in WHERE")),
    ("RECURSIVE", Some("a rule has no recursion; write has_ancestor('name') or ancestor(n).name")),
    ("RETURNING", Some(SHAPE)),
    ("RIGHT", Some(JOINS)),
    ("RLIKE", Some("write REGEXP")),
    ("SELECT", Some("a rule is one SELECT; a second one stands in WITH name AS (SELECT ...)")),
    ("SETTINGS", Some(SHAPE)),
    ("SIMILAR", Some("write LIKE with % and _, or REGEXP")),
    ("SOME", Some("write column IN (value, ...)")),
    ("TABLESAMPLE", Some("a rule judges every event; leave it out")),
    ("TOP", Some("every event that matches is an alert; leave it out")),
    ("UNION", Some(NO_SET)),
    ("UNKNOWN", Some("write IS NULL")),
    ("USING", None),
    ("VALUES", Some(SHAPE)),
    ("WINDOW", Some(NO_FRAMES)),
    ("WITH", Some("WITH name AS (SELECT ...) stands before SELECT")),
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
