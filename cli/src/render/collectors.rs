//! Collectors as a table.

use daemoneye_bus::control::CollectorStatus;

use super::table::{self, lines, number};
use crate::terminal::Look;

/// The table.
pub(crate) fn table(collectors: &[CollectorStatus], look: &Look) -> String {
    if collectors.is_empty() {
        return "no collectors\n".to_owned();
    }
    let labels = ["pid", "restarts", "seen", "lost", "state", "collector", "sees by"];
    let mut table = table::table(&labels, 0..4, look);
    for CollectorStatus { registration, restarts, heartbeat, state, .. } in collectors {
        table.add_row([
            table::text(&registration.pid.to_string()),
            number(*restarts),
            number(heartbeat.seen),
            number(heartbeat.lost),
            table::text(if heartbeat.paused { "paused" } else { state.name() }),
            table::text(&registration.id),
            table::text(&registration.capabilities.join(", ")),
        ]);
    }
    lines(&table, look)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::{assert_fits, hostile, look, status};

    #[test]
    fn each_collector_says_how_it_is_and_what_it_sees() {
        let expected = "\
PID  RESTARTS    SEEN  LOST  STATE    COLLECTOR  SEES BY
 43         1  12,345     7  running  procmond   proc connector, sweep
";
        assert_eq!(table(&status().collectors, &look(100)), expected);
        assert_eq!(table(&[], &look(100)), "no collectors\n");
    }

    #[test]
    fn the_table_fits_and_hostile_text_is_harmless_at_any_width() {
        for width in [60, 80, 200] {
            assert_fits(&table(&hostile().collectors, &look(width)), width);
        }
    }
}
