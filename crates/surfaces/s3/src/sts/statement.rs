//! The text of a session policy, as far as it is understood.
//!
//! Promises: what stands in the text twice, or is not understood, is refused by name. Leaves out: what the statements
//! come to together (`policy`).

use std::fmt;
use std::marker::PhantomData;

use custody::key::AddressRange;
use s3s::S3Result;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::fault;

/// One statement that allows something.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) actions: Vec<String>,
    pub(super) places: Vec<Place>,
    /// Listings are allowed of what begins so; of everything when absent.
    pub(super) listed: Option<Vec<String>>,
    /// From these addresses alone.
    pub(super) addresses: Option<Vec<AddressRange>>,
}

/// What a statement is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// `*`
    Everything,
    /// `arn:aws:s3:::bucket`
    Bucket(String),
    /// `arn:aws:s3:::bucket/prefix*`
    Objects(String, String),
}

/// The document cannot be taken as it is.
pub(super) fn malformed(sentence: impl Into<std::borrow::Cow<'static, str>>) -> s3s::S3Error {
    fault("MalformedPolicyDocument", sentence)
}

/// Reads the statements of a policy.
pub(super) fn read(text: &str) -> S3Result<Vec<Statement>> {
    let document: Document = serde_json::from_str(text)
        .map_err(|error| malformed(format!("the policy is not understood: {error}")))?;
    if document.version.is_some_and(|version| version != "2012-10-17") {
        return Err(malformed("the policy's Version is 2012-10-17"));
    }
    let statements = document.statement.0.into_iter().map(Raw::read);
    statements.collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Document {
    version: Option<String>,
    #[serde(rename = "Id")]
    _id: Option<String>,
    statement: OneOrMore<Raw>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Raw {
    #[serde(rename = "Sid")]
    _sid: Option<String>,
    effect: String,
    action: OneOrMore<String>,
    resource: OneOrMore<String>,
    condition: Option<Pairs<Pairs<OneOrMore<String>>>>,
}

impl Raw {
    fn read(self) -> S3Result<Statement> {
        if self.effect != "Allow" {
            return Err(malformed(
                "statements have the Effect Allow: what is not allowed is denied",
            ));
        }
        let mut statement = Statement {
            actions: self.action.0,
            places: self
                .resource
                .0
                .iter()
                .map(|text| Place::read(text))
                .collect::<S3Result<_>>()?,
            ..Statement::default()
        };
        for (operator, keys) in self.condition.map(|pairs| pairs.0).unwrap_or_default() {
            for (key, values) in keys.0 {
                statement.add_condition(&operator, &key, values.0)?;
            }
        }
        Ok(statement)
    }
}

impl Statement {
    fn add_condition(&mut self, operator: &str, key: &str, values: Vec<String>) -> S3Result<()> {
        match (operator, key) {
            ("StringLike", "s3:prefix") => self.listed = Some(listed(&values)?),
            ("IpAddress", "aws:SourceIp") => {
                let ranges = values
                    .iter()
                    .map(|text| text.parse())
                    .collect::<Result<Vec<_>, _>>();
                let ranges = ranges.map_err(|bad: custody::key::BadRange| malformed(bad.to_string()))?;
                self.addresses = Some(ranges);
            }
            _ => {
                return Err(malformed(format!(
                    "the condition {operator} on {key} is not understood: there are StringLike on s3:prefix and IpAddress \
                     on aws:SourceIp"
                )));
            }
        }
        Ok(())
    }
}

/// The beginnings that `s3:prefix` may have.
fn listed(values: &[String]) -> S3Result<Vec<String>> {
    let starred: Vec<&str> = values
        .iter()
        .filter_map(|value| value.strip_suffix('*'))
        .collect();
    let covered = |value: &str| starred.iter().any(|prefix| value.starts_with(prefix));
    if starred.is_empty()
        || starred.iter().any(|prefix| is_pattern(prefix))
        || !values.iter().all(|value| covered(value))
    {
        return Err(malformed(
            "write s3:prefix as a beginning and a star: \"reports/*\"",
        ));
    }
    Ok(starred.into_iter().map(str::to_owned).collect())
}

impl Place {
    fn read(text: &str) -> S3Result<Self> {
        let not_understood = || {
            malformed(format!(
                "the resource {text} is not understood: write *, arn:aws:s3:::bucket, arn:aws:s3:::bucket/* or \
                 arn:aws:s3:::bucket/prefix*"
            ))
        };
        if text == "*" {
            return Ok(Self::Everything);
        }
        let name = text.strip_prefix("arn:aws:s3:::").ok_or_else(not_understood)?;
        let (bucket, prefix) = match name.split_once('/') {
            None if name == "*" => return Ok(Self::Everything),
            None => (name, None),
            // Without a star it would be one object, and `a` is also how `ab` begins.
            Some((bucket, objects)) => (
                bucket,
                Some(objects.strip_suffix('*').ok_or_else(not_understood)?),
            ),
        };
        if bucket.is_empty() || is_pattern(bucket) || prefix.is_some_and(is_pattern) {
            return Err(not_understood());
        }
        Ok(match prefix {
            None => Self::Bucket(bucket.to_owned()),
            Some(prefix) => Self::Objects(bucket.to_owned(), prefix.to_owned()),
        })
    }
}

/// Whether there is something in it that stands for something else.
fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?']) || text.contains("${")
}

/// One thing, or a list of them.
struct OneOrMore<T>(Vec<T>);

impl<'de, T: DeserializeOwned> Deserialize<'de> for OneOrMore<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<T>(PhantomData<T>);
        impl<'de, T: DeserializeOwned> Visitor<'de> for Reader<T> {
            type Value = Vec<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("one or a list")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Vec<T>, E> {
                let one = T::deserialize(serde::de::value::StrDeserializer::<E>::new(text))?;
                Ok(vec![one])
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Vec<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(|one| vec![one])
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
                let mut all = Vec::new();
                while let Some(one) = list.next_element()? {
                    all.push(one);
                }
                match all.is_empty() {
                    true => Err(A::Error::custom("a list is empty")),
                    false => Ok(all),
                }
            }
        }
        deserializer.deserialize_any(Reader(PhantomData)).map(Self)
    }
}

/// Names and values, each name once.
struct Pairs<T>(Vec<(String, T)>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pairs<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Reader<T> {
            type Value = Vec<(String, T)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("names and values")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs: Self::Value = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, T>()? {
                    if pairs.iter().any(|(known, _)| *known == name) {
                        return Err(A::Error::custom("a condition stands there twice"));
                    }
                    pairs.push((name, value));
                }
                Ok(pairs)
            }
        }
        deserializer.deserialize_map(Reader(PhantomData)).map(Self)
    }
}
