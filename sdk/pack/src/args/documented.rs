//! Every command that the documents and the example workflow tell people to run is one.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser as _;
use saphyr_parser::{Event, Parser};

use super::Args;

const WORKFLOW: &str =
    include_str!("../../../../docs/examples/rule-repository/.github/workflows/rules.yml");
/// Words after which a line of a shell is no longer the command's.
const ENDS: [&str; 8] = ["|", "||", "&&", ";", ">", ">>", "<", "#"];

enum Yaml {
    Scalar(String),
    List(Vec<Yaml>),
    Map(BTreeMap<String, Yaml>),
}

fn yaml(text: &str) -> Result<Yaml, String> {
    let mut events = Parser::new_from_str(text)
        .map(|event| event.map(|(event, _)| event).map_err(|error| error.to_string()));
    loop {
        let event = events.next().ok_or("no document")??;
        if !matches!(event, Event::StreamStart | Event::DocumentStart(_)) {
            return node(event, &mut events)?.ok_or_else(|| "no value".to_owned());
        }
    }
}

/// The value that begins with this event; nothing where a list or map ends.
fn node<'y>(
    event: Event<'y>,
    events: &mut impl Iterator<Item = Result<Event<'y>, String>>,
) -> Result<Option<Yaml>, String> {
    let next = |events: &mut dyn Iterator<Item = Result<Event<'y>, String>>| {
        events.next().ok_or("a torn document")?
    };
    match event {
        Event::Scalar(text, ..) => Ok(Some(Yaml::Scalar(text.into_owned()))),
        Event::SequenceStart(..) => {
            let mut list = Vec::new();
            while let Some(item) = node(next(events)?, events)? {
                list.push(item);
            }
            Ok(Some(Yaml::List(list)))
        }
        Event::MappingStart(..) => {
            let mut map = BTreeMap::new();
            while let Some(key) = node(next(events)?, events)? {
                let Yaml::Scalar(key) = key else { return Err("a key that is no text".to_owned()) };
                let value = node(next(events)?, events)?.ok_or("a key without a value")?;
                if map.insert(key.clone(), value).is_some() {
                    return Err(format!("key {key:?} twice"));
                }
            }
            Ok(Some(Yaml::Map(map)))
        }
        Event::SequenceEnd | Event::MappingEnd => Ok(None),
        other => Err(format!("{other:?}")),
    }
}

/// What stands behind each key `run`, anywhere.
fn runs(yaml: &Yaml, found: &mut Vec<String>) {
    match yaml {
        Yaml::Scalar(_) => {}
        Yaml::List(items) => items.iter().for_each(|item| runs(item, found)),
        Yaml::Map(map) => map.iter().for_each(|(key, value)| match value {
            Yaml::Scalar(text) if key == "run" => found.push(text.clone()),
            value => runs(value, found),
        }),
    }
}

/// The words of each command of the tool in lines of a shell; those in quotes are one word.
fn commands(shell: &str) -> Vec<Vec<String>> {
    let shell = shell.replace("\\\n", " ");
    let lines = shell.lines().flat_map(|line| line.split(" | "));
    let commands = lines.filter(|line| line.trim().starts_with("daemoneye-pack "));
    commands
        .map(|line| words(line).into_iter().take_while(|w| !ENDS.contains(&&**w)).collect())
        .collect()
}

fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (number, part) in line.split(['"', '\'']).enumerate() {
        match number % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

#[track_caller]
fn understood(command: &[String]) {
    if let Err(error) = Args::try_parse_from(command) {
        panic!("{}: {error}", command.join(" "));
    }
}

#[test]
fn the_workflow_is_yaml_and_names_only_commands_and_flags_that_there_are() {
    let workflow = yaml(WORKFLOW).expect("YAML");
    let mut found = Vec::new();
    runs(&workflow, &mut found);
    let commands: Vec<Vec<String>> = found.iter().flat_map(|text| commands(text)).collect();
    let used: Vec<&str> = commands.iter().map(|words| words[1].as_str()).collect();
    for name in ["test", "bench", "diff", "inspect", "sign", "verify", "build", "build-plugin"] {
        assert!(used.contains(&name), "{name} is not in {used:?}");
    }
    commands.iter().for_each(|command| understood(command));
}

/// Every file of Markdown in a folder and below it.
fn markdown(folder: &Path) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let of = |path: PathBuf| if path.is_dir() { markdown(&path) } else { vec![path] };
    let files = entries.flat_map(of);
    files.filter(|path| path.extension().is_some_and(|ending| ending == "md")).collect()
}

#[test]
fn every_command_in_a_block_of_the_documents_is_understood() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut count = 0;
    for file in [markdown(&workspace.join("docs")), vec![workspace.join("README.md")]].concat() {
        let text = fs::read_to_string(&file).expect("text");
        for block in text.split("```sh\n").skip(1) {
            for command in commands(block.split("```").next().unwrap_or_default()) {
                understood(&command);
                count += 1;
            }
        }
    }
    assert!(count > 15, "{count} commands");
}

#[test]
fn what_is_no_command_and_no_yaml_is_found_out() {
    let wrong = |shell: &str| Args::try_parse_from(&commands(shell)[0]).is_err();
    assert!(wrong("daemoneye-pack tset pack"));
    assert!(wrong("daemoneye-pack test pack --bening events.jsonl"));
    assert!(!wrong(
        "daemoneye-pack revoke roots --signer 0123456789abcdef --reason \"a b\" --key k"
    ));
    for text in ["a: [", "a: 1\na: 2\n", "a: b: c\n", ""] {
        assert!(yaml(text).is_err(), "{text:?}");
    }
}
