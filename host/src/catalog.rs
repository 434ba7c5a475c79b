//! From packs and loose rules on disk to compiled rules.

mod component;
pub mod folder;
mod languages;
mod plans;
mod refusal;
mod source;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use daemoneye_bus::alert::Severity;
use daemoneye_bus::control::{
    Fired, LOCAL, PackStatus, RuleCounts, RuleState, RuleStatus, RuleWords,
};
use daemoneye_bus::event::Field;
use daemoneye_bus::handling::Act;
use daemoneye_pack_format::{Body, Pack, PackError, PackPath, Rule, Trust};

use crate::plugin::{Account, Compiled, Diagnostic, Plan, Sandbox};

pub use component::{Component, ComponentError, ComponentRule};
pub use languages::{Endings, Languages, LanguagesError};
pub use refusal::Refusal;
pub use source::Source;

/// What an alert says about its rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// Its id.
    pub id: String,
    /// One line for people.
    pub title: String,
    /// The pack it came in.
    pub pack: String,
    /// How bad its findings are.
    pub severity: Severity,
    /// ATT&CK techniques.
    pub techniques: Vec<String>,
    /// The columns that its alerts show, by label.
    pub shown: Vec<(String, Field)>,
    /// What its author says of it.
    pub words: Arc<RuleWords>,
}

/// Every rule of every pack, and the operator's own, compiled.
#[derive(Clone, Default)]
pub struct Catalog {
    /// What alerts say about the rules that are texts and see events.
    pub rules: Vec<Arc<Described>>,
    /// What the engine runs, in the same order.
    pub plans: Vec<Plan>,
    /// The components that packs brought, with their rules.
    pub components: Vec<Component>,
    /// The packs that are in.
    pub packs: Vec<PackStatus>,
    /// The rules that see no events: those that are inert and those that were refused.
    pub idle: Vec<RuleStatus>,
    /// The rules that were taken out because they are off.
    pub(crate) off: Vec<Arc<Described>>,
    /// The file of each rule, by its id.
    files: HashMap<String, PathBuf>,
}

/// Why a pack is not in the catalog.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogError {
    /// It cannot be read or is not trusted.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// A rule is not one; lines are those of the rule's file.
    #[error("pack {pack}: rule {rule}: {}", join(.diagnostics))]
    Rule {
        /// The pack.
        pack: String,
        /// The rule.
        rule: String,
        /// All that is wrong with it.
        diagnostics: Vec<Diagnostic>,
    },
    /// A component is not one of this pack's rules.
    #[error("pack {pack}: {cause}")]
    Component {
        /// The pack.
        pack: String,
        /// What is wrong with it.
        cause: Box<ComponentError>,
    },
}

fn join(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// A compiled rule on its way into the catalog.
struct Ready {
    described: Described,
    /// Of the text or the prefilter; only a component without a prefilter has none.
    plan: Option<Vec<u8>>,
    inert: Option<String>,
    file: PathBuf,
}

impl Described {
    /// Its line in the list of all rules.
    pub fn status(&self, account: &Account, state: RuleState, why: Vec<String>) -> RuleStatus {
        RuleStatus {
            id: self.id.clone(),
            title: self.title.clone(),
            pack: self.pack.clone(),
            state,
            why,
            severity: self.severity,
            techniques: self.techniques.clone(),
            offered: account.offered,
            filtered: account.filtered,
            judged: account.judged,
            over_budget: account.over_budget,
            faulted: account.faulted,
            shed: account.shed,
            matched: account.matched,
            fuel: account.fuel,
            fuel_us: None,
            fired: Fired::default(),
            tested: None,
            exceptions: 0,
            fuel_p99: None,
        }
    }
}

impl Described {
    /// Its line in the list of all rules while it is off.
    fn disabled(&self, act: &Act) -> RuleStatus {
        let reason = act.reason.as_deref().unwrap_or("no reason given");
        let why = vec![format!("disabled by {}: {reason}", act.who())];
        self.status(&Account::default(), RuleState::Disabled, why)
    }
}

impl Catalog {
    /// Adds one pack, a folder or a `.pack` file: all of its rules or none.
    ///
    /// # Errors
    /// If the pack is not trusted, one of its rules does not compile, or one of its components does
    /// not load.
    pub fn add(
        &mut self,
        place: &Path,
        trust: &Trust,
        sandbox: &Sandbox,
        languages: &mut Languages,
    ) -> Result<(), CatalogError> {
        let pack = Pack::read(place, trust)?;
        self.add_pack(&pack, place, sandbox, languages)
    }

    /// Adds a pack that is believed; `place` is where its files are, for messages.
    ///
    /// # Errors
    /// If one of its rules does not compile, or one of its components does not load.
    pub fn add_pack(
        &mut self,
        pack: &Pack,
        place: &Path,
        sandbox: &Sandbox,
        languages: &mut Languages,
    ) -> Result<(), CatalogError> {
        let id = pack.id.to_string();
        let mut compiled = Vec::new();
        for rule in &pack.rules {
            let file = place.join("rules").join(format!("{}.toml", rule.id));
            let ready = self.ready_of_pack(&id, rule, file, languages);
            let (pack, rule) = (id.clone(), rule.id.to_string());
            compiled.push(ready.map_err(|diagnostics| CatalogError::Rule {
                pack,
                rule,
                diagnostics,
            })?);
        }
        let components = component::load(pack, sandbox)
            .map_err(|cause| CatalogError::Component { pack: id.clone(), cause: cause.into() })?;
        self.packs.push(PackStatus {
            id,
            release: pack.release,
            signer: signers(pack),
            rules: pack.rules.len() as u64,
            tested: None,
        });
        self.take_pack(pack, compiled, components, sandbox);
        Ok(())
    }

    /// Adds the rules of a pack that were compiled on their own: all of them or none.
    ///
    /// # Errors
    /// If an id is taken.
    pub fn join(&mut self, part: &Catalog) -> Result<(), CatalogError> {
        let taken = |rule: &&String| self.files.contains_key(*rule);
        if let Some(rule) = part.files.keys().filter(taken).min() {
            let diagnostics = self.is_free(rule).err().unwrap_or_default();
            let pack = part.packs.first().map(|pack| pack.id.clone()).unwrap_or_default();
            return Err(CatalogError::Rule { pack, rule: rule.clone(), diagnostics });
        }
        let Catalog { rules, plans, components, packs, idle, off, files } = part.clone();
        self.rules.extend(rules);
        self.plans.extend(plans);
        self.components.extend(components);
        self.packs.extend(packs);
        self.idle.extend(idle);
        self.off.extend(off);
        self.files.extend(files);
        Ok(())
    }

    /// Whether there is a rule of this id that sees no events.
    pub fn is_idle(&self, rule: &str) -> bool {
        self.idle.iter().any(|idle| idle.id == rule)
    }

    /// Adds loose rules, each for itself; returns those that were refused, now or before.
    pub fn add_loose<'s>(
        &mut self,
        rules: impl IntoIterator<Item = &'s Result<Source, Refusal>>,
        languages: &mut Languages,
    ) -> Vec<Refusal> {
        let mut refused = Vec::new();
        for rule in rules {
            let ready = rule.as_ref().map_err(Refusal::clone).and_then(|source| {
                let ready = self.ready(source, languages);
                ready.map_err(|diagnostics| source.refusal(diagnostics))
            });
            match ready {
                Ok(ready) => self.take(ready),
                Err(refusal) => refused.push(refusal),
            }
        }
        self.idle.extend(refused.iter().map(Refusal::status));
        refused
    }

    /// Takes out every rule that is off: it is listed with the reason, and costs nothing.
    pub fn switch_off(&mut self, off: &BTreeMap<String, Act>) {
        let is_off = |rule: &Described| off.contains_key(&rule.id);
        let mut gone: Vec<Arc<Described>> = Vec::new();
        let texts =
            std::mem::take(&mut self.rules).into_iter().zip(std::mem::take(&mut self.plans));
        for (rule, plan) in texts {
            if is_off(&rule) {
                gone.push(rule);
            } else {
                self.rules.push(rule);
                self.plans.push(plan);
            }
        }
        for component in &mut self.components {
            let (off, on) = std::mem::take(&mut component.rules)
                .into_iter()
                .partition::<Vec<_>, _>(|rule| is_off(&rule.described));
            component.rules = on;
            gone.extend(off.into_iter().map(|rule| rule.described));
        }
        self.components.retain(|component| !component.rules.is_empty());
        self.idle.extend(gone.iter().map(|rule| rule.disabled(&off[&rule.id])));
        self.off.extend(gone);
    }

    /// The same with one rule and no other: what that rule alone costs.
    #[must_use]
    pub fn only(&self, rule: &str) -> Self {
        let kept = self.rules.iter().zip(&self.plans).filter(|(known, _)| known.id == rule);
        let (rules, plans) = kept.map(|(known, plan)| (known.clone(), plan.clone())).unzip();
        let of_rule = |component: &Component| {
            let rules = component.rules.iter().filter(|known| known.described.id == rule);
            Component { rules: rules.cloned().collect(), ..component.clone() }
        };
        let components = self.components.iter().map(of_rule);
        let components = components.filter(|component| !component.rules.is_empty()).collect();
        let idle = self.idle.iter().filter(|known| known.id == rule).cloned().collect();
        Catalog { rules, plans, components, idle, ..Catalog::default() }
    }

    /// How many rules are in which state.
    pub fn counts(&self) -> RuleCounts {
        let idle = |state| self.idle.iter().filter(|rule| rule.state == state).count() as u64;
        let of_components: usize = self.components.iter().map(|c| c.rules.len()).sum();
        RuleCounts {
            active: (self.rules.len() + of_components) as u64,
            inert: idle(RuleState::Inert),
            refused: idle(RuleState::Refused),
            disabled: idle(RuleState::Disabled),
        }
    }

    /// Takes back a loose rule that the engine does not take; nothing if the rule came in a pack.
    pub(crate) fn withdraw(&mut self, rule: &str, why: String) -> Option<Refusal> {
        let at = self.rules.iter().position(|known| known.id == rule && known.pack == LOCAL)?;
        self.rules.remove(at);
        self.plans.remove(at);
        let file = self.files.remove(rule)?;
        let refusal = Refusal { id: rule.to_owned(), file, diagnostics: vec![at_start(why)] };
        self.idle.push(refusal.status());
        Some(refusal)
    }

    fn ready_of_pack(
        &self,
        pack: &str,
        rule: &Rule,
        file: PathBuf,
        languages: &mut Languages,
    ) -> Result<Ready, Vec<Diagnostic>> {
        let source = match &rule.body {
            Body::Text(text) => Some(Source::of_pack(pack, rule, text, file.clone())),
            Body::Component(component) => component
                .prefilter
                .as_ref()
                .map(|text| Source::of_prefilter(pack, rule, text, file.clone())),
        };
        match source {
            Some(source) => self.ready(&source, languages),
            None => {
                let described = source::described(pack, rule);
                self.is_free(&described.id)?;
                Ok(Ready { described, plan: None, inert: None, file })
            }
        }
    }

    /// Compiles a rule that no other has the id of.
    fn ready(&self, source: &Source, languages: &mut Languages) -> Result<Ready, Vec<Diagnostic>> {
        let Compiled { plan, shown: columns, about, inert } = languages.compile(source)?;
        let shown = shown(&columns)
            .map_err(|column| vec![at_start(format!("it shows unknown column {column:?}"))])?;
        let described = source.described(about, shown).map_err(|why| vec![at_start(why)])?;
        self.is_free(&described.id)?;
        Ok(Ready { described, plan: Some(plan), inert, file: source.file.clone() })
    }

    fn is_free(&self, id: &str) -> Result<(), Vec<Diagnostic>> {
        let Some(other) = self.files.get(id) else { return Ok(()) };
        Err(vec![at_start(format!("id {id:?} is taken by {}", other.display()))])
    }

    fn take_pack(
        &mut self,
        pack: &Pack,
        compiled: Vec<Ready>,
        mut components: Vec<(PackPath, Component)>,
        sandbox: &Sandbox,
    ) {
        for (rule, ready) in pack.rules.iter().zip(compiled) {
            let Some(body) = rule.body.component() else {
                self.take(ready);
                continue;
            };
            let Some((described, prefilter)) = self.note(ready) else { continue };
            let row_fuel = component::row_fuel(pack, body, sandbox);
            let described = Arc::new(described);
            let of = components.iter_mut().find(|(path, _)| *path == body.file);
            let (_, component) = of.expect("a pack carries the components that its rules name");
            component.rules.push(ComponentRule { described, prefilter, row_fuel });
        }
        let seeing = components.into_iter().map(|(_, component)| component);
        self.components.extend(seeing.filter(|component| !component.rules.is_empty()));
    }

    fn take(&mut self, ready: Ready) {
        if let Some((described, plan)) = self.note(ready) {
            let bytes = plan.expect("a text has a plan");
            self.plans.push(Plan { rule: described.id.clone(), bytes });
            self.rules.push(Arc::new(described));
        }
    }

    /// Notes whose the id is. A rule that is inert ends here.
    fn note(&mut self, ready: Ready) -> Option<(Described, Option<Vec<u8>>)> {
        let Ready { described, plan, inert, file } = ready;
        self.files.insert(described.id.clone(), file);
        let Some(why) = inert else { return Some((described, plan)) };
        self.idle.push(described.status(&Account::default(), RuleState::Inert, vec![why]));
        None
    }
}

/// The keys that vouch for a pack, if any do.
fn signers(pack: &Pack) -> Option<String> {
    let keys: Vec<String> = pack.signers.iter().map(ToString::to_string).collect();
    (!keys.is_empty()).then(|| keys.join(", "))
}

/// What is wrong with a rule as a whole.
fn at_start(message: String) -> Diagnostic {
    Diagnostic { line: 1, column: 1, message, help: String::new() }
}

/// The fields behind the columns that a language says are shown; the first that is none.
pub(crate) fn shown(columns: &[(String, String)]) -> Result<Vec<(String, Field)>, String> {
    let field = |(label, column): &(String, String)| {
        Field::named(column).map(|field| (label.clone(), field)).ok_or_else(|| column.clone())
    };
    columns.iter().map(field).collect()
}
