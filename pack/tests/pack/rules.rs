//! What a rule file says, and what is wrong with it where.

use std::path::Path;

use daemoneye_bus::alert::Severity;
use daemoneye_bus::event::{Event, Field, Kind};
use daemoneye_pack_format::{Expect, Pack, PackError, Technique, Trust};

use crate::fixture::{Fixture, RULE};

#[test]
fn a_rule_is_read_with_its_reasons_and_tests() {
    let rule = Fixture::new().unsigned().unwrap().rules.remove(0);
    assert_eq!((rule.id.as_str(), rule.severity, &*rule.why), ("one", Severity::High, "Because."));
    assert_eq!(
        rule.techniques.iter().map(Technique::as_str).collect::<Vec<_>>(),
        ["T1059.004", "T1059"]
    );
    let text = rule.body.text().unwrap();
    assert_eq!(text.language, "sql");
    assert_eq!(text.text, "SELECT *\nFROM process_starts WHERE name = 'one'\n");
    let fire = Event::new(Kind::Exec, 0).with(Field::Name, "one").with(Field::Pid, 7);
    assert_eq!((rule.tests[0].expect, &rule.tests[0].events), (Expect::Fire, &vec![fire]));
    let stop = Event::new(Kind::Stop, 5).with(Field::Name, "one");
    assert_eq!((rule.tests[1].expect, &rule.tests[1].events[1]), (Expect::Silent, &stop));
}

#[test]
fn the_first_line_of_a_rule_text_is_known() {
    let line = |rule: String| {
        let fixture = Fixture::new();
        fixture.write("rules/one.toml", &rule);
        let read = fixture.unsigned().unwrap().rules.remove(0);
        let lines: Vec<String> = rule.lines().map(str::to_owned).collect();
        let line = read.body.text().unwrap().line;
        let first = usize::try_from(line).unwrap() - 1;
        assert!(lines[first].contains("SELECT"), "{line}: {}", lines[first]);
    };
    line(RULE.to_owned());
    line(RULE.replace("\"\"\"\nSELECT", "'''\r\nSELECT").replace("\"\"\"\n", "'''\n"));
    line(RULE.replace("\"\"\"\nSELECT", "\"\"\"SELECT"));
    line(
        RULE.replace("\"\"\"\nSELECT *\nFROM", "\"SELECT * FROM")
            .replace("'one'\n\"\"\"", "'one'\""),
    );
}

#[test]
fn a_language_that_this_crate_has_never_heard_of_is_carried() {
    let fixture = Fixture::new();
    fixture.write("rules/one.toml", RULE.replace("sql =", "klingon ="));
    let rule = fixture.unsigned().unwrap().rules.remove(0);
    assert_eq!(rule.body.text().unwrap().language, "klingon");
}

/// What is replaced in a good rule, by what, and how the complaint begins after the file's name.
const COMPLAINTS: &[(&str, &str, &str)] = &[
    ("title = \"One\"", "title = ", "2:"),
    ("title = \"One\"", "title = \"One", "2:"),
    ("title = \"One\"", "title = 1", "2:9: key \"title\" holds integer, wanted text"),
    ("title = \"One\"", "titel = \"One\"", "1:1: key \"title\" is missing"),
    (
        "title = \"One\"",
        "title = \"One\"\nwhi = \"x\"",
        "3:1: unknown key \"whi\", did you mean \"why\"?",
    ),
    (
        "title = \"One\"",
        "title = \"One\"\nreference = []",
        "3:1: unknown key \"reference\", did you mean \"references\"?",
    ),
    ("title = \"One\"", "title = \"One\"\nenabled = true", "3:1: unknown key \"enabled\""),
    ("title = \"One\"", "title = \"One\"\ntitle = \"Two\"", "3:"),
    ("title = \"One\"", "title = \"  \"", "2:9: key \"title\" is empty"),
    (
        "title = \"One\"",
        "title = \"One\"\nyara = \"x\"",
        "1:1: two rule texts, \"sql\" and \"yara\"",
    ),
    ("sql =", "references =", "7:14: key \"references\" holds string, wanted list"),
    (
        "sql = \"\"\"\nSELECT *\nFROM process_starts WHERE name = 'one'\n\"\"\"\n",
        "",
        "1:1: no rule text",
    ),
    ("id = \"one\"", "id = \"two\"", "1:6: id \"two\" is not the name of the file \"one\""),
    ("id = \"one\"", "id = \"../one\"", "1:6: id \"../one\""),
    ("severity =", "window = \"5\"\nseverity =", "3:10: window \"5\" is not a whole number"),
    ("severity =", "window = 60\nseverity =", "3:10: key \"window\" holds integer, wanted text"),
    ("\"high\"", "\"hihg\"", "3:12: severity \"hihg\""),
    ("\"T1059\"]", "\"T10\"]", "4:28: technique \"T10\""),
    (
        "[\"T1059.004\", \"T1059\"]",
        "\"T1059\"",
        "4:14: key \"techniques\" holds string, wanted list",
    ),
    ("false_positives = []\n", "", "1:1: key \"false_positives\" is missing"),
    ("\"fire\"", "\"fires\"", "14:10: expect \"fires\""),
    ("name = \"two\"\nexpect", "name = \"one\"\nexpect", "17:1: test name \"one\" is taken"),
    ("event = { name = \"one\", pid = 7 }", "", "12:1: test \"one\" has no event"),
    ("event = { name", "evnt = { name", "12:1: test \"one\" has no event"),
    ("event = { name", "note = \"x\"\nevent = { name", "15:1: unknown key \"note\""),
    (
        "{ name = \"one\", pid = 7 }",
        "{ nam = \"one\" }",
        "15:11: unknown key \"nam\", did you mean \"name\"?",
    ),
    ("{ name = \"one\", pid = 7 }", "{ pid = \"7\" }", "15:17: field \"pid\" is no integer: \"7\""),
    (
        "{ name = \"one\", pid = 7 }",
        "{ kind = \"exce\" }",
        "15:18: kind \"exce\" is no kind of event, did you mean \"exec\"?",
    ),
    ("{ name = \"one\", pid = 7 }", "\"name\"", "15:9: key \"event\" holds string, wanted table"),
    ("{ name = \"one\", pid = 7 }", "{ time = 1979-05-27 }", "15:18: key \"time\" holds datetime"),
];

#[test]
fn a_complaint_names_file_line_column_and_value() {
    for (from, to, expected) in COMPLAINTS {
        let fixture = Fixture::new();
        assert!(RULE.contains(from), "{from}");
        fixture.write("rules/one.toml", RULE.replacen(from, to, 1));
        let error = fixture.unsigned().expect_err(to);
        assert!(matches!(error, PackError::Document { .. }), "{to}: {error}");
        let file = fixture.file("rules/one.toml");
        let expected = format!("{}:{expected}", file.display());
        assert!(error.to_string().starts_with(&expected), "{to}:\n{error}\n{expected}");
    }
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let fixture = Fixture::new();
    fixture.write("rules/one.toml", [RULE.as_bytes(), b"# \xff"].concat());
    assert!(fixture.unsigned().unwrap_err().to_string().ends_with("1:1: no UTF-8 text"));
}

#[test]
fn a_rule_without_a_firing_and_a_silent_test_is_refused_by_name() {
    let (head, _) = RULE.split_once("[[tests]]").unwrap();
    let cases = [
        (head.to_owned(), Expect::Fire),
        (RULE.replace("\"fire\"", "\"silent\""), Expect::Fire),
        (RULE.replace("\"silent\"", "\"fire\""), Expect::Silent),
    ];
    for (rule, expected) in cases {
        let fixture = Fixture::new();
        fixture.write("rules/one.toml", rule);
        let refused = fixture.unsigned();
        assert!(matches!(refused, Err(PackError::NoTests { rule, missing, .. })
            if rule.as_str() == "one" && missing == expected));
    }
}

#[test]
fn the_pack_for_linux_is_a_pack() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins/packs/linux-essentials");
    let pack = Pack::read(&folder, &Trust::AllowUnsigned).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(pack.id.as_str(), "linux-essentials");
    assert!(pack.rules.len() >= 25, "{}", pack.rules.len());
    for rule in &pack.rules {
        let count = |expect| rule.tests.iter().filter(|test| test.expect == expect).count();
        assert!(count(Expect::Fire) >= 2 && count(Expect::Silent) >= 2, "{}", rule.id);
        assert!(!rule.techniques.is_empty() && !rule.false_positives.is_empty(), "{}", rule.id);
    }
}
