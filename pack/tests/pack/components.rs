//! Rules whose body is a component of the pack.

use daemoneye_pack_format::{Budget, MAX_COMPONENT_BYTES, PackError, sign};

use crate::fixture::{Fixture, RULE, RULES, component, key};

const TEXT: &str = "sql = \"\"\"\nSELECT *\nFROM process_starts WHERE name = 'one'\n\"\"\"\n";
const COMPONENT: &str = "component = \"plugins/one.wasm\"\nprefilter = '''\nSELECT * FROM process_starts \
                         WHERE pid > 1\n'''\n[budget]\nfuel_per_event = 20_000\nmemory = 1048576\n";

/// A pack whose rule has these lines in place of its text.
fn with(lines: &str) -> Fixture {
    let fixture = Fixture::new();
    fixture.write("rules/one.toml", RULE.replace(TEXT, lines));
    fixture.write("plugins/one.wasm", component(RULES));
    fixture
}

#[test]
fn a_rule_names_its_component_its_prefilter_and_its_budget() {
    let pack = with(COMPONENT).unsigned().unwrap();
    let body = pack.rules[0].body.component().unwrap();
    assert_eq!(body.file.as_str(), "plugins/one.wasm");
    let budget = Budget { fuel_per_event: Some(20_000), memory: Some(1 << 20) };
    assert_eq!(body.budget, budget);
    let prefilter = body.prefilter.as_ref().unwrap();
    assert_eq!((prefilter.language.as_str(), prefilter.line), ("sql", 9));
    assert_eq!(prefilter.text, "SELECT * FROM process_starts WHERE pid > 1\n");
    assert_eq!(*pack.components[&body.file], *component(RULES));
}

#[test]
fn prefilter_and_budget_may_be_left_out() {
    let pack = with("component = \"plugins/one.wasm\"\n").unsigned().unwrap();
    let component = pack.rules[0].body.component().unwrap();
    assert_eq!((&component.prefilter, component.budget), (&None, Budget::default()));
}

#[test]
fn a_component_is_signed_like_every_file() {
    let fixture = with(COMPONENT);
    sign(fixture.path(), &[key()]).unwrap();
    assert!(fixture.trusted().is_ok());
    fixture.write("plugins/one.wasm", component("daemoneye:plugin/rules@0.1.1"));
    assert!(matches!(fixture.trusted(), Err(PackError::Altered { file })
        if file.ends_with("plugins/one.wasm")));
}

/// What stands in place of the rule's text, and how the complaint begins after the file's name.
const COMPLAINTS: &[(&str, &str)] = &[
    ("component = \"one.wasm\"\n", "7:13: component \"one.wasm\" is not of the form"),
    ("component = \"plugins/one.wat\"\n", "7:13: component \"plugins/one.wat\""),
    ("component = \"plugins/../one.wasm\"\n", "7:13: component \"plugins/../one.wasm\""),
    ("component = \"plugins/.wasm\"\n", "7:13: component \"plugins/.wasm\""),
    ("component = 7\n", "7:13: key \"component\" holds integer, wanted text"),
    ("compnent = \"plugins/one.wasm\"\n", "7:1: unknown key \"compnent\", did you mean"),
    ("component = \"plugins/one.wasm\"\nsql = \"x\"\n", "8:1: unknown key \"sql\""),
    (
        "component = \"plugins/one.wasm\"\nprefiltre = \"x\"\n",
        "8:1: unknown key \"prefiltre\", did",
    ),
    (
        "component = \"plugins/one.wasm\"\nwindow = \"5m\"\n",
        "8:10: key \"window\" is for rules with",
    ),
    (
        "component = \"plugins/one.wasm\"\nbudget = 5\n",
        "8:10: key \"budget\" holds integer, wanted",
    ),
    (
        "component = \"plugins/one.wasm\"\nbudget = { memory = 0 }\n",
        "8:21: budget 0 is not a whole number from 1",
    ),
    ("component = \"plugins/one.wasm\"\nbudget = { fuel = 5 }\n", "8:12: unknown key \"fuel\""),
    (
        "sql = \"x\"\nbudget = { memory = 5 }\n",
        "8:10: key \"budget\" is for rules with a component",
    ),
    ("sql = \"x\"\nprefilter = \"y\"\n", "8:13: key \"prefilter\" is for rules with a component"),
];

#[test]
fn a_complaint_names_file_line_column_and_value() {
    for (lines, expected) in COMPLAINTS {
        let fixture = with(lines);
        let error = fixture.unsigned().expect_err(lines).to_string();
        let expected = format!("{}:{expected}", fixture.file("rules/one.toml").display());
        assert!(error.starts_with(&expected), "{lines}:\n{error}\n{expected}");
    }
}

#[test]
fn a_component_that_is_not_in_the_pack_is_missed_by_name() {
    let fixture = with("component = \"plugins/two.wasm\"\n");
    let error = fixture.unsigned().unwrap_err();
    assert!(
        matches!(&error, PackError::NoComponent { rule, file }
        if rule.as_str() == "one" && file.ends_with("plugins/two.wasm")),
        "{error}"
    );
}

/// A component of so many bytes: a custom section fills it up.
fn component_of(bytes: usize) -> Vec<u8> {
    let mut filled = component(RULES);
    filled.push(0);
    // The length in five bytes of LEB128, then an empty name, then zeros.
    let content = bytes - filled.len() - 5;
    filled.extend((0..5).map(|at| {
        let low = u8::try_from(content >> (7 * at) & 0x7f).unwrap();
        if at < 4 { low | 0x80 } else { low }
    }));
    filled.resize(bytes, 0);
    filled
}

#[test]
fn a_component_is_as_long_as_the_limit_and_not_a_byte_longer() {
    let fixture = with(COMPONENT);
    let longest = usize::try_from(MAX_COMPONENT_BYTES).unwrap();
    fixture.write("plugins/one.wasm", component_of(longest));
    assert!(fixture.unsigned().is_ok());
    fixture.write("plugins/one.wasm", component_of(longest + 1));
    assert!(matches!(fixture.unsigned(), Err(PackError::TooLarge { file, limit })
        if file.ends_with("plugins/one.wasm") && limit == MAX_COMPONENT_BYTES));
}
