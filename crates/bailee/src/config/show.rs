//! The effective configuration for people and for programs. Secrets and passwords do not appear.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Map, Value, json};

use super::known::{KEYS, Key};
use super::layers::{Layers, PLACE};

const HIDDEN: &str = "(set, not shown)";

/// One line per key: value, and where it came from.
pub fn as_text(layers: &Layers) -> String {
    let mut rows: Vec<(String, String)> = KEYS.iter().map(|key| row(layers, key)).collect();
    rows.extend(of_places(layers).map(|(name, value, origin)| (format!("{name} = {value:?}"), origin)));
    let width = rows
        .iter()
        .map(|(setting, _)| setting.chars().count())
        .filter(|width| *width <= 60)
        .max()
        .unwrap_or(0);
    rows.iter()
        .map(|(setting, origin)| format!("{setting:width$}  # {origin}\n"))
        .collect()
}

fn row(layers: &Layers, key: &Key) -> (String, String) {
    match layers.get(key.name) {
        Some((value, origin)) => (
            format!("{} = {:?}", key.name, shown(key, value)),
            origin.to_string(),
        ),
        None => (
            format!("{} is not set", key.name),
            key.default.trim_matches(['(', ')']).to_owned(),
        ),
    }
}

/// The same as one JSON object: key → value and origin.
pub fn as_json(layers: &Layers) -> Value {
    let entry = |key: &Key| {
        let (value, origin) = layers.get(key.name)?;
        Some((
            key.name.to_owned(),
            json!({ "value": shown(key, value), "origin": origin.to_string() }),
        ))
    };
    let places =
        of_places(layers).map(|(name, value, origin)| (name, json!({ "value": value, "origin": origin })));
    Value::Object(KEYS.iter().filter_map(entry).chain(places).collect::<Map<_, _>>())
}

/// One line per value that is set, in an order of its own, without where it came from: the same text wherever the same counts. Of a secret
/// it says that it is set.
pub fn as_canonical(layers: &Layers) -> String {
    let value = |key: &Key| Some((key.name.to_owned(), shown(key, layers.get(key.name)?.0)));
    let places = of_places(layers).map(|(name, value, _)| (name, value));
    let values: BTreeMap<String, String> = KEYS.iter().filter_map(value).chain(places).collect();
    let lines = values.iter().map(|(name, value)| format!("{name} = {value:?}\n"));
    lines.collect()
}

/// SHA-256 of [`as_canonical`].
pub fn fingerprint(layers: &Layers) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, as_canonical(layers).as_bytes()).as_ref());
    hash
}

/// Keys of places with values and where they came from. None of them is secret: credentials are files.
fn of_places(layers: &Layers) -> impl Iterator<Item = (String, String, String)> {
    layers.places.iter().flat_map(|(label, values)| {
        values.iter().map(move |(key, (value, origin))| {
            let name = format!("{PLACE}.{label}.{key}");
            (name, without_password(value), origin.to_string())
        })
    })
}

fn shown(key: &Key, value: &str) -> String {
    if key.secret {
        HIDDEN.to_owned()
    } else {
        without_password(value)
    }
}

/// A URL's `user:password@` without the password, and without parameters, which may hold one too.
fn without_password(value: &str) -> String {
    let Some((scheme, rest)) = value.split_once("://") else {
        return value.to_owned();
    };
    let (rest, parameters) = rest
        .split_once('?')
        .map_or((rest, ""), |(rest, _)| (rest, "?(not shown)"));
    match rest.rsplit_once('@') {
        Some((user, host)) => {
            let user = user
                .split_once(':')
                .map_or_else(|| user.to_owned(), |(name, _)| format!("{name}:(not shown)"));
            format!("{scheme}://{user}@{host}{parameters}")
        }
        None => format!("{scheme}://{rest}{parameters}"),
    }
}
