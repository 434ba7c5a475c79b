//! What a rule would have raised.

use daemoneye_bus::control::{Cell, TrialReport};
use serde::Serialize;
use serde_json::{Map, Value as Json};

use super::escape::{cut, escape};
use super::rows::{grid, value};
use super::words::count;
use crate::terminal::Look;

/// The report as JSON: each finding is an object.
#[derive(Serialize)]
pub(crate) struct Document<'a> {
    id: &'a str,
    title: &'a str,
    inert: Option<&'a str>,
    scanned: u64,
    matched: u64,
    programs: u64,
    unjudged: u64,
    fuel: u64,
    findings: Vec<Map<String, Json>>,
    complete: bool,
    degraded: &'a [String],
}

impl<'a> From<&'a TrialReport> for Document<'a> {
    fn from(report: &'a TrialReport) -> Self {
        let object = |row: &Vec<Option<Cell>>| {
            report.columns.iter().cloned().zip(row.iter().map(value)).collect()
        };
        Document {
            id: &report.id,
            title: &report.title,
            inert: report.inert.as_deref(),
            scanned: report.scanned,
            matched: report.matched,
            programs: report.programs,
            unjudged: report.unjudged,
            fuel: report.fuel,
            findings: report.rows.iter().map(object).collect(),
            complete: report.degraded.is_empty() && report.unjudged == 0,
            degraded: &report.degraded,
        }
    }
}

/// The report for people: the first findings, and what it comes to.
pub(crate) fn text(report: &TrialReport, look: &Look) -> String {
    let mut text = format!("{}: {}\n", cut(&report.id), cut(&report.title));
    if let Some(why) = &report.inert {
        return text + &format!("it can never match here: {}\n", escape(why));
    }
    if !report.rows.is_empty() {
        text += &format!("\n{}\n", grid(&report.columns, &report.rows, look));
    }
    let (matched, scanned) = (count(report.matched), count(report.scanned));
    text += &format!(
        "it would have matched {matched} of {scanned} events, of {} programs\n",
        count(report.programs)
    );
    let left = report.matched.saturating_sub(report.rows.len() as u64);
    if left > 0 {
        text += &format!("{} matches are not shown, see --limit\n", count(left));
    }
    let per_event = report.fuel.checked_div(report.scanned).unwrap_or(0);
    text += &format!("cost: {} fuel, {} per event\n", count(report.fuel), count(per_event));
    if report.unjudged > 0 {
        text += &format!("not complete: {} events were not judged\n", count(report.unjudged));
    }
    for why in &report.degraded {
        text += &format!("not complete: {}\n", escape(why));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::{HOSTILE, assert_fits, look};

    fn report(text: &str) -> TrialReport {
        TrialReport {
            id: text.to_owned(),
            title: text.to_owned(),
            inert: None,
            scanned: 1_000,
            matched: 3,
            programs: 2,
            unjudged: 1,
            fuel: 5_000,
            columns: vec!["time".to_owned(), "name".to_owned()],
            rows: vec![vec![Some(Cell::Integer(1)), Some(Cell::Text(text.to_owned()))]],
            degraded: vec![text.to_owned()],
        }
    }

    #[test]
    fn what_it_would_have_raised_is_counted_and_what_it_costs() {
        let text = text(&report("x"), &look(80));
        for said in [
            "it would have matched 3 of 1,000 events, of 2 programs\n",
            "2 matches are not shown",
            "cost: 5,000 fuel, 5 per event\n",
            "not complete: 1 events were not judged\n",
            "not complete: x\n",
        ] {
            assert!(text.contains(said), "{said}: {text}");
        }
    }

    #[test]
    fn hostile_text_is_harmless() {
        let rows = TrialReport { degraded: Vec::new(), title: String::new(), ..report(HOSTILE) };
        let text = text(&rows, &look(200));
        assert_fits(&text, 200);
    }
}
