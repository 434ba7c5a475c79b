//! What goes, and what stays.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

/// Command lines with their secrets between brackets; see the file.
const CASES: &str = include_str!("cases.txt");

struct Case {
    arguments: Vec<String>,
    secrets: Vec<String>,
    expected: Vec<String>,
}

fn redactor() -> &'static Redactor {
    static REDACTOR: LazyLock<Redactor> =
        LazyLock::new(|| Redactor::new(Key([7; 32]), &[]).expect("no expressions"));
    &REDACTOR
}

fn cases() -> Vec<Case> {
    let lines = CASES.lines().filter(|line| line.starts_with('['));
    lines.map(|line| case(serde_json::from_str(line).expect(line))).collect()
}

fn case(bracketed: Vec<String>) -> Case {
    let redactor = redactor();
    let mut secrets = Vec::new();
    let mut expected = bracketed.clone();
    for text in &mut expected {
        while let Some((before, rest)) = text.split_once('⟦') {
            let (secret, after) = rest.split_once('⟧').expect("brackets in pairs");
            secrets.push(secret.to_owned());
            *text = format!("{before}{}{after}", redactor.mark(secret));
        }
    }
    let plain = |text: String| text.replace(['⟦', '⟧'], "");
    Case { arguments: bracketed.into_iter().map(plain).collect(), secrets, expected }
}

#[test]
fn secrets_go_and_everything_else_stays() {
    let (redactor, cases) = (redactor(), cases());
    let wrong: Vec<_> = cases
        .iter()
        .map(|case| (redactor.redact(case.arguments.clone()), &case.expected))
        .filter(|(redacted, expected)| redacted != *expected)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let harmless = cases.iter().filter(|case| case.secrets.is_empty()).count();
    assert!(harmless >= 35 && cases.len() - harmless >= 60, "{harmless} of {}", cases.len());
}

/// The command lines by which the packs' rules are tested, of which none is about a secret itself.
#[test]
fn rules_see_what_they_look_for() {
    let rules = concat!(env!("CARGO_MANIFEST_DIR"), "/../plugins/packs/linux-essentials/rules");
    let files = std::fs::read_dir(rules).expect("rules").map(|file| file.expect("a file").path());
    let texts = files.map(|path| std::fs::read_to_string(path).expect("UTF-8"));
    let texts: Vec<String> = texts.collect();
    let lines = texts.iter().flat_map(|text| text.split("command_line = '").skip(1));
    let lines: Vec<&str> = lines.filter_map(|rest| Some(rest.split_once('\'')?.0)).collect();
    assert!(lines.len() > 100, "{}", lines.len());
    let redact = |line: &str| {
        let words = line.split(' ').map(str::to_owned).collect();
        [redactor().redact(words).join(" "), redactor().redact(vec![line.to_owned()]).concat()]
    };
    let mut changed: Vec<_> = lines
        .into_iter()
        .filter(|line| redact(line).iter().any(|redacted| redacted != line))
        .collect();
    changed.sort_unstable();
    let with_secrets = [
        "/usr/bin/cloudflared --no-autoupdate tunnel run --token x",
        "usermod -p $6$salt$hash ops",
    ];
    assert_eq!(changed, with_secrets);
}

#[test]
fn what_was_redacted_stays_as_it_is() {
    let redactor = redactor();
    for Case { expected, .. } in cases() {
        assert_eq!(redactor.redact(expected.clone()), expected);
    }
}

#[test]
fn equal_secrets_have_equal_marks_on_one_host_only() {
    let (one, other) = (redactor(), Redactor::new(Key([8; 32]), &[]).expect("no expressions"));
    assert_eq!(one.mark("hunter2"), one.mark("hunter2"));
    assert_ne!(one.mark("hunter2"), one.mark("hunter3"));
    assert_ne!(one.mark("hunter2"), other.mark("hunter2"));
    let mark = one.mark("hunter2");
    let digits = mark.strip_prefix("[redacted:").and_then(|rest| rest.strip_suffix(']'));
    assert_eq!(digits.map(str::len), Some(16), "{mark}");
}

#[test]
fn an_operator_can_add_expressions() {
    let table = [(r"badge-(\d+)", "badge-{}"), (r"badge-\d+", "{}")];
    for (expression, form) in table {
        let redactor = Redactor::new(Key([7; 32]), &[expression.to_owned()]).expect(expression);
        let secret = if form == "{}" { "badge-0815" } else { "0815" };
        let expected = form.replace("{}", &redactor.mark(secret));
        assert_eq!(redactor.redact(vec!["badge-0815".to_owned()]), [expected]);
    }
    let error = Redactor::new(Key([7; 32]), &["(".to_owned()]).map(|_| ()).expect_err("none");
    assert!(error.to_string().contains("redaction pattern \"(\""), "{error}");
}

#[test]
fn a_mark_that_somebody_writes_hides_nothing_behind_it() {
    let redactor = redactor();
    let forged = format!("--password={}hunter2", redactor.mark("x"));
    assert!(!redactor.redact(vec![forged]).concat().contains("hunter2"));
}

#[test]
fn a_megabyte_of_anything_takes_bounded_time() {
    let redactor = redactor();
    let pieces = [
        "a",
        " ",
        "'",
        "\"",
        "\\",
        "'a ",
        "\" '",
        "a=",
        "a='",
        "a=\"x",
        "--password ",
        "-p",
        "mysql ",
        "://",
        "a://b:",
        "-----BEGIN RSA PRIVATE KEY-----",
        "eyJ",
        "eyJaaaaaaaa.",
        "Authorization: ",
        "password:'",
        "AKIAIOSFODNN7EXAMPLE ",
        "é\\",
        "x-",
        "bearer ",
    ];
    for piece in pieces {
        let text = piece.repeat((1 << 20) / piece.len());
        let many = text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        for arguments in [vec![text], many] {
            let started = Instant::now();
            let redacted = redactor.redact(arguments);
            assert!(!redacted.is_empty());
            // What grows with the square of the length takes a quarter of an hour.
            assert!(started.elapsed() < Duration::from_secs(60), "{piece:?}");
        }
    }
}

/// As a shell wants it quoted.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

fn script(arguments: &[String]) -> Vec<String> {
    let words = arguments.iter().map(|word| {
        let is_plain = word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_=/.:".contains(&b));
        if is_plain { word.clone() } else { quoted(word) }
    });
    vec!["sh".to_owned(), "-c".to_owned(), words.collect::<Vec<_>>().join(" ")]
}

proptest! {
    /// Behind other programs, before other arguments, in scripts and in scripts inside of scripts.
    #[test]
    fn no_secret_survives_in_any_position(
        case in prop::sample::select(cases().into_iter().filter(|c| !c.secrets.is_empty())
            .map(|case| (case.arguments, case.secrets)).collect::<Vec<_>>()),
        before in prop::collection::vec(prop::sample::select(
            vec!["sudo", "env", "nohup", "-E", "--", "nice", "A=b", "é", "timeout", "5"]), 0..5),
        after in prop::collection::vec(prop::sample::select(
            vec!["-v", "|", "tee", "x y", "'", "--flag=1", "&&", "ü"]), 0..5),
        depth in 0..3_usize,
    ) {
        let own = |words: Vec<&str>| words.into_iter().map(str::to_owned).collect::<Vec<_>>();
        let (mut arguments, secrets) = case;
        arguments.splice(0..0, own(before));
        arguments.extend(own(after));
        for _ in 0..depth {
            arguments = script(&arguments);
        }
        let redacted = redactor().redact(arguments.clone());
        for secret in secrets {
            let is_left = redacted.iter().any(|text| text.contains(&secret));
            prop_assert!(!is_left, "{secret}: {arguments:?} -> {redacted:?}");
        }
    }

    #[test]
    fn no_arguments_make_it_panic(arguments: Vec<String>) {
        let _any = redactor().redact(arguments);
    }

    /// Built out of what means something, so that the searches meet each other.
    #[test]
    fn no_combination_makes_it_panic(words in prop::collection::vec(prop::sample::select(vec![
        "mysql", "-p", "'", "\"", " ", "--password", "=", ":", "é", "\\", "[redacted:", "]",
        "0123456789abcdef", "https://a:", "@b", "TOKEN=", "-----BEGIN PRIVATE KEY-----", ";",
    ]), 0..40)) {
        let _any = redactor().redact(vec![words.concat(), words.join(" ")]);
    }
}
