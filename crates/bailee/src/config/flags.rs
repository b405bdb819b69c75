//! A flag for every key that may have one.

use clap::error::Error;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};
use std::path::PathBuf;

use super::known::{KEYS, Key};

/// The configuration as given on the command line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfigFlags {
    /// `--config`.
    pub file: Option<PathBuf>,
    /// The keys that were given, with their values.
    pub values: Vec<(&'static str, String)>,
}

const FILE: &str = "config";
const HEADING: &str = "Configuration";

impl Args for ConfigFlags {
    fn augment_args(command: Command) -> Command {
        let file = Arg::new(FILE)
            .long(FILE)
            .value_name("FILE")
            .env("BAILEE_CONFIG")
            .help("The configuration file [default: bailee.toml, if it is there]")
            .value_parser(clap::value_parser!(PathBuf));
        KEYS.iter()
            .filter_map(flag)
            .fold(command.next_help_heading(HEADING).arg(file), Command::arg)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn flag(key: &'static Key) -> Option<Arg> {
    let help = format!(
        "{} [default: {}] [variable: {}]",
        key.doc,
        key.default.trim_matches(['(', ')']),
        key.variable()
    );
    Some(
        Arg::new(key.name)
            .long(key.flag()?)
            .value_name(key.value)
            .help(help)
            .hide_short_help(key.name.contains('.')),
    )
}

impl FromArgMatches for ConfigFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let given = KEYS.iter().filter(|key| !key.secret);
        let values = given
            .filter_map(|key| Some((key.name, matches.get_one::<String>(key.name)?.clone())))
            .collect();
        Ok(Self {
            file: matches.get_one(FILE).cloned(),
            values,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
