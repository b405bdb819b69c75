//! The four layers put together: for each key, its value and where it came from.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use super::ConfigError;
use super::flags::ConfigFlags;
use super::known::{self, KEYS, Key};

/// The file that is read when no other is named and it is there.
const USUAL_FILE: &str = "bailee.toml";
/// The table of tables that describe places.
pub(super) const PLACE: &str = "place";
/// Longer files are no configuration.
const MAX_FILE_LEN: u64 = 1 << 20;

/// The environment variables, as an argument.
#[derive(Debug, Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Those of this process. Variables that are no text are left out.
    pub fn of_process() -> Self {
        Self(
            std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
                .collect(),
        )
    }

    /// These variables, for tests and for servers inside another program.
    pub fn of<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self(
            pairs
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        )
    }

    /// The variable's value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Nobody said anything.
    Default,
    /// The configuration file.
    File(PathBuf),
    /// An environment variable.
    Variable(String),
    /// A flag.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("the default"),
            Self::File(path) => write!(f, "the file {}", path.display()),
            Self::Variable(name) => write!(f, "the variable {name}"),
            Self::Flag(name) => write!(f, "the flag --{name}"),
        }
    }
}

/// Every value that is set, with its origin.
#[derive(Debug, Clone)]
pub struct Layers {
    values: BTreeMap<&'static str, (String, Origin)>,
    /// What tables of places say: label, key, value.
    pub(super) places: BTreeMap<String, BTreeMap<&'static str, (String, Origin)>>,
    /// Variables that look like keys and are none.
    pub warnings: Vec<String>,
    pub(super) environment: Environment,
}

impl Layers {
    /// Reads the file, if there is one, and puts everything together.
    ///
    /// # Errors
    /// [`ConfigError`] for a file that cannot be read and for keys that do not exist.
    pub fn load(flags: &ConfigFlags, environment: Environment) -> Result<Self, ConfigError> {
        let mut layers = Self {
            values: BTreeMap::new(),
            places: BTreeMap::new(),
            warnings: Vec::new(),
            environment,
        };
        layers.take_defaults();
        match &flags.file {
            Some(path) => layers.take_file(path)?,
            None if Path::new(USUAL_FILE).exists() => layers.take_file(Path::new(USUAL_FILE))?,
            None => {}
        }
        layers.take_environment();
        for (name, value) in &flags.values {
            let flag = known::find(name).and_then(Key::flag).unwrap_or_default();
            layers.values.insert(name, (value.clone(), Origin::Flag(flag)));
        }
        Ok(layers)
    }

    /// The value of a key and where it came from; `None` when it is not set.
    pub fn get(&self, name: &str) -> Option<(&str, &Origin)> {
        self.values
            .get(name)
            .map(|(value, origin)| (value.as_str(), origin))
    }

    fn take_defaults(&mut self) {
        for key in KEYS {
            if let Some(value) = key.plain_default() {
                self.values.insert(key.name, (value.to_owned(), Origin::Default));
            }
        }
    }

    fn take_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        let read = |source| ConfigError::Read {
            path: path.to_owned(),
            source,
        };
        if std::fs::metadata(path).map_err(read)?.len() > MAX_FILE_LEN {
            return Err(read(std::io::Error::other(
                "longer than a megabyte: not a configuration file",
            )));
        }
        let text = std::fs::read_to_string(path).map_err(read)?;
        self.take_text(&text, path)
    }

    /// Takes the text of a file. Never panics, whatever the text.
    pub(super) fn take_text(&mut self, text: &str, path: &Path) -> Result<(), ConfigError> {
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| ConfigError::Toml {
            path: path.to_owned(),
            // The message alone: the text around it may hold a secret that somebody put there.
            reason: error.message().to_owned() + &line_of(text, &error),
        })?;
        let origin = Origin::File(path.to_owned());
        for (name, value) in table {
            match value {
                toml::Value::Table(tables) if name == PLACE => self.take_places(tables, &origin)?,
                toml::Value::Table(inner) => {
                    for (part, value) in inner {
                        self.take_value(format!("{name}.{part}"), value, &origin)?;
                    }
                }
                value => self.take_value(name, value, &origin)?,
            }
        }
        Ok(())
    }

    fn take_value(&mut self, name: String, value: toml::Value, origin: &Origin) -> Result<(), ConfigError> {
        let Some(key) = known::find(&name) else {
            return Err(ConfigError::Unknown {
                origin: origin.clone(),
                near: known::nearest(&name),
                key: name,
            });
        };
        if key.secret {
            let instead = key.variable();
            return Err(ConfigError::SecretPlace {
                origin: origin.clone(),
                key: key.name,
                instead,
            });
        }
        let value = text_of(name, value, origin)?;
        self.values.insert(key.name, (value, origin.clone()));
        Ok(())
    }

    /// Takes the tables `[place.LABEL]`.
    fn take_places(&mut self, tables: toml::Table, origin: &Origin) -> Result<(), ConfigError> {
        for (label, table) in tables {
            let toml::Value::Table(table) = table else {
                let key = format!("{PLACE}.{label}");
                return Err(ConfigError::NotAPlace {
                    origin: origin.clone(),
                    key,
                });
            };
            let mut place = BTreeMap::new();
            for (name, value) in table {
                let key = format!("{PLACE}.{label}.{name}");
                let Some(known) = known::find_of_place(&name) else {
                    return Err(ConfigError::Unknown {
                        origin: origin.clone(),
                        near: known::nearest_of_place(&name),
                        key,
                    });
                };
                place.insert(known.name, (text_of(key, value, origin)?, origin.clone()));
            }
            self.places.insert(label, place);
        }
        Ok(())
    }

    fn take_environment(&mut self) {
        for key in KEYS {
            let variable = key.variable();
            if let Some(value) = self.environment.get(&variable) {
                self.values
                    .insert(key.name, (value.to_owned(), Origin::Variable(variable)));
            }
        }
        // Other programs may have variables that begin alike, so only what looks misspelt is worth a word.
        let known: Vec<String> = KEYS.iter().map(Key::variable).collect();
        for name in self
            .environment
            .0
            .keys()
            .filter(|name| name.starts_with("BAILEE_") && !known.contains(name))
        {
            if let Some(near) = known
                .iter()
                .find(|known| strsim::damerau_levenshtein(known, name) <= 2)
            {
                self.warnings.push(format!(
                    "the variable {name} is not known and has no effect; did you mean {near}?"
                ));
            }
        }
    }
}

/// A single value as text.
fn text_of(key: String, value: toml::Value, origin: &Origin) -> Result<String, ConfigError> {
    match value {
        toml::Value::String(text) => Ok(text),
        toml::Value::Integer(number) => Ok(number.to_string()),
        toml::Value::Boolean(truth) => Ok(truth.to_string()),
        _ => Err(ConfigError::NotAValue {
            origin: origin.clone(),
            key,
        }),
    }
}

fn line_of(text: &str, error: &toml::de::Error) -> String {
    let Some(span) = error.span() else {
        return String::new();
    };
    let before = text.get(..span.start).unwrap_or_default();
    format!(" (line {})", before.matches('\n').count() + 1)
}
