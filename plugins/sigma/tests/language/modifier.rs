//! Each modifier, obeyed and violated.

use crate::row::{compiled, findings, fires, rule};
use daemoneye_plan::{Function, Operand};

/// A key and its value, a value of `CommandLine` (nothing is NULL), and whether the rule fires.
const TABLE: &[(&str, Option<&str>, bool)] = &[
    // plain text, wildcards, escapes
    ("CommandLine: whoami", Some("WHOAMI"), true),
    ("CommandLine: whoami", Some("whoami "), false),
    ("CommandLine: 'cmd*exe'", Some("cmd /c x.EXE"), true),
    ("CommandLine: 'c?d'", Some("cmd"), true),
    ("CommandLine: 'c?d'", Some("cmmd"), false),
    (r"CommandLine: 'c\?d'", Some("c?d"), true),
    (r"CommandLine: 'c\?d'", Some("cmd"), false),
    (r"CommandLine: 'C:\\*'", Some(r"c:\x"), true),
    ("CommandLine: '50%_'", Some("50%_"), true),
    ("CommandLine|contains: '50%_'", Some("500x"), false),
    ("CommandLine: ['a', 'b', 'c*']", Some("B"), true),
    ("CommandLine: ['a', 'b', 'c*']", Some("cd"), true),
    ("CommandLine: ['a', 'b', 'c*']", Some("d"), false),
    ("CommandLine: '*'", Some(""), true),
    ("CommandLine: '*'", None, false),
    // null, numbers, truths
    ("CommandLine: null", None, true),
    ("CommandLine:", None, true),
    ("CommandLine: null", Some(""), false),
    ("CommandLine: ''", Some(""), true),
    ("CommandLine: ''", None, false),
    ("CommandLine: [null, '']", None, true),
    ("CommandLine: 4688", Some("4688"), true),
    ("CommandLine: 4688", Some("4688.0"), false),
    ("CommandLine: 0x10", Some("16"), true),
    ("CommandLine: true", Some("true"), true),
    ("CommandLine: true", Some("1"), true),
    ("CommandLine: false", Some("1"), false),
    // where the text stands
    ("CommandLine|contains: ' -enc '", Some("ps -ENC x"), true),
    ("CommandLine|contains: ' -enc '", Some("ps -enc"), false),
    ("CommandLine|contains: 44", Some("x4488"), true),
    ("CommandLine|startswith: '/tmp'", Some("/tmp/x"), true),
    ("CommandLine|startswith: '/tmp'", Some("cat /tmp"), false),
    ("CommandLine|endswith: '.sh'", Some("a.SH"), true),
    ("CommandLine|endswith: '.sh'", Some("a.sh "), false),
    (r"CommandLine|endswith: '\'", Some(r"C:\"), true),
    // lists
    ("CommandLine|contains: [a, b]", Some("b"), true),
    ("CommandLine|contains|all: [a, b]", Some("xbya"), true),
    ("CommandLine|contains|all: [a, b]", Some("xb"), false),
    ("CommandLine|all: ['a*', '*b']", Some("ab"), true),
    ("CommandLine|all: ['a*', '*b']", Some("ac"), false),
    // case
    ("CommandLine|cased: Bash", Some("Bash"), true),
    ("CommandLine|cased: Bash", Some("bash"), false),
    ("CommandLine|contains|cased: ['B']", Some("aBc"), true),
    ("CommandLine|contains|cased: ['B']", Some("abc"), false),
    // expressions
    ("CommandLine|re: '-[eE]nc?'", Some("ps -En x"), true),
    ("CommandLine|re: '-enc'", Some("ps -ENC x"), false),
    ("CommandLine|re|i: '-enc'", Some("ps -ENC x"), true),
    ("CommandLine|re: '^b$'", Some("a\nb"), false),
    ("CommandLine|re|m: '^b$'", Some("a\nb"), true),
    ("CommandLine|re: 'a.b'", Some("a\nb"), false),
    ("CommandLine|re|i|s: 'A.b'", Some("a\nB"), true),
    ("CommandLine|re|all: ['a', 'b']", Some("ba"), true),
    // encodings
    ("CommandLine|base64: foobar", Some("Zm9vYmFy"), true),
    ("CommandLine|base64|contains: foobar", Some("x Zm9vYmFy y"), true),
    ("CommandLine|base64offset|contains: foo", Some("xxZm9v"), true),
    ("CommandLine|base64offset|contains: foobar", Some("YWZvb2Jhcg=="), true),
    ("CommandLine|base64offset|contains: foobar", Some("YWFmb29iYXI="), true),
    ("CommandLine|base64offset|contains: foobar", Some("Zm9v"), false),
    ("CommandLine|wide|base64offset|contains: ping", Some("x cABpAG4AZw y"), true),
    ("CommandLine|utf16le|base64offset|contains: ping", Some("cABpAG4AZw"), true),
    ("CommandLine|utf16be|base64|contains: ping", Some("AHAAaQBuAGc="), true),
    ("CommandLine|utf16|base64|contains: ping", Some("//5wAGkAbgBnAA=="), true),
    ("CommandLine|utf16|base64|contains: ping", Some("AHAAaQBuAGc="), false),
    ("CommandLine|contains|windash: ' -enc '", Some("ps /enc x"), true),
    ("CommandLine|windash|contains: ' -enc '", Some("ps \u{2015}enc x"), true),
    ("CommandLine|windash|contains|all: [' -a', ' /b']", Some("x \u{2013}a -b"), true),
    ("CommandLine|contains|windash: ' -enc '", Some("ps +enc x"), false),
    ("CommandLine|expand: '100%'", Some("100%"), true),
    // presence, negation
    ("CommandLine|exists: true", Some(""), true),
    ("CommandLine|exists: true", None, false),
    ("CommandLine|exists: no", None, true),
    ("CommandLine|neq: a", Some("b"), true),
    ("CommandLine|neq: [a, b]", Some("b"), false),
    ("CommandLine|neq: a", None, true),
    // numbers: text is compared as text, as SQLite does with a column of text
    ("CommandLine|lt: 5", Some("4"), true),
    ("CommandLine|lte: 5", Some("5"), true),
    ("CommandLine|gt: 5", Some("5"), false),
    ("CommandLine|gte: 5", Some("5"), true),
    ("CommandLine|gt: 5", Some("10"), false),
];

#[test]
fn a_modifier_means_what_sigma_says() {
    for (key, command, expected) in TABLE {
        let text = rule(&format!("selection:\n    {key}\ncondition: selection"));
        let row: Vec<_> = command.iter().map(|command| ("command_line", *command)).collect();
        assert_eq!(fires(&text, &row), *expected, "{key} on {command:?}");
    }
}

#[test]
fn numbers_are_compared_as_numbers_with_a_column_of_numbers() {
    for (key, expected) in
        [("pid: 10", true), ("pid: '10'", true), ("ProcessId|gt: 9", true), ("pid|lt: 9.5", false)]
    {
        let text = rule(&format!("selection:\n    {key}\ncondition: selection"));
        assert_eq!(fires(&text, &[("pid", "10")]), expected, "{key}");
    }
}

#[test]
fn a_field_is_compared_with_another_one() {
    let table = [
        ("User|fieldref: ParentUser", "ROOT", "root", true),
        ("User|fieldref: ParentUser", "root", "daemon", false),
        ("User|fieldref|cased: ParentUser", "ROOT", "root", false),
        ("User|fieldref|neq: ParentUser", "root", "daemon", true),
    ];
    for (key, user, parent, expected) in table {
        let text = rule(&format!("selection:\n    {key}\ncondition: selection"));
        let row = [("user_name", user), ("parent_user_name", parent)];
        assert_eq!(fires(&text, &row), expected, "{key}: {user} {parent}");
    }
}

#[test]
fn what_no_test_of_a_column_can_say_is_said_by_functions() {
    use Function::{
        Add, CastInteger, CidrMatch, Divide, FormatTime, Length, Lower, Position, Substring,
        Subtract,
    };
    let table: &[(&str, &[Function])] = &[
        ("CommandLine|cidr: 10.0.0.0/8", &[CidrMatch]),
        ("CommandLine|cidr: 'fe80::1'", &[CidrMatch]),
        ("User|fieldref|contains: ParentUser", &[Lower, Lower, Position]),
        ("User|startswith|fieldref|cased: ParentUser", &[Position]),
        ("User|fieldref|endswith: ParentUser", &[Length, Length, Subtract, Add, Substring]),
        ("time|hour: 3", &[Divide, FormatTime, CastInteger]),
        ("CommandLine|week|gte: 3", &[FormatTime, CastInteger]),
    ];
    for (key, expected) in table {
        let plan = compiled(&rule(&format!("selection:\n    {key}\ncondition: selection"))).plan;
        let functions = plan.operands().iter().filter_map(|operand| match operand {
            Operand::Call { function, .. } => Some(*function),
            _ => None,
        });
        assert_eq!(functions.collect::<Vec<_>>(), *expected, "{key}");
    }
}

#[test]
fn keywords_are_sought_in_every_column_of_text() {
    let table = [
        ("keywords: [xmrig, '/dev/tcp']\ncondition: keywords", "user_name", "the XMRIG user", true),
        (
            "keywords: [xmrig, '/dev/tcp']\ncondition: keywords",
            "command_line",
            "> /dev/tcp/h",
            true,
        ),
        ("keywords: [xmrig]\ncondition: keywords", "command_line", "xm rig", false),
        ("keywords:\n    '|all': [a, b]\ncondition: keywords", "command_line", "ba", true),
        ("keywords:\n    '|all': [a, b]\ncondition: keywords", "command_line", "a", false),
        ("keywords:\n    '|re': 'a.c'\ncondition: keywords", "parent_path", "abc", true),
        ("keywords: 42\ncondition: keywords", "parent_path", "1420", true),
    ];
    for (detection, column, value, expected) in table {
        assert_eq!(fires(&rule(detection), &[(column, value)]), expected, "{detection}");
    }
}

#[test]
fn evidence_is_the_key_with_the_value_that_matched() {
    let detection = "selection:\n    CommandLine|contains: [' -enc ', ' -nop ']\n    Image: ['a', 'b']\n\
                     filter:\n    User: root\ncondition: selection and not filter";
    let row = [("command_line", "ps -nop x"), ("executable_path", "B"), ("user_name", "eve")];
    let found = findings(compiled(&rule(detection)).plan, &row);
    let evidence: Vec<_> = found[0].evidence.iter().map(|e| (&*e.clause, &*e.field)).collect();
    let expected = [
        ("CommandLine|contains: ' -nop '", "command_line"),
        ("Image: ['a', 'b']", "executable_path"),
        ("not filter", "user_name"),
    ];
    assert_eq!(evidence, expected);
}
