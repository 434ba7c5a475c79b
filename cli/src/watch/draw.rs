//! The model as a picture: tabs, how the agent is, the view, and what can be done.

mod alerts;
mod events;
mod paint;
mod processes;
mod rules;
mod strip;
mod table;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;

use super::list::Lines;
use super::model::Model;
use super::pages;
use paint::Paint;

/// Draws all of it. Every line that does not fit is cut at the edge.
pub(crate) fn draw(frame: &mut Frame<'_>, model: &Model) {
    let paint = Paint { colours: model.look.colours };
    let [tabs, how, body, foot] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Fill(1),
        Constraint::Length(1),
    ])
    .areas(frame.area());
    frame.render_widget(strip::tabs(model, paint, tabs.width), tabs);
    strip::how(frame, how, model, paint);
    if model.is_page() {
        page(frame, body, model);
    } else {
        list(frame, body, model, paint);
    }
    frame.render_widget(strip::foot(model, paint), foot);
}

fn page(frame: &mut Frame<'_>, area: Rect, model: &Model) {
    let lines = pages::lines(model).into_iter().skip(model.scroll);
    for (line, row) in lines.zip(area.rows()) {
        frame.render_widget(Line::from(line), row);
    }
}

fn list(frame: &mut Frame<'_>, area: Rect, model: &Model, paint: Paint) {
    let lines = model.lines();
    let chosen = lines.place(model.chosen());
    match &lines {
        Lines::Processes(lines) => processes::draw(frame, area, model, lines, chosen, paint),
        Lines::Alerts(lines) => alerts::draw(frame, area, model, lines, chosen, paint),
        Lines::Rules(lines) => rules::draw(frame, area, model, lines, chosen, paint),
        Lines::Events(lines) => events::draw(frame, area, model, lines, chosen, paint),
        Lines::Health => {}
    }
}
