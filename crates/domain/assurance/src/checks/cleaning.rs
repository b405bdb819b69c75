//! Whether what identifies people is taken out at a door that cleans, and what cannot be cleaned reaches nobody.
//!
//! What is looked at: a few small files of the probe team, of people who do not exist, which are deleted again.

mod dicom;

use async_trait::async_trait;
use custody::Error;
use custody::dataset::{Dataset, DatasetRef, Ingest, NewDataset, Redaction};
use custody::item::{Filter, PutItem, Stored, Target};
use kernel::{ItemId, PageRequest};
use rendering::View;

use super::readable::finds;
use crate::Site;
use crate::check::{Cases, Check, Observation, Trouble};
use crate::probe::Actor;

/// The probe team's dataset that cleans what it takes in.
async fn cleaning(owner: &Actor) -> Result<Dataset, Error> {
    let new = NewDataset {
        name: "probe-cleaning".to_owned(),
        ingest: Some(Ingest {
            redaction: Some(Redaction::Clean),
            ..Ingest::default()
        }),
        ..NewDataset::default()
    };
    owner.dataset(new).await
}

async fn put(owner: &Actor, dataset: &Dataset, name: &str, bytes: &[u8]) -> Result<Stored, Error> {
    let target = Target::Name(DatasetRef::Id(dataset.id), name.to_owned());
    // What it is, the bytes say.
    owner.put_as(PutItem::file(target, ""), bytes).await
}

/// Deletes what was put, whether it came out clean or not.
async fn remove(owner: &Actor, stored: &Stored) -> Result<(), Error> {
    match stored.item.version.quarantine {
        None => owner.remove(stored.item.id).await,
        Some(_) => {
            let (item, version) = (stored.item.id, stored.item.version.id);
            let custody = &owner.custody;
            let deleted = custody.delete_quarantined(&owner.key, owner.request(), item, version);
            deleted.await.map(drop)
        }
    }
}

/// Plants identifying values in files and searches what comes out.
pub struct DicomHeadersAreCleaned {
    /// Whether something is in some bytes.
    pub finds: fn(&[u8], &[u8]) -> bool,
}

impl Default for DicomHeadersAreCleaned {
    fn default() -> Self {
        Self { finds }
    }
}

#[async_trait]
impl Check for DicomHeadersAreCleaned {
    fn id(&self) -> &'static str {
        "dicom-headers-are-cleaned"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let probes = site.probes().await?;
        let owner = &probes.one.owner;
        let (clean, plain) = (cleaning(owner).await?, owner.plain("probe-not-cleaned").await?);
        let mut cases = Cases::of(self.id());
        for (what, file) in [
            ("an image", dicom::image(&site.random_word())),
            ("a directory", dicom::directory(&site.random_word())),
        ] {
            let name = site.random_word();
            let as_it_is = put(owner, &plain, &name, &file.bytes).await?;
            let came_out = owner.get(as_it_is.item.id).await;
            let drawn = self.marks_in_view(owner, as_it_is.item.id, &file.marks).await;
            remove(owner, &as_it_is).await?;
            let original = self.marks_in(&came_out?, &file.marks);
            let all = original.len() == file.marks.len();
            cases.control(
                &format!("uncleaned, {what} has every value that was planted"),
                all,
            );
            cases.must(&format!("a view of {what} has none of them"), drawn? == 0);
            let stored = put(owner, &clean, &name, &file.bytes).await?;
            let came_out = owner.get(stored.item.id).await;
            remove(owner, &stored).await?;
            // What is held back comes out for nobody, which keeps the promise too.
            let left = came_out.map_or_else(|_| Vec::new(), |bytes| self.marks_in(&bytes, &file.marks));
            let what = format!("of {what}, these come out: none, and not {left:?}");
            cases.must(&what, left.is_empty());
        }
        Ok(cases.seen())
    }
}

impl DicomHeadersAreCleaned {
    /// Where the values were planted that are in these bytes.
    fn marks_in(&self, bytes: &[u8], marks: &[dicom::Mark]) -> Vec<&'static str> {
        let is_in = |mark: &&dicom::Mark| (self.finds)(bytes, mark.text.as_bytes());
        marks.iter().filter(is_in).map(|mark| mark.place).collect()
    }

    /// How many of them are in what somebody gets who looks at the file. A directory has nothing to look at.
    async fn marks_in_view(
        &self,
        owner: &Actor,
        item: ItemId,
        marks: &[dicom::Mark],
    ) -> Result<usize, Trouble> {
        let custody = &owner.custody;
        let drawn = custody.look(&owner.key, owner.request(), item, None, View::default());
        match drawn.await {
            Ok(drawn) => Ok(self.marks_in(&drawn.seen.bytes, marks).len()),
            Err(Error::NotShown(_)) => Ok(0),
            Err(error) => Err(error.into()),
        }
    }
}

/// Puts what cannot be cleaned.
pub struct UncleanableIsHeld;

#[async_trait]
impl Check for UncleanableIsHeld {
    fn id(&self) -> &'static str {
        "uncleanable-is-held"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let probes = site.probes().await?;
        let team = &probes.one;
        let (owner, dataset) = (&team.owner, cleaning(&team.owner).await?);
        let mut cases = Cases::of(self.id());
        let image = dicom::image(&site.random_word()).bytes;
        let torn = image.get(..image.len() / 2).unwrap_or_default().to_vec();
        for (what, bytes) in [
            (
                "a document that nobody here cleans",
                b"%PDF-1.7 of nobody".to_vec(),
            ),
            ("bytes of no known kind", vec![0x8f; 64]),
            ("half of an image", torn),
        ] {
            let stored = put(owner, &dataset, &site.random_word(), &bytes).await?;
            let held = stored.item.version.quarantine.is_some();
            let tried = nobody_sees(&mut cases, what, (&dataset, stored.item.id), &[owner, &team.user]).await;
            remove(owner, &stored).await?;
            cases.must(&format!("{what} is held"), held);
            tried?;
        }
        let clean = put(owner, &dataset, &site.random_word(), b"nothing about anybody").await?;
        cases.control_works(
            "something clean can be read at once",
            team.user.get(clean.item.id).await,
        );
        remove(owner, &clean).await?;
        Ok(cases.seen())
    }
}

/// Neither bytes nor views nor listings show it to anybody.
async fn nobody_sees(
    cases: &mut Cases,
    what: &str,
    (dataset, item): (&Dataset, ItemId),
    people: &[&Actor],
) -> Result<(), Trouble> {
    for who in people {
        let custody = &who.custody;
        cases.must_refuse(&format!("{what} is read"), who.get(item).await)?;
        let seen = custody.look(&who.key, who.request(), item, None, View::default());
        cases.must_refuse(&format!("{what} is looked at"), seen.await)?;
        let (id, page) = (DatasetRef::Id(dataset.id), PageRequest::first(100));
        let listed = custody.list_items(&who.key, who.request(), id, Filter::default(), page);
        let listed = listed.await?.items.iter().any(|found| found.id == item);
        cases.must(&format!("{what} is in no listing"), !listed);
    }
    Ok(())
}
