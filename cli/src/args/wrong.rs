//! Every command with every argument wrong: the tree of commands is walked, so that none is
//! forgotten.

use std::any::TypeId;
use std::path::PathBuf;

use clap::{Arg, Command, CommandFactory, Parser};

use super::Args;
use super::query::Parameter;
use crate::exit::complaint;

/// No number, time, severity, shell or name of a command.
const NONSENSE: &str = "no-such-thing";

/// Every command by the words that lead to it, with its own options and the global ones.
fn commands() -> Vec<(Vec<String>, Command)> {
    let mut root = Args::command();
    root.build();
    let mut found = Vec::new();
    let mut open = vec![(vec!["daemoneye".to_owned()], root)];
    while let Some((words, command)) = open.pop() {
        for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
            let words = [words.clone(), vec![below.get_name().to_owned()]].concat();
            open.push((words, below.clone()));
        }
        found.push((words, command));
    }
    found
}

/// Whether any text will do.
fn takes_any_text(argument: &Arg) -> bool {
    let kind = argument.get_value_parser().type_id();
    let any_text = [TypeId::of::<String>(), TypeId::of::<PathBuf>(), TypeId::of::<Parameter>()];
    any_text.iter().any(|any| kind == *any)
}

#[track_caller]
fn assert_refused(words: &[String], named: &str) {
    let error = Args::try_parse_from(words).err().unwrap_or_else(|| panic!("{words:?} is taken"));
    let said = complaint(&error);
    assert_eq!(error.exit_code(), 2, "{words:?}");
    assert!(said.contains(named), "{words:?}: {named:?} is not in\n{said}");
}

fn with(words: &[String], more: &[&str]) -> Vec<String> {
    words.iter().cloned().chain(more.iter().map(|word| (*word).to_owned())).collect()
}

#[test]
fn every_option_names_the_value_that_it_does_not_take() {
    let mut tried = 0;
    for (words, command) in commands() {
        let options = command.get_arguments().filter(|argument| !argument.is_positional());
        for option in options.filter(|option| option.get_action().takes_values()) {
            let Some(long) = option.get_long() else { continue };
            let flag = format!("--{long}");
            assert_refused(&with(&words, &[&flag]), &flag);
            if !takes_any_text(option) {
                assert_refused(&with(&words, &[&flag, NONSENSE]), NONSENSE);
                assert_refused(&with(&words, &[&flag, ""]), &flag);
                tried += 1;
            }
        }
    }
    assert!(tried >= 20, "{tried} options");
}

#[test]
fn every_place_names_the_value_that_it_does_not_take() {
    for (words, command) in commands() {
        let mut before = words.clone();
        for place in command.get_positionals() {
            if takes_any_text(place) {
                before.push("x".to_owned());
            } else {
                assert_refused(&with(&before, &[NONSENSE]), NONSENSE);
                break;
            }
        }
    }
}

#[test]
fn every_command_names_the_option_that_it_does_not_have() {
    for (words, _) in commands() {
        assert_refused(&with(&words, &["--no-such-option"]), "--no-such-option");
        assert_refused(&with(&words, &["-Ω"]), "-Ω");
    }
}

#[test]
fn every_command_that_takes_no_more_names_what_is_too_much() {
    for (words, command) in commands() {
        if command.get_positionals().next().is_none() {
            assert_refused(&with(&words, &[NONSENSE]), NONSENSE);
        }
    }
}

#[test]
fn every_command_has_help() {
    for (words, _) in commands() {
        let error = Args::try_parse_from(with(&words, &["--help"])).expect_err("help");
        assert_eq!(error.exit_code(), 0, "{words:?}");
        assert!(error.to_string().contains("Usage: daemoneye"), "{words:?}");
    }
}

#[test]
fn a_complaint_is_harmless_whatever_was_typed() {
    for typed in ["\x1b[2J", "a\u{202e}b", "\u{9b}31m", "a\0b", "a\rb\x07"] {
        let words = ["daemoneye", "alerts", "--limit", typed].map(str::to_owned);
        let said = complaint(&Args::try_parse_from(words).expect_err("no number"));
        assert!(!said.chars().any(|c| c != '\n' && crate::render::is_hostile(c)), "{said:?}");
    }
}
