//! The compiler as the world `language-plugin` has it.

use crate::compile_within;
use daemoneye_sdk::language::{Compiled, Compiler, Diagnostic, Source, Target};

/// The rule language SQL. Its events are those of any platform.
#[derive(Debug, Clone, Copy)]
pub struct Sql;

impl Compiler for Sql {
    const NAME: &str = "sql";
    const EXTENSIONS: &[&str] = &["sql"];

    fn compile(target: &Target, source: &Source) -> Result<Compiled, Vec<Diagnostic>> {
        compile_within(&target.schema, &source.text, source.window)
    }
}

#[cfg(target_family = "wasm")]
daemoneye_sdk::export_language!(Sql);
