//! What is recorded: what is pressed, what happens meanwhile, and when a picture is taken.

use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use daemoneye_terminal::{Screen, Terminal};

use crate::agent::Agent;
use crate::demo::{Played, simulation};
use crate::home::Home;

/// Columns and lines.
pub(super) const SIZE: (u16, u16) = (80, 24);
/// How long a view is left alone before its picture is taken: what it shows comes within two
/// seconds.
const SETTLE: Duration = Duration::from_millis(2_500);
/// How long a picture is looked at.
const LOOK: Duration = Duration::from_millis(3_500);

/// One moment of the session.
pub(super) struct Picture {
    pub(super) title: &'static str,
    pub(super) screen: Screen,
    pub(super) shown: Duration,
}

pub(super) fn play(home: &Home) -> Result<Vec<Picture>> {
    let mut agent = Agent::start(home)?;
    agent.wait_until_steady()?;
    agent.wait_until_first_sweep()?;
    let socket = home.socket();
    let environment: [(&str, &OsStr); 1] = [("DAEMONEYE_SOCKET", socket.as_os_str())];
    let program = home.programs.join("daemoneye");
    let mut terminal = Terminal::start(&program, &["watch"], &environment, SIZE);
    terminal.wait_for("procmond");
    let mut pictures = Vec::new();
    let mut take = |title, terminal: &Terminal| {
        std::thread::sleep(SETTLE);
        pictures.push(Picture { title, screen: terminal.screen(), shown: LOOK });
    };
    let scratch = tempfile::Builder::new().prefix("daemoneye-demo-").tempdir_in("/tmp")?;
    let played = attacks(scratch.path())?;
    wait_for_alerts(&mut terminal);
    take("Processes", &terminal);
    for (key, sign, title) in [
        ("2", "SEVERITY", "Alerts"),
        ("G\r", "because", "Enter on an alert: why, and the event"),
        ("3", "RULE", "Rules: what each costs and has found"),
        ("4", "events in the last second", "Events and their rate"),
        ("5", "complete", "Health"),
        ("1/kworker\r", "/kworker", "A filter keeps the ancestors"),
    ] {
        terminal.press(key);
        terminal.wait_for(sign);
        take(title, &terminal);
    }
    terminal.press("q");
    terminal.wait_for_end();
    played.into_iter().try_for_each(Played::end)?;
    agent.stop()?;
    Ok(pictures)
}

/// Each simulation is to be seen before the first picture. The column of rules has 22 characters.
fn wait_for_alerts(terminal: &mut Terminal) {
    terminal.press("2");
    terminal.wait_until("every alert", |screen| {
        let text = screen.contents();
        simulation::ALL.iter().all(|one| text.contains(&one.rule[..one.rule.len().min(22)]))
    });
    terminal.press("1");
    terminal.wait_for("PROCESS");
}

fn attacks(scratch: &Path) -> Result<Vec<Played>> {
    let play = |one: &simulation::Simulation| (one.play)(scratch).context(one.what);
    simulation::ALL.iter().map(play).collect()
}
