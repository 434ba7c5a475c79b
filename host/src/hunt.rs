//! Operators' questions over stored events: each on threads of its own, page by page, for as long as
//! somebody asks.
//!
//! ```text
//! page    answers as the bus has them, cut into frames
//! trial   a rule that is not in force, tried on what is stored
//! ```
//!
//! Invariant: judging waits for no question. A question has a time, and memory, of its own; it is
//! given up when its asker is gone.

mod page;
mod trial;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use daemoneye_bus::control::{Cell, Hunt, HuntAnswer, Response};
use daemoneye_hunt::{Budget, Literal, Parameters, Progress, Question, Window};
use daemoneye_store::Store;
use tokio::sync::Notify;

pub use trial::Trials;

use page::Pages;

/// Questions at a time.
const MOST: usize = 4;
/// Rows of one answer.
const MOST_ROWS: u32 = 1_000_000;
/// A question takes no longer, whatever its asker allows.
const LONGEST: Duration = Duration::from_secs(300);
/// An answer waits so long for its next rows before it says how far it is.
const PATIENCE: Duration = Duration::from_millis(200);
/// A question for which nobody asks any more is given up after this.
const FORGOTTEN: Duration = Duration::from_secs(10);

/// Runs questions, and keeps their answers until they are fetched.
#[derive(Clone)]
pub struct Hunts {
    store: Arc<Store>,
    known: Arc<Mutex<Known>>,
}

#[derive(Default)]
struct Known {
    last: u64,
    jobs: HashMap<u64, Arc<Job>>,
}

/// One question.
struct Job {
    id: u64,
    progress: Progress,
    state: Mutex<State>,
    changed: Notify,
}

struct State {
    /// Nothing while it runs.
    result: Option<Result<Pages, String>>,
    asked: Instant,
}

impl Hunts {
    /// Questions over this store.
    pub fn new(store: Arc<Store>) -> Self {
        Hunts { store, known: Arc::default() }
    }

    /// Begins to answer. If whoever asks goes away before there is something to say, the question is
    /// given up.
    ///
    /// # Errors
    /// If too many questions are being answered.
    pub async fn ask(&self, hunt: Hunt) -> Result<Response, String> {
        let job = self.enter()?;
        let (store, working) = (self.store.clone(), job.clone());
        tokio::task::spawn_blocking(move || {
            let result = answer(&store, &hunt, &working.progress);
            working.state().result = Some(result);
            working.changed.notify_waiters();
        });
        tokio::spawn(self.clone().watch(job.clone()));
        self.next(job).await
    }

    /// What more there is of an answer.
    ///
    /// # Errors
    /// If there is no such question, or what is wrong with it.
    pub async fn more(&self, id: u64) -> Result<Response, String> {
        let job = self.known().jobs.get(&id).cloned();
        self.next(job.ok_or_else(|| format!("no question {id}, or nobody asked for long"))?).await
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self) -> Result<Arc<Job>, String> {
        let mut known = self.known();
        if known.jobs.len() >= MOST {
            return Err(format!("{MOST} questions are being answered; ask again later"));
        }
        known.last += 1;
        let state = Mutex::new(State { result: None, asked: Instant::now() });
        let (progress, changed) = (Progress::default(), Notify::new());
        let job = Arc::new(Job { id: known.last, progress, state, changed });
        known.jobs.insert(job.id, job.clone());
        Ok(job)
    }

    fn leave(&self, id: u64) {
        if let Some(job) = self.known().jobs.remove(&id) {
            job.progress.cancel();
        }
    }

    /// Gives the question up when nobody asks for long.
    async fn watch(self, job: Arc<Job>) {
        while self.known().jobs.contains_key(&job.id) {
            let idle = job.state().asked.elapsed();
            match FORGOTTEN.checked_sub(idle) {
                Some(left) => tokio::time::sleep(left).await,
                None => self.leave(job.id),
            }
        }
    }

    async fn next(&self, job: Arc<Job>) -> Result<Response, String> {
        let asking = Asking { hunts: self, id: job.id, is_answered: false };
        job.state().asked = Instant::now();
        let changed = job.changed.notified();
        if job.state().result.is_none() {
            let _late = tokio::time::timeout(PATIENCE, changed).await;
        }
        asking.answered();
        let answer = job.answer();
        if !matches!(&answer, Ok(HuntAnswer { end: None, .. })) {
            self.leave(job.id);
        }
        answer.map(|answer| Response::Hunt(Box::new(answer)))
    }
}

/// Somebody who waits; if they go away, their question goes with them.
struct Asking<'a> {
    hunts: &'a Hunts,
    id: u64,
    is_answered: bool,
}

impl Asking<'_> {
    fn answered(mut self) {
        self.is_answered = true;
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        if !self.is_answered {
            self.hunts.leave(self.id);
        }
    }
}

impl Job {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next page, or how far it is.
    fn answer(&self) -> Result<HuntAnswer, String> {
        let mut state = self.state();
        let (scanned, of) = (self.progress.scanned(), self.progress.of());
        let mut answer = HuntAnswer {
            id: self.id,
            columns: Vec::new(),
            rows: Vec::new(),
            scanned,
            of,
            end: None,
        };
        match &mut state.result {
            None => {}
            Some(Ok(pages)) => pages.next(&mut answer),
            Some(Err(why)) => return Err(why.clone()),
        }
        Ok(answer)
    }
}

fn answer(store: &Store, hunt: &Hunt, progress: &Progress) -> Result<Pages, String> {
    let begun = Instant::now();
    let window = Window { since: hunt.since, until: hunt.until };
    let parameters = Parameters {
        numbered: hunt.numbered.iter().map(literal).collect(),
        named: hunt.named.iter().map(|(name, value)| (name.clone(), literal(value))).collect(),
    };
    let question =
        Question::new(&hunt.sql, &parameters, window).map_err(|error| error.to_string())?;
    let most = u64::from(hunt.limit.clamp(1, MOST_ROWS));
    let budget = Budget::of(begun, Duration::from_millis(hunt.time_ms).min(LONGEST));
    let told = question.ask(store, most, &budget, progress).map_err(|error| error.to_string())?;
    Ok(Pages::new(told, begun.elapsed()))
}

fn literal(value: &Option<Cell>) -> Literal {
    match value {
        None => Literal::Null,
        Some(Cell::Integer(number)) => Literal::Integer(*number),
        Some(Cell::Float(number)) => Literal::Float(*number),
        Some(Cell::Text(text)) => Literal::Text(text.clone()),
    }
}
