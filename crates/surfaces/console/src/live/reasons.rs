//! Why somebody reads a dataset that asks: said once, kept for an hour of this session, and brought along with every read of it.
//!
//! Promises: a reason counts for the dataset and the session that it was given for, and for no longer than an hour; nothing of a dataset
//! that asks is opened by a page before. Leaves out: which reasons a dataset knows, and the entry that has them; both are custody's, so that
//! what is kept here by the browser gives nobody more than saying it anew with every request would.

use std::collections::BTreeMap;
use std::time::Duration;

use access::Action;
use axum::Router;
use axum::extract::{Path, Query};
use axum::response::Response;
use axum::routing::{get, post};
use custody::dataset::{Dataset, DatasetChange, DatasetRef, Reading, State};
use kernel::{DatasetId, KeyId, Timestamp};
use serde::{Deserialize, Serialize};

use super::cookies::Cookie;
use super::datasets::{found, row};
use super::fields::safe_path;
use super::settings::settings_page;
use super::visitor::{Asked, append, see};
use super::{Answer, ConsoleState, Failure, Sent, Visitor};
use crate::kit::Problems;
use crate::pages::{LookingFor, ReasonPage, dataset_settings, reason};

/// How long a reason is kept.
const KEPT: Duration = Duration::from_secs(3_600);
/// How far the clocks of two nodes may be apart.
const APART: Duration = Duration::from_secs(60);
/// For how many datasets at once: what was said first is asked again.
const MOST: usize = 6;
/// The most bytes of a word that a dataset knows.
const LONGEST_WORD: usize = 64;
/// The most bytes of what is said beside the word.
const LONGEST_NOTE: usize = 200;

pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/console/datasets/{dataset}/reason", get(show).post(give))
        .route("/console/datasets/{dataset}/reading", post(settle))
}

/// What was said, as the browser keeps it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reasons {
    session: Option<KeyId>,
    said: Vec<Said>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Said {
    dataset: DatasetId,
    reason: String,
    until: Timestamp,
}

impl Reasons {
    /// Those of this session that still count.
    pub(crate) fn of(self, session: KeyId, now: Timestamp) -> Self {
        // Whatever a browser sends, the trail is told nothing that the form would not have taken.
        let good =
            |said: &Said| said.until > now && said.until <= now.plus(KEPT + APART) && is_short(&said.reason);
        let kept = self.said.into_iter().filter(good);
        Self {
            said: match self.session == Some(session) {
                true => kept.collect(),
                false => Vec::new(),
            },
            session: Some(session),
        }
    }

    /// By dataset, as custody takes them.
    pub(crate) fn by_dataset(&self) -> BTreeMap<DatasetId, String> {
        let pairs = self.said.iter().map(|said| (said.dataset, said.reason.clone()));
        pairs.collect()
    }

    fn with(mut self, dataset: DatasetId, reason: String, until: Timestamp) -> Self {
        self.said.retain(|said| said.dataset != dataset);
        self.said.push(Said {
            dataset,
            reason,
            until,
        });
        let over = self.said.len().saturating_sub(MOST);
        self.said.drain(..over);
        self
    }
}

/// Whether it can be a word with a note that the form takes.
fn is_short(said: &str) -> bool {
    said.len() <= LONGEST_WORD + 2 + LONGEST_NOTE && !said.chars().any(char::is_control)
}

/// What was said for this dataset, if the dataset asks and knows it.
pub(super) fn looking_for(visitor: &Visitor, dataset: &Dataset) -> Option<LookingFor> {
    let rule = dataset.reading.as_ref()?;
    let mut said = visitor.reasons.said.iter();
    let said = said.find(|said| said.dataset == dataset.id && rule.holds(&said.reason))?;
    Some(LookingFor {
        reason: said.reason.clone(),
        until: said.until,
    })
}

/// Lets a page go on that opens content of the dataset, or leads to where one says why.
pub(super) fn ask_first(visitor: &Visitor, dataset: &Dataset, then: &str) -> Answer<()> {
    let looks = visitor.may(Action::ItemView) || visitor.may(Action::ItemDownload);
    let asks = dataset.reading.is_some() && dataset.state == State::Active && looks;
    if !asks || looking_for(visitor, dataset).is_some() {
        return Ok(());
    }
    let then: String = form_urlencoded::byte_serialize(then.as_bytes()).collect();
    let to = format!("/console/datasets/{}/reason?then={then}", dataset.name);
    Err(Failure(Box::new(visitor.answer(see(&to)))))
}

fn page(visitor: &Visitor, dataset: &Dataset, rule: &Reading, then: &str) -> ReasonPage {
    ReasonPage {
        frame: visitor.frame(),
        dataset: row(dataset),
        reasons: rule.reasons.clone(),
        takes_note: rule.note,
        chosen: String::new(),
        note: String::new(),
        then: then.to_owned(),
        problems: Problems::default(),
    }
}

/// Where one goes after it was said: a path of the console, or the dataset.
fn way_on(visitor: &Visitor, dataset: &Dataset, then: &str) -> String {
    let first = visitor.at("");
    match safe_path(visitor.state.door, then) {
        path if path == first => format!("/console/datasets/{}", dataset.name),
        path => path,
    }
}

async fn show(visitor: Visitor, Path(name): Path<String>, Query(asked): Query<Asked>) -> Answer<Response> {
    let dataset = found(&visitor, &name).await?;
    let then = asked.get("then").map_or("", String::as_str);
    let then = way_on(&visitor, &dataset, then);
    let Some(rule) = &dataset.reading else {
        return Ok(visitor.answer(see(&then)));
    };
    let mut page = page(&visitor, &dataset, rule, &then);
    if let Some(said) = looking_for(&visitor, &dataset) {
        let (word, note) = said.reason.split_once(':').unwrap_or((&said.reason, ""));
        (page.chosen, page.note) = (word.to_owned(), note.trim().to_owned());
    }
    Ok(visitor.page(reason(&page)))
}

async fn give(Path(name): Path<String>, sent: Sent) -> Answer<Response> {
    let (visitor, fields) = (&sent.visitor, &sent.fields);
    let dataset = found(visitor, &name).await?;
    let then = way_on(visitor, &dataset, fields.get("then"));
    let Some(rule) = &dataset.reading else {
        return Ok(visitor.answer(see(&then)));
    };
    let (word, note) = (fields.get("reason"), fields.get("note"));
    let said = match note {
        "" => word.to_owned(),
        note => format!("{word}: {note}"),
    };
    let wrong = if note.len() > LONGEST_NOTE || note.chars().any(char::is_control) {
        Some(("note", "Say it in at most 200 bytes on one line"))
    } else if !rule.holds(&said) {
        Some(("reason", "Choose one of the reasons that this dataset knows"))
    } else {
        None
    };
    if let Some((field, says)) = wrong {
        let again = ReasonPage {
            chosen: word.to_owned(),
            note: note.to_owned(),
            problems: Problems::one(field, says),
            ..page(visitor, &dataset, rule, &then)
        };
        return Ok(visitor.page_again(reason(&again)));
    }
    let until = visitor.now().plus(KEPT);
    let kept = visitor.reasons.clone().with(dataset.id, said, until);
    let mut response = see(&then);
    append(
        &mut response,
        Cookie::Reasons(visitor.state.door).set_document(&kept),
    );
    Ok(visitor.answer(response))
}

/// Settles for which reasons the dataset is read.
async fn settle(Path(name): Path<String>, sent: Sent) -> Answer<Response> {
    let (visitor, fields) = (&sent.visitor, &sent.fields);
    let words = fields.get("reasons").split([',', '\n']).map(str::trim);
    let reasons: Vec<String> = words.filter(|word| !word.is_empty()).map(str::to_owned).collect();
    let rule = (!reasons.is_empty()).then(|| Reading {
        reasons,
        note: fields.ticked("note"),
    });
    let says = match rule {
        Some(_) => "Saved. Whoever reads from here on says why.",
        None => "Saved. Nobody is asked why they read.",
    };
    let change = DatasetChange {
        reading: Some(rule),
        ..DatasetChange::default()
    };
    let custody = &visitor.state.custody;
    let dataset = DatasetRef::parse(&name);
    let changed = custody
        .change_dataset(&visitor.credential, visitor.request(), dataset, change)
        .await;
    match sent.settle(changed.map_err(of_the_form)).await? {
        Ok(dataset) => Ok(visitor.done(&format!("/console/datasets/{}/settings", dataset.name), says)),
        Err(problems) => {
            let mut page = settings_page(visitor, &name, &Asked::new(), problems).await?;
            page.reasons = (fields.get("reasons").to_owned(), fields.ticked("note"));
            Ok(visitor.page_again(dataset_settings(&page)))
        }
    }
}

/// What custody calls a field, as the form has it.
fn of_the_form(error: custody::Error) -> custody::Error {
    match error {
        custody::Error::Invalid { field: "reading", .. } => custody::Error::Invalid {
            field: "reasons",
            problem: "give 1 to 32 words of a to z, 0 to 9 and hyphens, each at most 64 characters long"
                .to_owned(),
        },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(number: usize) -> T {
        format!("0198f0c2-7d3a-7c11-9b1e-{number:012x}").parse().unwrap()
    }

    #[test]
    fn a_reason_counts_for_its_session_for_an_hour_and_for_the_last_datasets() {
        let now: Timestamp = "2026-03-02T12:00:00Z".parse().unwrap();
        let (session, other): (KeyId, KeyId) = (id(1), id(2));
        let said = (0..MOST + 2).fold(Reasons::default().of(session, now), |reasons, number| {
            reasons.with(id(number + 10), "care".to_owned(), now.plus(KEPT))
        });
        assert_eq!(said.by_dataset().len(), MOST);
        let first: DatasetId = id(10);
        assert!(
            !said.by_dataset().contains_key(&first),
            "what was said first is asked again"
        );
        let again = said.clone().with(id(14), "billing".to_owned(), now.plus(KEPT));
        assert_eq!(again.by_dataset()[&id::<DatasetId>(14)], "billing");
        assert_eq!(said.clone().of(session, now).by_dataset().len(), MOST);
        assert!(
            said.clone().of(other, now).by_dataset().is_empty(),
            "another session"
        );
        assert!(
            said.of(session, now.plus(KEPT)).by_dataset().is_empty(),
            "an hour later"
        );
        for (reason, until) in [
            ("care".to_owned(), now.plus(KEPT * 2)),
            (format!("care: {}", "x".repeat(300)), now.plus(KEPT)),
            ("care: a\nb".to_owned(), now.plus(KEPT)),
        ] {
            let forged = Reasons::default().of(session, now).with(id(10), reason, until);
            assert!(
                forged.of(session, now).by_dataset().is_empty(),
                "not what the form takes"
            );
        }
    }
}
