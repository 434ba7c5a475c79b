//! Sweeps over /proc.

use std::collections::HashMap;
use std::io;
use std::time::Instant;

use crate::collector::process::{ProcessReader, Sighting, Surroundings, pids};
use crate::collector::{Collector, Health};
use crate::observation::Snapshot;
use crate::spread::spread;

/// Sweeps.
pub struct Sweep {
    reader: ProcessReader,
    /// From the last sweep.
    before: HashMap<u32, Before>,
    swept: Option<Instant>,
}

struct Before {
    surroundings: Surroundings,
    processor_time: u64,
    start_time: u64,
}

impl Sweep {
    /// A sweeper whose first sweep has no processor use yet.
    pub fn new(reader: ProcessReader) -> Self {
        Sweep { reader, before: HashMap::new(), swept: None }
    }

    fn sight(&self, pid: u32) -> Option<Sighting> {
        let before = self.before.get(&pid).map(|before| &before.surroundings);
        let sighting = self.reader.look(pid, before)?;
        // Without its name its stat was not read, and so it has no identity: it is gone.
        (sighting.snapshot.name.is_some() && !sighting.has_ended).then_some(sighting)
    }

    /// Reading is waiting for the kernel, which writes for each processor at the same time.
    fn sight_all(&self, pids: Vec<u32>) -> Vec<Sighting> {
        spread(pids, |pid| self.sight(pid)).into_iter().flatten().collect()
    }

    /// Processor use is a difference.
    fn processor_use(&self, sighting: &Sighting, since: Option<f64>) -> Option<f64> {
        let before = self.before.get(&sighting.snapshot.pid)?;
        let is_same = before.start_time == sighting.snapshot.start_time;
        let time = sighting.processor_time.saturating_sub(before.processor_time);
        since.filter(|since| is_same && *since > 0.0).map(|since| time as f64 / 1e6 / since)
    }
}

impl Collector for Sweep {
    type Seen = Snapshot;

    fn name(&self) -> &'static str {
        "sweep"
    }

    fn capabilities(&self) -> &'static [&'static str] {
        &["sweeps", "executable hashes"]
    }

    fn collect_all(&mut self) -> io::Result<Vec<Snapshot>> {
        let now = Instant::now();
        let since = self.swept.map(|swept| now.duration_since(swept).as_secs_f64());
        let sightings: Vec<(Sighting, Option<f64>)> = self
            .sight_all(pids()?)
            .into_iter()
            .map(|sighting| {
                let cpu = self.processor_use(&sighting, since);
                (sighting, cpu)
            })
            .collect();
        let before = sightings.iter().map(|(sighting, _)| {
            let Sighting { snapshot, processor_time, .. } = sighting;
            let (start_time, processor_time) = (snapshot.start_time, *processor_time);
            let surroundings = Surroundings::of(snapshot);
            (snapshot.pid, Before { surroundings, processor_time, start_time })
        });
        self.before = before.collect();
        self.swept = Some(now);
        let with_use = |(sighting, cpu): (Sighting, _)| Snapshot { cpu, ..sighting.snapshot };
        Ok(sightings.into_iter().map(with_use).collect())
    }

    fn collect_one(&mut self, pid: u32) -> io::Result<Vec<Snapshot>> {
        Ok(self.sight(pid).map(|sighting| sighting.snapshot).into_iter().collect())
    }

    fn health(&self) -> Health {
        if crate::confinement::sees_others() {
            return Health::Good;
        }
        let others =
            "no CAP_SYS_PTRACE: programs and directories of other users' processes are hidden";
        Health::Degraded(others.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collector::hash::Hasher;
    use crate::collector::users::UserNames;

    #[test]
    fn a_process_is_seen_alone_as_among_all_until_it_ends() {
        let reader = ProcessReader::new(Hasher::start().expect("a thread"), UserNames::default());
        let mut sweep = Sweep::new(reader);
        let mut child = std::process::Command::new("sleep").arg("600").spawn().expect("sleep");
        let find = |all: Vec<Snapshot>| all.into_iter().find(|one| one.pid == child.id());
        let first = find(sweep.collect_all().expect("/proc")).expect("it lives");
        assert_eq!(first.cpu, None, "there is no difference yet");
        let second = find(sweep.collect_all().expect("/proc")).expect("it lives");
        assert!(second.cpu.is_some_and(|cpu| (0.0..1.0).contains(&cpu)), "{second:?}");
        let alone = sweep.collect_one(child.id()).expect("/proc").pop().expect("it lives");
        assert_eq!((alone.start_time, alone.name), (first.start_time, first.name.clone()));
        child.kill().expect("it lives");
        child.wait().expect("it ends");
        assert_eq!(sweep.collect_one(first.pid).expect("/proc"), []);
    }
}
