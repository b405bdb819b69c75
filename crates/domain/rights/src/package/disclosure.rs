//! To whom what is about a person was disclosed, and where it came from: by the trail (GDPR 15(1)(c) and (g)).

use custody::trail::TrailFilter;
use custody::{Credential, Result};
use kernel::{EventId, ItemId, PageRequest, Timestamp};
use operation::Request;
use operation::trail::TrailEntry;
use serde::Serialize;

use crate::Rights;

/// Entries that are read at once.
const PAGE: u32 = 500;

/// One act by which somebody got to see something, or brought it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Disclosure {
    /// When.
    pub at: Timestamp,
    /// `item.view`, `item.download`, `item.process` and the like.
    pub action: String,
    /// The class of who did it. Who they are is their own personal data.
    pub class: String,
    /// The company that it was sent to, where it left the house.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipient: Option<String>,
    /// The entry of the trail.
    pub event: EventId,
    /// Whether it has its place in the log already, so that it can be proven.
    #[serde(skip)]
    pub has_receipt: bool,
}

/// What the trail tells of an item, oldest first.
#[derive(Debug, Default, Serialize)]
pub(super) struct Told {
    /// How it came in and was changed.
    pub(super) sources: Vec<Disclosure>,
    /// Who saw it or took it away.
    pub(super) recipients: Vec<Disclosure>,
}

const SOURCES: [&str; 2] = ["item.create", "item.change"];
const RECIPIENTS: [&str; 4] = ["item.view", "item.download", "export.download", "item.process"];

/// What the trail tells of an item.
pub(super) async fn of(
    rights: &Rights,
    credential: &Credential,
    request: &Request,
    item: ItemId,
) -> Result<Told> {
    let filter = TrailFilter {
        item: Some(item),
        outcome: Some("done".into()),
        ..TrailFilter::default()
    };
    let (mut told, mut page) = (Told::default(), PageRequest::first(PAGE));
    loop {
        let found = rights
            .custody()
            .trail(credential, request.clone(), filter.clone(), page);
        let found = found.await?;
        for entry in found.items {
            told.take(entry);
        }
        match found.next {
            Some(next) => {
                page = PageRequest {
                    after: Some(next),
                    limit: PAGE,
                }
            }
            None => break,
        }
    }
    told.sources.reverse();
    told.recipients.reverse();
    Ok(told)
}

/// Who saw an item or took it away, oldest first.
pub(crate) async fn recipients(
    rights: &Rights,
    credential: &Credential,
    request: &Request,
    item: ItemId,
) -> Result<Vec<Disclosure>> {
    Ok(of(rights, credential, request, item).await?.recipients)
}

impl Told {
    fn take(&mut self, entry: TrailEntry) {
        let word = |field: &str| entry.event[field].as_str().unwrap_or_default().to_owned();
        let disclosure = Disclosure {
            at: entry.at,
            action: word("action"),
            class: word("class"),
            recipient: entry.event["details"]["recipient"]
                .as_str()
                .map(ToOwned::to_owned),
            event: entry.id,
            has_receipt: entry.index.is_some(),
        };
        if SOURCES.contains(&disclosure.action.as_str()) {
            self.sources.push(disclosure);
        } else if RECIPIENTS.contains(&disclosure.action.as_str()) {
            self.recipients.push(disclosure);
        }
    }
}
