//! A rule that is not in force, tried on what is stored: the language, the engine and the sandbox
//! are those of the rules that are.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use daemoneye_bus::control::{Cell, Trial, TrialReport};
use daemoneye_bus::event::{Batch, Field, Value};
use daemoneye_hunt::{Incomplete, Window};
use daemoneye_store::{ReadError, SegmentId, Snapshot, Store};

use crate::catalog::{self, Languages, folder};
use crate::plugin::{Judgement, Limits, Plan, RulePlugin, RuleTemplate};

/// Findings that are told of at most.
const MOST_ROWS: usize = 10_000;
/// Different programs that are counted; more are as good as this many.
const MOST_PROGRAMS: usize = 100_000;
/// Less than what operators wait for an answer.
const LONGEST: Duration = Duration::from_secs(100);
/// What every finding shows first.
const TIME: &str = "time";

/// Tries rules. One at a time compiles; any number look at events.
#[derive(Clone)]
pub struct Trials {
    store: Arc<Store>,
    engine: RuleTemplate,
    languages: Arc<Mutex<Languages>>,
}

/// A rule, ready to be tried.
struct Candidate {
    report: TrialReport,
    shown: Vec<(String, Field)>,
    /// Findings that are told of.
    limit: usize,
    plugin: RulePlugin,
    programs: BTreeSet<String>,
    damaged: Vec<(SegmentId, String)>,
    /// Events for which the time did not suffice.
    late: u64,
}

impl Trials {
    /// Trials on this store.
    pub fn new(store: Arc<Store>, engine: RuleTemplate, languages: Arc<Mutex<Languages>>) -> Self {
        Trials { store, engine, languages }
    }

    /// What the rule would have raised. Ends early where nobody wants to know any more.
    ///
    /// # Errors
    /// What is wrong with the rule, or with the store, in words for the operator.
    pub fn run(&self, trial: &Trial, is_over: &AtomicBool) -> Result<TrialReport, String> {
        let mut candidate = self.compile(trial)?;
        if candidate.report.inert.is_some() {
            return Ok(candidate.report);
        }
        let window = Window { since: trial.since, until: trial.until };
        let snapshot = self.store.snapshot().map_err(|error| format!("store: {error}"))?;
        let begun = Instant::now();
        for span in snapshot.spans().iter().filter(|span| window.may_have(span)) {
            if begun.elapsed() > LONGEST || is_over.load(Ordering::Relaxed) {
                candidate.late += u64::from(span.rows);
            } else {
                candidate.look(&snapshot, span.id, window)?;
            }
        }
        Ok(candidate.told(Incomplete::known(snapshot.spans(), window)))
    }

    fn compile(&self, trial: &Trial) -> Result<Candidate, String> {
        let mut languages = self.languages.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = trial.text.clone().into_bytes();
        let source = folder::parse(Path::new(&trial.file), bytes, &languages.endings());
        let source = source.map_err(|refusal| refusal.to_string())?;
        let compiled = languages.compile(&source).map_err(|diagnostics| {
            diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        })?;
        drop(languages);
        let unknown = |column| format!("it shows unknown column {column:?}");
        let mut shown = vec![(TIME.to_owned(), Field::Time)];
        shown.extend(catalog::shown(&compiled.shown).map_err(unknown)?);
        let described = source.describe(compiled.about.clone())?;
        let plan = Plan { rule: described.id.clone(), bytes: compiled.plan };
        let plugin = self.engine.load(vec![plan], Limits::RULES).map_err(|e| e.to_string())?;
        let report = TrialReport {
            id: described.id,
            title: described.title,
            inert: compiled.inert,
            scanned: 0,
            matched: 0,
            programs: 0,
            unjudged: 0,
            fuel: 0,
            columns: shown.iter().map(|(label, _)| label.clone()).collect(),
            rows: Vec::new(),
            degraded: Vec::new(),
        };
        let limit = (trial.limit as usize).min(MOST_ROWS);
        let (programs, damaged) = (BTreeSet::new(), Vec::new());
        Ok(Candidate { report, shown, limit, plugin, programs, damaged, late: 0 })
    }
}

impl Candidate {
    /// Judges the events of one segment that are within the window.
    fn look(&mut self, snapshot: &Snapshot, id: SegmentId, window: Window) -> Result<(), String> {
        match snapshot.read(id, Field::ALL) {
            Ok(batch) => {
                if let Some(batch) = batch.and_then(|batch| within(&batch, window)) {
                    self.judge(&batch);
                }
                Ok(())
            }
            Err(ReadError::Segment { id, cause }) => {
                self.damaged.push((id, cause.to_string()));
                Ok(())
            }
            Err(error) => Err(format!("store: {error}")),
        }
    }

    fn judge(&mut self, batch: &Batch) {
        let Judgement { findings, faults, over_budget } = self.plugin.judge(batch);
        let report = &mut self.report;
        report.scanned += batch.rows() as u64;
        report.matched += findings.len() as u64;
        report.unjudged += faults.iter().map(|(_, _, rows)| rows.len() as u64).sum::<u64>();
        report.unjudged += over_budget.iter().map(|(_, rows)| rows.len() as u64).sum::<u64>();
        for finding in &findings {
            if let Some(path) = batch.text(Field::ExecutablePath, finding.row)
                && self.programs.len() < MOST_PROGRAMS
            {
                self.programs.insert(path.to_owned());
            }
            if report.rows.len() < self.limit {
                report.rows.push(cells(batch, finding.row, &self.shown));
            }
        }
    }

    /// The report, with all that is known to be missing.
    fn told(self, mut incomplete: Vec<Incomplete>) -> TrialReport {
        let Candidate { mut report, plugin, programs, damaged, late, .. } = self;
        if let Some((_, cause)) = damaged.first() {
            let segments = damaged.iter().map(|(id, _)| *id).collect();
            incomplete.push(Incomplete::Damaged(segments, cause.clone()));
        }
        incomplete.extend((late > 0).then_some(Incomplete::Time(late)));
        report.programs = programs.len() as u64;
        report.fuel = plugin.account(0).fuel + plugin.open_fuel();
        report.degraded = incomplete.iter().map(ToString::to_string).collect();
        report
    }
}

/// The events of the window; all of them where it has no bounds.
fn within(batch: &Batch, window: Window) -> Option<Batch> {
    if window == Window::default() {
        return Some(batch.clone());
    }
    let is_within = |event: &daemoneye_bus::event::Event| {
        event.integer(Field::Time).is_some_and(|time| window.has(time))
    };
    let events: Vec<_> = batch.events().filter(is_within).collect();
    Batch::from_events(&events)
}

fn cells(batch: &Batch, row: usize, shown: &[(String, Field)]) -> Vec<Option<Cell>> {
    let cell = |field: &Field| {
        batch.value(*field, row).map(|value| match value {
            Value::Integer(value) => Cell::Integer(value),
            Value::Float(value) => Cell::Float(value),
            Value::Text(value) => Cell::Text(value),
        })
    };
    shown.iter().map(|(_, field)| cell(field)).collect()
}
