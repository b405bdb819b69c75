//! Regions: the places that a dataset may choose for its bytes.

use serde::{Deserialize, Serialize};
use store::objects::PlaceLabel;

use crate::Custody;
use crate::error::{Error, Result};

/// A place that this installation offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Region {
    /// What datasets name it by.
    pub label: String,
    /// Where on earth it is, in the operator's words; empty when nobody said.
    pub location: String,
}

impl Custody {
    /// The regions that are offered, home first.
    pub fn regions(&self) -> Vec<Region> {
        let shown = self.places.iter().map(|place| Region {
            label: place.label.to_string(),
            location: place.region.to_string(),
        });
        shown.collect()
    }

    /// The place that a request names, if it names one.
    ///
    /// # Errors
    /// [`Error::Invalid`], naming those offered, for one that is not.
    pub(crate) fn region(&self, named: Option<&str>) -> Result<Option<PlaceLabel>> {
        let Some(named) = named else { return Ok(None) };
        let label = named.parse::<PlaceLabel>().ok();
        match label.filter(|label| self.places.get(label).is_ok()) {
            Some(label) => Ok(Some(label)),
            None => Err(Error::invalid(
                "region",
                format!("choose one of {}", self.offered()),
            )),
        }
    }

    fn offered(&self) -> String {
        let labels = self.places.iter().map(|place| place.label.as_str());
        labels.collect::<Vec<_>>().join(", ")
    }
}
