//! The processes as a tree.

use std::collections::HashMap;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::super::model::Model;
use super::super::processes::{Branch, Process};
use super::paint::Paint;
use super::table::{self, Column};
use crate::render::{age, count, cut};

const COLUMNS: &[Column] = &[
    Column::right("PID", 7, 30),
    Column::left("USER", 10, 60),
    Column::right("AGE", 6, 45),
    Column::right("ALERTS", 6, 70),
    Column::rest("PROCESS"),
];

pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    model: &Model,
    lines: &[Branch],
    chosen: usize,
    paint: Paint,
) {
    if lines.is_empty() {
        return table::empty(frame, area, &none(model));
    }
    let accused = model.state().accused();
    let cells = |place: usize| match model.state().processes.get(lines[place].number) {
        Some(process) => cells(process, &lines[place], &accused, model, paint, area.width),
        None => Vec::new(),
    };
    table::draw(frame, area, COLUMNS, (lines.len(), chosen), cells, paint);
}

fn none(model: &Model) -> String {
    match (&model.state().no_past, model.filter.is_empty()) {
        (_, false) => "no process with this text".to_owned(),
        (Some(why), true) => {
            format!("none seen yet; those from before are not known: {}", cut(why))
        }
        (None, true) => "no process has been seen yet".to_owned(),
    }
}

fn cells(
    process: &Process,
    branch: &Branch,
    accused: &HashMap<&str, u64>,
    model: &Model,
    paint: Paint,
    width: u16,
) -> Vec<Line<'static>> {
    let alerts = process.key.as_deref().and_then(|key| accused.get(key)).copied();
    let lived = process.started.map(|from| age(from, process.ended.unwrap_or(model.look.now)));
    let alerts = alerts.map(|alerts| Span::styled(count(alerts), paint.bad()));
    vec![
        Line::from(process.pid.to_string()),
        Line::from(cut(&process.user)),
        Line::from(lived.unwrap_or_default()),
        alerts.clone().map(Line::from).unwrap_or_default(),
        what(process, branch, alerts.is_some(), paint, width),
    ]
}

/// Lines to the parent, never more than half of the screen; name; command line.
fn what(
    process: &Process,
    branch: &Branch,
    accused: bool,
    paint: Paint,
    width: u16,
) -> Line<'static> {
    let too_much = branch.lines.chars().count().saturating_sub(usize::from(width / 2));
    let lines: String = branch.lines.chars().skip(too_much).collect();
    let command = if process.command.is_empty() { &process.path } else { &process.command };
    let name = if process.name.is_empty() { "?" } else { &process.name };
    let name_style = match (accused, process.ended) {
        (true, _) => paint.bad(),
        (false, Some(_)) => paint.faint(),
        (false, None) => paint.label(),
    };
    let mut spans = vec![Span::styled(lines, paint.line()), Span::styled(cut(name), name_style)];
    if process.ended.is_some() {
        spans.push(Span::raw(format!(" ({})", process.end)));
    }
    spans.push(Span::styled(format!("  {}", cut(command)), paint.faint()));
    Line::from(spans)
}
