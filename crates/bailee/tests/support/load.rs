//! Clients at work, each writing down what was acknowledged to it; and the comparison of such a diary with what is there.
//!
//! An act is *acknowledged* when its answer has come. When the connection breaks before, or the answer is 503, the act
//! is in *doubt*: it may have happened or not, but wholly. A client has at most one act under way.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use ledger::checkpoint::Checkpoint;
use reqwest::Method;
use serde_json::Value;
use tokio::sync::watch;

use super::api::{Api, Done, Trouble, id_of};
use super::chance::{Chance, bytes};
use super::log::PublicLog;

/// How many questions a check asks at once.
const AT_ONCE: usize = 8;
/// How often, and how many times, a server that is not well is asked again.
const BETWEEN_QUESTIONS: Duration = Duration::from_millis(50);
const QUESTIONS: u32 = 600;
const SMALL: (u64, u64) = (1, 6_000);
const LARGE: (u64, u64) = (1 << 20, 3 << 20);

/// Content is made from its seed when it is needed, so that a diary stays small.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content {
    seed: u64,
    length: u64,
}

impl Content {
    fn choose(chance: &mut Chance, (from, to): (u64, u64)) -> Self {
        Self {
            seed: chance.next(),
            length: chance.between(from, to),
        }
    }

    fn bytes(self) -> Vec<u8> {
        bytes(self.seed, self.length as usize)
    }
}

/// What an item can be found as.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Found {
    Absent,
    Present { versions: Vec<Content>, archived: bool },
}

/// One item as its writer knows it.
#[derive(Debug, Clone)]
struct Known {
    name: String,
    /// Known once a put of it was acknowledged.
    id: Option<String>,
    acknowledged: Found,
    /// What it would be if the act in doubt has happened.
    doubted: Option<Found>,
}

impl Known {
    fn is(&self, wanted_archived: bool) -> bool {
        self.doubted.is_none()
            && matches!(&self.acknowledged, Found::Present { archived, .. } if *archived == wanted_archived)
    }

    fn with_version(&self, content: Content) -> Found {
        match &self.acknowledged {
            Found::Absent => Found::Present {
                versions: vec![content],
                archived: false,
            },
            Found::Present { versions, archived } => Found::Present {
                versions: versions.iter().copied().chain([content]).collect(),
                archived: *archived,
            },
        }
    }

    fn archived(&self) -> Found {
        match &self.acknowledged {
            Found::Absent => Found::Absent,
            Found::Present { versions, .. } => Found::Present {
                versions: versions.clone(),
                archived: true,
            },
        }
    }
}

/// What one client was told.
#[derive(Debug, Default)]
pub struct Diary {
    items: Vec<Known>,
    /// Events of acknowledged acts.
    pub events: Vec<String>,
    /// The largest checkpoint that was seen.
    pub head: Option<Checkpoint>,
    /// Answers of 503.
    pub unavailable: u32,
}

/// One client.
pub struct Worker {
    pub api: Api,
    pub log: PublicLog,
    pub dataset: String,
    pub number: usize,
    pub chance: Chance,
    pub acknowledged: Arc<watch::Sender<u64>>,
}

impl Worker {
    /// Works until the server is gone.
    ///
    /// # Panics
    /// When the server answers something that it must not.
    pub async fn work(mut self) -> Diary {
        let mut diary = Diary::default();
        while self.act(&mut diary).await {
            self.acknowledged.send_modify(|count| *count += 1);
        }
        diary
    }

    /// One act; false when the server is gone.
    async fn act(&mut self, diary: &mut Diary) -> bool {
        match self.chance.below(100) {
            0..8 => self.put(diary, LARGE).await,
            8..16 => self.change(diary).await,
            16..28 => self.archive(diary).await,
            28..37 => self.delete(diary).await,
            37..47 => self.read(diary).await,
            47..50 => self.look_at_log(diary).await,
            _ => self.put(diary, SMALL).await,
        }
    }

    async fn put(&mut self, diary: &mut Diary, sizes: (u64, u64)) -> bool {
        let content = Content::choose(&mut self.chance, sizes);
        let name = format!("client-{}-item-{}", self.number, diary.items.len());
        let new = Known {
            name: name.clone(),
            id: None,
            acknowledged: Found::Absent,
            doubted: None,
        };
        let then = new.with_version(content);
        diary.items.push(new);
        let done = self.api.put(&self.dataset, &name, content.bytes()).await;
        self.settle(diary, diary.items.len() - 1, then, done).await
    }

    async fn change(&mut self, diary: &mut Diary) -> bool {
        let Some(at) = self.choose(diary, false) else {
            return self.put(diary, SMALL).await;
        };
        let sizes = if self.chance.below(4) == 0 { LARGE } else { SMALL };
        let content = Content::choose(&mut self.chance, sizes);
        let then = diary.items[at].with_version(content);
        let done = self.api.change(&id(diary, at), content.bytes()).await;
        self.settle(diary, at, then, done).await
    }

    async fn archive(&mut self, diary: &mut Diary) -> bool {
        let Some(at) = self.choose(diary, false) else {
            return self.put(diary, SMALL).await;
        };
        let then = diary.items[at].archived();
        let done = self.api.archive(&id(diary, at)).await;
        self.settle(diary, at, then, done).await
    }

    async fn delete(&mut self, diary: &mut Diary) -> bool {
        let Some(at) = self.choose(diary, true) else {
            return self.archive(diary).await;
        };
        let done = self.api.delete(&id(diary, at)).await;
        self.settle(diary, at, Found::Absent, done).await
    }

    async fn read(&mut self, diary: &mut Diary) -> bool {
        let Some(at) = self.choose(diary, false) else {
            return self.put(diary, SMALL).await;
        };
        match self.api.read(&id(diary, at)).await {
            Ok((read, event)) => {
                let Found::Present { versions, .. } = &diary.items[at].acknowledged else {
                    unreachable!()
                };
                assert_eq!(
                    Some(read),
                    versions.last().map(|content| content.bytes()),
                    "{} came back otherwise",
                    diary.items[at].name
                );
                diary.events.push(event);
                true
            }
            Err(trouble) => self.endure(diary, trouble).await,
        }
    }

    async fn look_at_log(&mut self, diary: &mut Diary) -> bool {
        let Some(head) = self.log.checkpoint().await else {
            return self.is_there().await;
        };
        if diary.head.as_ref().is_none_or(|known| known.size <= head.size) {
            diary.head = Some(head);
        }
        true
    }

    fn choose(&mut self, diary: &Diary, archived: bool) -> Option<usize> {
        let fit: Vec<usize> = (0..diary.items.len())
            .filter(|at| diary.items[*at].is(archived))
            .collect();
        (!fit.is_empty()).then(|| *self.chance.one_of(&fit))
    }

    async fn settle(&self, diary: &mut Diary, at: usize, then: Found, done: Result<Done, Trouble>) -> bool {
        let item = &mut diary.items[at];
        match done {
            Ok(Done { answer, event }) => {
                item.id = Some(id_of(&answer["item"]));
                item.acknowledged = then;
                diary.events.push(event);
                true
            }
            Err(trouble) => {
                assert!(trouble.is_doubt(), "{}: {trouble:?}", item.name);
                item.doubted = Some(then);
                self.endure(diary, trouble).await
            }
        }
    }

    /// Waits while the server says that it cannot serve now.
    async fn endure(&self, diary: &mut Diary, trouble: Trouble) -> bool {
        assert!(trouble.is_doubt(), "{trouble:?}");
        if trouble.status() == Some(503) {
            diary.unavailable += 1;
        }
        self.is_there().await
    }

    /// Asks until the server says that it is well, or is gone.
    async fn is_there(&self) -> bool {
        let mut turns = tokio::time::interval(BETWEEN_QUESTIONS);
        for _ in 0..QUESTIONS {
            turns.tick().await;
            match self.api.get("/v1/health").await {
                Ok(_) => return true,
                Err(Trouble::Gone(_)) => return false,
                Err(Trouble::Said { .. }) => {}
            }
        }
        panic!("the server is there and did not become well");
    }
}

fn id(diary: &Diary, at: usize) -> String {
    diary.items[at]
        .id
        .clone()
        .expect("an acknowledged item has an id")
}

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
