//! `daemoneye query`: rows of stored events, page by page.

use std::io::{IsTerminal, Write, stderr};

use daemoneye_bus::control::{Cell, Hunt, HuntAnswer, Request, Response};

use super::Out;
use crate::args::Query;
use crate::ask::{Agent, AskError};
use crate::exit::{End, Failure};
use crate::render::{self, escape};
use crate::sheet::{self, Sheet};

/// One value for each label, nothing for NULL.
pub(crate) type Row = Vec<Option<Cell>>;

pub(super) async fn run(agent: &Agent, out: &Out, query: &Query) -> Result<End, Failure> {
    sheet::check(out.format, query.output.as_deref())?;
    let mut answer = ask(agent, Request::Query(Box::new(query.hunt(out.look.now)))).await?;
    // Only a question that makes sense replaces a file.
    let mut sheet = Sheet::open(out.format, query.output.as_deref(), &out.look)?;
    let mut progress = Progress { is_shown: stderr().is_terminal(), has_said: false };
    let end = loop {
        sheet.page(&answer.columns, std::mem::take(&mut answer.rows))?;
        if let Some(end) = answer.end.take() {
            break end;
        }
        progress.say(answer.scanned, answer.of);
        answer = ask(agent, Request::More { id: answer.id }).await?;
    };
    progress.clear();
    let is_complete = end.degraded.is_empty();
    let told = render::HuntEnd { scanned: answer.scanned, end };
    sheet.end(&told)?;
    if out.format.is_of_rows() {
        for why in &told.end.degraded {
            writeln!(stderr(), "daemoneye: not complete: {}", escape(why))?;
        }
    }
    Ok(if is_complete { End::Well } else { End::Degraded })
}

/// All pages at once, for a question about few rows: their labels, and the rows.
pub(crate) async fn whole(agent: &Agent, hunt: Hunt) -> Result<(Vec<String>, Vec<Row>), AskError> {
    let mut answer = ask(agent, Request::Query(Box::new(hunt))).await?;
    let mut rows = std::mem::take(&mut answer.rows);
    while answer.end.is_none() {
        answer = ask(agent, Request::More { id: answer.id }).await?;
        rows.append(&mut answer.rows);
    }
    Ok((answer.columns, rows))
}

async fn ask(agent: &Agent, request: Request) -> Result<HuntAnswer, AskError> {
    let part = |response| match response {
        Response::Hunt(answer) => Some(*answer),
        _ => None,
    };
    agent.ask(request, part).await
}

/// How far it is, on a terminal and nowhere else.
struct Progress {
    is_shown: bool,
    has_said: bool,
}

impl Progress {
    fn say(&mut self, scanned: u64, of: u64) {
        if self.is_shown {
            let (scanned, of) = (render::count(scanned), render::count(of));
            // Progress that cannot be shown is not worth an error.
            let _ = write!(stderr(), "\r{scanned} of {of} events\x1b[K");
            self.has_said = true;
        }
    }

    fn clear(&self) {
        if self.has_said {
            let _ = write!(stderr(), "\r\x1b[K");
        }
    }
}
