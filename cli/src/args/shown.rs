//! Every command line that the documents and the help show is one.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{CommandFactory, Parser};

use super::Args;

/// The commands of a script, as words: what stands behind a `>` or a `#` is left out, and a pipe or
/// the like ends a command.
fn commands(script: &str) -> Vec<Vec<String>> {
    let (mut commands, mut words) = (Vec::new(), Vec::new());
    let mut word: Option<String> = None;
    let mut rest = script.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\'' | '"' => quoted(character, &mut rest, word.get_or_insert_default()),
            '\\' => match rest.next() {
                Some('\n') | None => {}
                Some(next) => word.get_or_insert_default().push(next),
            },
            '#' | '>' | '<' if word.is_none() => {
                while rest.next_if(|next| *next != '\n').is_some() {}
            }
            ' ' => words.extend(word.take()),
            '\n' | '|' | ';' | '&' => {
                words.extend(word.take());
                commands.push(std::mem::take(&mut words));
            }
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    commands.push(words);
    commands
}

fn quoted(end: char, rest: &mut impl Iterator<Item = char>, word: &mut String) {
    while let Some(character) = rest.next().filter(|character| *character != end) {
        match character {
            '\\' if end == '"' => word.extend(rest.next()),
            other => word.push(other),
        }
    }
}

/// What is asked of our program; what stands before its name is for the shell.
fn ours(script: &str) -> Vec<Vec<String>> {
    let own = |words: Vec<String>| {
        let before = |word: &&String| *word == "sudo" || word.contains('=');
        let name = words.iter().take_while(before).count();
        let is_ours = words.get(name).is_some_and(|word| Path::new(word).ends_with("daemoneye"));
        is_ours.then(|| words[name..].to_vec())
    };
    commands(script).into_iter().filter_map(own).collect()
}

/// The blocks of a page that are for a shell.
fn blocks(page: &str) -> Vec<&str> {
    let blocks = page.split("```sh\n").skip(1);
    blocks.filter_map(|block| Some(block.split_once("\n```")?.0)).collect()
}

fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let docs = fs::read_dir(root.join("docs")).expect("a folder");
    let docs = docs.map(|entry| entry.expect("an entry").path());
    let is_page = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "md");
    docs.filter(is_page).chain([root.join("README.md"), root.join("packaging/README.md")]).collect()
}

#[track_caller]
fn assert_is_one(words: &[String], place: &str) {
    if let Err(error) = Args::try_parse_from(words) {
        assert!(!error.use_stderr(), "{place}: {words:?}: {error}");
    }
}

#[test]
fn every_command_in_the_documents_is_one() {
    let mut seen = 0;
    for path in pages() {
        let page = fs::read_to_string(&path).expect("a page");
        for words in blocks(&page).into_iter().flat_map(ours) {
            assert_is_one(&words, &path.display().to_string());
            seen += 1;
        }
    }
    assert!(seen > 80, "only {seen} commands were found");
}

fn help(command: &clap::Command, seen: &mut usize) {
    let text = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let examples = text.split_once("Examples:\n").map(|(_, rest)| rest).unwrap_or_default();
    let examples = examples.split("\n\n").next().unwrap_or_default();
    for words in ours(examples) {
        assert_is_one(&words, command.get_name());
        *seen += 1;
    }
    command.get_subcommands().for_each(|command| help(command, seen));
}

#[test]
fn every_example_of_the_help_is_a_command() {
    let mut seen = 0;
    help(&Args::command(), &mut seen);
    assert!(seen > 60, "only {seen} commands were found");
}

#[test]
fn a_script_is_read_as_a_shell_reads_it() {
    let script = "sudo daemoneye query \"SELECT 'a'\n  FROM b\" -n 1 | jq .  # all\n\
                  X=1 usr/bin/daemoneye rules \\\n  --inert > file\ndaemoneye-pack x\n";
    let expected = [
        vec!["daemoneye", "query", "SELECT 'a'\n  FROM b", "-n", "1"],
        vec!["usr/bin/daemoneye", "rules", "--inert"],
    ];
    assert_eq!(ours(script), expected);
}
