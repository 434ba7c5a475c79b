//! No text makes the compiler panic or need much stack.

use crate::row::{plan, rule};
use crate::schema::schema;
use daemoneye_sdk::language::{Compiled, Diagnostic};
use daemoneye_sigma::{LONGEST_TEXT, compile};
use proptest::prelude::*;

/// Half of what a guest has.
const STACK: usize = 512 << 10;

fn on_a_small_stack(text: String) -> Result<Compiled, Vec<Diagnostic>> {
    let compiler = move || compile(&schema(), None, &text);
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(compiler);
    thread.expect("a thread").join().expect("the compiler does not panic")
}

fn refusal(text: String) -> String {
    on_a_small_stack(text).expect_err("refused").remove(0).message
}

fn condition(condition: &str) -> String {
    rule(&format!("s: {{User: x}}\ncondition: {condition}"))
}

#[test]
fn a_list_of_twenty_thousand_values_is_one_flat_plan() {
    let values: String = (0..20_000).map(|n| format!("        - value {n}\n")).collect();
    let nodes = |key: &str| {
        let text = rule(&format!("s:\n    {key}:\n{values}\ncondition: s"));
        plan(&on_a_small_stack(text).expect("it compiles")).nodes().len()
    };
    assert_eq!(nodes("User"), 1);
    assert_eq!(nodes("User|contains"), 20_001);
}

#[test]
fn nesting_is_accepted_to_its_bound_and_refused_beyond() {
    for (open, close) in [("(", ")"), ("not ", "")] {
        let levels =
            |count: usize| condition(&[&open.repeat(count), "s", &close.repeat(count)].concat());
        on_a_small_stack(levels(23)).unwrap_or_else(|refused| panic!("{open}: {refused:?}"));
        assert_eq!(refusal(levels(24)), "brackets and negations deeper than 24");
    }
    let lists = |count: usize| format!("references: {}{}\n", "[".repeat(count), "]".repeat(count));
    on_a_small_stack(lists(23) + &condition("s")).expect("it compiles");
    assert_eq!(refusal(lists(24) + &condition("s")), "nesting deeper than 24");
}

#[test]
fn a_text_is_accepted_to_its_bound_and_refused_beyond() {
    let padded = |length: usize| {
        let text = condition("s") + "# ";
        let padding = "x".repeat(length - text.len());
        text + &padding
    };
    on_a_small_stack(padded(LONGEST_TEXT)).expect("it compiles");
    assert_eq!(refusal(padded(LONGEST_TEXT + 1)), "text of 1048577 bytes");
}

#[test]
fn aliases_of_aliases_do_not_explode() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..20 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        text += &format!("a{level}: &a{level} [{aliases}]\n");
    }
    assert_eq!(refusal(text), "values of more than 16777216 bytes, aliases followed");
    let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(500_000), "*a, ".repeat(100_000));
    assert_eq!(refusal(long), "values of more than 16777216 bytes, aliases followed");
    let few = "x: &x root\n".to_owned() + &rule("s: {User: *x}\ncondition: s");
    on_a_small_stack(few).expect("it compiles");
}

#[test]
fn forms_of_values_are_counted_before_they_are_made() {
    for (key, value) in [
        ("windash", " -a".repeat(30)),
        ("windash|windash|windash", " -a -b -c -d".to_owned()),
        (
            "base64offset|base64offset|base64offset|base64offset|base64offset|base64offset",
            "x".repeat(10_000),
        ),
    ] {
        let text = rule(&format!("s:\n    User|{key}: '{value}'\ncondition: s"));
        assert_eq!(refusal(text), "values of more than 8388608 bytes in all their forms", "{key}");
    }
}

#[test]
fn a_selection_that_is_mentioned_often_stays_in_bounds() {
    let value = "x".repeat(100_000);
    let mentions = vec!["s"; 1_000].join(" or ");
    let text = rule(&format!("s:\n    User|contains: '{value}'\ncondition: {mentions}"));
    assert_eq!(refusal(text), "a rule whose plan is too large");
    let many = vec!["s"; 340_000].join("\n        or ");
    assert!(on_a_small_stack(condition(&many[..900_000])).is_err());
    let names: String = (0..1_000).map(|n| format!("a{n}: {{User: x}}\n")).collect();
    let all = vec!["all of them"; 2_000].join(" or ");
    assert!(on_a_small_stack(rule(&format!("{names}condition: {all}"))).is_err());
    let choice = rule(&format!("{names}condition: 500 of them"));
    assert!(on_a_small_stack(choice).is_err());
}

#[test]
fn nearly_all_of_many_selections_is_few_choices() {
    let names: String = (0..40).map(|n| format!("a{n}:\n    User|contains: x{n}x\n")).collect();
    let text = rule(&format!("{names}condition: 38 of them"));
    let ways = 40 * 39 / 2;
    let nodes = plan(&on_a_small_stack(text).expect("it compiles")).nodes().len();
    assert_eq!(nodes, 1 + ways + 38 * ways);
}

#[test]
fn a_mebibyte_of_anything_is_refused_on_a_small_stack() {
    let fills = [
        "[",
        "{",
        "- ",
        "? ",
        ": ",
        "a: ",
        "a:\n",
        "&a ",
        "*a ",
        "!",
        "|",
        ">",
        "'",
        "\"",
        "---\n",
        "...\n",
        "%",
        "#",
        "\t",
        "\n",
        " ",
        "[[]",
        "{a: ",
        "[a, ",
        "- - ",
        "\u{10ffff}",
        "\0",
        "\\",
        "(",
        "not ",
    ];
    for fill in fills {
        for start in ["", "detection:\n    s: ", "detection:\n    condition: "] {
            let count = (LONGEST_TEXT - start.len()) / fill.len();
            assert!(on_a_small_stack(start.to_owned() + &fill.repeat(count)).is_err(), "{fill:?}");
        }
    }
}

/// What rules are made of, in any order.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "title: ",
        "detection:",
        "condition: ",
        "correlation:",
        "filter:",
        "logsource: ",
        "rules: ",
        "type: ",
        "event_count",
        "temporal",
        "timespan: 5m",
        "group-by: ",
        "{product: linux}",
        "s",
        "User",
        "|contains",
        "|re",
        "|windash",
        "|base64offset",
        "|wide",
        "|cidr",
        "|all",
        "|exists",
        ": ",
        "\n",
        "\n    ",
        "\n        ",
        "- ",
        "'",
        "\"",
        "*",
        "?",
        "\\",
        "1 of ",
        "all of ",
        "them",
        " and ",
        " or ",
        " not ",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        "---\n",
        "&a ",
        "*a",
        "null",
        "0x10",
        "%x%",
        "é",
        "-",
        "/",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = compile(&schema(), None, &text);
    }

    #[test]
    fn no_pieces_of_rules_panic(text in pieces()) {
        let _ = compile(&schema(), Some("linux"), &text);
    }

    #[test]
    fn no_value_panics(key in "[A-Za-z|]{0,20}", value in any::<String>(), condition in "[s()*a-z 1]{0,30}") {
        let value = serde_json::to_string(&value).expect("text is JSON, and JSON is YAML");
        let _ = compile(&schema(), None, &rule(&format!("s:\n    '{key}': {value}\ncondition: {condition}")));
        let _ = compile(&schema(), None, &rule(&format!("s:\n    CommandLine|windash|contains: {value}\ncondition: s")));
    }
}
