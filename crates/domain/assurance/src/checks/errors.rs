//! Whether what is written of failures names anybody.
//!
//! People are named in requests that fail in each way there is, and the log of this process is listened to meanwhile, from every thread and
//! as it is written. What fails in ways that would hurt is tried in a scratch installation: rows that are gone, bytes that were altered;
//! what a failure says of its cause is searched as well, for surfaces write it down. Leaves out: what a program around this one writes.

use std::collections::BTreeMap;

use access::Class;
use async_trait::async_trait;
use custody::dataset::{Dataset, DatasetRef, NewDataset};
use custody::item::{PutItem, ReadItem, Target};
use custody::member::NewMember;
use custody::{Error, Result as Outcome};
use kernel::PageRequest;
use operation::Request;
use serde_json::json;

use super::scratch::Scratch;
use crate::Site;
use crate::check::{Cases, Check, Observation, Trouble};
use crate::probe::Actor;

/// Lets requests about people fail, and searches what is written of it.
pub struct ErrorsNameNobody {
    /// How what was heard is searched.
    pub finds: fn(&[u8], &[u8]) -> bool,
}

impl Default for ErrorsNameNobody {
    fn default() -> Self {
        Self {
            finds: super::readable::finds,
        }
    }
}

/// What goes away for a while, so that acts fail in the middle.
const GONE: [&str; 5] = ["event", "item", "item_version", "member", "subject"];
/// Bytes of each content are not what was sealed.
const ALTER: &str = "UPDATE item_version SET inline_sealed = key_wrapped WHERE inline_sealed IS NOT NULL";

#[async_trait]
impl Check for ErrorsNameNobody {
    fn id(&self) -> &'static str {
        "errors-name-nobody"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let probes = site.probes().await?;
        let dataset = probes.one.owner.plain("probe-errors").await?;
        let scratch = Scratch::make(site).await?;
        let ear = site
            .ear
            .as_ref()
            .filter(|_| tracing::enabled!(tracing::Level::INFO));
        let Some(listening) = ear.map(crate::Ear::listen) else {
            return Ok(unheard());
        };
        let (mark, clear) = (site.random_word(), site.random_word());
        let mut told = Told::default();
        told.fail(&probes.one.user, &dataset, &mark).await;
        self.at_the_door(site, &mark).await?;
        in_scratch(&scratch, &mark, &mut told).await?;
        tracing::info!(
            word = clear,
            "a check says this, to hear whether the log is heard"
        );
        let heard = listening.heard();
        if heard.is_empty() {
            return Ok(unheard());
        }
        let mut cases = Cases::of(self.id());
        let finds = |hay: &[u8], word: &str| (self.finds)(hay, word.as_bytes());
        cases.must("the log names nobody", !finds(&heard, &mark));
        let causes = told.causes.join("\n");
        cases.must(
            "the causes of failures name nobody",
            !finds(causes.as_bytes(), &mark),
        );
        cases.control("a word in a line of the log is heard", finds(&heard, &clear));
        cases.control("a name in a file is found", finds(&in_a_file(&mark)?, &mark));
        cases.control("acts failed in the middle", !told.causes.is_empty());
        cases.control("and were refused", told.refused > 0);
        let mut seen = cases.seen();
        seen.facts = BTreeMap::from([
            ("refused".to_owned(), told.refused.to_string()),
            ("failed".to_owned(), told.causes.len().to_string()),
        ]);
        Ok(seen)
    }
}

impl ErrorsNameNobody {
    /// What a stranger asks for of whom they know the address; what they are answered is no log.
    async fn at_the_door(&self, site: &Site, mark: &str) -> Result<(), Trouble> {
        let Some(door) = &site.door else { return Ok(()) };
        for path in [
            format!("/v1/subjects?identifier={mark}%40probe.invalid"),
            format!("/v1/datasets/{mark}/items?name={mark}"),
            format!("/console/items/{mark}"),
            format!("/people/{mark}?email={mark}%40probe.invalid"),
            format!("/{mark}"),
        ] {
            door.get(&path).await?;
        }
        Ok(())
    }
}

fn unheard() -> Observation {
    Observation::out_of_scope("what this process writes into its log is not heard here")
}

async fn in_scratch(scratch: &Scratch, mark: &str, told: &mut Told) -> Result<(), Trouble> {
    let owner = &scratch.owner;
    let (dataset, user) = (owner.plain("scratch").await?, owner.somebody(Class::User).await?);
    told.fail(&user, &dataset, mark).await;
    for table in GONE {
        scratch.rename(table, "aside").await?;
        told.fail(owner, &dataset, mark).await;
        told.name(owner, &dataset, mark).await;
        scratch.rename("aside", table).await?;
    }
    told.name(owner, &dataset, mark).await;
    scratch.by_sql(ALTER).await?;
    told.note(owner.get(scratch.item).await);
    let named = named(&dataset, mark);
    let (custody, request) = (&owner.custody, because(owner, mark));
    let read = custody.read_named(&owner.key, request, named.0, &named.1, ReadItem::default());
    match read.await {
        Err(error) => told.note::<()>(Err(error)),
        Ok(content) => {
            let mut body = content
                .body
                .ok_or_else(|| Trouble("content without a body".to_owned()))?;
            while let Some(piece) = body.next().await {
                told.note(piece);
            }
        }
    }
    Ok(())
}

/// The name of a person in a file of its own, as something would write it that is careless.
fn in_a_file(mark: &str) -> Result<Vec<u8>, Trouble> {
    let trouble = |error: std::io::Error| Trouble(error.to_string());
    let folder = tempfile::tempdir().map_err(trouble)?;
    let file = folder.path().join("log");
    std::fs::write(&file, format!("ERROR {mark}@probe.invalid cannot be added\n")).map_err(trouble)?;
    std::fs::read(&file).map_err(trouble)
}

/// What acts came to that had somebody's name in them.
#[derive(Default)]
struct Told {
    /// What is written of what failed.
    causes: Vec<String>,
    refused: u32,
}

impl Told {
    fn note<T>(&mut self, result: Outcome<T>) {
        match result {
            Ok(_) => {}
            Err(
                error @ (Error::Internal(_) | Error::Unavailable(_) | Error::Interrupted(_) | Error::Altered),
            ) => {
                self.causes.push(format!("{error} {error:?}"));
            }
            Err(_) => self.refused += 1,
        }
    }

    /// What nobody can do, in the name of this person.
    async fn fail(&mut self, who: &Actor, dataset: &Dataset, mark: &str) {
        let (custody, key, request) = (&who.custody, &who.key, || because(who, mark));
        let member = NewMember {
            name: mark.to_owned(),
            email: format!("{mark} is no address"),
            class: Class::Owner,
        };
        self.note(custody.invite_member(key, request(), member, None).await);
        let new = NewDataset {
            name: format!("About {mark}"),
            ..NewDataset::default()
        };
        self.note(custody.create_dataset(key, request(), new, None).await);
        let nowhere = Target::Name(DatasetRef::Name(format!("probe-{mark}")), mark.to_owned());
        self.note(who.put_as(PutItem::file(nowhere, mark), mark.as_bytes()).await);
        let (dataset, absent) = named(dataset, &format!("not {mark}"));
        let read = custody.read_named(key, request(), dataset.clone(), &absent, ReadItem::default());
        self.note(read.await);
        let page = PageRequest::first(10);
        let search = custody.search_records(key, request(), dataset, mark.to_owned(), json!(mark), page);
        self.note(search.await);
    }

    /// What an owner can do, in the name of this person.
    async fn name(&mut self, owner: &Actor, dataset: &Dataset, mark: &str) {
        let member = NewMember {
            name: mark.to_owned(),
            email: format!("{mark}@probe.invalid"),
            class: Class::User,
        };
        let (custody, request) = (&owner.custody, because(owner, mark));
        self.note(custody.invite_member(&owner.key, request, member, None).await);
        let (dataset, name) = named(dataset, mark);
        let put = PutItem {
            subject: Some(format!("{mark}@probe.invalid")),
            ..PutItem::file(Target::Name(dataset, name), "text/plain")
        };
        self.note(owner.put_as(put, mark.as_bytes()).await);
    }
}

fn named(dataset: &Dataset, mark: &str) -> (DatasetRef, String) {
    (DatasetRef::Id(dataset.id), format!("a letter of {mark}"))
}

fn because(who: &Actor, mark: &str) -> Request {
    Request {
        reason: Some(format!("{mark} called")),
        ..who.request()
    }
}
