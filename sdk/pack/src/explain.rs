//! `daemoneye-pack explain`.
//!
//! ```text
//! source   a rule file, and the language that its text is in
//! compile  text to plan, with the language's own compiler
//! report   what the engine says of the plan, for people and as JSON
//! ```

mod compile;
mod report;
mod source;

use daemoneye_engine::LoadError;

use self::compile::Errors;
use self::source::{Source, SourceError};
use crate::args::{Explain, Format};

/// Why nothing was explained.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failed {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Compile(#[from] Errors),
    #[error(transparent)]
    Load(#[from] LoadError),
}

pub(crate) fn run(args: &Explain) -> Result<String, Failed> {
    let source = Source::read(&args.rule)?;
    let plan = source.compile()?;
    let explanation = daemoneye_engine::explain(&source.name, &plan)?;
    Ok(match args.format {
        Format::Text => report::text(&source.name, &explanation),
        Format::Json => format!("{:#}\n", report::json(&source.name, &explanation)),
    })
}
