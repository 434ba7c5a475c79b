//! The functions that a rule may call: THE LIST.

/// A function of the rule language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    /// The first argument that is not NULL.
    Coalesce,
}

const FUNCTIONS: &[(&str, Function)] = &[("coalesce", Function::Coalesce)];

const ONE_EVENT: &str = "a rule judges one event at a time; leave it out";
const NO_CLOCK: &str = "a rule has no clock; compare `time` with a number of microseconds";

/// What to write instead of functions that authors know from elsewhere.
const INSTEAD: &[(&str, &str)] = &[
    ("ifnull", "COALESCE(column, value) does the same"),
    ("nvl", "COALESCE(column, value) does the same"),
    ("lower", "`=`, IN and LIKE already ignore ASCII case"),
    ("upper", "`=`, IN and LIKE already ignore ASCII case"),
    ("instr", "write column LIKE '%text%'"),
    ("substr", "write column LIKE 'prefix%' or column REGEXP '^prefix'"),
    ("substring", "write column LIKE 'prefix%' or column REGEXP '^prefix'"),
    ("position", "write column LIKE '%text%'"),
    ("trim", "write LIKE with % where spaces may stand"),
    ("convert", "values are converted as they are compared; leave it out"),
    ("count", ONE_EVENT),
    ("sum", ONE_EVENT),
    ("min", ONE_EVENT),
    ("max", ONE_EVENT),
    ("avg", ONE_EVENT),
    ("date", NO_CLOCK),
    ("datetime", NO_CLOCK),
    ("strftime", NO_CLOCK),
    ("unixepoch", NO_CLOCK),
    ("now", NO_CLOCK),
    ("like", "write column LIKE 'pattern'"),
    ("glob", "write column REGEXP 'pattern', which regards case"),
    ("regexp", "write column REGEXP 'pattern'"),
    ("regexp_like", "write column REGEXP 'pattern'"),
];

/// The function with this name, without regard to ASCII case.
pub(crate) fn named(name: &str) -> Option<Function> {
    let is_it = |(known, _): &&(&str, Function)| known.eq_ignore_ascii_case(name);
    FUNCTIONS.iter().find(is_it).map(|(_, function)| *function)
}

/// What to write instead of a function that does not exist.
pub(crate) fn instead_of(name: &str) -> String {
    let known = INSTEAD.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    known.map_or_else(
        || {
            let names: Vec<_> =
                FUNCTIONS.iter().map(|(name, _)| name.to_ascii_uppercase()).collect();
            format!("the functions are {}", names.join(", "))
        },
        |(_, help)| (*help).to_owned(),
    )
}
