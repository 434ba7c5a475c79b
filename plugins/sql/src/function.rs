//! The functions that a rule may call: THE LIST.

use daemoneye_plan::{AggregateFunction, Function};
use daemoneye_sdk::language::nearest;

/// What a name calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Called {
    /// The first argument that is not NULL; with at most so many arguments.
    Coalesce(usize),
    /// A function of the plan, of values.
    Plain(Function),
    /// One that takes a time and modifiers, and that must not ask for the present.
    Time(Function),
    /// `iif(condition, value, otherwise)`.
    Choice,
    /// `has_ancestor('pattern')`.
    HasAncestor,
    /// `ancestor(n).name`.
    Ancestor,
    /// `regexp_extract(text, 'expression', group)`.
    RegexpExtract,
    /// `cidr_match(text, 'network')`.
    CidrMatch,
    /// A number over the rows of a group.
    Aggregate(AggregateFunction),
    /// Of one argument a number over the rows of a group, of more a function.
    Extreme(AggregateFunction, Function),
}

use AggregateFunction as A;
use Called::{Aggregate, Choice, Coalesce, Extreme, Plain, Time};
use Function as F;

const FUNCTIONS: &[(&str, Called)] = &[
    ("abs", Plain(F::Abs)),
    ("ancestor", Called::Ancestor),
    ("avg", Aggregate(A::Average)),
    ("basename", Plain(F::BaseName)),
    ("cidr_match", Called::CidrMatch),
    ("coalesce", Coalesce(usize::MAX)),
    ("count", Aggregate(A::Count)),
    ("date", Time(F::Date)),
    ("datetime", Time(F::DateTime)),
    ("dirname", Plain(F::DirectoryName)),
    ("entropy", Plain(F::Entropy)),
    ("has_ancestor", Called::HasAncestor),
    ("hex", Plain(F::Hex)),
    ("if", Choice),
    ("ifnull", Coalesce(2)),
    ("iif", Choice),
    ("instr", Plain(F::Position)),
    ("length", Plain(F::Length)),
    ("lower", Plain(F::Lower)),
    ("ltrim", Plain(F::TrimLeft)),
    ("max", Extreme(A::Maximum, F::Maximum)),
    ("min", Extreme(A::Minimum, F::Minimum)),
    ("nullif", Plain(F::NullIf)),
    ("regexp_extract", Called::RegexpExtract),
    ("replace", Plain(F::Replace)),
    ("rtrim", Plain(F::TrimRight)),
    ("strftime", Time(F::FormatTime)),
    ("substr", Plain(F::Substring)),
    ("substring", Plain(F::Substring)),
    ("sum", Aggregate(A::Sum)),
    ("time", Time(F::Time)),
    ("trim", Plain(F::Trim)),
    ("unixepoch", Time(F::UnixTime)),
    ("upper", Plain(F::Upper)),
];

/// What to write instead of functions that authors know from elsewhere.
const INSTEAD: &[(&str, &str)] = &[
    ("nvl", "COALESCE(column, value) does the same"),
    ("position", "write instr(text, part)"),
    ("charindex", "write instr(text, part)"),
    ("len", "write length(text)"),
    ("concat", "write a || b"),
    ("convert", "write CAST(value AS INTEGER)"),
    ("total", "write sum(value)"),
    ("now", NO_CLOCK),
    ("julianday", "write unixepoch(time / 1000000, 'unixepoch')"),
    ("like", "write column LIKE 'pattern'"),
    ("glob", "write column REGEXP 'pattern', which regards case"),
    ("regexp", "write column REGEXP 'pattern'"),
    ("regexp_like", "write column REGEXP 'pattern'"),
    ("regexp_match", "write regexp_extract(text, 'expression', group)"),
    ("in_cidr_block", "write cidr_match(text, '10.0.0.0/8')"),
];

/// For whoever asks for the present.
pub(crate) const NO_CLOCK: &str =
    "rules have no clock; the event's time is datetime(time / 1000000, 'unixepoch')";

/// Every function with its name, in the order of the list.
pub(crate) fn all() -> &'static [(&'static str, Called)] {
    FUNCTIONS
}

/// The function with this name, without regard to ASCII case.
pub(crate) fn named(name: &str) -> Option<Called> {
    let is_it = |(known, _): &&(&str, Called)| known.eq_ignore_ascii_case(name);
    FUNCTIONS.iter().find(is_it).map(|(_, called)| *called)
}

/// Whether the function can be one of several rows.
pub(crate) fn is_aggregate(name: &str) -> bool {
    matches!(named(name), Some(Aggregate(_) | Extreme(..)))
}

/// What to write instead of a function that does not exist.
pub(crate) fn instead_of(name: &str) -> String {
    if let Some((_, help)) = INSTEAD.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
        return (*help).to_owned();
    }
    match nearest(name, FUNCTIONS.iter().map(|(name, _)| *name)) {
        Some(known) => format!("did you mean `{known}`?"),
        None => "the functions are listed in docs/sql.md".to_owned(),
    }
}
