//! All rules: those of the packs in force, and the operator's own, a folder that is watched like the
//! packs'. A change becomes a new judge, which takes over between two batches.
//!
//! Who may write to the folder of own rules may also change the agent's configuration and the keys
//! that it trusts, so a signature would prove nothing more. The folder is therefore believed if nobody
//! but the agent's user and root can have written to it, and not looked at otherwise.

mod shelf;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::time::MissedTickBehavior;

use crate::catalog::folder::{self, FolderError, Guard, Stamp};
use crate::catalog::{Catalog, Endings, Languages, Refusal};
use crate::health::Health;
use crate::judge::{Judge, JudgeError};
use crate::judging::{Judging, Replacement};
use crate::packs::{Activation, Next};
use crate::plugin::RuleTemplate;
use crate::private;
use crate::shadow::Shade;
use crate::switches::Switches;
use crate::watch::PAUSE;
use shelf::Shelf;

/// The health key of the folder.
const FOLDER: &str = "rules folder";
/// The health key of rules that were refused.
const REFUSED: &str = "rules refused";
/// The health key of the engine's refusal.
const ENGINE: &str = "rules engine";
/// The health key of having no rules.
const NONE: &str = "rules";

/// The rules of the packs, and the operator's own.
pub struct Rulebook {
    folder: Option<PathBuf>,
    activation: Activation,
    /// The rules of the packs in force.
    packs: Catalog,
    engine: RuleTemplate,
    languages: Arc<Mutex<Languages>>,
    endings: Endings,
    health: Arc<Health>,
    switches: Switches,
    /// The version of the switches that the rules in force were loaded with.
    switched: u64,
    shelf: Shelf,
    trouble: Option<String>,
    refused: Vec<Refusal>,
}

/// What is to take over, and what is in force then.
struct Change {
    replacement: Replacement,
    packs: Option<Next>,
}

impl Rulebook {
    /// Everything that is in the folders now, and what judges by it. A folder of own rules that is
    /// missing is created, for its owner only.
    ///
    /// # Errors
    /// If the engine does not load with the rules of the packs.
    pub(crate) fn open(
        folder: Option<PathBuf>,
        mut activation: Activation,
        engine: RuleTemplate,
        languages: Arc<Mutex<Languages>>,
        health: Arc<Health>,
        switches: Switches,
    ) -> Result<(Self, Judge, Option<Vec<Shade>>), JudgeError> {
        let endings = lock(&languages).endings();
        let mut next = activation.decide();
        let mut book = Rulebook {
            folder,
            activation,
            packs: next.catalog.take().unwrap_or_default(),
            engine,
            languages,
            endings,
            health,
            switches,
            switched: 0,
            shelf: Shelf::default(),
            trouble: None,
            refused: Vec::new(),
        };
        if let Some(seen) = book.list() {
            let changes = book.shelf.open(seen);
            book.read(changes);
        }
        let judge = book.judge(&book.packs.clone())?;
        let shades = next.shades.take();
        book.commit(next);
        Ok((book, judge, shades))
    }

    /// Looks at the folders again and again; each change becomes a new judge.
    pub async fn run(mut self, judging: Judging) {
        let mut looks = tokio::time::interval(PAUSE);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            let looked = in_background(self, Rulebook::look).await;
            let Some((book, change)) = looked else { return };
            self = book;
            let Some(Change { replacement, packs }) = change else { continue };
            if judging.replace(replacement).await.is_err() {
                return tracing::error!(
                    "the judge is gone; new rules are in force at the next start"
                );
            }
            let Some(next) = packs else { continue };
            let committed = in_background(self, |book| book.commit(next)).await;
            let Some((book, ())) = committed else { return };
            self = book;
        }
    }

    /// What is to take over if a folder has changed.
    fn look(&mut self) -> Option<Change> {
        // Both, whatever the first says.
        let own = [self.look_at_own(), self.switches.version() != self.switched].contains(&true);
        let packs = self.activation.look();
        (own || packs.is_some()).then(|| self.change(own, packs)).flatten()
    }

    /// What is to take over when own rules have changed, or packs, or both. Each pack has been loaded
    /// alone before; if the engine does not take all together, nothing of the packs' change is in
    /// force.
    fn change(&mut self, own: bool, mut packs: Option<Next>) -> Option<Change> {
        let shades = packs.as_mut().and_then(|next| next.shades.take());
        let catalog = packs.as_ref().and_then(|next| next.catalog.clone());
        if !own && catalog.is_none() {
            let replacement = Replacement { judge: None, shades };
            return Some(Change { replacement, packs });
        }
        match self.judge(&catalog.unwrap_or_else(|| self.packs.clone())) {
            Ok(judge) => {
                self.health.recover(ENGINE);
                let replacement = Replacement { judge: Some(judge), shades };
                Some(Change { replacement, packs })
            }
            Err(error) => {
                let why = format!("changed rules are not in force: {error}");
                self.health.degrade(ENGINE, why.clone());
                self.activation.reject(packs?, &why);
                own.then(|| self.change(own, None)).flatten()
            }
        }
    }

    fn commit(&mut self, next: Next) {
        if let Some(packs) = &next.catalog {
            self.packs = packs.clone();
        }
        self.activation.commit(next);
        self.health.set_packs(self.packs.packs.clone());
    }

    /// Whether own rules have changed, after they are read.
    fn look_at_own(&mut self) -> bool {
        let Some(changes) = self.list().and_then(|seen| self.shelf.look(seen)) else {
            return false;
        };
        self.read(changes);
        true
    }

    /// What the folder holds; nothing if it is not believed or not there, which is told once.
    fn list(&mut self) -> Option<BTreeMap<PathBuf, Stamp>> {
        let folder = self.folder.as_deref()?;
        if !folder.exists() {
            let created = private::create_directory(folder);
            let path = || folder.to_owned();
            let created = created.map_err(|cause| FolderError::Read { path: path(), cause });
            created.map_err(|error| self.trouble(&error)).ok()?;
        }
        match folder::list(self.folder.as_deref()?, Guard::Owner, &self.endings) {
            Ok(listing) => {
                if self.trouble.take().is_some() {
                    self.health.recover(FOLDER);
                }
                Some(listing.rules)
            }
            Err(error) => {
                self.trouble(&error);
                None
            }
        }
    }

    fn trouble(&mut self, error: &FolderError) {
        let said = error.to_string();
        if self.trouble.as_ref() != Some(&said) {
            self.health.degrade(FOLDER, said.clone());
            self.trouble = Some(said);
        }
    }

    fn read(&mut self, changed: Vec<(PathBuf, Stamp)>) {
        for (file, stamp) in changed {
            let rule = folder::read(&file, &stamp, &self.endings);
            self.shelf.put(file, rule);
        }
    }

    /// Compiles what is new and loads everything.
    fn judge(&mut self, packs: &Catalog) -> Result<Judge, JudgeError> {
        let started = Instant::now();
        let mut catalog = packs.clone();
        let mut languages = lock(&self.languages);
        let before = languages.compiled();
        let mut refused = catalog.add_loose(self.shelf.rules(), &mut languages);
        languages.keep();
        let compiled = languages.compiled() - before;
        drop(languages);
        let positions = self.switches.positions();
        self.switched = positions.version;
        catalog.switch_off(&positions.off);
        let compiling = started.elapsed();
        let (judge, withdrawn) = Judge::load(&self.engine, &mut catalog)?;
        refused.extend(withdrawn);
        tracing::info!(
            rules = catalog.rules.len(),
            compiled,
            compiling_ms = compiling.as_millis(),
            loading_ms = (started.elapsed() - compiling).as_millis(),
            "rules are loaded"
        );
        self.tell(&catalog, refused);
        Ok(judge)
    }

    fn tell(&mut self, catalog: &Catalog, refused: Vec<Refusal>) {
        self.health.set_rules(catalog.counts());
        for refusal in refused.iter().filter(|refusal| !self.refused.contains(refusal)) {
            tracing::warn!("rule {} is refused: {refusal}", refusal.id);
        }
        match refused.len() {
            0 => self.health.recover(REFUSED),
            count => {
                let sentence =
                    format!("{count} rules are refused: see `daemoneye rules --refused`");
                self.health.degrade(REFUSED, sentence);
            }
        }
        if catalog.rules.is_empty() && catalog.components.is_empty() {
            self.health.degrade(NONE, "no rule is loaded: nothing is judged".to_owned());
        } else {
            self.health.recover(NONE);
        }
        self.refused = refused;
    }
}

/// Work that takes a while, for a room that is needed again; nothing if it panicked.
async fn in_background<T: Send + 'static>(
    mut book: Rulebook,
    work: impl FnOnce(&mut Rulebook) -> T + Send + 'static,
) -> Option<(Rulebook, T)> {
    let worked = tokio::task::spawn_blocking(move || {
        let done = work(&mut book);
        (book, done)
    });
    match worked.await {
        Ok(worked) => Some(worked),
        Err(error) => {
            tracing::error!("rules are not watched any more: {error}");
            None
        }
    }
}

fn lock(languages: &Mutex<Languages>) -> MutexGuard<'_, Languages> {
    languages.lock().unwrap_or_else(PoisonError::into_inner)
}
