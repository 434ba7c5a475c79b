//! The operator's own rules: a folder that is watched. A change becomes a new judge, which takes
//! over between two batches.
//!
//! Who may write to the folder may also change the agent's configuration and the keys that it
//! trusts, so a signature would prove nothing more. The folder is therefore believed if nobody but
//! the agent's user and root can have written to it, and not looked at otherwise.

mod shelf;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::time::MissedTickBehavior;

use crate::catalog::folder::{self, FolderError, Guard, Stamp};
use crate::catalog::{Catalog, Endings, Languages, Refusal};
use crate::health::Health;
use crate::judge::{Judge, JudgeError};
use crate::judging::Judging;
use crate::plugin::RuleTemplate;
use crate::private;
use shelf::Shelf;

/// Between two looks at the folder. A file is read when it is the same in two of them.
const PAUSE: Duration = Duration::from_millis(250);
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
    packs: Catalog,
    engine: RuleTemplate,
    languages: Arc<Mutex<Languages>>,
    endings: Endings,
    health: Arc<Health>,
    shelf: Shelf,
    trouble: Option<String>,
    refused: Vec<Refusal>,
}

impl Rulebook {
    /// Everything that is in the folder now, and the judge that has it. A folder that is missing is
    /// created, for its owner only.
    ///
    /// # Errors
    /// If the engine does not load with the rules of the packs.
    pub fn open(
        folder: Option<PathBuf>,
        packs: Catalog,
        engine: RuleTemplate,
        languages: Arc<Mutex<Languages>>,
        health: Arc<Health>,
    ) -> Result<(Self, Judge), JudgeError> {
        let endings = lock(&languages).endings();
        let mut book = Rulebook {
            folder,
            packs,
            engine,
            languages,
            endings,
            health,
            shelf: Shelf::default(),
            trouble: None,
            refused: Vec::new(),
        };
        if let Some(seen) = book.list() {
            let changes = book.shelf.open(seen);
            book.read(changes);
        }
        let judge = book.judge()?;
        Ok((book, judge))
    }

    /// Looks at the folder again and again; each change becomes a new judge.
    pub async fn run(mut self, judging: Judging) {
        if self.folder.is_none() {
            return;
        }
        let mut looks = tokio::time::interval(PAUSE);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            let looked = tokio::task::spawn_blocking(move || {
                let judge = self.look();
                (self, judge)
            });
            let judge;
            (self, judge) = match looked.await {
                Ok(looked) => looked,
                Err(error) => return tracing::error!("rules are not watched any more: {error}"),
            };
            if let Some(judge) = judge {
                judging.replace(judge).await;
            }
        }
    }

    /// A new judge if the folder has changed.
    fn look(&mut self) -> Option<Judge> {
        let seen = self.list()?;
        let changes = self.shelf.look(seen)?;
        self.read(changes);
        match self.judge() {
            Ok(judge) => {
                self.health.recover(ENGINE);
                Some(judge)
            }
            Err(error) => {
                self.health.degrade(ENGINE, format!("changed rules are not in force: {error}"));
                None
            }
        }
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
    fn judge(&mut self) -> Result<Judge, JudgeError> {
        let started = Instant::now();
        let mut catalog = self.packs.clone();
        let mut languages = lock(&self.languages);
        let before = languages.compiled();
        let mut refused = catalog.add_loose(self.shelf.rules(), &mut languages);
        languages.keep();
        let compiled = languages.compiled() - before;
        drop(languages);
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
        if catalog.rules.is_empty() {
            self.health.degrade(NONE, "no rule is loaded: nothing is judged".to_owned());
        } else {
            self.health.recover(NONE);
        }
        self.refused = refused;
    }
}

fn lock(languages: &Mutex<Languages>) -> MutexGuard<'_, Languages> {
    languages.lock().unwrap_or_else(PoisonError::into_inner)
}
