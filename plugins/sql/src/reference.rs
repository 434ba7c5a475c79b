//! The reference of the dialect as a page, written from the lists that the compiler reads.

use std::fmt::Write;

use daemoneye_plan::AggregateFunction;
use daemoneye_sdk::rule::field;

use crate::function::{self, Called};
use crate::view;

/// Operators from those that bind least: how it is written, an example, and what is true or what
/// the value is. Each example is a condition that compiles.
pub const OPERATORS: &[(&str, &str, &str)] = &[
    ("`OR`", "name = 'sh' OR name = 'bash'", "one side is true"),
    ("`AND`", "name = 'sh' AND user_id = 0", "both sides are true"),
    ("`NOT`", "NOT name = 'sh'", "the condition is false; of NULL, NULL"),
    ("`=` `==`", "name = 'sh'", "equal; a column regards no ASCII case"),
    ("`<>` `!=`", "user_name <> 'root'", "not equal"),
    ("`<` `<=` `>` `>=`", "run_time < 1_000_000", "less, at most, more, at least"),
    (
        "`[NOT] LIKE`",
        "command_line LIKE '%/dev/tcp/%'",
        "all of the text is as the pattern, `%` any text, `_` any character; no regard to ASCII case",
    ),
    (
        "`[NOT] LIKE .. ESCAPE`",
        "name LIKE 'a!_b' ESCAPE '!'",
        "the character after this one stands for itself",
    ),
    (
        "`[NOT] REGEXP`",
        "executable_path REGEXP '/(ba|da)?sh$'",
        "the expression is found somewhere in the text; with regard to case",
    ),
    ("`[NOT] IN`", "name IN ('sh', 'bash')", "equal to one of the literals"),
    ("`[NOT] BETWEEN`", "user_id BETWEEN 1 AND 999", "at least the one and at most the other"),
    ("`IS [NOT] NULL`", "tty IS NULL", "the event has no value there"),
    ("`+` `-`", "pid - ppid = 1", "sum, difference"),
    (
        "`*` `/` `%`",
        "memory_bytes / 1_048_576 > 512",
        "product; quotient, whole if both sides are; remainder",
    ),
    ("`||`", "name || user_name = 'shroot'", "both as text, one after the other"),
    ("`-`", "-user_id = -1", "the number with the other sign"),
    ("`CAST`", "CAST(name AS INTEGER) = 7", "as INTEGER, REAL or TEXT"),
    (
        "`CASE`",
        "CASE WHEN user_id = 0 THEN 1 ELSE 0 END",
        "the value behind the first condition that is true",
    ),
];

/// The page, as Markdown.
pub fn reference() -> String {
    [tables(), columns(), operators(), functions(), aggregates()].concat()
}

fn tables() -> String {
    let mut page = String::from("## Tables\n\n| table | rows where |\n| --- | --- |\n");
    for view in view::all() {
        let names = [&[view.name], view.aliases].concat().join("`, `");
        let condition = match view.condition {
            "" => "always".to_owned(),
            condition => format!("`{condition}`"),
        };
        writeln!(page, "| `{names}` | {condition} |").expect("memory");
    }
    page
}

fn columns() -> String {
    let mut page = String::from(
        "\n## Columns\n\nWhat each holds, and its other names: [events.md](events.md).\n\n\
         | type | columns |\n| --- | --- |\n",
    );
    for kind in ["text", "integer", "float"] {
        let of_kind = field::ALL.iter().filter(|(_, of)| *of == kind);
        let names: Vec<String> = of_kind.map(|(name, _)| format!("`{name}`")).collect();
        writeln!(page, "| {kind} | {} |", names.join(" ")).expect("memory");
    }
    page
}

fn operators() -> String {
    let mut page = String::from(
        "\n## Operators\n\nThose that bind least come first.\n\n\
         | operator | example | true where, or the value |\n| --- | --- | --- |\n",
    );
    for (operator, example, meaning) in OPERATORS {
        let (operator, example) = (operator.replace('|', "\\|"), example.replace('|', "\\|"));
        writeln!(page, "| {operator} | `{example}` | {meaning} |").expect("memory");
    }
    page
}

fn functions() -> String {
    let mut page =
        String::from("\n## Functions\n\n| function | arguments | value |\n| --- | --- | --- |\n");
    for (name, called) in function::all() {
        if let Some((arguments, value)) = one(*called) {
            let value = value.replace('|', "\\|");
            writeln!(page, "| `{name}` | {arguments} | {value} |").expect("memory");
        }
    }
    page
}

/// The number of arguments as an author writes them, and the value.
fn one(called: Called) -> Option<(String, &'static str)> {
    use daemoneye_plan::Function as F;
    let counted = |function: F| {
        let (least, most) = function.arity();
        Some((arguments(least, most), function.description()))
    };
    match called {
        Called::Plain(function) | Called::Time(function) | Called::Extreme(_, function) => {
            counted(function)
        }
        Called::RegexpExtract => counted(F::RegexpExtract),
        Called::CidrMatch => counted(F::CidrMatch),
        Called::HasAncestor => Some((
            arguments(1, 1),
            "1 if the name or path of an ancestor is LIKE the pattern, else 0.",
        )),
        Called::Ancestor => Some((
            "1, then `.name`, `.path` or `.pid`".to_owned(),
            "Of the n-th process above; 1 is the parent, at most 16; NULL if there is none.",
        )),
        Called::Coalesce(most) => {
            Some((arguments(2, most), "The first argument that is not NULL; NULL if all are."))
        }
        Called::Choice => Some((
            arguments(2, 3),
            "The second argument where the first is true, else the third, or NULL.",
        )),
        Called::Aggregate(_) => None,
    }
}

fn arguments(least: usize, most: usize) -> String {
    match (least, most) {
        (least, most) if least == most => least.to_string(),
        (least, most) if most == usize::MAX => format!("{least} or more"),
        (least, most) => format!("{least} to {most}"),
    }
}

fn aggregates() -> String {
    let mut page = String::from(
        "\n## Aggregates\n\nOver the events of a group, in `HAVING`.\n\n\
         | aggregate | value |\n| --- | --- |\n",
    );
    for (name, called) in function::all() {
        if let Called::Aggregate(function) | Called::Extreme(function, _) = called {
            let (written, value) = aggregate(name, *function);
            writeln!(page, "| {written} | {value} |").expect("memory");
        }
    }
    page
}

fn aggregate(name: &str, function: AggregateFunction) -> (String, &'static str) {
    let of_one = format!("`{name}(x)`");
    match function {
        AggregateFunction::Count => (
            format!("`{name}(*)`, `{name}(x)`, `{name}(DISTINCT x)`"),
            "Events; those with a value; different values.",
        ),
        AggregateFunction::Sum => (of_one, "The sum of the numbers; NULL of none."),
        AggregateFunction::Average => (of_one, "Their mean; NULL of none."),
        AggregateFunction::Minimum => (of_one, "The least; NULL of none."),
        AggregateFunction::Maximum => (of_one, "The greatest; NULL of none."),
    }
}
