//! What is no question is refused with its place and a better form.

use crate::stored::Stored;

#[test]
fn what_makes_no_sense_is_refused_with_its_place() {
    let stored = Stored::of(std::iter::empty(), &[]);
    let cases = [
        ("", "1:1: "),
        ("DELETE FROM process_events", "1:1: "),
        ("SELECT nmae FROM process_events", "1:8: "),
        ("SELECT name FROM process_evens", "1:18: "),
        ("SELECT name FROM process_events LIMIT -1", "LIMIT of `-1`"),
        ("SELECT name FROM process_events LIMIT pid", "LIMIT of `pid`"),
        ("SELECT name FROM process_events ORDER BY 2", "ORDER BY 2 where 1 columns"),
        ("SELECT name FROM process_events ORDER BY", "1:"),
        ("SELECT name FROM process_events ORDER name", "1:"),
        ("SELECT name FROM process_events LIMIT 1 LIMIT 2", "1:"),
        ("SELECT name FROM process_events LIMIT 1 ORDER BY name", "1:"),
        ("SELECT name FROM process_events WHERE count(*) > 1", "1:"),
        ("SELECT name FROM process_events GROUP BY count(*)", "as a group"),
        ("SELECT sum(count(*)) FROM process_events", "aggregate of an aggregate"),
        ("SELECT name FROM process_events WHERE name REGEXP '('", "1:"),
        ("SELECT name FROM process_events; SELECT 1", "second statement"),
        ("SELECT e.name FROM process_events e JOIN processes p ON p.key = e.parent_key", "join"),
        (
            "SELECT * FROM sequence(by => pid, within => '1 s', step => (pid = 1), step => (pid = 2))",
            "sequence",
        ),
        ("WITH a AS (SELECT name FROM process_events LIMIT 1) SELECT name FROM a", "WITH table"),
        (
            "SELECT name FROM process_events WHERE pid IN (SELECT pid FROM process_events)",
            "subquery",
        ),
        ("SELECT name FROM process_events UNION SELECT name FROM process_events", "UNION"),
    ];
    for (sql, said) in cases {
        let error = stored.ask(sql).expect_err(sql).to_string();
        assert!(error.contains(said), "{sql}: {error}");
    }
}

#[test]
fn an_empty_store_has_an_answer() {
    let stored = Stored::of(std::iter::empty(), &[]);
    let told = stored.ask("SELECT count(*) AS n FROM process_events").expect("an answer");
    assert_eq!((told.columns, told.rows.len()), (vec!["n".to_owned()], 1));
    let told = stored.ask("SELECT name FROM process_events").expect("an answer");
    assert!(told.rows.is_empty() && told.incomplete.is_empty());
}
