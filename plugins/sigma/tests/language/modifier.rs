//! Each modifier, obeyed and violated.

use crate::row::{compiled, findings, fires, rule};

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
fn a_field_stands_within_another_one() {
    // User, ParentUser: contains, startswith, endswith, and the last one cased.
    let table = [
        ("CORP\\eve", "eve", [true, false, true, true]),
        ("EVE@corp", "eve", [true, true, false, false]),
        ("corp\\EVE", "eve", [true, false, true, false]),
        ("eve", "eve", [true, true, true, true]),
        ("ve", "eve", [false, false, false, false]),
        ("éve", "ve", [true, false, true, true]),
        ("eve", "", [true, true, true, true]),
    ];
    let keys = ["contains", "startswith", "endswith", "endswith|cased"];
    for (user, parent, expected) in table {
        let found = keys.map(|key| {
            let key = format!("User|fieldref|{key}: ParentUser");
            let text = rule(&format!("selection:\n    {key}\ncondition: selection"));
            fires(&text, &[("user_name", user), ("parent_user_name", parent)])
        });
        assert_eq!(found, expected, "{user} {parent}");
    }
}

#[test]
fn an_address_lies_in_a_network() {
    let table = [
        ("10.0.0.0/8", "10.1.2.3", true),
        ("10.0.0.0/8", "11.1.2.3", false),
        ("10.0.0.0/8", "10.x", false),
        ("10.0.0.1", "10.0.0.1", true),
        ("10.0.0.1", "10.0.0.2", false),
        ("fe80::/10", "fe80::1", true),
        ("fe80::/10", "::1", false),
    ];
    for (network, address, expected) in table {
        let text = rule(&format!("s:\n    CommandLine|cidr: '{network}'\ncondition: s"));
        assert_eq!(fires(&text, &[("command_line", address)]), expected, "{network} {address}");
    }
    let negated = rule("s:\n    CommandLine|cidr|neq: [10.0.0.0/8, 127.0.0.0/8]\ncondition: s");
    assert!(fires(&negated, &[("command_line", "8.8.8.8")]));
    assert!(!fires(&negated, &[("command_line", "127.0.0.1")]));
}

#[test]
fn a_part_of_a_time_is_a_number() {
    // 2021-12-04 21:19:16, a Saturday in the 48th full week of the year.
    let row = [("time", "1638652756741000"), ("command_line", "2021-12-04 21:19:16.741")];
    for field in ["time", "CommandLine"] {
        for (part, expected) in [
            ("minute: 19", true),
            ("hour: 21", true),
            ("hour|gte: 22", false),
            ("hour|lt: 22", true),
            ("day: 4", true),
            ("week: 48", true),
            ("month: 12", true),
            ("year: 2021", true),
            ("year: 2022", false),
        ] {
            let text = rule(&format!("s:\n    {field}|{part}\ncondition: s"));
            assert_eq!(fires(&text, &row), expected, "{field}|{part}");
        }
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
    let found = findings(&compiled(&rule(detection)), &row);
    let evidence: Vec<_> = found[0].evidence.iter().map(|e| (&*e.clause, &*e.field)).collect();
    let expected = [
        ("CommandLine|contains: ' -nop '", "command_line"),
        ("Image: ['a', 'b']", "executable_path"),
        ("not filter", "user_name"),
    ];
    assert_eq!(evidence, expected);
}
