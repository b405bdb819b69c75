//! Writing a package: one thread that reads item by item and waits for whoever takes it.

use bytes::Bytes;
use custody::annotations::WhichSet;
use custody::item::{Item, ReadItem, State, Version};
use custody::{Credential, Error, Result};
use kernel::{Cursor, EventId, PageRequest};
use operation::Request;
use serde::Serialize;
use serde_json::{Value as Json, json};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::archive::{Archive, Broken, file_name};
use super::contents::Overview;
use super::disclosure::{self, Told};
use super::page;
use crate::Rights;
use crate::subject::LinkedItem;

/// Pieces of an archive that wait for a slow client.
const PIECES_IN_FLIGHT: usize = 4;
/// Items that are looked up at once.
const ITEMS: u32 = 100;
/// Versions that are looked up at once.
const VERSIONS: u32 = 1_000;

type Written<T> = std::result::Result<T, Broken>;

/// What the page and the sheet say of an item.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Entry {
    /// The folder of what is in the package about it.
    pub(super) folder: String,
    /// Nothing where the name may be about somebody else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    /// The files of its versions, newest first.
    pub(super) files: Vec<String>,
    pub(super) bytes: u64,
    /// Why it, or part of it, is not in the package.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) withheld: Option<&'static str>,
    /// How often it was seen or taken away.
    pub(super) disclosed: usize,
}

/// Begins to write on a thread of its own.
pub(super) fn begin(
    rights: &Rights,
    credential: &Credential,
    request: Request,
    overview: Overview,
) -> mpsc::Receiver<Result<Bytes>> {
    let (pieces, receiver) = mpsc::channel(PIECES_IN_FLIGHT);
    let packer = Packer {
        rights: rights.clone(),
        credential: credential.clone(),
        request,
        runtime: Handle::current(),
        overview,
        entries: Vec::new(),
    };
    drop(tokio::task::spawn_blocking(move || packer.run(&pieces)));
    receiver
}

struct Packer {
    rights: Rights,
    credential: Credential,
    request: Request,
    runtime: Handle,
    overview: Overview,
    entries: Vec<Entry>,
}

impl Packer {
    fn run(mut self, pieces: &mpsc::Sender<Result<Bytes>>) {
        let mut archive = Archive::to(pieces.clone());
        let packed = self.pack(&mut archive);
        let files = archive.packed.len();
        let ended = packed.and_then(|()| archive.finish());
        let word = match &ended {
            Ok(()) => "whole",
            Err(Broken::Left) => "left",
            Err(Broken::Failed(_)) => "failed",
        };
        let withheld = self
            .entries
            .iter()
            .filter(|entry| entry.withheld.is_some())
            .count();
        let told = json!({ "how": word, "items": self.entries.len(), "withheld": withheld, "files": files });
        let (request, id) = (self.request.clone(), self.overview.request);
        let recorded = self.rights.end_package(&self.credential, request, id, told);
        let recorded = self.runtime.block_on(recorded);
        let failed = match ended {
            Err(Broken::Failed(error)) => Err(error),
            Ok(()) | Err(Broken::Left) => recorded,
        };
        if let Err(error) = failed {
            let _ = pieces.blocking_send(Err(error));
        }
    }

    fn pack(&mut self, archive: &mut Archive) -> Written<()> {
        let mut after: Option<Cursor> = None;
        loop {
            let page = PageRequest { after, limit: ITEMS };
            let about = self.rights.items_about(
                &self.credential,
                self.request.clone(),
                self.overview.person.id,
                page,
            );
            let about = self.runtime.block_on(about)?;
            for item in about.items {
                self.item(archive, item)?;
            }
            match about.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        self.elsewhere(archive)?;
        self.sheets(archive)
    }

    /// What places elsewhere handed over.
    fn elsewhere(&mut self, archive: &mut Archive) -> Written<()> {
        for place in &mut self.overview.elsewhere {
            let Some(name) = &place.file else { continue };
            let (request, word) = (self.request.clone(), place.word.clone());
            let file = self
                .rights
                .packed_file(&self.credential, request, self.overview.request, word);
            let file = self.runtime.block_on(file)?;
            let path = archive.free(&format!("elsewhere/{}", place.word), &file_name(name));
            archive.add(&path, &file)?;
            place.file = Some(path);
        }
        Ok(())
    }

    fn item(&mut self, archive: &mut Archive, linked: LinkedItem) -> Written<()> {
        let folder = format!("items/{:06}", self.entries.len() + 1);
        let mut entry = Entry {
            folder,
            name: None,
            files: Vec::new(),
            bytes: 0,
            withheld: None,
            disclosed: 0,
        };
        // What the trail tells of an item that is about others as well is theirs, too: the person themselves gets none of it.
        let told = match linked.alone || !self.credential.is_visitors() {
            true => {
                let told = disclosure::of(&self.rights, &self.credential, &self.request, linked.id);
                self.runtime.block_on(told)?
            }
            false => Told::default(),
        };
        entry.disclosed = told.recipients.len();
        let mut sheet =
            json!({ "id": linked.id, "dataset": linked.dataset, "link": linked.link, "trail": told });
        match &linked.item {
            Some(item) if linked.alone => {
                entry.name = Some(item.name.clone());
                sheet["item"] = json!(item);
                let versions = self.versions(item)?;
                sheet["annotations"] = self.annotations(item, WhichSet::Newest)?;
                sheet["annotations_before"] = self.annotations_before(item, &versions)?;
                self.contents(archive, item, &versions, &mut entry)?;
            }
            Some(_) => entry.withheld = Some("about-others"),
            None => entry.withheld = Some("in-quarantine"),
        }
        sheet["files"] = json!(entry.files);
        sheet["withheld"] = json!(entry.withheld);
        archive.add(&format!("{}/item.json", entry.folder), &pretty(&sheet)?)?;
        self.receipts(archive, &entry.folder, &told)?;
        self.entries.push(entry);
        Ok(())
    }

    /// What people said about it; nothing where nobody may look, which its bytes tell as well.
    fn annotations(&self, item: &Item, which: WhichSet) -> Written<Json> {
        let said = self
            .rights
            .custody()
            .annotations(&self.credential, self.request.clone(), item.id, which);
        match self.runtime.block_on(said) {
            Ok(said) => Ok(json!(said)),
            Err(error) if withheld(&error).is_some() => Ok(Json::Null),
            Err(error) => Err(error.into()),
        }
    }

    /// What they said about the versions before, newest first: it is kept as long as these are.
    fn annotations_before(&self, item: &Item, versions: &[Version]) -> Written<Json> {
        let before = versions.iter().filter(|version| version.id != item.version.id);
        let said = before.map(|version| self.annotations(item, WhichSet::OfVersion(version.id)));
        let said = said.collect::<Written<Vec<_>>>()?;
        Ok(said.into_iter().filter(|said| !said.is_null()).collect())
    }

    /// Its versions, newest first.
    fn versions(&self, item: &Item) -> Written<Vec<Version>> {
        if item.version.number == 1 {
            return Ok(vec![item.version.clone()]);
        }
        let listed = self.rights.custody().versions(
            &self.credential,
            self.request.clone(),
            item.id,
            PageRequest::first(VERSIONS),
        );
        let mut versions = self.runtime.block_on(listed)?.items;
        versions.reverse();
        Ok(versions)
    }

    fn contents(
        &self,
        archive: &mut Archive,
        item: &Item,
        versions: &[Version],
        entry: &mut Entry,
    ) -> Written<()> {
        for version in versions {
            match self.version(archive, item, version, entry) {
                Ok(()) => {}
                Err(Broken::Failed(error)) => match withheld(&error) {
                    Some(reason) => entry.withheld = Some(reason),
                    None => return Err(error.into()),
                },
                Err(left) => return Err(left),
            }
        }
        Ok(())
    }

    fn version(
        &self,
        archive: &mut Archive,
        item: &Item,
        version: &Version,
        entry: &mut Entry,
    ) -> Written<()> {
        let read = ReadItem {
            version: Some(version.id),
            under_marker: item.state == State::Archived,
            answers_a_request: true,
            ..ReadItem::default()
        };
        let read = self
            .rights
            .custody()
            .read(&self.credential, self.request.clone(), item.id, read);
        let Some(mut body) = self.runtime.block_on(read)?.body else {
            return Ok(());
        };
        let path = archive.free(&format!("{}/files", entry.folder), &file_name(&item.name));
        let mut file = archive.begin(&path, version.size)?;
        while let Some(piece) = self.runtime.block_on(body.next()) {
            // Half a file must not look like one: what is cut short cuts the archive short.
            file.write(&piece.map_err(cut_short)?)?;
        }
        file.end();
        entry.files.push(path);
        entry.bytes += version.size;
        Ok(())
    }

    /// Proof of what the trail tells, as far as it has a place in the log already.
    fn receipts(&self, archive: &mut Archive, folder: &str, told: &Told) -> Written<()> {
        let placed = told.sources.iter().chain(&told.recipients);
        let placed: Vec<EventId> = placed
            .filter(|disclosure| disclosure.has_receipt)
            .map(|disclosure| disclosure.event)
            .collect();
        for event in placed {
            let receipt = self
                .rights
                .custody()
                .receipt(&self.credential, self.request.clone(), event);
            let receipt = self.runtime.block_on(receipt)?;
            archive.add(&format!("{folder}/receipts/{event}.txt"), receipt.as_bytes())?;
        }
        Ok(())
    }

    fn sheets(&self, archive: &mut Archive) -> Written<()> {
        let data = json!({ "overview": self.overview, "items": self.entries });
        archive.add("data.json", &pretty(&data)?)?;
        let text = page::index(&self.overview, &self.entries);
        archive.add("index.html", text.as_bytes())?;
        let manifest = json!({
            "format": "bailee-package/1", "request": self.overview.request, "made_at": self.overview.made_at,
            "files": archive.packed,
        });
        archive.add("manifest.json", &pretty(&manifest)?)
    }
}

/// Why an item is not handed out with the others; nothing where the whole must not go on.
fn withheld(error: &Error) -> Option<&'static str> {
    match error {
        Error::Forbidden { reasons, .. } if reasons.iter().any(|reason| reason == "limit.restricted") => {
            Some("restricted")
        }
        Error::Forbidden { .. } => Some("not-allowed"),
        Error::NotFound(_) => Some("gone"),
        Error::Altered => Some("damaged"),
        Error::Conflict(_) | Error::Invalid { .. } | Error::NotShown(_) => Some("not-readable"),
        _ => None,
    }
}

/// What goes wrong within a file is never a reason to go on.
fn cut_short(error: Error) -> Broken {
    Broken::Failed(match error {
        Error::Unavailable(_) | Error::Internal(_) | Error::Unauthenticated | Error::Expired => error,
        other => Error::Unavailable(format!("a file of the package broke off: {other}")),
    })
}

fn pretty(value: &Json) -> Result<Vec<u8>> {
    serde_json::to_vec_pretty(value).map_err(|error| Error::Internal(error.to_string()))
}
