//! The contract, kept or broken.

use std::sync::OnceLock;

use daemoneye_sdk::rules::{
    Batch, Candidate, Declaration, Evidence, Finding, Guest, GuestScan, Plan, Rule, Verdict,
};

use crate::memory;
use crate::mode::{self, Mode, Word};

/// A row that no batch can have.
const FAR_ROW: u32 = 4_000_000;
/// A rule that is never declared.
const FAR_RULE: u32 = 99;
/// Findings of a flood, each with so many bytes.
const FLOOD: (u32, usize) = (100_000, 256);

static MODE: OnceLock<(Mode, u64)> = OnceLock::new();

pub(crate) struct Misbehaver;

impl Misbehaver {
    pub(crate) fn mode() -> Mode {
        MODE.get().expect("load comes before everything").0
    }
}

/// An open batch.
pub(crate) struct Scan {
    mode: Mode,
    amount: u64,
    batch: Batch,
}

impl Guest for Misbehaver {
    type Scan = Scan;

    fn load(plans: Vec<Plan>) -> Result<Declaration, String> {
        let [plan] = plans.as_slice() else {
            return Err(format!("{} plans where one names the mode", plans.len()));
        };
        let mode = Mode::named(&plan.rule).ok_or_else(|| format!("no mode {:?}", plan.rule))?;
        let amount = std::str::from_utf8(&plan.bytes).ok().and_then(|text| text.parse().ok());
        let column = match MODE.get_or_init(|| (mode, amount.unwrap_or(u64::MAX))).0 {
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
        let (mode, amount) = *MODE.get().expect("load comes before the first batch");
        if mode == Mode::LoopInOpen {
            mode::forever();
        }
        Scan { mode, amount, batch }
    }

    fn candidates(&self) -> Vec<Candidate> {
        let ascending = 0..self.batch.rows;
        let (rule, rows): (u32, Vec<u32>) = match self.mode {
            Mode::RulesBeyond => (FAR_RULE, ascending.collect()),
            Mode::Unordered => (0, ascending.clone().rev().chain(ascending).collect()),
            Mode::LoopInCandidates if ascending.clone().any(|row| self.is_poison(row)) => {
                mode::forever()
            }
            Mode::Words => (0, ascending.filter(|row| self.word(*row) != Word::Filter).collect()),
            _ => (0, ascending.collect()),
        };
        if rows.is_empty() { Vec::new() } else { vec![Candidate { rule, rows }] }
    }

    fn evaluate(&self, candidate: Candidate, _steps: u64) -> Verdict {
        let mut rows = candidate.rows;
        let mut over_budget = Vec::new();
        match self.mode {
            Mode::Trap => panic!("trap in evaluate"),
            Mode::Loop => mode::forever(),
            Mode::Chase => mode::chase(),
            Mode::Allocate => mode::allocate(self.amount),
            Mode::Deep => {
                std::hint::black_box(mode::deeper(self.amount));
            }
            Mode::TrapOnPoison => {
                let poison = rows.drain(..).find(|row| self.is_poison(*row));
                assert_eq!(poison, None, "a row with poison");
            }
            Mode::Remember | Mode::Liar => rows.retain(|_| memory::is_third()),
            Mode::RowsBeyond => rows = vec![FAR_ROW],
            Mode::Flood => rows = (0..FLOOD.0).collect(),
            Mode::Words => {
                assert!(rows.iter().all(|row| self.word(*row) != Word::Trap), "a row says trap");
                over_budget.extend(rows.iter().filter(|row| self.word(**row) == Word::Over));
                rows.retain(|row| self.word(*row) == Word::Match);
            }
            _ => {}
        }
        Verdict { findings: rows.iter().map(|row| self.finding(*row)).collect(), over_budget }
    }
}

impl Drop for Scan {
    fn drop(&mut self) {
        assert_ne!(self.mode, Mode::TrapInClose, "trap in close");
    }
}

impl Scan {
    fn command_line(&self, row: u32) -> &str {
        self.batch.text(0).and_then(|text| text.get(row as usize)).unwrap_or_default()
    }

    fn word(&self, row: u32) -> Word {
        Word::of(self.command_line(row))
    }

    fn is_poison(&self, row: u32) -> bool {
        self.command_line(row).contains("poison")
    }

    fn finding(&self, row: u32) -> Finding {
        let amount = usize::try_from(self.amount).unwrap_or(usize::MAX);
        let (pieces, value) = match self.mode {
            Mode::Pieces => (amount, String::new()),
            Mode::Text => (1, "x".repeat(amount)),
            Mode::Flood => (1, "x".repeat(FLOOD.1)),
            _ => (1, self.command_line(row).to_owned()),
        };
        Finding { row, evidence: vec![evidence(value); pieces] }
    }
}

fn evidence(value: String) -> Evidence {
    Evidence { clause: String::new(), field: "command_line".to_owned(), value }
}

daemoneye_sdk::export_rules!(Misbehaver);
