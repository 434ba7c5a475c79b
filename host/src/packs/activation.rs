//! Which releases are to be in force, and how that becomes so.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use daemoneye_pack_format::{Pack, PackId, Parcel};

use super::folder::Folder;
use super::kept::Kept;
use super::release::{Prover, Release};
use super::rollback::{Rollbacks, Waiting, rollbacks};
use super::told::{Refused, Told};
use super::{Packs, PacksError};
use crate::acts::Acts;
use crate::catalog::Catalog;
use crate::config::Config;
use crate::health::Health;
use crate::shadow::Shade;

/// Places of the two kinds of folders, and of what is in force from each.
pub(super) const ACTIVE: usize = 0;
const SHADOW: usize = 1;

/// The health key of releases that are not kept.
const KEPT: &str = "pack releases";

/// Releases by the id of their pack.
pub(super) type Releases = BTreeMap<PackId, Arc<Release>>;

/// What is in force, and the folders that say what should be.
pub(crate) struct Activation {
    pub(super) packs: Packs,
    pub(super) prover: Prover,
    /// Of packs that judge, and of packs that judge in shadow.
    folders: [Folder; 2],
    pub(super) in_force: [Releases; 2],
    pub(super) kept: Kept,
    pub(super) asked: Waiting,
    told: Told,
    pub(super) acts: Acts,
}

/// What is to be in force.
pub(crate) struct Next {
    releases: [Releases; 2],
    refused: Vec<Refused>,
    /// The rules of all active packs; nothing if they stay as they are.
    pub(crate) catalog: Option<Catalog>,
    /// What judges in shadow; nothing if that goes on as before.
    pub(crate) shades: Option<Vec<Shade>>,
}

/// A folder's parcels that are believed, and what is known of the others.
struct Admitted {
    packs: Vec<(Parcel, Pack)>,
    /// Where the believed ones lie.
    places: BTreeSet<PathBuf>,
}

impl Activation {
    /// Nothing is in force yet. Operators ask at the other end.
    ///
    /// # Errors
    /// If nobody can say whom to believe.
    pub(crate) fn open(
        config: &Config,
        prover: Prover,
        health: Arc<Health>,
        acts: Acts,
    ) -> Result<(Self, Rollbacks), PacksError> {
        let packs = Packs::open(config)?;
        let folders =
            [Folder::open(config.packs.clone(), false), Folder::open(config.shadow(), true)];
        let (told, kept) = (Told::new(health), Kept::new(config.releases()));
        let (rollbacks, asked) = rollbacks();
        let in_force = Default::default();
        let activation = Activation { packs, prover, folders, in_force, kept, asked, told, acts };
        Ok((activation, rollbacks))
    }

    /// What should be in force, if anything in the folders has changed and settled, or an operator
    /// has decided.
    pub(crate) fn look(&mut self) -> Option<Next> {
        // All, whatever the first says.
        let [active, shadow] = self.folders.each_mut().map(Folder::look);
        [active, shadow, self.heed()].contains(&true).then(|| self.decide())
    }

    /// What should be in force now.
    pub(crate) fn decide(&mut self) -> Next {
        let mut refused: Vec<Refused> = Vec::new();
        let troubles = self.folders.iter().filter_map(|folder| folder.trouble.clone());
        refused.extend(troubles.map(Refused::folder));
        let parcels = self.folders.each_ref().map(Folder::settled);
        let parcels = parcels.map(|places| self.hear(places, &mut refused));
        let [mut active, mut shadow] = parcels.map(|parcels| self.admit(parcels, &mut refused));
        self.go_back(&mut active, &mut refused);
        for admitted in [&mut active, &mut shadow] {
            admitted.keep_latest(&mut refused);
        }
        let active = self.choose(ACTIVE, active, &mut refused);
        let (active, catalog) = join(active, &self.in_force[ACTIVE], &mut refused);
        let shadow = self.choose(SHADOW, shadow, &mut refused);
        let catalog = (!same(&active, &self.in_force[ACTIVE])).then_some(catalog);
        let shades = self.shades(&active, &shadow, &mut refused);
        Next { releases: [active, shadow], refused, catalog, shades }
    }

    /// It is in force: from now on no older release is admitted.
    pub(crate) fn commit(&mut self, next: Next) {
        let [active, _] = &next.releases;
        let before = std::mem::take(&mut self.in_force[ACTIVE]);
        for release in active.values().filter(|release| is_new(release, &before)) {
            self.packs.activated(&release.pack);
            self.keep_release(release);
            tracing::info!("pack {} release {} is in force", release.id(), release.pack.release);
            let (id, number) = (release.id(), release.pack.release);
            self.acts.record("pack-activated", format!("pack={id} release={number}"));
        }
        for gone in before.keys().filter(|id| !active.contains_key(*id)) {
            tracing::info!("pack {gone} is not in force any more");
            match next.refused.iter().find_map(|refused| refused.why_not(gone)) {
                Some(why) => self.acts.record("pack-revoked", format!("pack={gone} why={why:?}")),
                None => self.acts.record("pack-removed", format!("pack={gone}")),
            }
        }
        self.in_force = next.releases;
        self.keep();
        self.told.tell(&self.in_force, &next.refused);
    }

    /// To be gone back to when another takes its place. What was gone back to is kept already, and
    /// what comes after it leaves it there.
    fn keep_release(&mut self, release: &Release) {
        let back = self.packs.gate.rolled_back().get(release.id());
        let stays = back.is_some();
        if back.is_some_and(|back| release.pack.release > back.from) {
            self.packs.gate.end_roll_back(release.id());
        } else if stays {
            return;
        }
        match self.kept.keep(release.id(), &release.parcel, stays) {
            Ok(()) => self.told.health.recover(KEPT),
            Err(error) => {
                let (id, number) = (release.id(), release.pack.release);
                let why = format!("pack {id} release {number} cannot be gone back to: {error}");
                self.told.health.degrade(KEPT, why);
            }
        }
    }

    /// It cannot be in force: all stays as it was.
    pub(crate) fn reject(&mut self, next: Next, why: &str) {
        let mut refused = next.refused;
        let [active, _] = &next.releases;
        let new = active.values().filter(|release| is_new(release, &self.in_force[ACTIVE]));
        refused.extend(new.map(|release| Refused::release(release, why.to_owned())));
        self.keep();
        self.told.tell(&self.in_force, &refused);
    }

    fn keep(&self) {
        match self.packs.keep() {
            Ok(()) => self.told.health.recover("pack memory"),
            Err(error) => self.told.health.degrade("pack memory", error.to_string()),
        }
    }

    /// Reads every pack and heeds what it says about trust.
    fn hear(&mut self, places: Vec<PathBuf>, refused: &mut Vec<Refused>) -> Vec<Parcel> {
        let mut parcels = Vec::new();
        for place in places {
            let heard = Parcel::open(&place)
                .and_then(|parcel| self.packs.learn(&parcel).map(|ignored| (parcel, ignored)));
            match heard {
                Ok((parcel, ignored)) => {
                    refused.extend(ignored.map(|why| Refused::place(place, why)));
                    parcels.push(parcel);
                }
                Err(error) => refused.push(Refused::place(place, error.to_string())),
            }
        }
        parcels
    }

    /// Believes the parcels that may be.
    fn admit(&self, parcels: Vec<Parcel>, refused: &mut Vec<Refused>) -> Admitted {
        let mut packs: Vec<(Parcel, Pack)> = Vec::new();
        for parcel in parcels {
            match self.packs.admit(&parcel) {
                Ok(pack) => packs.push((parcel, pack)),
                Err(error) => {
                    let place = parcel.place().to_owned();
                    refused.push(Refused::place(place, error.to_string()));
                }
            }
        }
        let places = packs.iter().map(|(parcel, _)| parcel.place().to_owned()).collect();
        Admitted { packs, places }
    }

    /// Of a pack that was rolled back, what it was rolled back to takes the place of all releases up
    /// to the one that it was taken back from. A later one comes before both.
    fn go_back(&self, admitted: &mut Admitted, refused: &mut Vec<Refused>) {
        for (id, back) in self.packs.gate.rolled_back() {
            let releases = admitted.packs.iter().filter(|(_, pack)| pack.id == *id);
            let latest = releases.map(|(_, pack)| pack.release).max();
            if latest.is_none_or(|latest| latest > back.from) {
                continue;
            }
            match self.kept(id) {
                Ok(kept) => {
                    let others = admitted.packs.extract_if(.., |(_, pack)| pack.id == *id);
                    refused
                        .extend(others.map(|(parcel, pack)| Refused::back(&parcel, &pack, back)));
                    admitted.packs.push(kept);
                }
                Err(why) => {
                    let why = format!(
                        "pack {id} is rolled back to release {}, which is not to be had: {why}",
                        back.to
                    );
                    refused.push(Refused::place(self.kept.folder().to_owned(), why));
                }
            }
        }
    }

    /// What a pack was rolled back to.
    fn kept(&self, id: &PackId) -> Result<(Parcel, Pack), String> {
        let parcel = self.kept.last(id).map_err(|error| error.to_string())?;
        let parcel = parcel.ok_or("it is not there any more")?;
        let pack = self.packs.admit(&parcel).map_err(|error| error.to_string())?;
        Ok((parcel, pack))
    }

    /// The releases of a folder that are to be in force: those that are proved, and what was in force
    /// where a later one is not.
    fn choose(&self, role: usize, found: Admitted, refused: &mut Vec<Refused>) -> Releases {
        let (folder, before) = (&self.folders[role], &self.in_force[role]);
        let (mut chosen, mut unproved) = (Releases::new(), BTreeSet::new());
        for (parcel, pack) in found.packs {
            let id = pack.id.clone();
            match self.release(before, parcel, pack) {
                Ok(release) => drop(chosen.insert(id, release)),
                Err(why) => {
                    refused.push(why);
                    unproved.insert(id);
                }
            }
        }
        for (id, known) in before {
            if chosen.contains_key(id) {
                continue;
            }
            let place = known.parcel.place();
            let stays =
                unproved.contains(id) || (folder.is_there(place) && !found.places.contains(place));
            if stays && self.is_believed(known, refused) {
                chosen.insert(id.clone(), known.clone());
            }
        }
        chosen
    }

    /// The one in force if it is the same, else a new one that is proved.
    fn release(
        &self,
        before: &Releases,
        parcel: Parcel,
        pack: Pack,
    ) -> Result<Arc<Release>, Refused> {
        if let Some(known) = before.get(&pack.id).filter(|known| known.parcel == parcel) {
            return Ok(known.clone());
        }
        let (place, id, release) = (parcel.place().to_owned(), pack.id.clone(), pack.release);
        let proved = self.prover.prove(parcel, pack);
        proved.map(Arc::new).map_err(|error| Refused::pack(place, id, release, error.to_string()))
    }

    /// What is in force does not stay when it has been revoked.
    fn is_believed(&self, known: &Arc<Release>, refused: &mut Vec<Refused>) -> bool {
        let asked = self.packs.admit(&known.parcel);
        let why = asked.as_ref().err().map(ToString::to_string);
        refused.extend(why.map(|why| Refused::release(known, why)));
        asked.is_ok()
    }

    /// New judges if anything that is compared has changed.
    fn shades(
        &self,
        active: &Releases,
        shadow: &Releases,
        refused: &mut Vec<Refused>,
    ) -> Option<Vec<Shade>> {
        let compared = |id: &PackId| active.get(id).map(Arc::as_ptr);
        let before = |id: &PackId| self.in_force[ACTIVE].get(id).map(Arc::as_ptr);
        let unchanged = same(shadow, &self.in_force[SHADOW])
            && shadow.keys().all(|id| compared(id) == before(id));
        if unchanged {
            return None;
        }
        let mut shades = Vec::new();
        for release in shadow.values() {
            match self.shade(release, active) {
                Ok(shade) => shades.push(shade),
                Err(why) => refused.push(why),
            }
        }
        Some(shades)
    }

    fn shade(&self, release: &Release, active: &Releases) -> Result<Shade, Refused> {
        let judge = self.prover.judge(&release.rules);
        let judge = judge.map_err(|error| Refused::release(release, error.to_string()))?;
        let active = active.get(release.id()).map(|active| active.pack.release);
        let (pack, release) = (release.id().to_string(), release.pack.release);
        Ok(Shade { pack, release, active, judge })
    }
}

impl Admitted {
    /// Of several releases of a pack, only the latest.
    fn keep_latest(&mut self, refused: &mut Vec<Refused>) {
        let mut latest: BTreeMap<PackId, u64> = BTreeMap::new();
        for (_, pack) in &self.packs {
            let release = latest.entry(pack.id.clone()).or_default();
            *release = pack.release.max(*release);
        }
        self.packs.retain(|(parcel, pack)| {
            let later = latest[&pack.id];
            let is_latest = pack.release == later;
            refused.extend((!is_latest).then(|| Refused::older(parcel, pack, later)));
            is_latest
        });
    }
}

fn is_new(release: &Arc<Release>, before: &Releases) -> bool {
    before.get(release.id()).is_none_or(|known| !Arc::ptr_eq(known, release))
}

fn same(one: &Releases, other: &Releases) -> bool {
    one.len() == other.len() && !one.values().any(|release| is_new(release, other))
}

/// The releases whose rules can be together, and these rules. What is in force keeps its ids: one
/// that comes and wants them is refused.
fn join(chosen: Releases, before: &Releases, refused: &mut Vec<Refused>) -> (Releases, Catalog) {
    let (mut together, mut rules) = (Releases::new(), Catalog::default());
    let (new, known): (Vec<_>, Vec<_>) =
        chosen.into_values().partition(|release| is_new(release, before));
    for release in known.into_iter().chain(new) {
        let instead = before.get(release.id()).filter(|known| !Arc::ptr_eq(known, &release));
        match rules.join(&release.rules) {
            Ok(()) => drop(together.insert(release.id().clone(), release)),
            Err(error) => {
                refused.push(Refused::release(&release, error.to_string()));
                if let Some(known) = instead.filter(|known| rules.join(&known.rules).is_ok()) {
                    together.insert(known.id().clone(), known.clone());
                }
            }
        }
    }
    let rules = catalog(&together);
    (together, rules)
}

/// The rules of these releases, in the order of their ids.
fn catalog(together: &Releases) -> Catalog {
    let mut rules = Catalog::default();
    for release in together.values() {
        rules.join(&release.rules).expect("rules that are together in one order are in any");
    }
    rules
}
