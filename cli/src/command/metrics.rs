//! `daemoneye metrics`: what the agent counts, to standard output or into a file.

use std::fs::Permissions;
use std::io::{self, Write, stdout};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use daemoneye_bus::control::{Request, Response, RuleStatus, Status};
use tempfile::NamedTempFile;

use super::Out;
use crate::args::Format;
use crate::ask::{Agent, AskError};
use crate::exit::{End, Failure};
use crate::metrics;

pub(super) async fn run(out: &Out, socket: &Path, file: Option<&Path>) -> Result<End, Failure> {
    let answer = ask(socket).await;
    let text = match &answer {
        Ok((status, rules)) => metrics::text(status, rules),
        Err(_) => metrics::silence(),
    };
    match file {
        Some(file) => {
            replace(file, &text).map_err(|error| Failure::File(file.to_owned(), error))?;
        }
        None if out.format == Format::Json => {
            let document = answer
                .as_ref()
                .ok()
                .map(|(status, rules)| serde_json::json!({ "status": status, "rules": rules }));
            out.write(&document, |_| String::new())?;
        }
        None => stdout().lock().write_all(text.as_bytes())?,
    }
    answer.map(|_| End::Well).map_err(Failure::from)
}

async fn ask(socket: &Path) -> Result<(Box<Status>, Vec<RuleStatus>), AskError> {
    let agent = Agent::connect(socket).await?;
    let status = |response| match response {
        Response::Status(status) => Some(status),
        _ => None,
    };
    let rules = |response| match response {
        Response::Rules(rules) => Some(rules),
        _ => None,
    };
    Ok((agent.ask(Request::Status, status).await?, agent.ask(Request::Rules, rules).await?))
}

/// Whoever reads the file reads the old text or the new one. It holds counts, which anybody may read.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut file = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(Permissions::from_mode(0o644))?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}
