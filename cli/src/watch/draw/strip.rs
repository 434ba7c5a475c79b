//! The lines around the view.

use daemoneye_bus::control::AgentState;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Sparkline;

use super::super::model::{Mode, Model};
use super::super::view::View;
use super::paint::Paint;
use crate::render::{count, cut};

/// Narrower screens have only the name of the view that is shown.
const NAMES: u16 = 56;
/// Narrower screens have no small picture of the rate.
const PICTURE: u16 = 70;

/// The views by their numbers.
pub(super) fn tabs(model: &Model, paint: Paint, width: u16) -> Line<'static> {
    let mut spans = Vec::new();
    for view in View::ALL {
        let number = view.place() + 1;
        let is_shown = view == model.view;
        let text = if is_shown || width >= NAMES {
            format!(" {number} {} ", view.name())
        } else {
            format!(" {number} ")
        };
        let style = if is_shown { paint.chosen() } else { paint.faint() };
        spans.push(Span::styled(text, style));
    }
    Line::from(spans)
}

/// How the agent is, in one line.
pub(super) fn how(frame: &mut Frame<'_>, area: Rect, model: &Model, paint: Paint) {
    let room = if area.width >= PICTURE { 16 } else { 0 };
    let [words, picture] =
        Layout::horizontal([Constraint::Fill(1), Constraint::Length(room)]).areas(area);
    frame.render_widget(said(model, paint), words);
    let seconds = model.state().rate.seconds(usize::from(room));
    let missing = usize::from(room).saturating_sub(seconds.len());
    let data = std::iter::repeat_n(0, missing).chain(seconds);
    frame.render_widget(Sparkline::default().data(data).style(paint.line()), picture);
}

fn said(model: &Model, paint: Paint) -> Line<'static> {
    if let Some(why) = &model.gone {
        let text = format!("NO AGENT, trying again: {}", cut(why));
        return Line::from(Span::styled(text, paint.bad()));
    }
    let state = model.state();
    let mut spans = vec![health(model, paint)];
    spans.push(Span::raw(format!(
        "  {} events/s  {} processes  {} alerts",
        count(state.rate.last()),
        count(state.processes.living() as u64),
        count(state.alerts.len() as u64)
    )));
    if state.dropped() > 0 {
        let text = format!("  {} not shown", count(state.dropped()));
        spans.push(Span::styled(text, paint.bad()));
    }
    if state.processes.left_out > 0 {
        let text = format!("  {} processes left out", count(state.processes.left_out));
        spans.push(Span::styled(text, paint.bad()));
    }
    Line::from(spans)
}

fn health(model: &Model, paint: Paint) -> Span<'static> {
    let Some(status) = &model.state().status else { return Span::raw("asking") };
    let is_complete = status.degraded.is_empty() && status.events.lost == 0;
    match (&status.state, is_complete) {
        (AgentState::SteadyState, true) => Span::styled("complete", paint.good()),
        (AgentState::SteadyState, false) => Span::styled("DEGRADED", paint.bad()),
        (AgentState::Loading | AgentState::Ready, _) => Span::raw("not yet judging"),
        (AgentState::ShuttingDown, _) => Span::styled("SHUTTING DOWN", paint.bad()),
        (AgentState::StartupFailed { .. }, _) => Span::styled("COULD NOT START", paint.bad()),
    }
}

/// What can be done, or what is being done.
pub(super) fn foot(model: &Model, paint: Paint) -> Line<'static> {
    if model.mode == Mode::Typing {
        return Line::from(vec![
            Span::styled("/", paint.label()),
            Span::raw(cut(&model.filter)),
            Span::styled(" ", paint.chosen()),
        ]);
    }
    let mut spans = Vec::new();
    if model.is_paused() {
        spans.push(Span::styled("PAUSED ", paint.bad()));
    }
    if !model.filter.is_empty() {
        spans.push(Span::styled(format!("/{} ", cut(&model.filter)), paint.label()));
    }
    let keys = match model.mode {
        Mode::Details | Mode::Help => "q end  Esc back  j k move",
        Mode::List | Mode::Typing => "q end  ? keys  Enter details  / filter  p pause  Tab next",
    };
    spans.push(Span::styled(keys, paint.faint()));
    Line::from(spans)
}
