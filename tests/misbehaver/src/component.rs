//! The contract, kept or broken.

use std::sync::OnceLock;

use daemoneye_sdk::rules::{
    Batch, Candidate, Declaration, Evidence, Finding, Guest, GuestScan, Plan, Rule, Verdict,
};

use crate::mode::{self, Mode};

/// A row that no batch can have.
const FAR_ROW: u32 = 4_000_000;
/// A rule that is never declared.
const FAR_RULE: u32 = 99;
/// Findings of a flood, each with so many bytes.
const FLOOD: (u32, usize) = (100_000, 256);

static MODE: OnceLock<Mode> = OnceLock::new();

struct Misbehaver;

/// An open batch.
pub(crate) struct Scan {
    mode: Mode,
    batch: Batch,
}

impl Guest for Misbehaver {
    type Scan = Scan;

    fn load(plans: Vec<Plan>) -> Result<Declaration, String> {
        let [plan] = plans.as_slice() else {
            return Err(format!("{} plans where one names the mode", plans.len()));
        };
        let mode = Mode::named(&plan.rule).ok_or_else(|| format!("no mode {:?}", plan.rule))?;
        let column = match MODE.get_or_init(|| mode) {
            Mode::TrapInLoad => panic!("trap in load"),
            Mode::BadDeclaration => "colour_of_the_process",
            _ => "command_line",
        };
        let rule = Rule { id: plan.rule.clone(), columns: vec![0] };
        Ok(Declaration { columns: vec![column.to_owned()], rules: vec![rule] })
    }
}

impl GuestScan for Scan {
    fn new(batch: Batch) -> Self {
        let mode = *MODE.get().expect("load comes before the first batch");
        if mode == Mode::LoopInOpen {
            mode::forever();
        }
        Scan { mode, batch }
    }

    fn candidates(&self) -> Vec<Candidate> {
        let ascending = 0..self.batch.rows;
        let (rule, rows) = match self.mode {
            Mode::RulesBeyond => (FAR_RULE, ascending.collect()),
            Mode::Unordered => (0, ascending.clone().rev().chain(ascending).collect()),
            _ => (0, ascending.collect()),
        };
        vec![Candidate { rule, rows }]
    }

    fn evaluate(&self, candidate: Candidate, _steps: u64) -> Verdict {
        let findings = match self.mode {
            Mode::Trap => panic!("trap in evaluate"),
            Mode::Loop => mode::forever(),
            Mode::Allocate => mode::allocate(),
            Mode::Deep => panic!("the stack did not end: {}", mode::deeper(0)),
            Mode::TrapOnPoison => {
                candidate.rows.iter().for_each(|row| self.refuse_poison(*row));
                Vec::new()
            }
            Mode::RowsBeyond => vec![self.finding(FAR_ROW)],
            Mode::Flood => (0..FLOOD.0).map(flood).collect(),
            _ => candidate.rows.iter().map(|row| self.finding(*row)).collect(),
        };
        Verdict { findings, over_budget: Vec::new() }
    }
}

impl Scan {
    fn command_line(&self, row: u32) -> &str {
        self.batch.text(0).and_then(|text| text.get(row as usize)).unwrap_or_default()
    }

    fn refuse_poison(&self, row: u32) {
        assert!(!self.command_line(row).contains("poison"), "poison in row {row}");
    }

    fn finding(&self, row: u32) -> Finding {
        finding(row, self.command_line(row).to_owned())
    }
}

fn flood(row: u32) -> Finding {
    finding(row, "x".repeat(FLOOD.1))
}

fn finding(row: u32, value: String) -> Finding {
    let (clause, field) = ("any row".to_owned(), "command_line".to_owned());
    Finding { row, evidence: vec![Evidence { clause, field, value }] }
}

daemoneye_sdk::export_rules!(Misbehaver);
