//! One file per command: ask, render, write.

pub(crate) mod alerts;
pub(crate) mod bus;
mod collectors;
mod completions;
mod except;
mod handling;
mod ledger;
mod letters;
mod packs;
mod place;
mod query;
mod report;
pub(crate) mod rules;
pub(crate) mod status;
mod watch;

use std::io::{Write, stdout};

use daemoneye_bus::control::Which;
use serde::Serialize;

use crate::args::{Args, Bus, Command, Format, OfPacks};
use crate::ask::Agent;
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
    if let Command::Ledger(wanted) = &args.command {
        let socket = args.socket.clone().unwrap_or_else(default_socket);
        let out = Out { format: args.format, look: Look::of_stdout(args.no_color) };
        return ledger::run(&out, &socket, wanted);
    }
    if let Command::Watch = args.command {
        watch::check(args.format)?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(Failure::Start)?.block_on(answer(args))
}

async fn answer(args: &Args) -> Result<End, Failure> {
    let socket = args.socket.clone().unwrap_or_else(default_socket);
    let agent = Agent::connect(&socket).await?;
    let out = Out { format: args.format, look: Look::of_stdout(args.no_color) };
    match &args.command {
        Command::Status => status::run(&agent, &out).await,
        Command::Watch => watch::run(agent, &socket, out.look).await,
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
        Command::Report { since, output } => report::run(&agent, &out, *since, output).await,
        Command::Collectors { one: None } => collectors::run(&agent, &out).await,
        Command::Collectors { one: Some(one) } => collectors::one(&agent, &out, one).await,
        Command::Bus { what: Bus::Status } => bus::status(&agent, &out).await,
        Command::Bus { what: Bus::Tail { pattern, limit } } => {
            bus::tail(&agent, &out, pattern, *limit).await
        }
        Command::Completions { shell } => completions::write(*shell),
        Command::Ledger(wanted) => ledger::run(&out, &socket, wanted),
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
            Format::Json | Format::Jsonl | Format::Csv => render::document(answer),
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
            Format::Json | Format::Jsonl | Format::Csv => render::line(answer),
        };
        let mut stdout = stdout().lock();
        writeln!(stdout, "{line}")?;
        Ok(stdout.flush()?)
    }
}
