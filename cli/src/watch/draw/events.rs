//! How many events come, and the newest of them.

use daemoneye_bus::event::{Event, Field};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::Sparkline;

use super::super::model::Model;
use super::paint::Paint;
use super::table::{self, Column};
use crate::render::{clock, count, cut};

/// With fewer lines, there is room for the list only.
const TALL: u16 = 12;

const COLUMNS: &[Column] = &[
    Column::left("TIME", 8, 40),
    Column::left("KIND", 10, 24),
    Column::right("PID", 7, 50),
    Column::left("USER", 10, 70),
    Column::rest("WHAT"),
];

pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    model: &Model,
    lines: &[&(u64, Event)],
    chosen: usize,
    paint: Paint,
) {
    let list = if area.height < TALL { area } else { picture(frame, area, model, paint) };
    if lines.is_empty() {
        let why = if model.filter.is_empty() { "no events yet" } else { "no event with this text" };
        return table::empty(frame, list, why);
    }
    let cells = |place: usize| cells(&lines[place].1, model);
    table::draw(frame, list, COLUMNS, (lines.len(), chosen), cells, paint);
}

/// Events of the last seconds, the newest on the right. Returns the room below.
fn picture(frame: &mut Frame<'_>, area: Rect, model: &Model, paint: Paint) -> Rect {
    let [words, bars, rest] =
        Layout::vertical([Constraint::Length(1), Constraint::Length(4), Constraint::Fill(1)])
            .areas(area);
    let seconds = model.state().rate.seconds(usize::from(area.width));
    let most = seconds.iter().copied().max().unwrap_or_default();
    let said = format!(
        "{} events in the last second, at most {} in one of the last {}",
        count(model.state().rate.last()),
        count(most),
        seconds.len()
    );
    frame.render_widget(Line::from(said).style(paint.label()), words);
    let missing = usize::from(area.width).saturating_sub(seconds.len());
    let data = std::iter::repeat_n(0, missing).chain(seconds);
    frame.render_widget(Sparkline::default().data(data).style(paint.line()), bars);
    rest
}

fn cells(event: &Event, model: &Model) -> Vec<Line<'static>> {
    let text = |field| event.text(field).map(cut).unwrap_or_default();
    let when = event.integer(Field::Time).map(|at| clock(at, &model.look)).unwrap_or_default();
    let pid = event.integer(Field::Pid).map(|pid| pid.to_string()).unwrap_or_default();
    [when, text(Field::Kind), pid, text(Field::UserName), what(event)].map(Line::from).to_vec()
}

/// The program, and whom it speaks with.
fn what(event: &Event) -> String {
    const PROGRAM: [Field; 3] = [Field::CommandLine, Field::ExecutablePath, Field::Name];
    let program = PROGRAM.iter().find_map(|field| event.text(*field)).unwrap_or_default();
    match (event.text(Field::RemoteAddress), event.integer(Field::RemotePort)) {
        (Some(address), Some(port)) => format!("{} to {} port {port}", cut(program), cut(address)),
        _ => cut(program),
    }
}
