//! What is known of a ledger.

use serde::Serialize;

use super::escape;

/// What an audit has found, as JSON has it.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// Which ledger.
    pub(crate) origin: String,
    /// How many entries there are.
    pub(crate) entries: u64,
    /// Of them, batches.
    pub(crate) batches: u64,
    /// Of them, acts.
    pub(crate) acts: u64,
    /// The root over all of them, hexadecimal.
    pub(crate) root: String,
    /// How many checkpoints are believed.
    pub(crate) checkpoints: usize,
    /// How many entries the newest of them has signed.
    pub(crate) signed: u64,
    /// What is wrong, one sentence each.
    pub(crate) findings: Vec<String>,
    /// Whether nothing is.
    pub(crate) holds: bool,
}

/// The page.
pub(crate) fn page(report: &Report) -> String {
    let Report { origin, entries, batches, acts, root, checkpoints, signed, findings, holds } =
        report;
    let verdict = if *holds { "holds" } else { "DOES NOT HOLD" };
    let mut text = format!(
        "ledger       {} {verdict}\n\
         entries      {entries} = {batches} batches + {acts} acts\n\
         root         {root}\n\
         checkpoints  {checkpoints}, the newest over {signed} entries\n",
        escape(origin)
    );
    for finding in findings {
        text.push_str(&format!("wrong        {}\n", escape(finding)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_says_everything_and_hostile_text_is_harmless() {
        let report = Report {
            origin: "daemoneye/ledger/1".to_owned(),
            entries: 7,
            batches: 5,
            acts: 2,
            root: "ab".to_owned(),
            checkpoints: 2,
            signed: 6,
            findings: vec!["entry 3 \u{1b}[2J".to_owned()],
            holds: false,
        };
        let text = page(&report);
        assert!(text.starts_with("ledger       daemoneye/ledger/1 DOES NOT HOLD\n"), "{text}");
        assert!(text.contains("7 = 5 batches + 2 acts") && text.contains("wrong        entry 3"));
        assert!(!text.contains('\u{1b}'), "{text}");
    }
}
