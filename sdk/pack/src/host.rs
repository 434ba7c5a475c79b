//! The real host, in this program: the engine and the languages that are installed here.

use std::path::{Path, PathBuf};

use daemoneye_host::catalog::{Catalog, CatalogError, Languages, LanguagesError};
use daemoneye_host::config::Config;
use daemoneye_host::judge::{self, Judge, JudgeError};
use daemoneye_host::plugin::{Allowed, RuleTemplate, Sandbox, SandboxError};
use daemoneye_host::sight::Sight;
use daemoneye_pack_format::{Pack, PackError, Trust};

/// Where the host's parts are.
#[derive(Debug, clap::Args)]
pub(crate) struct Place {
    /// The folder of the engine and the languages [default: where they are installed]
    #[arg(long, value_name = "DIR", env = "DAEMONEYE_PLUGINS")]
    plugins: Option<PathBuf>,
    /// Keep compiled code in this folder [default: daemoneye in the user's folder for caches]
    #[arg(long, value_name = "DIR", env = "DAEMONEYE_CACHE")]
    cache: Option<PathBuf>,
}

/// The engine and the languages, compiled.
pub(crate) struct Host {
    sandbox: Sandbox,
    languages: Languages,
    engine: RuleTemplate,
}

/// A pack whose rules are compiled. Its signature was not asked for.
pub(crate) struct Ready {
    pub(crate) pack: Pack,
    pub(crate) catalog: Catalog,
}

/// Why there is no host, or no pack in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum HostError {
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    #[error(transparent)]
    Languages(#[from] LanguagesError),
    #[error(transparent)]
    Pack(#[from] PackError),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    #[error(transparent)]
    Judge(#[from] JudgeError),
}

impl Place {
    pub(crate) fn open(&self) -> Result<Host, HostError> {
        let plugins = self.plugins.clone().unwrap_or_else(|| Config::default().plugins);
        let cache = self.cache.clone().or_else(default_cache);
        let sandbox = Sandbox::new(cache.as_deref())?.allowing(Allowed::as_requested());
        let languages = Languages::load(&sandbox, &plugins, Sight::Recorded, cache.as_deref())?;
        let engine = judge::engine(&sandbox, &plugins)?;
        Ok(Host { sandbox, languages, engine })
    }
}

impl Host {
    /// Reads a pack, a folder or a `.pack` file, and compiles its rules.
    pub(crate) fn read(&mut self, place: &Path) -> Result<Ready, HostError> {
        let pack = Pack::read(place, &Trust::AllowUnsigned)?;
        let mut catalog = Catalog::default();
        catalog.add_pack(&pack, place, &self.sandbox, &mut self.languages)?;
        Ok(Ready { pack, catalog })
    }

    /// A new judge that has these rules.
    pub(crate) fn judge(&self, catalog: &Catalog) -> Result<Judge, JudgeError> {
        Ok(Judge::load(&self.engine, &mut catalog.clone())?.0)
    }
}

/// `$XDG_CACHE_HOME/daemoneye`, else `~/.cache/daemoneye`.
fn default_cache() -> Option<PathBuf> {
    let folder = std::env::var_os("XDG_CACHE_HOME").filter(|folder| !folder.is_empty());
    let folder = folder.map(PathBuf::from);
    let folder = folder.or_else(|| std::env::home_dir().map(|home| home.join(".cache")));
    folder.map(|folder| folder.join("daemoneye"))
}
