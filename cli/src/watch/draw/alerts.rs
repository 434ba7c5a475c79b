//! Alerts, the newest on top.

use daemoneye_bus::alert::Alert;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::super::model::Model;
use super::paint::Paint;
use super::table::{self, Column};
use crate::render::{alert_text, clock, cut};

const COLUMNS: &[Column] = &[
    Column::left("SEVERITY", 8, 30),
    Column::left("TIME", 8, 45),
    Column::left("RULE", 22, 75),
    Column::rest("WHAT"),
];

pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    model: &Model,
    lines: &[&(u64, Alert)],
    chosen: usize,
    paint: Paint,
) {
    if lines.is_empty() {
        let why = if model.filter.is_empty() { "no alerts" } else { "no alert with this text" };
        return table::empty(frame, area, why);
    }
    let cells = |place: usize| {
        let alert: &Alert = &lines[place].1;
        vec![
            Line::from(Span::styled(alert.severity.name(), paint.severity(alert.severity))),
            Line::from(clock(alert.time, &model.look)),
            Line::from(cut(&alert.rule)),
            Line::from(cut(&alert_text(alert))),
        ]
    };
    table::draw(frame, area, COLUMNS, (lines.len(), chosen), cells, paint);
}
