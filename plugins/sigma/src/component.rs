//! The compiler as the world `language-plugin` has it.

use daemoneye_sdk::language::{Compiled, Compiler, Diagnostic, Source, Target};

use crate::compile;

/// The rule language Sigma. A rule's window, if it needs one, stands in its own text.
#[derive(Debug, Clone, Copy)]
pub struct Sigma;

impl Compiler for Sigma {
    const NAME: &str = "sigma";
    const EXTENSIONS: &[&str] = &["yml", "yaml"];

    fn compile(target: &Target, source: &Source) -> Result<Compiled, Vec<Diagnostic>> {
        compile(&target.schema, target.platform.as_deref(), &source.text)
    }
}

#[cfg(target_family = "wasm")]
daemoneye_sdk::export_language!(Sigma);
