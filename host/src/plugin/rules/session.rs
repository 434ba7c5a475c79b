//! What is said to an instance about batches, in either of two ways: by scans of `wit/rules.wit`, or of
//! the batch that is current, by `wit/current.wit`.

use wasmtime::component::{Instance, ResourceAny};
use wasmtime::{Result, Store};

use super::super::bindings::exported::current;
use super::super::bindings::{KEPT_BYTES, wit};
use super::super::instance::State;
use super::template::Exports;

/// An instance, and how it is asked.
pub(super) struct Session {
    rules: wit::Guest,
    way: Way,
    is_open: bool,
}

enum Way {
    Scan(Option<ResourceAny>),
    /// With the bytes of text that the instance still holds, if it holds a batch.
    Current(current::Guest, Option<usize>),
}

impl Session {
    pub(super) fn new(
        store: &mut Store<State>,
        instance: &Instance,
        exports: &Exports,
    ) -> Result<Self> {
        let rules = exports.rules.load(&mut *store, instance)?;
        let way = match &exports.current {
            Some(current) => Way::Current(current.load(store, instance)?, None),
            None => Way::Scan(None),
        };
        Ok(Session { rules, way, is_open: false })
    }

    pub(super) async fn load(
        &self,
        store: &mut Store<State>,
        plans: &[wit::Plan<'_>],
    ) -> Result<Result<wit::Declaration, String>> {
        self.rules.call_load(store, plans).await
    }

    /// Whether rules can be evaluated.
    pub(super) fn is_open(&self) -> bool {
        self.is_open
    }

    /// Whether the instance holds a batch, perhaps one about which nobody asks any more.
    pub(super) fn holds(&self) -> bool {
        matches!(self.way, Way::Scan(Some(_)) | Way::Current(_, Some(_)))
    }

    /// Hands over a batch; what the plugin's index does not rule out.
    pub(super) async fn open(
        &mut self,
        store: &mut Store<State>,
        batch: wit::Batch<'_>,
    ) -> Result<Vec<wit::CandidateResult>> {
        self.is_open = true;
        match &mut self.way {
            Way::Scan(open) => {
                let scans = self.rules.scan();
                let scan = *open.insert(scans.call_constructor(&mut *store, batch).await?);
                scans.call_candidates(store, scan).await
            }
            Way::Current(guest, held) => {
                *held = Some(batch.bytes.len());
                guest.call_open(store, batch).await
            }
        }
    }

    /// A rule's verdict about rows of the open batch. Without one there is no scan to ask, and a plugin
    /// that keeps its batch may answer anything.
    ///
    /// # Panics
    /// If the plugin is asked by scans, and none is open.
    pub(super) async fn evaluate(
        &self,
        store: &mut Store<State>,
        asked: wit::CandidateParam<'_>,
        steps: u64,
    ) -> Result<wit::Verdict> {
        match &self.way {
            Way::Scan(scan) => {
                let scan = scan.expect("a batch is open");
                self.rules.scan().call_evaluate(store, scan, asked, steps).await
            }
            Way::Current(guest, _) => guest.call_evaluate(store, asked, steps).await,
        }
    }

    /// Nothing more is asked about the batch. Whether the instance is to let go of it now: to hold one
    /// of little text until the next costs less than a call.
    pub(super) fn leave(&mut self) -> bool {
        self.is_open = false;
        match self.way {
            Way::Scan(scan) => scan.is_some(),
            Way::Current(_, held) => held.is_some_and(|bytes| bytes > KEPT_BYTES),
        }
    }

    /// Has the instance let go of its batch.
    pub(super) async fn close(&mut self, store: &mut Store<State>) -> Result<()> {
        match &mut self.way {
            Way::Scan(scan) => match scan.take() {
                Some(scan) => scan.resource_drop_async(store).await,
                None => Ok(()),
            },
            Way::Current(guest, held) => {
                *held = None;
                guest.call_close(store).await
            }
        }
    }
}
