//! Plugins that are no rules, and never come to an end: computing, calling, waiting.

use std::time::Instant;

use daemoneye_host::capability::Grants;
use daemoneye_host::plugin::{Allowed, Caps, Fault, Language, Receipt, Sandbox, SinkPlugin};
use daemoneye_host::sight::Sight;
use daemoneye_tests::{cache, component};

use crate::sandbox::LONG;

fn sandbox(caps: Caps) -> Sandbox {
    let sandbox = Sandbox::new(Some(&cache())).expect("a sandbox");
    sandbox.allowing(Allowed { caps, ..Allowed::default() })
}

/// One delivery of an alert with so many bytes.
fn deliver(mode: &str, bytes: usize, caps: Caps) -> Result<Vec<Receipt>, Fault> {
    let folder = tempfile::tempdir().expect("a folder");
    let directory = Some(folder.path().to_owned());
    let grants = Grants { console: true, directory, ..Grants::default() };
    let (wasm, config) = (component("test/ungranted.wasm"), format!("{{\"mode\":\"{mode}\"}}"));
    let sink = SinkPlugin::load(&sandbox(caps), "ungranted", &wasm, config, grants);
    let mut sink = sink.unwrap_or_else(|error| panic!("{mode}: {error}"));
    sink.deliver(&[("1".to_owned(), "x".repeat(bytes))])
}

#[test]
fn a_sink_that_computes_for_ever_is_stopped_when_its_time_is_over() {
    let caps = Caps { delivery_s: 1, ..Caps::default() };
    let delivered = Ok(vec![Receipt::Delivered]);
    assert_eq!(deliver("append", 1, caps), delivered);
    let started = Instant::now();
    let stopped = deliver("chase", 1, caps);
    // The fuel that a delivery has may end before, on a fast machine.
    let typed = matches!(stopped, Err(Fault::Deadline(_) | Fault::OutOfFuel(_)));
    assert!(typed && started.elapsed() < LONG, "{stopped:?}");
}

#[test]
fn a_sink_calls_the_host_as_often_as_it_may_and_not_once_more() {
    let caps = Caps { host_calls: 100, ..Caps::default() };
    assert_eq!(deliver("measure", 100, caps), Ok(vec![Receipt::Delivered]));
    assert_eq!(deliver("measure", 101, caps), Err(Fault::HostCalls(100)));
}

#[test]
fn a_call_into_the_host_carries_a_mebibyte_and_not_more() {
    assert_eq!(deliver("wide", 1_000, Caps::default()), Ok(vec![Receipt::Delivered]));
    let refused = deliver("wide", 1_100, Caps::default());
    assert!(matches!(refused, Err(Fault::TooMuch(_))), "{refused:?}");
}

fn babbler(caps: Caps) -> Language {
    let bytes = component("test/babbler.wasm");
    Language::load(&sandbox(caps), "babbler", &bytes, Sight::Recorded).expect("a language")
}

#[test]
fn a_language_that_never_ends_costs_its_rule_and_no_other() {
    let mut language = babbler(Caps { compile_s: 1, ..Caps::default() });
    let said = |language: &mut Language, text: &str| {
        let started = Instant::now();
        let said = language.compile("rule", text, None).err().map(|all| all[0].to_string());
        assert!(started.elapsed() < LONG, "{text}");
        said
    };
    let table = [
        ("loop", "1:1: language babbler: still busy after 1000 ms"),
        ("chase", "1:1: language babbler: still busy after 1000 ms"),
        ("trap", "1:1: language babbler: trapped: "),
        ("flood", "1:1: language babbler: answer over the limit: "),
        ("nonsense", "1:1: nonsense"),
    ];
    for (text, why) in table {
        let found = said(&mut language, text).expect(text);
        assert!(found.starts_with(why), "{text}: {found}");
        assert_eq!(said(&mut language, "obey"), None, "after {text}");
    }
}

#[test]
fn a_deadline_that_is_not_reached_changes_nothing() {
    let mut language = babbler(Caps { compile_s: LONG.as_secs(), ..Caps::default() });
    assert!(language.compile("rule", "obey", None).is_ok());
}
