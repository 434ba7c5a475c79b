//! A rule for each plan that it is handed: finds events whose name is `golden`, and is over its
//! budget where the share of a processor is a quarter. A plan `refuse` is refused. The batch that is
//! open stays with the guest, which panics if it is asked for a scan.
//!
//! Nothing is shared with the guest of another version, however alike they are: each stays as it was.

wit_bindgen::generate!({ path: "../../../../wit/published/0.1.1", world: "current-rule-plugin" });

use std::sync::Mutex;

use exports::daemoneye::plugin::current;
use exports::daemoneye::plugin::rules::{
    Batch, Candidate, Declaration, Evidence, Finding, Guest, GuestScan, Place, Plan, Rule, Verdict,
};

/// Each kind of column: text, integers, fractions.
const COLUMNS: [&str; 3] = ["name", "pid", "cpu_usage"];

struct Rules;

struct Scan(Batch);

static CURRENT: Mutex<Option<Scan>> = Mutex::new(None);

impl Guest for Rules {
    type Scan = Scan;

    fn load(plans: Vec<Plan>) -> Result<Declaration, String> {
        if plans.iter().any(|plan| plan.rule == "refuse") {
            return Err("rule \"refuse\": as asked for".to_owned());
        }
        let rules = plans.into_iter().map(|plan| Rule { id: plan.rule, columns: vec![0, 1, 2] });
        Ok(Declaration { columns: COLUMNS.map(str::to_owned).to_vec(), rules: rules.collect() })
    }
}

impl Scan {
    /// The number of the part of its list that a column has, if the row has a value in it.
    fn place(&self, column: usize, row: u32) -> Option<usize> {
        let width = self.0.rows.div_ceil(8) as usize;
        let byte = self.0.validity[column * width + row as usize / 8];
        let number = match self.0.columns[column] {
            Place::Absent => return None,
            Place::Integers(number) | Place::Floats(number) | Place::Text(number) => number,
        };
        (byte >> (row % 8) & 1 == 1).then_some(number as usize)
    }

    fn name(&self, row: u32) -> Option<&str> {
        let at = self.place(0, row)? * (self.0.rows as usize + 1) + row as usize;
        let (start, end) = (self.0.offsets[at] as usize, self.0.offsets[at + 1] as usize);
        std::str::from_utf8(&self.0.bytes[start..end]).ok()
    }

    fn pid(&self, row: u32) -> Option<i64> {
        Some(self.0.integers[self.place(1, row)? * self.0.rows as usize + row as usize])
    }

    fn share(&self, row: u32) -> Option<f64> {
        Some(self.0.floats[self.place(2, row)? * self.0.rows as usize + row as usize])
    }

    fn finding(&self, row: u32) -> Option<Finding> {
        let because = |clause: &str, field: &str, value: String| Evidence {
            clause: clause.to_owned(),
            field: field.to_owned(),
            value,
        };
        let name = self.name(row).filter(|name| *name == "golden")?;
        let mut evidence = vec![because("is golden", COLUMNS[0], name.to_owned())];
        evidence.extend(self.pid(row).map(|pid| because("is", COLUMNS[1], pid.to_string())));
        evidence
            .extend(self.share(row).map(|share| because("uses", COLUMNS[2], share.to_string())));
        Some(Finding { row, evidence })
    }
}

impl current::Guest for Rules {
    fn open(batch: Batch) -> Vec<Candidate> {
        let candidates = vec![Candidate { rule: 0, rows: (0..batch.rows).collect() }];
        *CURRENT.lock().expect("one thread") = Some(Scan(batch));
        candidates
    }

    fn evaluate(candidate: Candidate, _steps: u64) -> Verdict {
        let current = CURRENT.lock().expect("one thread");
        let scan = current.as_ref().expect("a batch is open");
        let (over_budget, judged): (Vec<u32>, Vec<u32>) =
            candidate.rows.into_iter().partition(|row| scan.share(*row) == Some(0.25));
        let findings = judged.into_iter().filter_map(|row| scan.finding(row)).collect();
        Verdict { findings, over_budget }
    }

    fn close() {
        *CURRENT.lock().expect("one thread") = None;
    }
}

impl GuestScan for Scan {
    fn new(_batch: Batch) -> Self {
        panic!("the agent asks for the current batch where it can");
    }

    fn candidates(&self) -> Vec<Candidate> {
        unreachable!("there is no scan");
    }

    fn evaluate(&self, _candidate: Candidate, _steps: u64) -> Verdict {
        unreachable!("there is no scan");
    }
}

export!(Rules);
