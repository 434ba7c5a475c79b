//! Releases that judge beside the active ones, so that an operator sees the difference before it is
//! an alert or a missing one.
//!
//! ```text
//! book     what both found, rule by rule
//! ```
//!
//! Invariant: nothing here waits for the shadow but the shadow's own thread. A batch that finds too
//! many before it is shed and counted.

mod book;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use daemoneye_bus::control::ShadowStatus;
use daemoneye_bus::event::Batch;

use crate::clock;
use crate::judge::{Found, Judge};
use book::Book;

/// Batches that may wait.
const QUEUE: usize = 64;
/// How much the shadow stands back for everybody else on this machine, as `nice` counts.
const NICENESS: i32 = 10;

/// One release, ready to judge.
pub struct Shade {
    /// The pack.
    pub pack: String,
    /// Its release.
    pub release: u64,
    /// The release that is active.
    pub active: Option<u64>,
    /// Has the rules of this release and no others.
    pub judge: Judge,
}

enum Order {
    /// These, and the generation of their books.
    Set(u64, Vec<Shade>),
    Judge(Arc<Batch>, Vec<Sighting>),
}

/// What an active release found in a batch.
struct Sighting {
    pack: String,
    rule: String,
    row: usize,
}

/// A book for each release in shadow.
#[derive(Default)]
struct Books {
    /// Counts up with every change: what is compared late belongs to books that are gone.
    generation: u64,
    of: Vec<Book>,
}

/// What the judge's thread reads and writes without a lock, which the shadow's thread, standing back
/// for others, might hold for long.
#[derive(Default)]
struct Gauge {
    /// Whether anything is compared.
    on: AtomicBool,
    /// Batches.
    waiting: AtomicUsize,
    /// Events, since the books were begun.
    shed: AtomicU64,
}

/// Where to send batches, and where to read the difference.
#[derive(Clone)]
pub struct Shadow {
    orders: Sender<Order>,
    gauge: Arc<Gauge>,
    books: Arc<Mutex<Books>>,
}

impl Shadow {
    /// Starts the thread. It ends when every `Shadow` is gone.
    ///
    /// # Errors
    /// If the operating system gives no thread.
    pub fn spawn() -> std::io::Result<(Self, JoinHandle<()>)> {
        let (shadow, received) = Shadow::new();
        let Shadow { gauge, books, .. } = shadow.clone();
        let thread = std::thread::Builder::new().name("shadow".to_owned());
        let thread = thread.spawn(move || work(&received, &gauge, &books))?;
        Ok((shadow, thread))
    }

    fn new() -> (Self, Receiver<Order>) {
        let (orders, received) = mpsc::channel();
        (Shadow { orders, gauge: Arc::default(), books: Arc::default() }, received)
    }

    /// From the next batch on these judge beside the active ones; what was compared before is
    /// forgotten.
    pub(crate) fn set(&self, shades: Vec<Shade>) {
        let now = clock::now();
        let book = |shade: &Shade| Book::new(&shade.pack, shade.release, shade.active, now);
        let generation = {
            let mut books = lock(&self.books);
            books.generation += 1;
            books.of = shades.iter().map(book).collect();
            books.generation
        };
        self.gauge.shed.store(0, Ordering::Relaxed);
        self.gauge.on.store(!shades.is_empty(), Ordering::Relaxed);
        self.send(Order::Set(generation, shades));
    }

    /// A batch that was judged, with what was found in it. Waits for nothing.
    pub(crate) fn offer(&self, batch: &Arc<Batch>, found: &[Found]) {
        let Gauge { on, waiting, shed } = &*self.gauge;
        if !on.load(Ordering::Relaxed) {
            return;
        }
        if waiting.load(Ordering::Relaxed) >= QUEUE {
            shed.fetch_add(batch.rows() as u64, Ordering::Relaxed);
            return;
        }
        let sighting = |found: &Found| {
            let (pack, rule) = (found.rule.pack.clone(), found.rule.id.clone());
            Sighting { pack, rule, row: found.row }
        };
        waiting.fetch_add(1, Ordering::Relaxed);
        self.send(Order::Judge(Arc::clone(batch), found.iter().map(sighting).collect()));
    }

    /// The difference so far, of every release in shadow.
    pub fn report(&self) -> Vec<ShadowStatus> {
        let shed = self.gauge.shed.load(Ordering::Relaxed);
        lock(&self.books).of.iter().map(|book| book.status(shed)).collect()
    }

    fn send(&self, order: Order) {
        if self.orders.send(order).is_err() && self.gauge.on.swap(false, Ordering::Relaxed) {
            tracing::error!("the shadow's thread is gone: nothing is compared any more");
        }
    }
}

fn work(orders: &Receiver<Order>, gauge: &Gauge, books: &Mutex<Books>) {
    if let Err(error) = rustix::process::nice(NICENESS) {
        tracing::debug!("the shadow judges with everybody's priority: {error}");
    }
    let (mut generation, mut shades) = (0, Vec::new());
    for order in orders {
        match order {
            Order::Set(next, others) => (generation, shades) = (next, others),
            Order::Judge(batch, active) => {
                for (number, shade) in shades.iter_mut().enumerate() {
                    compare(shade, &batch, &active, books, (generation, number));
                }
                gauge.waiting.fetch_sub(1, Ordering::Relaxed);
            }
        }
    }
}

/// Judges the batch, and writes the difference into the book of this generation and number.
fn compare(
    shade: &mut Shade,
    batch: &Batch,
    active: &[Sighting],
    books: &Mutex<Books>,
    (generation, number): (u64, usize),
) {
    let (found, unjudged) = shade.judge.judge(batch);
    let of_pack = active.iter().filter(|sighting| sighting.pack == shade.pack);
    let active: BTreeSet<(&str, usize)> = of_pack.map(|s| (&*s.rule, s.row)).collect();
    let found: BTreeSet<(&str, usize)> = found.iter().map(|f| (&*f.rule.id, f.row)).collect();
    let mut books = lock(books);
    if books.generation == generation {
        books.of[number].note(batch, &active, &found, &unjudged);
    }
}

fn lock(books: &Mutex<Books>) -> MutexGuard<'_, Books> {
    books.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use daemoneye_bus::event::{Event, Kind};

    fn batch() -> Arc<Batch> {
        let events = [Event::new(Kind::Exec, 1), Event::new(Kind::Exec, 2)];
        Arc::new(Batch::from_events(&events).expect("events"))
    }

    #[test]
    fn a_shadow_that_has_fallen_behind_is_shed_and_counted_and_nobody_waits() {
        let (shadow, received) = Shadow::new();
        shadow.offer(&batch(), &[]);
        assert!(received.try_recv().is_err(), "nothing is compared yet");
        shadow.gauge.on.store(true, Ordering::Relaxed);
        lock(&shadow.books).of.push(Book::new("p", 1, None, 0));
        for _ in 0..QUEUE {
            shadow.offer(&batch(), &[]);
        }
        assert_eq!(shadow.report()[0].shed, 0, "obeyed");
        shadow.offer(&batch(), &[]);
        assert_eq!(shadow.report()[0].shed, 2);
        assert_eq!(received.try_iter().count(), QUEUE);
    }

    #[test]
    fn without_its_thread_nothing_is_compared() {
        let (shadow, received) = Shadow::new();
        shadow.gauge.on.store(true, Ordering::Relaxed);
        drop(received);
        shadow.offer(&batch(), &[]);
        assert!(!shadow.gauge.on.load(Ordering::Relaxed));
    }
}
