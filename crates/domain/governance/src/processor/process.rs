//! Sending an item to a model that a tenant has chosen, and keeping its answer as an annotation.
//!
//! Promises: before a byte is opened, the act that records the disclosure has found the sub-processor in force, chosen by the tenant, and
//! at work where the tenant accepted; without what identifies people unless it is asked for as it is; the answer is said about the version
//! that was sent, beside what is said already. Leaves out: how a model is reached ([`Model`]), and whether its answer is right.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use custody::annotations::{Annotation, Annotations, Basis, NewAnnotations, Set, Shape, WhichSet};
use custody::item::Form;
use custody::{Credential, Custody, Error, Session};
use kernel::{EntryId, EventId, ItemId, OperationId, VersionId};
use operation::acts::ProcessItem;
use operation::{Op, Permit, Request};
use serde_json::{Value as Json, json};
use store::params;
use zeroize::Zeroizing;

use super::choice::{Choice, current};
use super::rows::{Notice, Stage, notices};
use crate::Governance;

/// The most bytes of what a model is told to do.
const LONGEST_PROMPT: usize = 8 << 10;
/// The most bytes of one annotation's words, and how many of them an answer may fill.
const LONGEST_WORDS: usize = 4_096;
const MOST_PIECES: usize = 16;
/// How often an answer is said again when somebody else said something meanwhile.
const TRIES: usize = 4;

const CALL: &str = "INSERT INTO processor_call (call_id, tenant_id, entry_id, number, called_at) VALUES ($1, $2, $3, $4, $5)";

/// What is asked of a sub-processor.
#[derive(Debug, Clone)]
pub struct Processing {
    /// The sub-processor.
    pub processor: EntryId,
    /// The item, in its newest version.
    pub item: ItemId,
    /// In which form it is sent.
    pub form: Form,
    /// What the model is to do with it.
    pub prompt: String,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Processed {
    /// What is said about the item now, the answer at its end.
    pub said: Annotations,
    /// The entry of the trail that records what was sent.
    pub sent: EventId,
    /// The form in which it was sent.
    pub form: Form,
    /// How many places were changed before.
    pub findings: usize,
}

/// What a model is sent.
pub struct Ask {
    /// The sub-processor.
    pub processor: EntryId,
    /// The address of its interface.
    pub endpoint: String,
    /// Which of its models.
    pub model: String,
    /// What to do.
    pub prompt: String,
    /// What kind of file follows.
    pub media_type: String,
    /// The file.
    pub bytes: Zeroizing<Vec<u8>>,
}

/// Why there is no answer. Texts quote nothing of what came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// A kind of file that cannot be sent; nothing was.
    #[error("this kind of file is not sent to a model: text, JSON, CSV and pictures are")]
    Kind,
    /// The gate does not let the server connect there, or it is not set up.
    #[error("{0}")]
    NotSent(String),
    /// Nobody answered in time, or the connection broke.
    #[error("the sub-processor did not answer")]
    Silence,
    /// It answered with this status.
    #[error("the sub-processor answered with status {0}")]
    Status(u16),
    /// The answer is none of its interface, or too long.
    #[error("the sub-processor's answer makes no sense, or is too long")]
    Nonsense,
}

/// Why an item was not processed.
#[derive(Debug, thiserror::Error)]
pub enum Unprocessed {
    /// It was not sent, or the answer could not be kept.
    #[error(transparent)]
    Refused(#[from] Error),
    /// It was sent, or was about to be; the trail says so.
    #[error(transparent)]
    Unanswered(#[from] Unanswered),
}

/// Reaches models.
#[async_trait]
pub trait Model: Send + Sync {
    /// Asks one, and gives its words.
    async fn ask(&self, ask: Ask) -> Result<String, Unanswered>;
}

/// Reaches none.
pub struct NoModel;

#[async_trait]
impl Model for NoModel {
    async fn ask(&self, _: Ask) -> Result<String, Unanswered> {
        Err(Unanswered::NotSent("this server sends nothing to models".into()))
    }
}

impl Governance {
    /// Sends an item to a sub-processor, and says its answer about the item. What is sent stands in the trail, and in the answer to
    /// whoever the item is about, before anything is sent.
    pub async fn process(
        &self,
        credential: &Credential,
        request: Request,
        processing: Processing,
    ) -> Result<Processed, Unprocessed> {
        let Processing {
            processor,
            item,
            form,
            prompt,
        } = processing;
        if prompt.trim().is_empty() || prompt.len() > LONGEST_PROMPT {
            let problem = format!("say what the model is to do, in 1 to {LONGEST_PROMPT} bytes");
            return Err(Error::Invalid {
                field: "prompt",
                problem,
            }
            .into());
        }
        let found = Arc::new(Mutex::new(None));
        let slot = Arc::clone(&found);
        let settle = move |op: &mut Op<'_>, permit: &Permit<ProcessItem>, session: &Session, _| {
            let notice = may_have(op, session, processor)?;
            let call = OperationId::make(op.now(), op.random());
            let now = op.now();
            op.change(
                permit,
                CALL,
                params![call, session.tenant(), processor, notice.number, now],
            )?;
            let details = told(&notice);
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(notice);
            Ok(details)
        };
        let handed = self
            .custody
            .hand_over(credential, request.clone(), item, form, settle)
            .await?;
        let notice = found.lock().unwrap_or_else(PoisonError::into_inner).take();
        let notice = notice.ok_or_else(|| Error::Internal("nobody to send it to".into()))?;
        self.list_hosts().await?;
        let ask = Ask {
            processor,
            endpoint: notice.terms.endpoint.clone(),
            model: notice.terms.model.clone().unwrap_or_default(),
            prompt,
            media_type: handed.media_type,
            bytes: handed.bytes,
        };
        let answer = self.model.ask(ask).await?;
        let pieces = pieces(&answer).ok_or(Unanswered::Nonsense)?;
        let annotations = pieces.into_iter().map(|words| Annotation {
            class: class_of(&notice.terms.name),
            shape: Shape::Tag {},
            text: Some(words),
            frame: None,
        });
        let said = say(
            &self.custody,
            (credential, &request),
            (item, handed.version),
            annotations.collect(),
        );
        Ok(Processed {
            said: said.await?,
            sent: handed.event,
            form,
            findings: handed.findings,
        })
    }

    /// Lists the hosts of sub-processors that are in force at the gate, and nobody else.
    async fn list_hosts(&self) -> custody::Result<()> {
        match &self.egress {
            Some(egress) => egress.refresh(&self.custody).await,
            None => Ok(()),
        }
    }
}

/// The sub-processor, if the tenant lets it have data and it is in force.
fn may_have(op: &mut Op<'_>, session: &Session, processor: EntryId) -> custody::Result<Notice> {
    let now = op.now();
    let published = notices(op.housekeeping(), now)?;
    let mut its = published.into_iter().filter(|notice| notice.entry == processor);
    let first = its.next().ok_or(Error::NotFound("sub-processor"))?;
    let notice = std::iter::once(first)
        .chain(its)
        .find(|notice| notice.stage == Stage::InForce);
    let conflict = |text: String| Err(Error::Conflict(text));
    let Some(notice) = notice else {
        return conflict(
            "this sub-processor is not in force: `GET /v1/processors` says since when it is, or will be"
                .into(),
        );
    };
    match current(op, session, processor)? {
        None => conflict("the team has not chosen this sub-processor: an owner or admin does".into()),
        Some(chosen) if chosen.choice == Choice::Objected => {
            conflict("the team objects to this sub-processor".into())
        }
        Some(chosen) if chosen.region != notice.terms.region => conflict(format!(
            "the team accepted that it works in {}, and it works in {}: an owner or admin chooses it again",
            chosen.region, notice.terms.region
        )),
        Some(_) => Ok(notice),
    }
}

/// What the trail keeps of a disclosure.
fn told(notice: &Notice) -> Json {
    json!({
        "processor": notice.entry, "number": notice.number, "recipient": notice.terms.name,
        "product": notice.terms.product, "region": notice.terms.region,
    })
}

/// The name as a class of annotations, which has one line and so many bytes.
fn class_of(name: &str) -> String {
    let name: String = name.chars().filter(|letter| !letter.is_control()).collect();
    let mut class = format!("answer of {name}");
    while class.len() > 128 {
        class.pop();
    }
    class
}

/// An answer in pieces that an annotation holds; nothing for one that is empty or too long.
fn pieces(answer: &str) -> Option<Vec<String>> {
    let answer = answer.replace('\0', " ");
    let (mut pieces, mut rest) = (Vec::new(), answer.trim());
    while !rest.is_empty() {
        let mut end = rest.len().min(LONGEST_WORDS);
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        let (piece, after) = rest.split_at(end);
        pieces.push(piece.to_owned());
        rest = after;
    }
    (1..=MOST_PIECES).contains(&pieces.len()).then_some(pieces)
}

/// Says something beside what is said already.
async fn say(
    custody: &Custody,
    (credential, request): (&Credential, &Request),
    (item, version): (ItemId, VersionId),
    new: Vec<Annotation>,
) -> custody::Result<Annotations> {
    for _ in 0..TRIES {
        let which = WhichSet::OfVersion(version);
        let before = custody
            .annotations(credential, request.clone(), item, which)
            .await?;
        let (mut set, basis) = match before {
            Some(said) => (said.set, Basis::OneOf(vec![said.made.id])),
            None => (Set::default(), Basis::Nothing),
        };
        set.annotations.extend(new.iter().cloned());
        let new = NewAnnotations {
            set,
            basis,
            version: Some(version),
        };
        match custody.annotate(credential, request.clone(), item, new).await {
            Err(Error::ConditionFailed) => {}
            said => return said,
        }
    }
    Err(Error::ConditionFailed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_kept_in_pieces_or_not_at_all() {
        assert_eq!(pieces(" yes "), Some(vec!["yes".to_owned()]));
        assert_eq!(pieces(" \n"), None);
        let long = "ä".repeat(LONGEST_WORDS);
        let kept = pieces(&long).unwrap();
        assert_eq!((kept.len(), kept.concat()), (2, long));
        assert_eq!(pieces(&"x".repeat(LONGEST_WORDS * MOST_PIECES + 1)), None);
        assert_eq!(class_of(&"ü".repeat(200)).len(), 128);
    }
}
