//! Whatever the rows: groups match where a plain reference says so, which keeps every row.

use daemoneye_engine::Engine;
use daemoneye_plan::{
    Aggregate, AggregateFunction, Builder, Case, ColumnType, Comparison, Complete, Correlation,
    Literal, Plan, Stage, Test,
};
use proptest::prelude::*;

use crate::batch::{Row, judge, matched, text};
use crate::sequences::{INTEGERS, is};

const WINDOW: i64 = 10;
const NAMES: [&str; 3] = ["a", "b", "c"];

/// What the rule asks for.
#[derive(Debug, Clone)]
enum Asked {
    /// The aggregate, of distinct values or of all, is at least this.
    Having(AggregateFunction, bool, i64),
    Rows(i64),
    EachStage,
    InOrder,
}

#[derive(Debug, Clone)]
struct Event {
    time: Option<i64>,
    user: Option<&'static str>,
    name: &'static str,
    number: Option<i64>,
}

impl Event {
    fn row(&self) -> Row {
        let number = |number: Option<i64>| number.map_or(Literal::Null, Literal::Integer);
        vec![
            ("time", number(self.time)),
            ("user", self.user.map_or(Literal::Null, text)),
            ("name", text(self.name)),
            ("number", number(self.number)),
        ]
    }
}

fn plan(asked: &Asked) -> Plan {
    let mut plan = Builder::new();
    let complete = match asked {
        Asked::EachStage => Complete::EachStage,
        Asked::InOrder => Complete::InOrder,
        Asked::Rows(least) => having(&mut plan, AggregateFunction::Count, false, true, *least),
        Asked::Having(function, distinct, least) => {
            having(&mut plan, *function, *distinct, false, *least)
        }
    };
    let sequence = matches!(asked, Asked::EachStage | Asked::InOrder);
    let count = if sequence { NAMES.len() } else { 1 };
    let stage = |plan: &mut Builder| Stage { group: vec![plan.column("user", ColumnType::Text)] };
    let stages = (0..count).map(|_| stage(&mut plan)).collect();
    let window = WINDOW.unsigned_abs();
    plan.correlate(Correlation { window, stages, complete });
    let nodes = NAMES.map(|name| is(&mut plan, "name", name));
    plan.or(nodes.into());
    plan.finish().expect("a correlation")
}

fn having(
    plan: &mut Builder,
    function: AggregateFunction,
    distinct: bool,
    of_rows: bool,
    least: i64,
) -> Complete {
    let operand = (!of_rows).then(|| plan.column("number", ColumnType::Integer));
    let (left, right) = (plan.aggregate(0), plan.literal(Literal::Integer(least)));
    let (comparison, case) = (Comparison::GreaterOrEqual, Case::Ignored);
    let condition = plan.leaf(None, Test::Compare { comparison, left, right, case });
    let aggregates = vec![Aggregate { function, operand, distinct, case }];
    Complete::Having { aggregates, condition }
}

/// All rows of a group since it started.
#[derive(Debug, Default)]
struct Group {
    user: Option<&'static str>,
    newest: i64,
    rows: Vec<(i64, &'static str, Option<i64>)>,
}

/// The places of the events that complete a group, and how many are late.
fn reference(asked: &Asked, events: &[Event]) -> (Vec<usize>, u64) {
    let (mut groups, mut newest): (Vec<Group>, Option<i64>) = (Vec::new(), None);
    let (mut completing, mut late) = (Vec::new(), 0);
    for (place, event) in events.iter().enumerate() {
        if !NAMES.contains(&event.name) {
            continue;
        }
        let time = event.time.unwrap_or(newest.unwrap_or(0));
        newest = newest.max(Some(time));
        let known = groups.iter().position(|group| group.user == event.user).unwrap_or_else(|| {
            groups.push(Group { user: event.user, newest: time, rows: Vec::new() });
            groups.len() - 1
        });
        let group = &mut groups[known];
        if time < group.newest - WINDOW {
            late += 1;
            continue;
        }
        group.newest = group.newest.max(time);
        group.rows.push((time, event.name, event.number));
        let mut rows = group.rows.clone();
        rows.retain(|row| row.0 >= group.newest - WINDOW);
        if is_complete(asked, &rows) {
            group.rows.clear();
            completing.push(place);
        }
    }
    (completing, late)
}

fn is_complete(asked: &Asked, rows: &[(i64, &str, Option<i64>)]) -> bool {
    let times = |name: &'static str| rows.iter().filter(move |row| row.1 == name).map(|row| row.0);
    match asked {
        Asked::Rows(least) => rows.len() as i64 >= *least,
        Asked::EachStage => NAMES.iter().all(|name| times(name).next().is_some()),
        Asked::InOrder => {
            times("a").any(|a| times("b").any(|b| a <= b && times("c").any(|c| b <= c)))
        }
        Asked::Having(function, distinct, least) => {
            let mut numbers: Vec<i64> = rows.iter().filter_map(|row| row.2).collect();
            numbers.sort_unstable();
            if *distinct {
                numbers.dedup();
            }
            let (count, sum) = (numbers.len() as i64, numbers.iter().sum::<i64>());
            match function {
                AggregateFunction::Count => count >= *least,
                _ if numbers.is_empty() => false,
                AggregateFunction::Sum => sum >= *least,
                AggregateFunction::Average => sum as f64 / count as f64 >= *least as f64,
                AggregateFunction::Minimum => numbers[0] >= *least,
                AggregateFunction::Maximum => numbers[numbers.len() - 1] >= *least,
            }
        }
    }
}

fn event() -> impl Strategy<Value = Event> {
    let times = prop::option::weighted(0.9, 0_i64..40);
    let users = prop::option::weighted(0.8, prop::sample::select(&["u", "v"][..]));
    let names = prop::sample::select(&["a", "b", "c", "other"][..]);
    let numbers = prop::option::weighted(0.8, -3_i64..6);
    (times, users, names, numbers).prop_map(|(time, user, name, number)| Event {
        time,
        user,
        name,
        number,
    })
}

fn asked() -> impl Strategy<Value = Asked> {
    use AggregateFunction::{Average, Count, Maximum, Minimum, Sum};
    let functions = prop::sample::select(vec![Count, Sum, Average, Minimum, Maximum]);
    prop_oneof![
        4 => (functions, any::<bool>(), 1_i64..6).prop_map(|(f, d, n)| Asked::Having(f, d, n)),
        1 => (1_i64..5).prop_map(Asked::Rows),
        1 => Just(Asked::EachStage),
        2 => Just(Asked::InOrder),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn groups_match_where_the_reference_says(
        asked in asked(),
        events in prop::collection::vec(event(), 1..40),
        sorted in any::<bool>(),
        size in 1_usize..20,
        moves in any::<bool>(),
    ) {
        let mut events = events;
        if sorted {
            events.sort_by_key(|event| event.time);
        }
        let load = || Engine::load(vec![("rule".into(), plan(&asked))]).expect("loads");
        let mut engine = load();
        let mut found = Vec::new();
        for (number, part) in events.chunks(size).enumerate() {
            let rows: Vec<Row> = part.iter().map(Event::row).collect();
            let verdicts = judge(&engine, INTEGERS, &rows);
            found.extend(matched(&verdicts[0]).iter().map(|row| number * size + *row as usize));
            if moves {
                let next = load();
                next.restore(&engine.save()).expect("what an engine has saved");
                engine = next;
            }
        }
        let (expected, late) = reference(&asked, &events);
        prop_assert_eq!(found, expected);
        prop_assert_eq!(engine.counters().late, late);
    }
}
