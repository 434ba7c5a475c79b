//! Segments on all threads, the newest first.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use daemoneye_bus::event::Field;
use daemoneye_engine::{Found, Query};
use daemoneye_store::{ReadError, Segment, SegmentId, Snapshot, Span};

use crate::budget::{Budget, Progress};
use crate::complete::Incomplete;
use crate::question::HuntError;
use crate::sift;
use crate::window::Window;

/// One question over the segments of one moment.
pub(crate) struct Scan<'a> {
    query: &'a daemoneye_plan::Query,
    snapshot: &'a Snapshot,
    /// Those that may have something to say, oldest first.
    spans: Vec<Span>,
    most: u64,
    budget: Budget,
    progress: &'a Progress,
    /// How many segments have been taken, from the newest on.
    taken: AtomicUsize,
    /// Bytes of what all threads found.
    bytes: AtomicUsize,
    has_enough: AtomicBool,
    /// Whether to ask what is known of a segment before it is read.
    sifts: bool,
    /// Events that were not looked at because the time was over.
    late: AtomicU64,
}

/// What all threads found.
pub(crate) struct Scanned {
    pub(crate) found: Found,
    pub(crate) incomplete: Vec<Incomplete>,
}

/// What one thread found, and the segments that it could not read.
#[derive(Default)]
struct Part {
    found: Found,
    damaged: Vec<(SegmentId, String)>,
}

impl<'a> Scan<'a> {
    pub(crate) fn new(
        query: &'a daemoneye_plan::Query,
        snapshot: &'a Snapshot,
        window: Window,
        most: u64,
        budget: Budget,
        progress: &'a Progress,
    ) -> Self {
        let spans = snapshot.spans().iter().filter(|span| window.may_have(span));
        let spans: Vec<Span> = spans.copied().collect();
        progress.expect(spans.iter().map(|span| u64::from(span.rows)).sum());
        Scan {
            query,
            snapshot,
            spans,
            most,
            budget,
            progress,
            taken: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
            has_enough: AtomicBool::new(false),
            sifts: sift::is_worth_it(query.plan()),
            late: AtomicU64::new(0),
        }
    }

    /// Looks at every segment, as far as that is needed.
    pub(crate) fn run(&self) -> Result<Scanned, HuntError> {
        let threads = self.budget.threads.clamp(1, self.spans.len().max(1));
        let parts: Vec<Result<Part, HuntError>> = thread::scope(|scope| {
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(|| self.work())).collect();
            let own = self.work();
            let others = others
                .into_iter()
                .map(|other| other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            std::iter::once(own).chain(others).collect()
        });
        let (mut found, mut damaged) = (Found::default(), Vec::new());
        for part in parts {
            let part = part?;
            found.merge(part.found);
            damaged.extend(part.damaged);
        }
        Ok(Scanned { found, incomplete: self.incomplete(damaged) })
    }

    fn incomplete(&self, mut damaged: Vec<(SegmentId, String)>) -> Vec<Incomplete> {
        let mut incomplete = Vec::new();
        damaged.sort();
        if let Some((_, cause)) = damaged.first() {
            let cause = cause.clone();
            let segments = damaged.into_iter().map(|(id, _)| id).collect();
            incomplete.push(Incomplete::Damaged(segments, cause));
        }
        match self.late.load(Ordering::Relaxed) {
            0 => {}
            events => incomplete.push(Incomplete::Time(events)),
        }
        incomplete
    }

    /// Takes segments until there are none, or no more are needed.
    fn work(&self) -> Result<Part, HuntError> {
        let eye = Eye::new(Query::load(self.query)?);
        let mut part = Part::default();
        while let Some(span) = self.take() {
            if self.progress.is_cancelled() {
                return Err(HuntError::Cancelled);
            }
            if Instant::now() >= self.budget.deadline {
                self.late.fetch_add(u64::from(span.rows), Ordering::Relaxed);
                continue;
            }
            let before = part.found.bytes();
            self.look(&eye, &span, &mut part)?;
            self.weigh(before, part.found.bytes())?;
            self.progress.add(u64::from(span.rows));
            if eye.query.has_enough(&part.found, self.most) {
                self.has_enough.store(true, Ordering::Relaxed);
            }
        }
        Ok(part)
    }

    /// The next segment. Whoever takes one also looks at it, so that nothing newer than what was
    /// found is left out.
    fn take(&self) -> Option<Span> {
        if self.has_enough.load(Ordering::Relaxed) {
            return None;
        }
        let taken = self.taken.fetch_add(1, Ordering::Relaxed);
        let place = self.spans.len().checked_sub(taken.checked_add(1)?)?;
        Some(self.spans[place])
    }

    fn look(&self, eye: &Eye, span: &Span, part: &mut Part) -> Result<(), HuntError> {
        if !self.may_be_in(span.id)? {
            return Ok(());
        }
        match self.snapshot.open(span.id) {
            Ok(Some(segment)) => match eye.look(&segment, span.id.0, self.most, &mut part.found) {
                Err(HuntError::Store(ReadError::Segment { id, cause })) => {
                    part.damaged.push((id, cause.to_string()));
                    Ok(())
                }
                looked => looked,
            },
            Ok(None) => {
                part.damaged.push((span.id, "it is not there".to_owned()));
                Ok(())
            }
            Err(ReadError::Segment { id, cause }) => {
                part.damaged.push((id, cause.to_string()));
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    fn may_be_in(&self, id: SegmentId) -> Result<bool, HuntError> {
        let digest = if self.sifts { self.snapshot.digest(id)? } else { None };
        let plan = self.query.plan();
        Ok(digest.is_none_or(|digest| sift::may_be(plan, plan.root(), &digest)))
    }

    /// Counts what the thread's findings grew by; refuses when all together have too much.
    fn weigh(&self, before: usize, after: usize) -> Result<(), HuntError> {
        self.bytes.fetch_add(after, Ordering::Relaxed);
        let all = self.bytes.fetch_sub(before, Ordering::Relaxed).saturating_sub(before);
        if all > self.budget.memory {
            return Err(HuntError::Memory(self.budget.memory));
        }
        Ok(())
    }
}

/// One thread's way of looking at segments: first at the columns that decide, and only where they find
/// something at the others.
struct Eye {
    query: Query,
    decisive: Vec<Field>,
    all: Vec<Field>,
}

impl Eye {
    fn new(query: Query) -> Self {
        let decisive = query.decisive().filter_map(Field::named).collect();
        let all = query.columns().iter().filter_map(|name| Field::named(name)).collect();
        Eye { query, decisive, all }
    }

    fn look(
        &self,
        segment: &Segment,
        number: u64,
        most: u64,
        found: &mut Found,
    ) -> Result<(), HuntError> {
        let names = self.query.columns();
        let decisive = daemoneye_native::columns(&segment.read(&self.decisive)?, names);
        let rows = self.query.find(decisive, found)?;
        if rows.is_empty() {
            return Ok(());
        }
        let all = daemoneye_native::columns(&segment.read(&self.all)?, names);
        Ok(self.query.tell(all, &rows, number, most, found)?)
    }
}
