//! Whether times in events and alerts can be believed.

use super::{Answer, Check, Facts};

/// So far may the wall clock and the steady one be apart before it counts as a step, microseconds.
const STEP: i64 = 30_000_000;
/// Nobody's program is this old: ten years, microseconds.
const TEN_YEARS: i64 = 10 * 365 * 86_400_000_000;

pub(super) fn examine(facts: &Facts) -> Vec<Check> {
    vec![clock(facts)]
}

fn clock(facts: &Facts) -> Check {
    const NAME: &str = "clock";
    const SET: &str = "set it, and let systemd-timesyncd or chrony keep it";
    let clock = &facts.clock;
    let since_installed = clock.installed.map(|installed| clock.now.saturating_sub(installed));
    match since_installed {
        Some(age) if age < -STEP => {
            return Check::fail(NAME, "it is earlier than this program was installed", SET);
        }
        Some(age) if age > TEN_YEARS => {
            return Check::fail(NAME, "it is ten years after this program was installed", SET);
        }
        _ => {}
    }
    if let Some(step) = step(facts).filter(|step| step.abs() > STEP) {
        let (seconds, way) = (step.abs() / 1_000_000, if step > 0 { "on" } else { "back" });
        let found = format!("it was put {way} by {seconds} s since the agent started");
        return Check::warn(
            NAME,
            found,
            "mind that when you compare times; then restart the agent",
        );
    }
    match clock.synchronised {
        Some(true) => Check::ok(NAME, "something keeps it right"),
        Some(false) => Check::warn(NAME, "nothing keeps it right", SET),
        None => Check::ok(NAME, "no step is seen; whether something keeps it right cannot be told"),
    }
}

/// How far the wall clock was moved since the agent started, microseconds.
fn step(facts: &Facts) -> Option<i64> {
    let Answer::Status(status) = &facts.agent else { return None };
    let by_wall = facts.clock.now.checked_sub(status.started)?;
    by_wall.checked_sub(facts.clock.agent_age?)
}
