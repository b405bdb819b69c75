//! Places: where objects may lie, several at once, each under a label that rows refer to.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use kernel::ObjectId;

use super::Objects;
use crate::value::{FromValue, Value};
use crate::{Row, StoreError};

/// The label of the place that is always there.
pub const HOME: &str = "home";
/// The longest label: what S3 clients take as the name of a region.
const LONGEST: usize = 32;

/// The name of a place in configuration, rows and requests. It never changes its meaning: rows hold it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlaceLabel(Arc<str>);

impl PlaceLabel {
    /// [`HOME`].
    pub fn home() -> Self {
        Self(HOME.into())
    }

    /// Whether it is [`HOME`].
    pub fn is_home(&self) -> bool {
        &*self.0 == HOME
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for PlaceLabel {
    fn default() -> Self {
        Self::home()
    }
}

impl fmt::Display for PlaceLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for PlaceLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Text that is no label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a label has 1 to 32 lowercase letters, digits and hyphens, and begins and ends with a letter or digit"
)]
pub struct NoLabel;

impl FromStr for PlaceLabel {
    type Err = NoLabel;

    fn from_str(text: &str) -> Result<Self, NoLabel> {
        let outer = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let fits = (1..=LONGEST).contains(&text.len())
            && text.chars().all(|c| outer(c) || c == '-')
            && text.starts_with(outer)
            && text.ends_with(outer);
        fits.then(|| Self(text.into())).ok_or(NoLabel)
    }
}

impl FromValue for PlaceLabel {
    const KIND: &'static str = "place";
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Text(text) => text.parse().ok(),
            _ => None,
        }
    }
}

impl From<&PlaceLabel> for Value {
    fn from(label: &PlaceLabel) -> Self {
        Self::Text(label.0.as_ref().to_owned())
    }
}

impl From<PlaceLabel> for Value {
    fn from(label: PlaceLabel) -> Self {
        Self::from(&label)
    }
}

/// An object and the place where it lies: what a row says of sealed bytes outside it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address {
    /// Where.
    pub place: PlaceLabel,
    /// Which.
    pub object: ObjectId,
}

impl Address {
    /// An object at home.
    pub fn home(object: ObjectId) -> Self {
        Self {
            place: PlaceLabel::home(),
            object,
        }
    }

    /// What two columns of a row say: the object's id and its place; nothing when there is no object.
    pub fn read(row: &Row, object: usize, place: usize) -> Result<Option<Self>, StoreError> {
        let Some(object) = row.get::<Option<ObjectId>>(object)? else {
            return Ok(None);
        };
        Ok(Some(Self {
            place: row.get(place)?,
            object,
        }))
    }
}

/// Where objects may lie.
#[derive(Clone)]
pub struct Place {
    /// Its name.
    pub label: PlaceLabel,
    /// Where on earth it is, in the operator's or the provider's words; empty when nobody said.
    pub region: Arc<str>,
    /// What is there.
    pub objects: Arc<dyn Objects>,
}

impl Place {
    /// The home place.
    pub fn home(region: &str, objects: Arc<dyn Objects>) -> Self {
        Self {
            label: PlaceLabel::home(),
            region: region.into(),
            objects,
        }
    }
}

/// All places of an installation; home is always among them. Clones share them.
#[derive(Clone)]
pub struct Places {
    home: Place,
    others: Arc<BTreeMap<PlaceLabel, Place>>,
}

impl Places {
    /// Home alone.
    pub fn of(home: Place) -> Self {
        Self {
            home,
            others: Arc::default(),
        }
    }

    /// With one more; a place of the same label goes.
    pub fn with(mut self, place: Place) -> Self {
        if place.label.is_home() {
            self.home = place;
        } else {
            Arc::make_mut(&mut self.others).insert(place.label.clone(), place);
        }
        self
    }

    /// The home place.
    pub fn home(&self) -> &Place {
        &self.home
    }

    /// The place of this label. [`StoreError::PlaceMissing`] when none is configured.
    pub fn get(&self, label: &PlaceLabel) -> Result<&Place, StoreError> {
        let found = match label.is_home() {
            true => Some(&self.home),
            false => self.others.get(label),
        };
        found.ok_or_else(|| StoreError::PlaceMissing(label.clone()))
    }

    /// All of them, home first.
    pub fn iter(&self) -> impl Iterator<Item = &Place> {
        std::iter::once(&self.home).chain(self.others.values())
    }
}

/// One home without a region: for tests, and for commands that look at no object.
impl<T: Objects + 'static> From<Arc<T>> for Places {
    fn from(objects: Arc<T>) -> Self {
        Self::of(Place::home("", objects))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::MemoryObjects;

    #[test]
    fn labels_fit_regions_of_s3() {
        for good in ["home", "eu", "eu-central-1", "1"] {
            assert_eq!(good.parse::<PlaceLabel>().unwrap().as_str(), good);
        }
        for bad in ["", "EU", "-eu", "eu-", "a b", "ä", "a/b", &"a".repeat(33)] {
            assert_eq!(bad.parse::<PlaceLabel>(), Err(NoLabel), "{bad}");
        }
    }

    #[test]
    fn a_place_that_is_not_configured_is_named() {
        let places = Places::from(Arc::new(MemoryObjects::new()));
        let label: PlaceLabel = "mars".parse().unwrap();
        let missing = places.get(&label).err().unwrap();
        assert!(missing.to_string().contains("mars") && missing.is_temporary());
        let places = places.with(Place {
            label: label.clone(),
            region: "".into(),
            objects: Arc::new(MemoryObjects::new()),
        });
        assert!(places.get(&label).is_ok());
        assert_eq!(places.iter().count(), 2);
    }
}
