//! A diary held against what is there.

use std::collections::{BTreeMap, HashMap};

use futures_util::{StreamExt as _, stream};
use reqwest::Method;
use serde_json::Value;

use super::api::{Api, id_of};
use super::diary::{Diary, Found, Known, Upload};
use super::log::PublicLog;
use super::s3::S3;

/// How many questions a check asks at once.
const AT_ONCE: usize = 8;

/// What was compared, for a line about the round.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Compared {
    pub items: usize,
    pub deleted: usize,
    pub in_doubt: usize,
    pub happened: usize,
    pub receipts: usize,
}

/// Holds what is in the dataset against the diaries, byte for byte. What was in doubt is settled by it.
///
/// # Panics
/// When anything differs.
pub async fn compare(api: &Api, dataset: &str, diaries: &mut [Diary]) -> Compared {
    let listed = api.items(dataset).await.unwrap();
    let mut listed: HashMap<String, Value> = listed
        .into_iter()
        .map(|item| (item["name"].as_str().unwrap().to_owned(), item))
        .collect();
    let known: Vec<&mut Known> = diaries.iter_mut().flat_map(|diary| &mut diary.items).collect();
    let mut compared = Compared::default();
    let pairs: Vec<_> = known
        .into_iter()
        .map(|known| {
            let item = listed.remove(&known.name);
            (known, item)
        })
        .collect();
    assert!(listed.is_empty(), "nobody wrote these: {listed:?}");
    let outcomes = stream::iter(pairs).map(|(known, item)| async move {
        let doubt = known.doubted.is_some();
        let was = known.acknowledged.clone();
        compare_one(api, known, item).await;
        (doubt, was, known.acknowledged.clone())
    });
    let outcomes: Vec<_> = outcomes.buffer_unordered(AT_ONCE).collect().await;
    for (doubt, was, is) in outcomes {
        compared.items += 1;
        compared.deleted += usize::from(is == Found::Absent);
        compared.in_doubt += usize::from(doubt);
        compared.happened += usize::from(doubt && was != is);
    }
    compared
}

async fn compare_one(api: &Api, known: &mut Known, item: Option<Value>) {
    let wanted: Vec<Found> = std::iter::once(known.acknowledged.clone())
        .chain(known.doubted.take())
        .collect();
    let found = match item {
        None => Found::Absent,
        Some(item) => look(api, known, &item, &wanted).await,
    };
    assert!(
        wanted.contains(&found),
        "{}: is {found:?}, can be one of {wanted:?}",
        known.name
    );
    // Looking at the bytes of an archived item has restored it.
    known.acknowledged = match found {
        Found::Absent => Found::Absent,
        Found::Present { versions, .. } => Found::Present {
            versions,
            archived: false,
        },
    };
}

/// Reads every version of an item and recognises it by its bytes.
async fn look(api: &Api, known: &mut Known, item: &Value, wanted: &[Found]) -> Found {
    let (id, archived) = (id_of(item), item["state"] == "archived");
    known.id = Some(id.clone());
    if archived {
        let restore = api.request(Method::POST, &format!("/v1/items/{id}/restore"));
        Api::send(restore).await.unwrap();
    }
    let mut versions = Vec::new();
    for path in version_paths(api, &id, item).await {
        let at = versions.len();
        let read = Api::send(api.request(Method::GET, &path))
            .await
            .unwrap()
            .bytes()
            .await
            .unwrap();
        let possible = wanted.iter().filter_map(|found| {
            if let Found::Present { versions, .. } = found {
                versions.get(at)
            } else {
                None
            }
        });
        let content = possible.into_iter().find(|content| content.bytes() == read);
        versions.push(
            *content.unwrap_or_else(|| panic!("version {at} of {} has bytes that nobody sent", known.name)),
        );
    }
    Found::Present { versions, archived }
}

/// Where the bytes of each version are, the oldest first.
async fn version_paths(api: &Api, id: &str, item: &Value) -> Vec<String> {
    let content = format!("/v1/items/{id}/content");
    if item["version"]["number"] == 1 {
        return vec![content];
    }
    let page = api
        .get(&format!("/v1/items/{id}/versions?limit=1000"))
        .await
        .unwrap();
    page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| format!("{content}?version={}", id_of(version)))
        .collect()
}

/// Holds the uploads in parts that are under way against the diaries, and lets go of them. Gives how many there were.
///
/// # Panics
/// When one that was acknowledged is not there, or one is there that nobody began, or lacks a part.
pub async fn compare_uploads(s3: &S3, dataset: &str, diaries: &mut [Diary]) -> usize {
    let mut listed: BTreeMap<String, String> = s3.uploads(dataset).await.unwrap().into_iter().collect();
    let there = listed.len();
    let known: Vec<Upload> = diaries
        .iter_mut()
        .flat_map(|diary| diary.uploads.drain(..))
        .collect();
    let (known, doubted): (Vec<_>, Vec<_>) = known.into_iter().partition(|upload| upload.id.is_some());
    for upload in known {
        let id = upload.id.as_deref().unwrap_or_default();
        if listed.remove(id).is_none() {
            assert!(upload.may_have_ended, "{} was lost: {upload:?}", upload.name);
            continue;
        }
        let parts = s3.parts(dataset, &upload.name, id).await.unwrap();
        for part in &upload.parts {
            assert!(
                parts.contains(part),
                "{} lost part {part:?} of {parts:?}",
                upload.name
            );
        }
        s3.abort(dataset, &upload.name, id).await.unwrap();
    }
    for (id, name) in listed {
        let begun = doubted.iter().any(|upload| upload.name == name);
        assert!(begun, "nobody began the upload {id} of {name}");
        s3.abort(dataset, &name, &id).await.unwrap();
    }
    there
}

/// Fetches the receipt of every acknowledged event and verifies it.
///
/// # Panics
/// When one is not there or not true.
pub async fn believe_all(api: &Api, log: &PublicLog, diaries: &[Diary]) -> usize {
    let events = diaries.iter().flat_map(|diary| &diary.events);
    let checks = stream::iter(events).map(|event| async move {
        let receipt = api
            .receipt(event)
            .await
            .unwrap_or_else(|why| panic!("no receipt of {event}: {why:?}"));
        assert_eq!(log.believe(&receipt).event["id"], event.as_str());
    });
    checks.buffer_unordered(AT_ONCE).count().await
}
