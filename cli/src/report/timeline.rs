//! When alerts were made: one bar for each stretch of time, the worst at the bottom.

use daemoneye_bus::alert::{Alert, Severity};
use serde::Serialize;

use crate::render::{count, short_time};
use crate::terminal::Look;

/// Bars of the picture.
const BARS: usize = 48;
/// Every so many bars one is named.
const NAMED: usize = 8;
/// Width of a bar with its gap, and the height of the highest, in units of the picture.
const STEP: f64 = 20.0;
const GAP: f64 = 4.0;
const HEIGHT: f64 = 140.0;

/// The picture.
#[derive(Serialize)]
pub(super) struct Timeline {
    width: f64,
    height: f64,
    /// How many alerts the highest bar stands for.
    peak: String,
    parts: Vec<Part>,
    names: Vec<Name>,
}

/// What one bar has of one severity.
#[derive(Debug, Serialize)]
struct Part {
    severity: &'static str,
    x: f64,
    y: f64,
    width: f64,
    height: f64,
    says: String,
}

/// When a bar begins.
#[derive(Serialize)]
struct Name {
    x: f64,
    text: String,
}

/// The picture of these alerts from that time until now.
pub(super) fn draw(alerts: &[Alert], from: i64, look: &Look) -> Timeline {
    let stretch = (look.now.saturating_sub(from) / BARS as i64).max(1);
    let mut bars = [[0_u64; Severity::ALL.len()]; BARS];
    for alert in alerts {
        let bar = (alert.time.saturating_sub(from).max(0) / stretch) as usize;
        bars[bar.min(BARS - 1)][alert.severity as usize] += 1;
    }
    let peak = bars.iter().map(|bar| bar.iter().sum::<u64>()).max().unwrap_or(0);
    let begins = |bar: usize| short_time(from.saturating_add(stretch * bar as i64), look);
    let parts = (0..BARS).flat_map(|bar| stack(&bars[bar], bar, peak, &begins(bar)));
    let names = (0..BARS).step_by(NAMED);
    Timeline {
        width: STEP * BARS as f64,
        height: HEIGHT,
        peak: count(peak),
        parts: parts.collect(),
        names: names.map(|bar| Name { x: STEP * bar as f64, text: begins(bar) }).collect(),
    }
}

fn stack(bar: &[u64], place: usize, peak: u64, begins: &str) -> Vec<Part> {
    let mut y = HEIGHT;
    let worst_first =
        Severity::ALL.into_iter().rev().filter(|severity| bar[*severity as usize] > 0);
    let parts = worst_first.map(|severity| {
        let here = bar[severity as usize];
        let height = HEIGHT * here as f64 / peak as f64;
        y -= height;
        let says = format!("{begins}: {} {severity}", count(here));
        let x = STEP * place as f64;
        Part { severity: severity.name(), x, y, width: STEP - GAP, height, says }
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::{alert, look};

    #[test]
    fn every_alert_is_in_a_bar_whenever_it_was_made() {
        let look = look(80);
        let at = |time, severity| Alert { time, ..alert("x", severity) };
        let alerts = [
            at(i64::MIN, Severity::Low),
            at(0, Severity::High),
            at(look.now / 2, Severity::High),
            at(look.now, Severity::Info),
            at(i64::MAX, Severity::Critical),
        ];
        let timeline = draw(&alerts, 0, &look);
        assert_eq!(timeline.peak, "2");
        let said: Vec<_> = timeline.parts.iter().map(|part| (part.severity, part.x)).collect();
        let last = STEP * (BARS - 1) as f64;
        let half = STEP * (BARS / 2) as f64;
        assert_eq!(
            said,
            [("high", 0.0), ("low", 0.0), ("high", half), ("critical", last), ("info", last)]
        );
        for part in &timeline.parts {
            assert!(part.y >= 0.0 && part.y + part.height <= HEIGHT + 1e-9, "{part:?}");
        }
    }

    #[test]
    fn no_time_and_no_alerts_are_an_empty_picture() {
        let look = look(80);
        for from in [look.now, i64::MAX, 0] {
            assert!(draw(&[], from, &look).parts.is_empty());
        }
    }
}
