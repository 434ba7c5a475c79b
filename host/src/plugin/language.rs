//! A rule language: text in, plan out.

use wasmtime::Store;
use wasmtime::component::Linker;

use super::bindings::{self, language as wit};
use super::fault::{Fault, LoadError};
use super::instance::{self, State};
use super::limits::Limits;
use super::sandbox::Sandbox;
use crate::capability::Granted;

/// The longest rule, bytes.
const MAX_TEXT_BYTES: usize = 1 << 20;

/// Compiles rules.
pub struct Language {
    plugin: String,
    name: String,
    sandbox: Sandbox,
    template: wit::LanguagePluginPre<State>,
    alive: Option<Alive>,
}

struct Alive {
    store: Store<State>,
    bindings: wit::LanguagePlugin,
}

/// One compiled rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compiled {
    /// For the plugin that runs rules.
    pub plan: Vec<u8>,
    /// The columns that the alert shows: label and field name.
    pub shown: Vec<(String, String)>,
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
    pub fn load(sandbox: &Sandbox, plugin: &str, bytes: &[u8]) -> Result<Self, LoadError> {
        let component = sandbox.compile(plugin, bytes)?;
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
        let mut language = Language { plugin, name: String::new(), sandbox, template, alive: None };
        let described = language.call(|language, store| language.call_describe(store));
        language.name = described.map_err(|fault| language.load_fault(fault))?.name;
        Ok(language)
    }

    /// The key under which rule files carry text of this language.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Compiles one rule.
    ///
    /// # Errors
    /// All that is wrong with the text. A fault of the plugin is reported at 1:1.
    pub fn compile(&mut self, rule: &str, text: &str) -> Result<Compiled, Vec<Diagnostic>> {
        if text.len() > MAX_TEXT_BYTES {
            return Err(vec![at_start(format!("text of {} bytes, over 1 MiB", text.len()))]);
        }
        let source = wit::exports::daemoneye::plugin::language::Source {
            name: rule.to_owned(),
            text: text.to_owned(),
            window: None,
        };
        match self.call(|language, store| language.call_compile(store, &source)) {
            Ok(Ok(compiled)) => Ok(Compiled {
                plan: compiled.plan,
                shown: compiled.shown.into_iter().map(|s| (s.label, s.column)).collect(),
            }),
            Ok(Err(diagnostics)) => Err(diagnostics.into_iter().map(Diagnostic::from).collect()),
            Err(fault) => Err(vec![at_start(format!("language {}: {fault}", self.plugin))]),
        }
    }

    fn call<T>(
        &mut self,
        call: impl FnOnce(
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
        let (answer, _) =
            instance::metered(store, Limits::LANGUAGE.call_fuel, |store| call(language, store))?;
        self.alive = Some(alive);
        Ok(answer)
    }

    fn revive(&self) -> Result<Alive, Fault> {
        let mut store = instance::store(&self.sandbox, &Limits::LANGUAGE, Granted::default());
        let fuel = Limits::LANGUAGE.load_fuel;
        let (bindings, _) = instance::metered(&mut store, fuel, |store| {
            let bindings = self.template.instantiate(&mut *store)?;
            let schema = bindings::schema();
            bindings.daemoneye_plugin_language().call_open(store, &schema, None)?;
            Ok(bindings)
        })?;
        Ok(Alive { store, bindings })
    }

    fn load_fault(&self, fault: Fault) -> LoadError {
        LoadError::Fault { plugin: self.plugin.clone(), fault }
    }
}

fn at_start(message: String) -> Diagnostic {
    Diagnostic { line: 1, column: 1, message, help: String::new() }
}

impl From<wit::exports::daemoneye::plugin::language::Diagnostic> for Diagnostic {
    fn from(found: wit::exports::daemoneye::plugin::language::Diagnostic) -> Self {
        let wit::exports::daemoneye::plugin::language::Position { line, column } = found.at;
        Diagnostic { line, column, message: found.message, help: found.help }
    }
}
