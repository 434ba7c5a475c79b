//! The engine: what WebAssembly may be and do here.

use std::path::Path;
use std::sync::Arc;

use wasmtime::component::Component;
use wasmtime::{Cache, CacheConfig, Config, Engine};

use super::allowed::Allowed;
use super::fault::LoadError;

/// Stack of a plugin's calls, bytes.
const STACK_BYTES: usize = 1 << 20;
/// What decides, beside the component, how much fuel work takes.
const WASMTIME: &str = "48.0.8";

/// Compiles components and runs them. Cheap to clone.
#[derive(Clone)]
pub struct Sandbox {
    pub(super) engine: Engine,
    allowed: Arc<Allowed>,
}

/// Why there is no sandbox.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// The directory for compiled code cannot be used.
    #[error("cache directory {path:?}: {cause}")]
    Cache {
        /// Which.
        path: std::path::PathBuf,
        /// Why.
        cause: String,
    },
    /// This machine cannot run it.
    #[error("no WebAssembly engine: {0}")]
    Engine(String),
}

impl Sandbox {
    /// An engine with fuel, whose plugins may do what is usual and nothing outside. Compiled code is
    /// kept in `cache`, a directory that only the agent's user may write to: who can write there can
    /// run code as the agent.
    ///
    /// # Errors
    /// If the directory cannot be used, or the machine cannot run compiled code.
    pub fn new(cache: Option<&Path>) -> Result<Self, SandboxError> {
        let mut config = Config::new();
        config
            .consume_fuel(true)
            // Halves the price of a call; nothing here is concurrent within a component.
            .concurrency_support(false)
            // The same verdict and the same fuel on every machine.
            .cranelift_nan_canonicalization(true)
            .wasm_relaxed_simd(false)
            .wasm_memory64(false)
            .max_wasm_stack(STACK_BYTES);
        if let Some(path) = cache {
            config.cache(Some(open_cache(path)?));
        }
        let engine = Engine::new(&config).map_err(|e| SandboxError::Engine(format!("{e:#}")))?;
        Ok(Sandbox { engine, allowed: Arc::default() })
    }

    /// The same under an operator's word.
    #[must_use]
    pub fn allowing(self, allowed: Allowed) -> Self {
        Sandbox { allowed: Arc::new(allowed), ..self }
    }

    /// What its operator allows.
    pub fn allowed(&self) -> &Allowed {
        &self.allowed
    }

    /// The agent's version and the sandbox's. Builds of one name count fuel alike.
    pub fn build() -> String {
        format!("daemoneye {}, wasmtime {WASMTIME}", env!("CARGO_PKG_VERSION"))
    }

    /// Validates and compiles a component.
    pub(super) fn compile(&self, plugin: &str, bytes: &[u8]) -> Result<Component, LoadError> {
        Component::from_binary(&self.engine, bytes).map_err(|error| LoadError::Invalid {
            plugin: plugin.to_owned(),
            cause: format!("{error:#}"),
        })
    }
}

fn open_cache(path: &Path) -> Result<Cache, SandboxError> {
    let refused = |cause: String| SandboxError::Cache { path: path.to_owned(), cause };
    crate::private::create_directory(path).map_err(|error| refused(error.to_string()))?;
    let path = path.canonicalize().map_err(|error| refused(error.to_string()))?;
    let mut config = CacheConfig::new();
    config.with_directory(&path);
    Cache::new(config).map_err(|error| refused(format!("{error:#}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_build_names_the_sandbox_that_is_linked() {
        let manifest = include_str!("../../../Cargo.toml");
        assert!(manifest.contains(&format!("wasmtime = {{ version = \"={WASMTIME}\"")));
        assert!(Sandbox::build().ends_with(WASMTIME));
    }
}
