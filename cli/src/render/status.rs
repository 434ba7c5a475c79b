//! The agent's status as one page.

use daemoneye_bus::control::{
    AgentState, AlertCounts, CollectorState, CollectorStatus, EventCounts, Measure, MemoryCounts,
    PackStatus, RuleCounts, SandboxStatus, SinkStatus, Status,
};

use super::escape::cut;
use super::page::Page;
use super::words::{count, duration, time};
use crate::terminal::Look;

/// The page.
pub(crate) fn page(status: &Status, look: &Look) -> String {
    let mut page = Page::new(look);
    page.say("agent", agent(status, look));
    page.say("events", events(&status.events));
    page.say("alerts", alerts(&status.alerts));
    page.say("collectors", told(&status.collectors, collector));
    page.say("sinks", told(&status.sinks, |one| sink(one, look.now)));
    page.say("packs", told(&status.packs, pack));
    page.say("rules", rules(&status.rules));
    page.say("sandbox", sandbox(&status.sandbox, look));
    page.say("degraded", status.degraded.iter().map(|reason| cut(reason)).collect());
    page.text()
}

fn told<T>(all: &[T], one: impl Fn(&T) -> Vec<String>) -> Vec<String> {
    if all.is_empty() { vec!["none".to_owned()] } else { all.iter().flat_map(one).collect() }
}

fn agent(status: &Status, look: &Look) -> Vec<String> {
    let up = duration(status.started, look.now);
    let mut texts = vec![
        format!("{}, up {up} (since {})", state(&status.state), time(status.started, look)),
        format!("version {}, pid {}", cut(&status.version), status.pid),
        format!("data in {}", cut(&status.data_dir)),
    ];
    texts.extend(confined(&status.confinement));
    texts
}

fn state(state: &AgentState) -> String {
    match state {
        AgentState::Loading => "loading".to_owned(),
        AgentState::Ready => "ready, not yet judging".to_owned(),
        AgentState::SteadyState => "steady state".to_owned(),
        AgentState::ShuttingDown => "shutting down".to_owned(),
        AgentState::StartupFailed { reason } => format!("could not start: {}", cut(reason)),
    }
}

fn events(events: &EventCounts) -> Vec<String> {
    let EventCounts { received, duplicates, stored, pruned, judged, lost } = *events;
    let known = stored.saturating_add(duplicates);
    // Between arrival and commit an event is neither.
    let rest = match received.checked_sub(known) {
        Some(0) => String::new(),
        Some(waiting) => format!(" + {} on their way to disk", count(waiting)),
        None => format!(", which is {} too many", count(known - received)),
    };
    let (received, stored) = (count(received), count(stored));
    let pruned =
        (pruned > 0).then(|| format!("{} of the oldest removed from the store", count(pruned)));
    let mut texts = vec![
        format!("{received} received = {stored} stored + {} duplicates{rest}", count(duplicates)),
        format!("{} judged, {} lost before they came", count(judged), count(lost)),
    ];
    texts.extend(pruned);
    texts
}

fn alerts(alerts: &AlertCounts) -> Vec<String> {
    let AlertCounts { findings, alerts, repeats, limited, excepted } = *alerts;
    let mut texts = vec![format!(
        "{} findings = {} alerts + {} repeats; {} alerts over their rule's rate, stored only",
        count(findings),
        count(alerts),
        count(repeats),
        count(limited)
    )];
    let covered = |excepted| format!("{} findings covered by exceptions", count(excepted));
    texts.extend((excepted > 0).then(|| covered(excepted)));
    texts
}

fn collector(collector: &CollectorStatus) -> Vec<String> {
    let CollectorStatus { registration, alive, state, restarts, heartbeat } = collector;
    let (id, version) = (cut(&registration.id), cut(&registration.version));
    let alive = match (alive, state) {
        (true, CollectorState::Running) => "alive".to_owned(),
        (true, state) => format!("alive, {}", state.name()),
        (false, state) => format!("NOT CONNECTED, {}", state.name()),
    };
    let mut texts = vec![
        format!(
            "{id} {version}: {alive}, pid {}, {} restarts, {} processes",
            registration.pid,
            count(*restarts),
            count(heartbeat.processes)
        ),
        format!(
            "  {} events seen, {} acknowledged, {} lost",
            count(heartbeat.seen),
            count(heartbeat.acknowledged),
            count(heartbeat.lost)
        ),
        format!(
            "  {} batches wait on its disk, {} events shed because too many waited",
            count(heartbeat.waiting),
            count(heartbeat.shed)
        ),
        format!("  sees by {}", cut(&registration.capabilities.join(", "))),
    ];
    if heartbeat.slow {
        texts.push("  sees less: too much waits for the agent".to_owned());
    }
    if heartbeat.stuck {
        texts.push("  sees less: its disk, or its share of it, is full".to_owned());
    }
    texts.extend(registration.degraded.iter().map(|less| format!("  sees less: {}", cut(less))));
    texts.extend(confined(&registration.confinement).map(|line| format!("  {line}")));
    texts
}

/// What holds, in one line, and what does not, in one line each.
fn confined(measures: &[Measure]) -> impl Iterator<Item = String> {
    let (lacking, holding): (Vec<_>, Vec<_>) = measures.iter().partition(|m| m.fault.is_some());
    let names: Vec<_> = holding.iter().map(|measure| measure.name.as_str()).collect();
    let held = (!names.is_empty()).then(|| format!("confined by {}", cut(&names.join(", "))));
    let lacks = lacking.into_iter().map(|Measure { name, effect, fault }| {
        let fault = fault.as_deref().unwrap_or_default();
        format!("NOT confined by {} ({}): {}", cut(name), cut(effect), cut(fault))
    });
    held.into_iter().chain(lacks.collect::<Vec<_>>())
}

fn sink(sink: &SinkStatus, now: i64) -> Vec<String> {
    let SinkStatus { owed, delivered, pending, dead, dropped, retried, .. } = *sink;
    let gone = if sink.configured { "" } else { " (not configured)" };
    let accounted = format!(
        "{}{gone}: {} owed = {} delivered + {} pending + {} dead + {} dropped",
        cut(&sink.name),
        count(owed),
        count(delivered),
        count(pending),
        count(dead),
        count(dropped)
    );
    let mut texts = vec![accounted];
    let oldest =
        sink.oldest.map(|since| format!(", the oldest waits for {}", duration(since, now)));
    texts.push(format!(
        "  breaker {}, {} tries in vain{}",
        sink.breaker.name(),
        count(retried),
        oldest.unwrap_or_default()
    ));
    texts.extend(sink.fault.iter().map(|fault| format!("  does not work: {}", cut(fault))));
    texts
}

fn pack(pack: &PackStatus) -> Vec<String> {
    let signer = match &pack.signer {
        Some(signer) => format!("signed by {}", cut(signer)),
        None => "UNSIGNED".to_owned(),
    };
    vec![format!(
        "{} release {}: {} rules, {signer}",
        cut(&pack.id),
        pack.release,
        count(pack.rules)
    )]
}

fn rules(rules: &RuleCounts) -> Vec<String> {
    let RuleCounts { active, inert, refused, disabled } = *rules;
    let disabled =
        if disabled > 0 { format!(", {} disabled", count(disabled)) } else { String::new() };
    vec![format!(
        "{} active, {} inert on this host, {} refused{disabled}",
        count(active),
        count(inert),
        count(refused)
    )]
}

fn sandbox(sandbox: &SandboxStatus, look: &Look) -> Vec<String> {
    let SandboxStatus { fuel_per_ms, restarts, state_lost, memory, evicted, known_again } =
        *sandbox;
    let lost = state_lost.map(|since| format!("; rules remember since {}", time(since, look)));
    let evicted = (evicted > 0)
        .then(|| format!("{} entries of rules' memory gone for want of room", count(evicted)));
    let lines = [
        format!("1 ms is {} fuel here, for a loop over text", count(fuel_per_ms)),
        format!("{} events known again and not shown to the rules anew", count(known_again)),
        format!("{} instances lost to faults{}", count(restarts), lost.unwrap_or_default()),
        not_remembered(&memory),
    ];
    lines.into_iter().chain(evicted).collect()
}

fn not_remembered(memory: &MemoryCounts) -> String {
    let MemoryCounts { late, evicted_groups, evicted_rows, dropped_groups, .. } = *memory;
    let of_processes = memory.evicted_processes.saturating_add(memory.oversized_values);
    format!(
        "rules over several events: {} late events, {} groups and {} events evicted, {} groups \
         dropped with changed rules, {} processes or values not kept",
        count(late),
        count(evicted_groups),
        count(evicted_rows),
        count(dropped_groups),
        count(of_processes)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::{assert_fits, hostile, look, status};

    #[test]
    fn the_page_says_everything() {
        let text = page(&status(), &look(100));
        let expected = "\
agent       steady state, up 2 h 5 min (since 1970-01-01 00:00:00)
            version 0.1.0, pid 42
            data in /var/lib/daemoneye
            confined by no_new_privs
events      12,345 received = 12,300 stored + 45 duplicates
            12,300 judged, 7 lost before they came
alerts      17 findings = 15 alerts + 2 repeats; 1 alerts over their rule's rate, stored only
            3 findings covered by exceptions
collectors  procmond 0.1.0: alive, pid 43, 1 restarts, 312 processes
              12,345 events seen, 12,300 acknowledged, 7 lost
              2 batches wait on its disk, 3 events shed because too many waited
              sees by proc connector, sweep
              sees less: too much waits for the agent
              sees less: its disk, or its share of it, is full
              sees less: no CAP_SYS_PTRACE
              confined by seccomp
              NOT confined by landlock (writes little): this kernel has none
sinks       file: 1,015 owed = 1,000 delivered + 12 pending + 2 dead + 1 dropped
              breaker half-open, 40 tries in vain, the oldest waits for 2 h 5 min
              does not work: permission denied
packs       linux-essentials release 3: 40 rules, UNSIGNED
rules       41 active, 2 inert on this host, 1 refused, 4 disabled
sandbox     1 ms is 1,900,000 fuel here, for a loop over text
            5,678 events known again and not shown to the rules anew
            3 instances lost to faults; rules remember since 1970-01-01 00:00:00
            rules over several events: 4 late events, 5 groups and 0 events evicted, 0 groups
            dropped with changed rules, 0 processes or values not kept
            1,234 entries of rules' memory gone for want of room
degraded    sink file: permission denied
";
        assert_eq!(text, expected);
    }

    #[test]
    fn the_page_fits_and_hostile_text_is_harmless_at_any_width() {
        for width in [40, 80, 200] {
            assert_fits(&page(&hostile(), &look(width)), width);
        }
    }

    #[test]
    fn what_is_under_way_and_what_does_not_add_up_is_said() {
        let said = |received| {
            let counts = EventCounts { received, stored: 10, duplicates: 1, ..Default::default() };
            events(&counts).remove(0)
        };
        assert_eq!(said(11), "11 received = 10 stored + 1 duplicates");
        assert_eq!(said(13), "13 received = 10 stored + 1 duplicates + 2 on their way to disk");
        let pruned = EventCounts { pruned: 1_234, ..EventCounts::default() };
        assert_eq!(events(&pruned)[2], "1,234 of the oldest removed from the store");
        assert_eq!(said(8), "8 received = 10 stored + 1 duplicates, which is 3 too many");
    }

    #[test]
    fn only_a_terminal_with_colours_gets_any() {
        let mut look = look(80);
        assert!(!page(&status(), &look).contains('\x1b'));
        look.colours = true;
        assert!(page(&status(), &look).contains("\x1b[1m"));
    }
}
