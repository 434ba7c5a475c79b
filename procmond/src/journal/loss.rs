//! What a restart found to be damaged, in words. Pure.

use daemoneye_ledger::Found;
use daemoneye_wal::Recovery;

/// One sentence for each loss.
pub fn losses(log: &Recovery, ledger: &Found) -> Vec<String> {
    let mut sentences = Vec::new();
    if log.torn > 0 {
        sentences.push(format!("write-ahead log: {} torn bytes at its end were cut", log.torn));
    }
    if log.damaged > 0 {
        let (bytes, batches) = (log.damaged, log.missing);
        sentences.push(format!(
            "write-ahead log: {bytes} damaged bytes; {batches} batches that waited are lost"
        ));
    }
    if ledger.torn > 0 {
        sentences.push(format!("ledger: {} torn bytes at its end were cut", ledger.torn));
    }
    for damage in &ledger.damage {
        sentences.push(format!("ledger: {damage}; it was put aside and a new one began"));
    }
    sentences
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_said_of_what_is_whole_and_each_loss_is_named() {
        assert!(losses(&Recovery::default(), &Found::default()).is_empty());
        let log = Recovery { torn: 3, damaged: 40, missing: 2, waiting: 0 };
        let said = losses(&log, &Found { torn: 9, damage: Vec::new() }).join("\n");
        for part in ["3 torn bytes", "40 damaged bytes; 2 batches", "ledger: 9 torn bytes"] {
            assert!(said.contains(part), "{said}");
        }
    }
}
