//! Operators go back to the release of a pack that was in force before, or take the latest again.

use daemoneye_bus::handling::{Act, Deed};
use daemoneye_pack_format::{PackError, PackId};
use tokio::sync::{mpsc, oneshot};

use super::PacksError;
use super::activation::{ACTIVE, Activation};
use super::release::Unproved;

/// Askers that may wait.
const QUEUE: usize = 16;

/// Where operators ask. A clone is the same.
#[derive(Debug, Clone)]
pub struct Rollbacks(mpsc::Sender<Asked>);

/// What somebody asks, to be looked at when the folders are.
#[derive(Debug)]
pub(super) struct Asked {
    pack: String,
    act: Act,
    reply: oneshot::Sender<Result<u64, RollbackError>>,
}

/// The other end.
pub(super) type Waiting = mpsc::Receiver<Asked>;

/// Why all stays as it is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum RollbackError {
    /// No such pack.
    #[error("no pack {0:?} is in force")]
    NotInForce(String),
    /// There is nothing to go back to.
    #[error(
        "pack {pack}: no release before {release} is kept; one is kept when a later one takes its place"
    )]
    NoneBefore {
        /// The pack.
        pack: PackId,
        /// What is in force.
        release: u64,
    },
    /// There is nothing more to go back to.
    #[error(
        "pack {pack}: is rolled back from release {from} to release {to} already; no release before {to} is kept"
    )]
    Already {
        /// The pack.
        pack: PackId,
        /// What it was taken back from.
        from: u64,
        /// What is to be in force.
        to: u64,
    },
    /// There is nothing to undo.
    #[error("pack {0}: is not rolled back")]
    NotBack(PackId),
    /// What is kept is not believed.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// What is kept does not hold here any more.
    #[error(transparent)]
    Unproved(#[from] Unproved),
    /// It would not outlive the agent.
    #[error("the decision cannot be kept: {0}")]
    Memory(#[from] PacksError),
    /// The agent is ending.
    #[error("the rules are not watched any more")]
    Ended,
}

/// The two ends of a queue.
pub(super) fn rollbacks() -> (Rollbacks, Waiting) {
    let (sender, waiting) = mpsc::channel(QUEUE);
    (Rollbacks(sender), waiting)
}

impl Rollbacks {
    /// The release that is to be in force from the next look at the folders on.
    ///
    /// # Errors
    /// Why all stays as it is.
    pub(crate) async fn ask(&self, pack: String, act: Act) -> Result<u64, RollbackError> {
        let (reply, answer) = oneshot::channel();
        let asked = Asked { pack, act, reply };
        self.0.send(asked).await.map_err(|_ended| RollbackError::Ended)?;
        answer.await.map_err(|_ended| RollbackError::Ended)?
    }
}

impl Activation {
    /// Whether anything that was asked changes what is to be in force.
    pub(super) fn heed(&mut self) -> bool {
        let mut has_changed = false;
        while let Ok(Asked { pack, act, reply }) = self.asked.try_recv() {
            let turned = self.turn(&pack, act);
            has_changed |= turned.is_ok();
            let _asker_is_gone = reply.send(turned);
        }
        has_changed
    }

    /// Decided, on disk and on its way to the ledger, or not at all.
    fn turn(&mut self, pack: &str, act: Act) -> Result<u64, RollbackError> {
        let not_there = || RollbackError::NotInForce(pack.to_owned());
        let release = self.in_force[ACTIVE].iter().find(|(id, _)| id.as_str() == pack);
        let (id, release) = release
            .map(|(id, release)| (id.clone(), release.pack.release))
            .ok_or_else(not_there)?;
        let (before, told) = (self.packs.gate.clone(), act.clone());
        let turned = match act.deed {
            Deed::Restored => self.restore(&id),
            _ => self.roll_back(&id, release, act),
        };
        let (from, to) = turned?;
        if let Err(error) = self.packs.keep() {
            self.packs.gate = before;
            return Err(error.into());
        }
        tracing::info!("{told}: from release {from} to release {to}");
        let (who, reason) = (told.who(), told.reason.unwrap_or_default());
        let detail = format!("pack={id} from={from} to={to} who={who:?} reason={reason:?}");
        self.acts.record(&format!("pack-{}", told.deed.name()), detail);
        Ok(to)
    }

    /// What is kept is proved before anybody relies on it.
    fn roll_back(
        &mut self,
        id: &PackId,
        release: u64,
        act: Act,
    ) -> Result<(u64, u64), RollbackError> {
        if let Some(back) = self.packs.gate.rolled_back().get(id) {
            let (from, to) = (back.from, back.to);
            return Err(RollbackError::Already { pack: id.clone(), from, to });
        }
        let none = || RollbackError::NoneBefore { pack: id.clone(), release };
        let parcel = self.kept.last(id)?.ok_or_else(none)?;
        let pack = self.packs.gate.admit_older(&parcel)?;
        if pack.id != *id || pack.signers.is_empty() || pack.release >= release {
            return Err(none());
        }
        let to = pack.release;
        self.packs.gate.roll_back(&parcel, &pack, act);
        match self.prover.prove(parcel, pack) {
            Ok(_proved_again_when_it_is_chosen) => Ok((release, to)),
            Err(error) => {
                self.packs.gate.end_roll_back(id);
                Err(error.into())
            }
        }
    }

    fn restore(&mut self, id: &PackId) -> Result<(u64, u64), RollbackError> {
        let back = self.packs.gate.end_roll_back(id);
        let back = back.ok_or_else(|| RollbackError::NotBack(id.clone()))?;
        Ok((back.to, back.from))
    }
}
