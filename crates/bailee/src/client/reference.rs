//! What people type for an item: its id, or `DATASET/NAME`.

use std::str::FromStr;

use kernel::ItemId;
use serde_json::Value;

use super::call::Call;
use super::failure::Failure;
use super::output::shown;
use super::server::Server;

/// An item as people name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ItemReference {
    Id(ItemId),
    Named { dataset: String, name: String },
}

impl FromStr for ItemReference {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(id) = text.parse() {
            return Ok(Self::Id(id));
        }
        // Names of datasets hold no slash, names of items may.
        match text.split_once('/') {
            Some((dataset, name)) if !dataset.is_empty() && !name.is_empty() => Ok(Self::Named {
                dataset: dataset.to_owned(),
                name: name.to_owned(),
            }),
            _ => Err("name an item by its id, or as DATASET/NAME".to_owned()),
        }
    }
}

impl ItemReference {
    /// Its id; asks the server for that of a name.
    pub(crate) async fn resolve(&self, server: &Server) -> Result<ItemId, Failure> {
        let (dataset, name) = match self {
            Self::Id(id) => return Ok(*id),
            Self::Named { dataset, name } => (dataset, name),
        };
        let call = Call::get(&["datasets", dataset, "items"]).query("name", Some(name));
        let mut pages = server.pages(call);
        while let Some(items) = pages.next().await? {
            if let Some(item) = items.first() {
                return item_id(item);
            }
        }
        Err(Failure::Missing(format!(
            "there is no {} in {}: `bailee ls {1}` lists what is",
            shown(name),
            shown(dataset)
        )))
    }

    /// As it was typed.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Id(id) => id.to_string(),
            Self::Named { dataset, name } => format!("{dataset}/{name}"),
        }
    }
}

/// The id in an item's document.
pub(crate) fn item_id(item: &Value) -> Result<ItemId, Failure> {
    let id = item
        .get("id")
        .and_then(Value::as_str)
        .and_then(|id| id.parse().ok());
    id.ok_or_else(|| Failure::Answer("an item has no id".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_an_id_and_the_first_slash_parts_dataset_and_name() {
        let id = "0198f0c2-7d3a-7c11-9b1e-5f6a7b8c9d0e";
        assert_eq!(id.parse(), Ok(ItemReference::Id(id.parse().unwrap())));
        let named = |dataset: &str, name: &str| {
            Ok(ItemReference::Named {
                dataset: dataset.into(),
                name: name.into(),
            })
        };
        assert_eq!("scans/2026/a.dcm".parse(), named("scans", "2026/a.dcm"));
        assert_eq!("scans//etc".parse(), named("scans", "/etc"));
        for bad in ["", "scans", "/a", "scans/"] {
            assert!(bad.parse::<ItemReference>().is_err(), "{bad}");
        }
    }
}
