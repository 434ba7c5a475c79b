//! SQLite is the judge of what aggregates mean, too.

use crate::row::Row;
use crate::sqlite::{column, condition, database, judged, literal, row, selected};
use daemoneye_plan::Literal;
use proptest::prelude::*;

const AGGREGATES: &[&str] = &[
    "count(*)",
    "count(@)",
    "count(DISTINCT @)",
    "count(DISTINCT lower(@))",
    "sum(@)",
    "sum(DISTINCT @)",
    "avg(@)",
    "min(@)",
    "max(@)",
    "length(max(@))",
    "COALESCE(sum(@), 0)",
    "CASE WHEN count(*) > 2 THEN min(@) END",
];

fn having() -> impl Strategy<Value = String> {
    let operators = &["=", "<>", "<", "<=", ">", ">="][..];
    let aggregate = || {
        (prop::sample::select(AGGREGATES), column())
            .prop_map(|(aggregate, column)| aggregate.replace('@', &column))
    };
    let number = prop::sample::select(&["0", "1", "2", "3", "12"][..]).prop_map(str::to_owned);
    let right = prop_oneof![3 => number, 1 => literal(), 1 => aggregate()];
    let test = (aggregate(), prop::sample::select(operators), right)
        .prop_map(|(left, operator, right)| format!("{left} {operator} {right}"));
    prop::collection::vec(test, 1..3).prop_map(|tests| tests.join(" AND "))
}

/// The first row that, added to those before it, makes a group of which SQLite says yes.
fn first(
    rows: &[Row],
    by: &str,
    condition: &str,
    having: &str,
) -> Result<Option<usize>, rusqlite::Error> {
    let part = selected(rows, &format!("SELECT time FROM process_events WHERE {condition}"))?;
    let database = database(rows)?;
    let text = format!(
        "SELECT count(*) FROM process_events WHERE time <= ?1 AND ({condition})
         AND {by} IS (SELECT {by} FROM process_events WHERE time = ?1) HAVING {having}"
    );
    let mut statement = database.prepare(&text)?;
    for place in part {
        if statement.exists([i64::try_from(place).expect("few rows")])? {
            return Ok(Some(place));
        }
    }
    Ok(None)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn a_group_matches_first_where_sqlite_would_have_it(
        by in column(),
        condition in condition(),
        having in having(),
        mut rows in prop::collection::vec(row(), 1..12),
    ) {
        for (time, row) in (0..).zip(&mut rows) {
            row.push(("time", Literal::Integer(time)));
        }
        let text = format!(
            "-- window: 1 h\nSELECT time FROM process_events WHERE {condition} \
             GROUP BY {by} HAVING {having}"
        );
        let expected = first(&rows, &by, &condition, &having);
        let expected = expected.map_err(|e| TestCaseError::fail(e.to_string()))?;
        prop_assert_eq!(judged(&rows, &text).first().copied(), expected, "{}", text);
    }
}
