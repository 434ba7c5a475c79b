//! What it takes to stop a rule that never ends, and to go on after a trap.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use daemoneye_benches::hosting::median;
use daemoneye_bus::event::{Batch, Event, Field, Kind};
use daemoneye_host::plugin::{Limits, Plan, RulePlugin, RuleTemplate, Sandbox};

const KILLS: usize = 9;
const TRAPS: usize = 51;
const DEADLINE: Duration = Duration::from_millis(100);

pub(crate) fn print(misbehaver: &[u8]) -> Result<()> {
    let sandbox = Sandbox::new(None)?;
    let template = RuleTemplate::compile(&sandbox, "misbehaver", misbehaver)?;
    let late = (0..KILLS).map(|_| kill(&template)).collect::<Result<Vec<_>>>()?;
    let worst = late.iter().max().copied().unwrap_or_default();
    println!(
        "ratio: loop {{}} with a deadline of {} ms: stopped {:.2} ms after it, {:.2} ms at worst of \
         {KILLS}",
        DEADLINE.as_millis(),
        milliseconds(median(late)),
        milliseconds(worst),
    );
    let (usual, after) = traps(&template)?;
    println!(
        "ratio: the event after a trap takes {:.3} ms more than others ({:.3} ms)",
        milliseconds(after.saturating_sub(usual)),
        milliseconds(usual),
    );
    Ok(())
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn load(template: &RuleTemplate, mode: &str) -> Result<RulePlugin> {
    let limits = Limits {
        row_fuel: u64::MAX,
        evaluate_time: DEADLINE,
        search_time: DEADLINE,
        ..Limits::COMPONENT
    };
    let plan = Plan { rule: mode.to_owned(), bytes: Vec::new() };
    Ok(template.load(vec![plan], limits)?)
}

fn one(command_line: &str) -> Batch {
    let event = Event::new(Kind::Exec, 1).with(Field::CommandLine, command_line);
    Batch::from_events([&event]).expect("an event")
}

/// How long after its deadline an endless rule is stopped and its event accounted for.
fn kill(template: &RuleTemplate) -> Result<Duration> {
    let mut plugin = load(template, "loop")?;
    let batch = one("x");
    let started = Instant::now();
    let judgement = plugin.judge(&batch);
    let took = started.elapsed();
    ensure!(judgement.faults.len() == 1, "the rule was not stopped: {judgement:?}");
    Ok(took.saturating_sub(DEADLINE))
}

/// The median of an event, and of the first event after a trap, for which the instance is made again.
fn traps(template: &RuleTemplate) -> Result<(Duration, Duration)> {
    let (good, poison) = (one("x"), one("poison"));
    let (mut usual, mut after) = (Vec::new(), Vec::new());
    for _ in 0..TRAPS {
        // A new plugin each time: one that traps again and again would have to sit out.
        let mut plugin = load(template, "trap_on_poison")?;
        time(&mut plugin, &good);
        usual.push(time(&mut plugin, &good));
        ensure!(plugin.judge(&poison).faults.len() == 1, "poison did not trap");
        let judged = plugin.account(0).judged;
        // The rule sits out batches after its fault; what it judges then is judged by a new instance.
        let mut took = time(&mut plugin, &good);
        while plugin.account(0).judged == judged {
            took = time(&mut plugin, &good);
        }
        after.push(took);
    }
    Ok((median(usual), median(after)))
}

fn time(plugin: &mut RulePlugin, batch: &Batch) -> Duration {
    let started = Instant::now();
    std::hint::black_box(plugin.judge(batch));
    started.elapsed()
}
