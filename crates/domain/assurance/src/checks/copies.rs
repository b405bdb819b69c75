//! Whether what is handed to a person is all that is kept about them.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use async_trait::async_trait;
use aws_lc_rs::digest;
use kernel::RequestId;
use rights::consent::{ConsentAct, ConsentChannel, NewConsent};
use rights::request::{Channel, Details, Kind, NewRequest, Proof};
use serde_json::Value as Json;

use super::consents::Purposes;
use super::persons::Keeper;
use crate::Site;
use crate::check::{Cases, Check, Observation, Trouble};

/// Keeps a file, a record, an agreement and a request of a person, and looks for each in what they are handed.
pub struct CopiesAreComplete {
    /// How something is looked for.
    pub finds: fn(&[u8], &[u8]) -> bool,
}

impl Default for CopiesAreComplete {
    fn default() -> Self {
        Self { finds: contains }
    }
}

const PERSON: &str = "probe-copies";
const TWIN: &str = "probe-copies-twin";
/// A package of the probe's is small; whatever is larger is not read to its end.
const MOST_BYTES: u64 = 32 << 20;

type Files = BTreeMap<String, Vec<u8>>;

#[async_trait]
impl Check for CopiesAreComplete {
    fn id(&self) -> &'static str {
        "copies-are-complete"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let probes = site.probes().await?;
        let keeper = Keeper::of(site, &probes.one.owner, "probe-copies").await?;
        let words: [String; 5] = std::array::from_fn(|_| site.random_word());
        let [name, text, town, hidden, proof] = &words;
        let items = [
            keeper.file(name, PERSON, text).await?,
            keeper.record("record", PERSON, town).await?,
            // Where packages do not look: it is about somebody else.
            keeper.file("twin", TWIN, hidden).await?,
        ];
        let purposes = Purposes::of(&keeper.rights, keeper.by);
        purposes.agree(PERSON, proof).await?;
        let request = ask(&keeper).await?;
        let taken = take(&keeper, request).await;
        withdraw(&keeper, request).await?;
        keeper.remove(&items).await?;
        let files = taken?;
        let mut cases = Cases::of(self.id());
        let id = request.to_string();
        let wanted = [
            ("what they are known by", PERSON),
            ("a file", text.as_str()),
            ("its name", name),
            ("a record", town),
            ("what they agreed to", proof),
            ("what they asked for", &id),
        ];
        for (what, marker) in wanted {
            cases.must(&format!("{what} is in the package"), self.is_in(&files, marker));
        }
        cases.control(
            "what is kept where packages do not look is missed",
            !self.is_in(&files, hidden),
        );
        manifest(&mut cases, files);
        Ok(cases.seen())
    }
}

impl CopiesAreComplete {
    fn is_in(&self, files: &Files, marker: &str) -> bool {
        files.values().any(|bytes| (self.finds)(bytes, marker.as_bytes()))
    }
}

fn contains(bytes: &[u8], marker: &[u8]) -> bool {
    bytes.windows(marker.len()).any(|window| window == marker)
}

/// Every file stands in the manifest with its hash; a file that was changed does not fit it.
fn manifest(cases: &mut Cases, mut files: Files) {
    cases.must("every file is as the manifest says", fits(&files) == Some(true));
    if let Some(bytes) = files.iter_mut().find(|(path, _)| path.contains("/files/")) {
        bytes.1.push(b'!');
    }
    cases.control(
        "a changed file does not fit the manifest",
        fits(&files) == Some(false),
    );
}

/// Nothing where there is no manifest.
fn fits(files: &Files) -> Option<bool> {
    let manifest: Json = serde_json::from_slice(files.get("manifest.json")?).ok()?;
    let listed = manifest["files"].as_array()?;
    let is_there = |file: &Json| {
        let bytes = file["path"].as_str().and_then(|path| files.get(path));
        bytes.is_some_and(|bytes| file["sha256"] == hex::encode(digest::digest(&digest::SHA256, bytes)))
    };
    Some(listed.len() + 1 == files.len() && listed.iter().all(is_there))
}

/// The person asks for what is kept about them, and has shown who they are.
async fn ask(keeper: &Keeper<'_>) -> Result<RequestId, custody::Error> {
    let (rights, by) = (&keeper.rights, keeper.by);
    let new = NewRequest {
        kind: Kind::Access,
        channel: Channel::Staff,
        received_at: None,
        subject: Some(PERSON.to_owned()),
        details: Details {
            name: None,
            contact: "nobody@probe.invalid".to_owned(),
            words: "A check of the installation.".to_owned(),
        },
    };
    let id = rights.open_request(&by.key, by.request(), new, None).await?.id;
    let note = "a check of the installation".to_owned();
    rights
        .accept_identity(&by.key, by.request(), id, Proof::StaffCheck, note)
        .await?;
    Ok(id)
}

async fn take(keeper: &Keeper<'_>, request: RequestId) -> Result<Files, Trouble> {
    let (rights, by) = (&keeper.rights, keeper.by);
    rights
        .offer_package(&by.key, by.request(), request, Some(1))
        .await?;
    let mut package = rights.take_package(&by.key, by.request(), request).await?;
    let mut bytes = Vec::new();
    while let Some(piece) = package.next().await {
        bytes.extend_from_slice(&piece?);
    }
    unpacked(bytes).map_err(|error| Trouble(format!("the package cannot be unpacked: {error}")))
}

fn unpacked(bytes: Vec<u8>) -> std::io::Result<Files> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes))?;
    let mut files = Files::new();
    for number in 0..archive.len() {
        let file = archive.by_index(number)?;
        let name = file.name()?.into_owned();
        let mut content = Vec::new();
        file.take(MOST_BYTES).read_to_end(&mut content)?;
        files.insert(name, content);
    }
    Ok(files)
}

async fn withdraw(keeper: &Keeper<'_>, request: RequestId) -> Result<(), custody::Error> {
    let by = keeper.by;
    let note = "a check of the installation".to_owned();
    let withdrawn = keeper
        .rights
        .withdraw_request(&by.key, by.request(), request, note);
    withdrawn.await.map(drop)
}

/// Somebody agrees, as on paper.
pub(super) fn agreeing(person: &str, proof: &str, notice: u32) -> NewConsent {
    NewConsent {
        person: person.to_owned(),
        given: true,
        notice: Some(notice),
        act: Some(ConsentAct::Signed),
        channel: ConsentChannel::Paper,
        at: None,
        proof: Some(proof.to_owned()),
        browser_objects: false,
    }
}
