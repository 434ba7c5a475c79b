//! A rule language: text in, plan out.

use daemoneye_bus::alert::Severity;
use serde::{Deserialize, Serialize};
use wasmtime::Store;
use wasmtime::component::Linker;

use super::api;
use super::bindings::{self, language as wit};
use super::fault::{Fault, LoadError};
use super::instance::{self, Budget, State};
use super::limits::Limits;
use super::sandbox::Sandbox;
use crate::capability::Granted;
use crate::sight::Sight;

/// The longest rule, bytes.
const MAX_TEXT_BYTES: usize = 1 << 20;

/// Compiles rules.
pub struct Language {
    plugin: String,
    name: String,
    extensions: Vec<String>,
    fingerprint: blake3::Hash,
    sight: Sight,
    limits: Limits,
    sandbox: Sandbox,
    template: wit::LanguagePluginPre<State>,
    alive: Option<Alive>,
}

struct Alive {
    store: Store<State>,
    bindings: wit::LanguagePlugin,
}

/// One compiled rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compiled {
    /// For the plugin that runs rules.
    #[serde(with = "serde_bytes")]
    pub plan: Vec<u8>,
    /// The columns that the alert shows: label and field name.
    pub shown: Vec<(String, String)>,
    /// What the text says about the rule.
    pub about: About,
    /// Why the rule can never match here, if so.
    pub inert: Option<String>,
}

/// What a text says about its rule; nothing where it says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The rule's id.
    pub id: Option<String>,
    /// One line for people.
    pub title: Option<String>,
    /// How bad a finding is.
    pub severity: Option<Severity>,
    /// ATT&CK techniques.
    pub techniques: Vec<String>,
}

/// Why a rule does not compile, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {message}{}", help_suffix(.help))]
pub struct Diagnostic {
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
    /// What was found.
    pub message: String,
    /// The nearest form that is allowed, or nothing.
    pub help: String,
}

fn help_suffix(help: &str) -> String {
    if help.is_empty() { String::new() } else { format!(" ({help})") }
}

impl Language {
    /// Makes a component a language.
    ///
    /// # Errors
    /// If it is no component, imports anything, or is of another world.
    pub fn load(
        sandbox: &Sandbox,
        plugin: &str,
        bytes: &[u8],
        sight: Sight,
    ) -> Result<Self, LoadError> {
        let component = sandbox.compile(plugin, bytes)?;
        api::check(plugin, &component)?;
        instance::check_imports(plugin, &component, |_| Err("languages never get"))?;
        let linker = Linker::new(&sandbox.engine);
        let template = instance::template(
            plugin,
            "language-plugin",
            &component,
            &linker,
            wit::LanguagePluginPre::new,
        )?;
        let (plugin, sandbox) = (plugin.to_owned(), sandbox.clone());
        let mut language = Language {
            plugin,
            name: String::new(),
            extensions: Vec::new(),
            fingerprint: fingerprint(bytes, sight),
            sight,
            limits: sandbox.allowed().caps.language(),
            sandbox,
            template,
            alive: None,
        };
        let described = language.call(async |language, store| language.call_describe(store).await);
        let described = described.map_err(|fault| language.load_fault(fault))?;
        (language.name, language.extensions) = (described.name, described.extensions);
        Ok(language)
    }

    /// The key under which rule files carry text of this language.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The names of files that are one rule of this language each end so, after a dot.
    pub fn extensions(&self) -> &[String] {
        &self.extensions
    }

    /// What its answers depend on besides the question: its code, and what events can tell.
    pub fn fingerprint(&self) -> &blake3::Hash {
        &self.fingerprint
    }

    /// Compiles one rule; `window` is for how many seconds an event counts, where the text does not
    /// say.
    ///
    /// # Errors
    /// All that is wrong with the text. A fault of the plugin is reported at 1:1.
    pub fn compile(
        &mut self,
        rule: &str,
        text: &str,
        window: Option<u32>,
    ) -> Result<Compiled, Vec<Diagnostic>> {
        if text.len() > MAX_TEXT_BYTES {
            return Err(vec![at_start(format!("text of {} bytes, over 1 MiB", text.len()))]);
        }
        let source = wit::exports::daemoneye::plugin::language::Source {
            name: rule.to_owned(),
            text: text.to_owned(),
            window,
        };
        match self.call(async |language, store| language.call_compile(store, &source).await) {
            Ok(Ok(compiled)) => Ok(Compiled::from(compiled)),
            Ok(Err(diagnostics)) => Err(diagnostics.into_iter().map(Diagnostic::from).collect()),
            Err(fault) => Err(vec![at_start(format!("language {}: {fault}", self.plugin))]),
        }
    }

    fn call<T>(
        &mut self,
        call: impl AsyncFnOnce(
            &wit::exports::daemoneye::plugin::language::Guest,
            &mut Store<State>,
        ) -> wasmtime::Result<T>,
    ) -> Result<T, Fault> {
        let mut alive = match self.alive.take() {
            Some(alive) => alive,
            None => self.revive()?,
        };
        let Alive { store, bindings } = &mut alive;
        let language = bindings.daemoneye_plugin_language();
        let budget = Budget { fuel: self.limits.call_fuel, time: self.limits.call_time };
        let (answer, _) =
            instance::timed(store, budget, async |store| call(language, store).await)?;
        self.alive = Some(alive);
        Ok(answer)
    }

    fn revive(&self) -> Result<Alive, Fault> {
        let mut store = instance::store(&self.sandbox, &self.limits, Granted::default());
        let budget = Budget { fuel: self.limits.load_fuel, time: self.limits.load_time };
        let (bindings, _) = instance::timed(&mut store, budget, async |store| {
            let bindings = self.template.instantiate_async(&mut *store).await?;
            let schema = bindings::schema(self.sight);
            let language = bindings.daemoneye_plugin_language();
            language.call_open(store, &schema, self.sight.platform()).await?;
            Ok(bindings)
        })?;
        Ok(Alive { store, bindings })
    }

    fn load_fault(&self, fault: Fault) -> LoadError {
        LoadError::Fault { plugin: self.plugin.clone(), fault }
    }
}

fn fingerprint(component: &[u8], sight: Sight) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&(component.len() as u64).to_le_bytes()).update(component);
    // The generated types print every field that they have.
    hasher.update(format!("{:?}", (bindings::schema(sight), sight.platform())).as_bytes());
    hasher.finalize()
}

fn at_start(message: String) -> Diagnostic {
    Diagnostic { line: 1, column: 1, message, help: String::new() }
}

impl From<wit::exports::daemoneye::plugin::language::Compiled> for Compiled {
    fn from(compiled: wit::exports::daemoneye::plugin::language::Compiled) -> Self {
        let wit::exports::daemoneye::plugin::language::About { id, title, severity, techniques } =
            compiled.about;
        Compiled {
            plan: compiled.plan,
            shown: compiled.shown.into_iter().map(|s| (s.label, s.column)).collect(),
            about: About { id, title, severity: severity.map(Severity::from), techniques },
            inert: compiled.inert,
        }
    }
}

impl From<wit::exports::daemoneye::plugin::language::Severity> for Severity {
    fn from(severity: wit::exports::daemoneye::plugin::language::Severity) -> Self {
        use wit::exports::daemoneye::plugin::language::Severity as Said;
        match severity {
            Said::Info => Severity::Info,
            Said::Low => Severity::Low,
            Said::Medium => Severity::Medium,
            Said::High => Severity::High,
            Said::Critical => Severity::Critical,
        }
    }
}

impl From<wit::exports::daemoneye::plugin::language::Diagnostic> for Diagnostic {
    fn from(found: wit::exports::daemoneye::plugin::language::Diagnostic) -> Self {
        let wit::exports::daemoneye::plugin::language::Position { line, column } = found.at;
        Diagnostic { line, column, message: found.message, help: found.help }
    }
}
