//! One file per command: ask, render, write.

pub(crate) mod alerts;
pub(crate) mod bus;
mod collectors;
mod completions;
mod config;
mod doctor;
mod except;
mod handling;
mod ledger;
mod letters;
mod manual;
mod metrics;
mod packs;
mod place;
pub(crate) mod query;
mod report;
pub(crate) mod rules;
pub(crate) mod status;
mod watch;

use std::io::{Write, stdout};
use std::path::Path;

use daemoneye_bus::control::Which;
use serde::Serialize;

use crate::args::{Args, Bus, Command, Format, OfPacks};
use crate::ask::Agent;
use crate::config::Config;
use crate::exit::{End, Failure};
use crate::render;
use crate::socket::default_socket;
use crate::terminal::Look;

pub(crate) use ledger::LedgerFailure;

/// Columns of a terminal that every table has room in.
const WIDE: u16 = 220;

/// Does what was said.
pub(crate) fn run(args: &Args) -> Result<End, Failure> {
    if let Command::Completions { shell } = args.command {
        return completions::write(shell);
    }
    let config = match &args.command {
        // These say themselves what is wrong with it.
        Command::Config { .. } | Command::Doctor => crate::config::load(args)
            .unwrap_or_else(|_| crate::config::over(Config::default(), args)),
        _ => crate::config::load(args)?,
    };
    let socket = config.socket.clone().unwrap_or_else(default_socket);
    let out = Out { format: config.format, look: Look::of_stdout(!config.color) };
    match &args.command {
        Command::Ledger(wanted) => return ledger::run(&out, &socket, wanted),
        Command::Config { what } => return config::run(&out, what),
        Command::Manual { folder } => return manual::write(folder),
        _ => {}
    }
    if let Command::Watch = args.command {
        watch::check(args.format.unwrap_or(Format::Table))?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(Failure::Start)?;
    match &args.command {
        Command::Doctor => runtime.block_on(doctor::run(&out, &socket)),
        Command::Metrics { textfile } => {
            runtime.block_on(metrics::run(&out, &socket, textfile.as_deref()))
        }
        _ => runtime.block_on(answer(args, &socket, out)),
    }
}

async fn answer(args: &Args, socket: &Path, out: Out) -> Result<End, Failure> {
    let agent = Agent::connect(socket).await?;
    match &args.command {
        Command::Status => status::run(&agent, &out).await,
        Command::Watch => watch::run(agent, socket, out.look).await,
        Command::Alerts { of: Some(of), .. } => handling::run(&agent, &out, of).await,
        Command::Alerts { follow: true, severity, limit, .. } => {
            alerts::follow(&agent, &out, *severity, *limit).await
        }
        Command::Alerts { state, severity, limit, .. } => {
            let which = Which { state: state.0, severity: *severity, limit: *limit };
            alerts::run(&agent, &out, which).await
        }
        Command::Rules { one: Some(one), .. } => rules::one(&agent, &out, one).await,
        Command::Rules { inert, refused, disabled, wide, one: None } => {
            rules::run(&agent, &out.wider(*wide), rules::only(*inert, *refused, *disabled)).await
        }
        Command::Except { what } => except::run(&agent, &out, what).await,
        Command::Packs { of: None } => packs::run(&agent, &out).await,
        Command::Packs { of: Some(OfPacks::Shadow) } => packs::shadow(&agent, &out).await,
        Command::Query(query) => query::run(&agent, &out, query).await,
        Command::Packs { of: Some(OfPacks::Add { file }) } => place::add(&agent, &out, file).await,
        Command::Packs { of: Some(OfPacks::Remove { id }) } => {
            place::remove(&agent, &out, id).await
        }
        Command::Packs { of: Some(OfPacks::Rollback { id, undo, why }) } => {
            packs::roll_back(&agent, &out, (id, *undo), why).await
        }
        Command::Report { since, output } => report::run(&agent, &out, *since, output).await,
        Command::Collectors { one: None } => collectors::run(&agent, &out).await,
        Command::Collectors { one: Some(one) } => collectors::one(&agent, &out, one).await,
        Command::Bus { what: Bus::Status } => bus::status(&agent, &out).await,
        Command::Bus { what: Bus::Tail { pattern, limit } } => {
            bus::tail(&agent, &out, pattern, *limit).await
        }
        Command::Completions { .. }
        | Command::Ledger(_)
        | Command::Config { .. }
        | Command::Manual { .. }
        | Command::Doctor
        | Command::Metrics { .. } => unreachable!("answered without a connection"),
    }
}

/// Where answers go.
struct Out {
    format: Format,
    look: Look,
}

impl Out {
    /// The same, as wide as all columns of a table need, if that is wanted.
    fn wider(mut self, wide: bool) -> Self {
        if wide {
            self.look.width = self.look.width.max(WIDE);
        }
        self
    }

    /// Writes the answer as text for people, or itself as one JSON document.
    fn write(
        &self,
        answer: &impl Serialize,
        text: impl FnOnce(&Look) -> String,
    ) -> Result<(), Failure> {
        let text = match self.format {
            Format::Table => text(&self.look),
            _ => render::document(answer),
        };
        Ok(stdout().lock().write_all(text.as_bytes())?)
    }

    /// Writes the answer as one line of text or of JSON, and does not keep it waiting.
    fn write_line(
        &self,
        answer: &impl Serialize,
        text: impl FnOnce(&Look) -> String,
    ) -> Result<(), Failure> {
        let line = match self.format {
            Format::Table => text(&self.look),
            _ => render::line(answer),
        };
        let mut stdout = stdout().lock();
        writeln!(stdout, "{line}")?;
        Ok(stdout.flush()?)
    }
}
