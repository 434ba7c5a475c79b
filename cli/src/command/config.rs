//! `daemoneye config`: what holds and who says so, and whether it makes sense.

use std::path::{Path, PathBuf};

use daemoneye_config::Told;
use serde_json::json;

use super::Out;
use crate::args::{Component, OfConfig};
use crate::beside;
use crate::config::{self, Config, FILE};
use crate::exit::{End, Failure};
use crate::render;

pub(super) fn run(out: &Out, wanted: &OfConfig) -> Result<End, Failure> {
    match wanted {
        OfConfig::Show { origin, of } => {
            let keys = match of {
                Component::Agent => beside::ask(None)?.keys,
                Component::Cli => own(None)?.1,
            };
            out.write(&keys, |look| render::config(&keys, *origin, look))?;
            Ok(End::Well)
        }
        OfConfig::Check { file: None } => {
            let mut files = beside::ask(None)?.files;
            files.extend(own(None)?.0);
            checked(out, &files)
        }
        OfConfig::Check { file: Some(file) } => {
            let is_own = file.file_name().is_some_and(|name| name == FILE);
            let files = if is_own { own(Some(file))?.0 } else { beside::ask(Some(file))?.files };
            checked(out, &files)
        }
    }
}

/// The files of this program, and its keys.
fn own(file: Option<&Path>) -> Result<(Vec<PathBuf>, Vec<Told>), Failure> {
    let layers = config::layers(file, std::env::vars_os())?;
    let keys = layers.told::<Config>()?;
    Ok((layers.files().map(Path::to_owned).collect(), keys))
}

fn checked(out: &Out, files: &[PathBuf]) -> Result<End, Failure> {
    out.write(&json!({ "valid": true, "files": files }), |_| match files {
        [] => "makes sense: no files, the defaults and the environment hold\n".to_owned(),
        files => files
            .iter()
            .map(|file| format!("{}: makes sense\n", render::escape(&file.to_string_lossy())))
            .collect(),
    })?;
    Ok(End::Well)
}
