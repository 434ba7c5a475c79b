//! Rules over more than the event itself: calculated tables, other processes, groups, sequences.

use crate::row::{Row, matching};
use crate::schema::schema;
use daemoneye_plan::Literal::{self, Integer, Text};
use daemoneye_sdk::language::{About, Severity};
use daemoneye_sql::{compile, compile_within};

/// Time in seconds, kind, key, parent's key, name, command line.
type Told = (i64, &'static str, &'static str, &'static str, &'static str, &'static str);

const EVENTS: &[Told] = &[
    (0, "start", "10", "1", "sshd", "/usr/sbin/sshd"),
    (1, "start", "20", "10", "bash", "-bash"),
    (2, "exec", "30", "20", "curl", "curl http://10.1.2.3/x"),
    (3, "exec", "31", "20", "sh", "sh -s"),
    (4, "exec", "32", "20", "Curl", "curl -V"),
    (5, "exec", "33", "31", "id", "id"),
    (6, "stop", "31", "20", "sh", "sh -s"),
    (90, "exec", "40", "20", "sh", "sh -s"),
    (91, "exec", "41", "40", "id", ""),
];

const NONE: [usize; 0] = [];

const ANCESTRY: &str = r#"[{"pid":1,"name":"bash","path":"/bin/bash"},
                           {"pid":2,"name":"sshd","path":"/usr/sbin/sshd"}]"#;

fn events() -> Vec<Row> {
    let row = |(time, kind, key, parent, name, line): &Told| {
        let text = |text: &str| Text(text.to_owned());
        let ancestry = if *parent == "20" { text(ANCESTRY) } else { Literal::Null };
        vec![
            ("time", Integer(time * 1_000_000)),
            ("kind", text(kind)),
            ("process_key", text(key)),
            ("parent_key", text(parent)),
            ("name", text(name)),
            ("command_line", text(line)),
            ("ancestry", ancestry),
        ]
    };
    EVENTS.iter().map(row).collect()
}

/// The places of the events that the rule finds, from 0.
fn found(text: &str) -> Vec<usize> {
    let compiled = compile(&schema(), text).unwrap_or_else(|refused| panic!("{text}: {refused:?}"));
    matching(&compiled, &events())
}

fn check(table: &[(&str, &[usize])]) {
    for (text, rows) in table {
        assert_eq!(found(text), *rows, "{text}");
    }
}

#[test]
fn a_with_table_is_its_rows_and_its_columns() {
    check(&[
        ("WITH s AS (SELECT * FROM process_starts) SELECT * FROM s WHERE name = 'sh'", &[3, 7]),
        (
            "WITH s AS (SELECT name AS n, length(name) AS l FROM process_starts WHERE pid IS NULL),
                  t AS (SELECT s.n, l * 2 AS l FROM s WHERE s.l < 4)
             SELECT n FROM t AS x WHERE x.l = 4 AND n <> 'ID'",
            &[3, 7],
        ),
        (
            "WITH s AS (SELECT lower(name) AS n FROM process_events) SELECT * FROM s WHERE n = 'curl'",
            &[2, 4],
        ),
        (
            "WITH s AS (SELECT upper(name) AS n FROM process_events) SELECT * FROM s WHERE n = 'curl'",
            &[],
        ),
        (
            "WITH s AS (SELECT *, name || '!' AS \"end\" FROM process_events) SELECT * FROM s WHERE s.\"end\" = 'id!'",
            &[5, 8],
        ),
    ]);
}

#[test]
fn a_join_finds_the_living_process_with_the_key() {
    const FROM: &str = "SELECT e.name FROM process_starts e";
    let parent =
        |rest: &str| found(&format!("{FROM} JOIN processes p ON p.key = e.parent_key {rest}"));
    assert_eq!(parent(""), [1, 2, 3, 4, 5, 7, 8]);
    assert_eq!(parent("WHERE p.name = 'BASH'"), [2, 3, 4, 7]);
    assert_eq!(parent("WHERE p.name = e.name"), NONE);
    assert_eq!(
        parent("JOIN processes g ON p.parent_key = g.process_key WHERE g.name = 'sshd'"),
        [2, 3, 4, 7]
    );
    assert_eq!(parent("LEFT JOIN processes g ON g.key = p.parent_key WHERE g.name IS NULL"), [1]);
    let left = format!("{FROM} LEFT OUTER JOIN processes p ON e.parent_key = p.key");
    assert_eq!(found(&format!("{left} WHERE p.name IS NULL")), [0]);
    assert_eq!(found(&format!("{left} WHERE NOT p.name = 'bash'")), [1, 5, 8]);
    check(&[(
        "WITH s AS (SELECT e.*, p.name AS above FROM process_starts e
                    INNER JOIN processes p ON (p.key = e.parent_key))
         SELECT * FROM s WHERE above = 'Sh'",
        &[5, 8],
    )]);
}

#[test]
fn ancestors_are_asked_by_pattern_and_by_number() {
    check(&[
        ("SELECT * FROM process_starts WHERE has_ancestor('SSHD')", &[2, 3, 4, 7]),
        ("SELECT * FROM process_starts WHERE has_ancestor('/usr/%') AND name = 'sh'", &[3, 7]),
        (
            "SELECT * FROM process_starts WHERE ancestor(1).name = 'bash' AND ancestor(2).pid = 2",
            &[2, 3, 4, 7],
        ),
        ("SELECT * FROM process_starts WHERE ancestor(2).path LIKE '%SSHD'", &[2, 3, 4, 7]),
        ("SELECT * FROM process_starts WHERE ancestor(3).name IS NOT NULL", &[]),
    ]);
}

#[test]
fn functions_of_detection_have_the_values_that_the_page_says() {
    check(&[
        ("SELECT * FROM process_starts WHERE basename(command_line) = 'sshd'", &[0]),
        ("SELECT * FROM process_starts WHERE dirname(command_line) = '/usr/sbin'", &[0]),
        (
            "SELECT * FROM process_starts WHERE regexp_extract(command_line, '//([0-9.]+)/', 1) = '10.1.2.3'",
            &[2],
        ),
        (
            "SELECT * FROM process_starts
             WHERE cidr_match(regexp_extract(command_line, '[0-9.]{7,}'), '10.0.0.0/8')",
            &[2],
        ),
        ("SELECT * FROM process_starts WHERE entropy(command_line) > 3.5", &[2]),
        (
            "SELECT * FROM process_starts WHERE datetime(time / 1000000, 'unixepoch') = '1970-01-01 00:01:30'",
            &[7],
        ),
    ]);
}

#[test]
fn a_group_matches_on_the_row_that_makes_having_true_and_starts_anew() {
    const BASE: &str = "SELECT parent_key, count(*) AS n FROM process_starts";
    let group = |rest: &str| found(&format!("-- window: 60 s\n{BASE} {rest}"));
    assert_eq!(group("GROUP BY parent_key HAVING count(*) >= 3"), [4]);
    assert_eq!(group("GROUP BY parent_key HAVING n = 2"), [3]);
    assert_eq!(group("GROUP BY parent_key HAVING count(DISTINCT name) = 3"), NONE);
    assert_eq!(group("GROUP BY parent_key HAVING count(DISTINCT command_line) = 3"), [4]);
    assert_eq!(group("WHERE name LIKE 'c%' GROUP BY parent_key HAVING count(*) = 2"), [4]);
    assert_eq!(group("HAVING max(length(name)) - min(length(name)) >= 2 AND name = 'sh'"), [3]);
    assert_eq!(group("GROUP BY parent_key, name = 'sh' HAVING count(*) > 1"), [4]);
}

#[test]
fn the_window_of_the_text_goes_before_that_of_the_host() {
    let rule =
        "SELECT * FROM process_starts WHERE name = 'sh' GROUP BY parent_key HAVING count(*) = 2";
    let within = |text: &str, seconds| {
        matching(&compile_within(&schema(), text, seconds).expect(text), &events())
    };
    assert_eq!(within(rule, Some(100)), [7]);
    assert_eq!(within(rule, Some(60)), NONE);
    assert_eq!(within(&format!("-- window: 2 m\n{rule}"), Some(60)), [7]);
    assert!(compile_within(&schema(), rule, None).is_err());
    assert!(compile_within(&schema(), rule, Some(u32::MAX)).is_err(), "longer than 7 days");
}

#[test]
fn where_each_event_counts_alone_a_rule_over_several_is_refused_whatever_its_text_says() {
    let start = "SELECT name FROM process_starts AS s";
    let table = [
        (format!("{start} WHERE name = 'sh'"), true),
        (format!("WITH t AS ({start}) SELECT name FROM t WHERE name = 'sh'"), true),
        (format!("{start} HAVING count(*) > 1"), false),
        (format!("-- window: 1 m\n{start} GROUP BY name HAVING count(*) > 1"), false),
        (
            "SELECT s.name FROM process_starts s JOIN processes p ON p.key = s.parent_key"
                .to_owned(),
            false,
        ),
        (
            "SELECT * FROM sequence(within => '1 s', step => (name = 'a'), step => (name = 'b'))"
                .to_owned(),
            false,
        ),
    ];
    for (text, alone) in table {
        let refused = compile_within(&schema(), &text, Some(0)).err();
        assert_eq!(refused.is_none(), alone, "{text}: {refused:?}");
        for diagnostic in refused.iter().flatten() {
            assert!(diagnostic.message.starts_with("several events together"), "{diagnostic:?}");
            assert!(diagnostic.help.contains("keep its WHERE"), "{diagnostic:?}");
        }
        assert!(alone || compile_within(&schema(), &text, Some(60)).is_ok(), "{text}");
    }
}

#[test]
fn a_sequence_matches_on_the_row_of_its_last_step() {
    check(&[
        (
            "SELECT * FROM sequence(by => parent_key, within => '60 s',
                 step => (name = 'curl'), step => (name = 'sh' AND command_line LIKE '%-s%'))",
            &[3],
        ),
        (
            "SELECT s.name FROM sequence(within => '2 m', by => (parent_key),
                 step => name = 'bash', step => name = 'sh' OR name = 'id') AS s",
            &[],
        ),
        (
            "SELECT * FROM sequence(within => '10 s', by => process_key, step => (name = 'bash'),
                 by => parent_key, step => (name = 'sh'))",
            &[3],
        ),
        (
            "SELECT * FROM sequence(of => process_events, by => process_key, within => '60 s',
                 step => kind = 'exec', step => kind = 'stop')",
            &[6],
        ),
        (
            "WITH s AS (SELECT lower(name) AS n, parent_key AS k FROM process_starts)
             SELECT * FROM sequence(of => s, by => k, within => '60 s', step => n = 'sh', step => n = 'curl')",
            &[4],
        ),
        (
            "SELECT * FROM all_of(by => parent_key, within => '60 s',
                 step => name = 'sh', step => command_line LIKE 'curl h%')",
            &[3],
        ),
        (
            "-- window: 5 s
             SELECT * FROM all_of(step => name = 'sshd', step => name = 'id')",
            &[5],
        ),
    ]);
}

#[test]
fn the_comments_before_a_rule_say_what_it_is() {
    let text = "-- id: curl-to-shell\n-- title: Download: to a shell\n/* why */\n-- severity: HIGH\n\
                -- techniques: T1059.004, T1105\n-- by: somebody\n\n\
                SELECT * FROM process_starts -- severity: low";
    let about = compile(&schema(), text).expect("compiles").about;
    assert_eq!(
        about,
        About {
            id: Some("curl-to-shell".to_owned()),
            title: Some("Download: to a shell".to_owned()),
            severity: Some(Severity::High),
            techniques: vec!["T1059.004".to_owned(), "T1105".to_owned()],
        }
    );
    let silent = compile(&schema(), "SELECT * FROM process_starts").expect("compiles").about;
    assert_eq!(silent, About::default());
}

#[test]
fn a_projection_shows_the_columns_that_a_value_comes_from() {
    let table = [
        ("lower(name) AS n, pid", "name=name pid=pid"),
        ("CASE WHEN pid = 1 THEN name ELSE 'x' END", "pid=pid name=name"),
        ("1, 'text' AS t, e.name || e.name", "name=name"),
        ("p.name AS above, e.name AS own", "parent_key=parent_key own=name"),
    ];
    for (projection, expected) in table {
        let text = format!(
            "SELECT {projection} FROM process_starts e JOIN processes p ON p.key = e.parent_key"
        );
        let text = if projection.contains("e.") {
            text
        } else {
            format!("SELECT {projection} FROM process_starts e")
        };
        let shown = compile(&schema(), &text).unwrap_or_else(|r| panic!("{text}: {r:?}")).shown;
        let pairs: Vec<_> = shown.iter().map(|s| format!("{}={}", s.label, s.column)).collect();
        assert_eq!(pairs.join(" "), expected, "{text}");
    }
}
