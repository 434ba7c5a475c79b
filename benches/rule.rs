//! Promise: the sandbox costs a rule at most three times what the same rule costs as native Rust.
//!
//! The same plan, by the same engine, over the same batches: once as a component with fuel on, judged
//! and accounted for by the agent's own host, once linked as a library. Beside them the rule as a
//! person would write it by hand, over the same columns.
#![expect(clippy::print_stdout, reason = "a bench reports there")]

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use daemoneye_benches::batch;
use daemoneye_bus::event::{Batch, Field};
use daemoneye_engine::Engine;
use daemoneye_host::plugin::{Limits, Plan, RulePlugin, RuleTemplate, Sandbox};
use daemoneye_sdk::rules::Batch as Columns;

const RULE: &str = "SELECT pid, command_line FROM process_starts \
                    WHERE name IN ('bash', 'dash', 'sh', 'zsh') AND command_line LIKE '%/dev/tcp/%'";
const ROWS: [usize; 3] = [1, 64, 1_000];
/// Rounds behind each printed figure.
const ROUNDS: usize = 400;
/// Batches with other events, by turns, and one that only follows after forgetting: the agent knows
/// an event again, and must not have seen any that counts.
const TURNS: usize = 50;

fn plan() -> Vec<u8> {
    daemoneye_sql::compile(&daemoneye_native::schema(), RULE).expect("the rule compiles").plan
}

fn component() -> RulePlugin {
    let plugins = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/plugins/engine.wasm");
    let bytes = std::fs::read(&plugins).expect("run `cargo xtask bench`");
    let sandbox = Sandbox::new(None).expect("a sandbox");
    let template = RuleTemplate::compile(&sandbox, "engine", &bytes).expect("the engine");
    let plan = Plan { rule: "rule".to_owned(), bytes: plan() };
    template.load(vec![plan], Limits::RULES).expect("the plan loads")
}

fn native() -> Engine {
    let plan = daemoneye_plan::Plan::from_bytes(&plan()).expect("a plan");
    Engine::load(vec![("rule".to_owned(), plan)]).expect("the plan loads")
}

/// The columns that the engine declared, owned, as the library takes them.
fn columns(engine: &Engine, batch: &Batch) -> Columns {
    daemoneye_native::columns(batch, &engine.declaration().columns)
}

fn judge_natively(engine: &Engine, columns: Columns) -> usize {
    let scan = engine.open(columns).expect("a batch");
    let candidates = scan.candidates();
    let found = candidates.iter().map(|candidate| {
        let steps = Limits::RULES.row_steps;
        scan.evaluate(candidate.rule, &candidate.rows, steps).findings.len()
    });
    found.sum()
}

/// The rule by hand: no plan, no index, no evidence.
fn judge_by_hand(batch: &Batch) -> usize {
    let is = |field, row, words: &[&str]| {
        let text = batch.text(field, row);
        text.is_some_and(|text| words.iter().any(|word| text.eq_ignore_ascii_case(word)))
    };
    let found = (0..batch.rows()).filter(|row| {
        is(Field::Kind, *row, &["start", "exec"])
            && !is(Field::Origin, *row, &["fork"])
            && is(Field::Name, *row, &["bash", "dash", "sh", "zsh"])
            && batch
                .text(Field::CommandLine, *row)
                .is_some_and(|line| line.to_ascii_lowercase().contains("/dev/tcp/"))
    });
    found.count()
}

fn batches(rows: usize) -> Vec<Batch> {
    (0..TURNS).map(|turn| batch(turn * rows, rows)).collect()
}

/// What the component takes for the batch of this round, which is new to it.
fn time_component(component: &mut RulePlugin, batches: &[Batch], round: usize) -> Duration {
    if round.is_multiple_of(TURNS - 1) {
        component.forget_events();
        // The first batch after it finds tables that were just made; it is none of those that count.
        component.judge(&batches[TURNS - 1]);
    }
    time(|| component.judge(&batches[round % (TURNS - 1)]).findings.len())
}

/// The middle of many rounds.
fn median(mut rounds: Vec<Duration>) -> f64 {
    rounds.sort_unstable();
    rounds[rounds.len() / 2].as_secs_f64()
}

fn time(work: impl FnOnce() -> usize) -> Duration {
    let started = Instant::now();
    black_box(work());
    started.elapsed()
}

/// Rounds of each contender in turn, so that a slow moment of the machine meets all of them.
fn print_ratios(component: &mut RulePlugin, engine: &Engine) {
    for rows in ROWS {
        let batches = batches(rows);
        let mut rounds: [Vec<Duration>; 3] = Default::default();
        for round in 0..ROUNDS {
            let batch = &batches[round % (TURNS - 1)];
            let own = columns(engine, batch);
            rounds[0].push(time_component(component, &batches, round));
            rounds[1].push(time(|| judge_natively(engine, own)));
            rounds[2].push(time(|| judge_by_hand(batch)));
        }
        let [sandboxed, native, by_hand] = rounds.map(median);
        let per_event = |seconds: f64| seconds * 1e9 / rows as f64;
        println!(
            "ratio: batch {rows}: component / native = {:.2}  ({:.0} / {:.0} ns per event; by hand \
             {:.0}, component / by hand = {:.2})",
            sandboxed / native,
            per_event(sandboxed),
            per_event(native),
            per_event(by_hand),
            sandboxed / by_hand,
        );
    }
}

fn rule(criterion: &mut Criterion) {
    let (mut component, engine) = (component(), native());
    // The three must agree, or the figures mean nothing.
    let whole = batch(0, 1_000);
    let found = component.judge(&whole).findings.len();
    assert!(found > 0, "the events hold attacks");
    assert_eq!(found, judge_natively(&engine, columns(&engine, &whole)));
    assert_eq!(found, judge_by_hand(&whole));

    let mut group = criterion.benchmark_group("rule");
    for rows in ROWS {
        let batches = batches(rows);
        let batch = &batches[0];
        group.throughput(Throughput::Elements(rows as u64));
        group.bench_with_input(
            BenchmarkId::new("component", rows),
            &batches,
            |bencher, batches| {
                bencher.iter_custom(|rounds| {
                    let rounds = 0..usize::try_from(rounds).expect("few");
                    rounds.map(|round| time_component(&mut component, batches, round)).sum()
                });
            },
        );
        group.bench_with_input(BenchmarkId::new("native", rows), batch, |bencher, batch| {
            let own = || columns(&engine, batch);
            bencher.iter_batched(own, |own| judge_natively(&engine, own), BatchSize::SmallInput);
        });
        group.bench_with_input(BenchmarkId::new("by hand", rows), batch, |bencher, batch| {
            bencher.iter(|| judge_by_hand(batch));
        });
    }
    group.finish();
    print_ratios(&mut component, &engine);
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).measurement_time(Duration::from_secs(3));
    targets = rule
}
criterion_main!(benches);
