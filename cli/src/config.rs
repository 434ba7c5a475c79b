//! This program's own configuration: `cli.toml`, the environment, and what was said.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use daemoneye_config::{ConfigError, Layers, Places};
use serde::{Deserialize, Serialize};

use crate::args::{Args, Format};

/// The name of its files.
pub(crate) const FILE: &str = "cli.toml";
/// What variables of the environment begin with that say it: `DAEMONEYE_CLI__FORMAT`.
const PREFIX: &str = "DAEMONEYE_CLI__";

/// How an operator wants to be answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    /// The agent's socket. Not said: where an agent of this user or of the system has it.
    pub(crate) socket: Option<PathBuf>,
    /// How answers are written.
    pub(crate) format: Format,
    /// Whether a terminal gets colours.
    pub(crate) color: bool,
}

impl Default for Config {
    fn default() -> Self {
        Config { socket: None, format: Format::Table, color: true }
    }
}

/// The environment over this file, or over those of the user and the system.
pub(crate) fn layers(
    file: Option<&Path>,
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Layers, ConfigError> {
    let layers = Layers::of_defaults(&Config::default())?;
    let layers = match file {
        Some(file) => layers.file(file)?,
        None => layers.places(&Places::of_this_user(FILE))?,
    };
    let variables = variables.map(|(name, value)| {
        (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned())
    });
    Ok(layers.environment(PREFIX, &[], variables))
}

/// What was said on the command line, over everything else.
pub(crate) fn load(args: &Args) -> Result<Config, ConfigError> {
    Ok(over(layers(None, std::env::vars_os())?.load()?, args))
}

/// What was said on the command line, over this.
pub(crate) fn over(config: Config, args: &Args) -> Config {
    Config {
        socket: args.socket.clone().or(config.socket),
        format: args.format.unwrap_or(config.format),
        color: config.color && !args.no_color,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    fn said(file: &str, variables: &[(&str, &str)], words: &[&str]) -> Result<Config, String> {
        let path = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(path.path(), file).expect("written");
        let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        let config = layers(Some(path.path()), variables).and_then(|layers| layers.load());
        let words = ["daemoneye"].iter().chain(words).chain(&["status"]);
        let args = Args::try_parse_from(words).expect("arguments");
        config.map(|config| over(config, &args)).map_err(|error| error.to_string())
    }

    #[test]
    fn what_was_said_wins_over_the_environment_over_the_file() {
        let file = "format = 'json'\nsocket = '/file'\ncolor = false";
        let config = said(file, &[], &[]).expect("a configuration");
        assert_eq!((config.format, config.color), (Format::Json, false));
        let variable = ("DAEMONEYE_CLI__SOCKET", "/variable");
        let config = said(file, &[variable], &[]).expect("a configuration");
        assert_eq!(config.socket.as_deref(), Some(Path::new("/variable")));
        let config = said(file, &[variable], &["--socket", "/flag", "--format", "table"]);
        let config = config.expect("a configuration");
        assert_eq!(config.socket.as_deref(), Some(Path::new("/flag")));
        assert_eq!(config.format, Format::Table);
        assert_eq!(said("", &[("DAEMONEYE_KEPT__EVENTS_DAYS", "1")], &[]), Ok(Config::default()));
    }

    #[test]
    fn what_makes_no_sense_is_named_with_its_place() {
        type Variables = &'static [(&'static str, &'static str)];
        let table: [(&str, Variables, &str); 3] = [
            ("formt = 'json'", &[], ":1: unknown key \"formt\"; did you mean \"format\"?"),
            ("\nformat = 'xml'", &[], ":2: "),
            ("", &[("DAEMONEYE_CLI__COLOR", "blue")], "DAEMONEYE_CLI__COLOR: color = \"blue\""),
        ];
        for (file, variables, named) in table {
            let error = said(file, variables, &[]).expect_err(named);
            assert!(error.contains(named), "{error}");
        }
    }
}
