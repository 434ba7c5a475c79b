//! What operators are told of packs.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use daemoneye_bus::control::{PackEntry, PackState};
use daemoneye_pack_format::{Pack, PackId, Parcel, RolledBack};

use super::Review;
use super::activation::Releases;
use super::release::Release;
use crate::health::Health;

/// Something that is not in force, and why.
pub(super) struct Refused {
    place: Option<PathBuf>,
    pack: Option<(PackId, u64)>,
    why: String,
    /// Whether an operator wants it so: it is told, and no trouble.
    is_wanted: bool,
}

/// What is in the status now.
pub(super) struct Told {
    pub(super) health: Arc<Health>,
    refused: BTreeSet<String>,
}

impl Refused {
    /// A folder that cannot be read.
    pub(super) fn folder(why: String) -> Self {
        Refused { place: None, pack: None, why, is_wanted: false }
    }

    /// Something at a place that is no pack, or not believed.
    pub(super) fn place(place: PathBuf, why: String) -> Self {
        Refused { place: Some(place), pack: None, why, is_wanted: false }
    }

    /// A pack that is believed.
    pub(super) fn pack(place: PathBuf, id: PackId, release: u64, why: String) -> Self {
        Refused { place: Some(place), pack: Some((id, release)), why, is_wanted: false }
    }

    /// A pack that would otherwise be in force.
    pub(super) fn release(release: &Release, why: String) -> Self {
        let (id, number) = (release.id().clone(), release.pack.release);
        Refused::pack(release.parcel.place().to_owned(), id, number, why)
    }

    /// One that has a later one beside it.
    pub(super) fn older(parcel: &Parcel, pack: &Pack, later: u64) -> Self {
        let Pack { id, release, .. } = pack;
        let place = parcel.place();
        let why = format!(
            "{}: pack {id} release {release} is older than release {later} beside it",
            place.display()
        );
        Refused::pack(place.to_owned(), id.clone(), *release, why)
    }

    /// One that an operator has gone back from.
    pub(super) fn back(parcel: &Parcel, pack: &Pack, back: &RolledBack) -> Self {
        let Pack { id, release, .. } = pack;
        let reason = back.act.reason.as_deref().unwrap_or("no reason given");
        let (to, who) = (back.to, back.act.who());
        let why = format!(
            "rolled back to release {to} by {who}: {reason}; \
             `daemoneye packs rollback {id} --undo` takes it again"
        );
        let refused = Refused::pack(parcel.place().to_owned(), id.clone(), *release, why);
        Refused { is_wanted: true, ..refused }
    }

    /// The release that is in force instead.
    fn instead<'r>(&self, active: &'r Releases) -> Option<&'r Arc<Release>> {
        let of_id = self.pack.as_ref().and_then(|(id, _)| active.get(id));
        of_id.or_else(|| {
            let place = self.place.as_deref()?;
            active.values().find(|release| release.parcel.place() == place)
        })
    }

    /// Why this pack is refused, if it is the one.
    pub(super) fn why_not(&self, id: &PackId) -> Option<&str> {
        self.pack.as_ref().is_some_and(|(own, _)| own == id).then_some(&self.why)
    }

    fn sentence(&self, active: &Releases) -> String {
        match self.instead(active) {
            None => self.why.clone(),
            Some(release) => {
                let (id, number) = (release.id(), release.pack.release);
                format!("{}; pack {id} release {number} stays in force", self.why)
            }
        }
    }

    fn entry(&self) -> PackEntry {
        let (id, release) = self.pack.clone().unzip();
        PackEntry {
            id: id.map(|id| id.to_string()),
            release,
            state: PackState::Refused,
            why: Some(self.why.clone()),
            rules: None,
            signer: None,
            review_by: None,
            place: self.place.as_ref().map(|p| p.display().to_string()).unwrap_or_default(),
        }
    }
}

impl Told {
    pub(super) fn new(health: Arc<Health>) -> Self {
        Told { health, refused: BTreeSet::new() }
    }

    /// Tells how all packs are, in the status and, where it is new, in the log.
    pub(super) fn tell(&mut self, [active, shadow]: &[Releases; 2], refused: &[Refused]) {
        let troubles = refused.iter().filter(|refused| !refused.is_wanted);
        let sentences: BTreeSet<String> =
            troubles.map(|refused| refused.sentence(active)).collect();
        for sentence in self.refused.difference(&sentences) {
            self.health.recover(&key(sentence));
        }
        for sentence in sentences.difference(&self.refused) {
            self.health.degrade(&key(sentence), sentence.clone());
        }
        self.refused = sentences;
        let review = |release: &Arc<Release>| {
            let pack = &release.pack;
            pack.review_by.map(|by| Review { pack: pack.id.clone(), by })
        };
        self.health.set_reviews(active.values().filter_map(review).collect());
        let of = |releases: &Releases, state| {
            releases.values().map(|release| entry(release, state)).collect::<Vec<_>>()
        };
        let (active, shadow) = (of(active, PackState::Active), of(shadow, PackState::Shadow));
        let refused = refused.iter().map(Refused::entry);
        self.health.set_pack_list(active.into_iter().chain(shadow).chain(refused).collect());
    }
}

fn key(sentence: &str) -> String {
    format!("packs: {sentence}")
}

fn entry(release: &Release, state: PackState) -> PackEntry {
    let pack = &release.pack;
    let signers: Vec<String> = pack.signers.iter().map(ToString::to_string).collect();
    PackEntry {
        id: Some(pack.id.to_string()),
        release: Some(pack.release),
        state,
        why: None,
        rules: Some(pack.rules.len() as u64),
        signer: (!signers.is_empty()).then(|| signers.join(", ")),
        review_by: pack.review_by.map(|day| day.to_string()),
        place: release.parcel.place().display().to_string(),
    }
}
