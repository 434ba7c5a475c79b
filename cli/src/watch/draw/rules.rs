//! Rules, the dearest on top: what each costs and what it has found.

use daemoneye_bus::control::{RuleState, RuleStatus};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::super::model::Model;
use super::paint::Paint;
use super::table::{self, Column};
use crate::render::{count, cut, milliseconds};

const COLUMNS: &[Column] = &[
    Column::rest("RULE"),
    Column::left("STATE", 11, 50),
    Column::right("HITS", 7, 20),
    Column::right("JUDGED", 9, 60),
    Column::right("UNJUDGED", 8, 76),
    Column::right("MS", 9, 40),
    Column::right("COST", 5, 34),
];

pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    model: &Model,
    lines: &[&RuleStatus],
    chosen: usize,
    paint: Paint,
) {
    if lines.is_empty() {
        let why = if model.filter.is_empty() { "no rules" } else { "no rule with this text" };
        return table::empty(frame, area, why);
    }
    let fuel = |rule: &RuleStatus| u128::from(rule.fuel);
    let total: u128 = model.state().rules.iter().map(fuel).sum();
    let cells = |place: usize| cells(lines[place], total, paint);
    table::draw(frame, area, COLUMNS, (lines.len(), chosen), cells, paint);
}

/// The cost is the rule's share of all fuel.
fn cells(rule: &RuleStatus, total: u128, paint: Paint) -> Vec<Line<'static>> {
    let unjudged = rule.over_budget.saturating_add(rule.faulted).saturating_add(rule.shed);
    let cost = (u128::from(rule.fuel) * 100).checked_div(total).unwrap_or_default();
    let is_well = matches!(rule.state, RuleState::Active | RuleState::Inert);
    let state = if is_well {
        Span::raw(rule.state.name())
    } else {
        Span::styled(rule.state.name(), paint.bad())
    };
    vec![
        Line::from(cut(&rule.id)),
        Line::from(state),
        Line::from(count(rule.matched)),
        Line::from(count(rule.judged)),
        Line::from(count(unjudged)),
        Line::from(rule.fuel_us.map(milliseconds).unwrap_or_default()),
        Line::from(format!("{cost} %")),
    ]
}
