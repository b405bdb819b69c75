//! Clients at work through REST and S3, each writing down what was acknowledged to it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::api::{Api, Done, Trouble, id_of};
use super::chance::Chance;
use super::diary::{Content, Diary, Found, Known};
use super::log::PublicLog;
use super::s3::S3;

/// How often, and how many times, a server that is not well is asked again.
const BETWEEN_QUESTIONS: Duration = Duration::from_millis(50);
const QUESTIONS: u32 = 600;
pub const SMALL: (u64, u64) = (1, 6_000);
pub const LARGE: (u64, u64) = (1 << 20, 3 << 20);

/// One client.
pub struct Worker {
    pub api: Api,
    pub s3: S3,
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
            0..5 => self.put(diary, LARGE).await,
            5..11 => self.change(diary).await,
            11..19 => self.archive(diary).await,
            19..26 => self.delete(diary).await,
            26..33 => self.read(diary).await,
            33..36 => self.look_at_log(diary).await,
            36..60 => self.put(diary, SMALL).await,
            _ => self.act_by_s3(diary).await,
        }
    }

    pub(super) async fn put(&mut self, diary: &mut Diary, sizes: (u64, u64)) -> bool {
        let content = Content::choose(&mut self.chance, sizes);
        let at = self.new_item(diary);
        let (name, then) = (
            diary.items[at].name.clone(),
            diary.items[at].with_version(content),
        );
        let done = self.api.put(&self.dataset, &name, content.bytes()).await;
        self.settle(diary, at, then, done).await
    }

    /// Thinks of a name that nobody has used.
    pub(super) fn new_item(&self, diary: &mut Diary) -> usize {
        let at = diary.items.len();
        diary
            .items
            .push(Known::new(format!("client-{}-item-{at}", self.number)));
        at
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
                let known = &diary.items[at];
                let written = known.newest().map(Content::bytes);
                assert_eq!(Some(read), written, "{} came back otherwise", known.name);
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

    pub(super) fn choose_named(&mut self, diary: &Diary) -> Option<usize> {
        let fit: Vec<usize> = (0..diary.items.len())
            .filter(|at| diary.items[*at].is(false))
            .collect();
        (!fit.is_empty()).then(|| *self.chance.one_of(&fit))
    }

    fn choose(&mut self, diary: &Diary, archived: bool) -> Option<usize> {
        let fit: Vec<usize> = (0..diary.items.len())
            .filter(|at| diary.items[*at].is(archived) && diary.items[*at].id.is_some())
            .collect();
        (!fit.is_empty()).then(|| *self.chance.one_of(&fit))
    }

    async fn settle(&self, diary: &mut Diary, at: usize, then: Found, done: Result<Done, Trouble>) -> bool {
        let item = &mut diary.items[at];
        match done {
            Ok(Done { answer, event }) => {
                item.id = Some(id_of(&answer["item"]));
                item.version = answer["item"]["version"]["id"].as_str().map(str::to_owned);
                item.acknowledged = then;
                diary.events.push(event);
                true
            }
            Err(trouble) => self.doubt(diary, at, then, trouble).await,
        }
    }

    /// Writes down what may have happened.
    pub(super) async fn doubt(&self, diary: &mut Diary, at: usize, then: Found, trouble: Trouble) -> bool {
        let item = &mut diary.items[at];
        assert!(trouble.is_doubt(), "{}: {trouble:?}", item.name);
        item.doubted = Some(then);
        self.endure(diary, trouble).await
    }

    /// Waits while the server says that it cannot serve now.
    pub(super) async fn endure(&self, diary: &mut Diary, trouble: Trouble) -> bool {
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
