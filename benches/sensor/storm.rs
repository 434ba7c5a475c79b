//! Every program of a storm is seen or counted as lost.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use daemoneye_bus::event::{Event, Field, from_json};

use crate::PROCMOND;

/// How much later than the last process the last event may come.
const TAIL: Duration = Duration::from_secs(3);

/// Short programs one after the other, while so many threads calculate.
pub(crate) fn measure(title: &str, count: usize, busy: usize) -> Result<()> {
    let sensor = Sensor::start()?;
    let stop = Arc::new(AtomicBool::new(false));
    let load: Vec<_> = (0..busy).map(|_| calculate(stop.clone())).collect();
    let mut expected = Vec::with_capacity(count);
    let started = Instant::now();
    for number in 0..count {
        let word = format!("storm-{number}");
        let mut child = Command::new("/bin/true").arg(&word).spawn().context("/bin/true")?;
        expected.push((i64::from(child.id()), word));
        child.wait()?;
    }
    let took = started.elapsed();
    stop.store(true, Ordering::Relaxed);
    for thread in load {
        thread.join().expect("it only calculates");
    }
    thread::sleep(TAIL);
    let (events, lost) = sensor.end()?;
    let Tally { seen, whole, unmarked } = tally(&events, &expected);
    let share = |part: usize| 100.0 * part as f64 / count as f64;
    let rate = count as f64 / took.as_secs_f64();
    println!("storm of {count} /bin/true, {rate:.0} a second, {title}");
    println!("  seen                      {:>7.2} %  {seen}", share(seen));
    println!("  with complete arguments   {:>7.2} %  {whole}", share(whole));
    println!("  counted as lost           {:>9}  {lost}", "");
    ensure!(count - seen <= lost, "{} were neither seen nor counted as lost", count - seen);
    ensure!(unmarked == 0, "{unmarked} events are not complete and do not say so");
    Ok(())
}

/// Until it is stopped, and answers for it so that no compiler leaves it out.
fn calculate(stop: Arc<AtomicBool>) -> JoinHandle<u64> {
    thread::spawn(move || {
        let mut sum = 1_u64;
        while !stop.load(Ordering::Relaxed) {
            sum = sum.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        }
        sum
    })
}

/// What became of the processes of a storm.
struct Tally {
    /// Told as a start.
    seen: usize,
    /// With their arguments.
    whole: usize,
    /// Without, and without saying so.
    unmarked: usize,
}

/// Pids are used again: of one pid, the first process has the first event.
fn tally(events: &[Event], expected: &[(i64, String)]) -> Tally {
    let mut starts: HashMap<i64, Vec<&Event>> = HashMap::new();
    for event in events.iter().filter(|event| event.text(Field::Kind) == Some("start")) {
        let by_exec = event.text(Field::Origin) == Some("exec");
        let pid = event.integer(Field::Pid).filter(|_| by_exec);
        pid.into_iter().for_each(|pid| starts.entry(pid).or_default().push(event));
    }
    let mut tally = Tally { seen: 0, whole: 0, unmarked: 0 };
    for (pid, word) in expected {
        let Some(events) = starts.get_mut(pid).filter(|events| !events.is_empty()) else {
            continue;
        };
        let ends = |event: &&Event| {
            event.text(Field::CommandLine).is_some_and(|line| line.ends_with(word.as_str()))
        };
        let at = events.iter().position(ends);
        let event = events.remove(at.unwrap_or(0));
        tally.seen += 1;
        tally.whole += usize::from(at.is_some());
        let says_so = event.text(Field::Absent).is_some_and(|text| text.contains("command_line="));
        tally.unmarked += usize::from(at.is_none() && !says_so);
    }
    tally
}

/// The sensor, printing.
struct Sensor {
    child: Child,
    events: JoinHandle<Vec<Event>>,
}

impl Sensor {
    fn start() -> Result<Self> {
        let mut program = Command::new(PROCMOND);
        program.args(["--standalone", "--no-network"]).env("NO_COLOR", "1");
        let pipes = program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = pipes.spawn().context("procmond")?;
        let mut lines = BufReader::new(child.stdout.take().context("piped")?).lines();
        // The first sweep is over when it tells of the first process.
        lines.next().context("an event")??;
        let events = thread::spawn(move || {
            let lines = lines.map_while(Result::ok);
            lines.filter_map(|line| from_json(&line).ok()).collect()
        });
        Ok(Sensor { child, events })
    }

    /// Everything that it told, and how much it counted as lost.
    fn end(mut self) -> Result<(Vec<Event>, usize)> {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        let mut said = String::new();
        self.child.stderr.take().context("piped")?.read_to_string(&mut said)?;
        self.child.wait()?;
        ensure!(!said.contains("proc connector:"), "the kernel does not tell here: {said}");
        let number = said.split("lost=").nth(1).and_then(|rest| rest.split_whitespace().next());
        let lost = number.map_or(Ok(0), str::parse).context("lost")?;
        Ok((self.events.join().expect("it only reads"), lost))
    }
}
