//! The agreement with a sub-processor, on file: the document itself, held to the hash that the register names, and to the vendor's own name.
//!
//! Promises: a version is approved only when the document of its hash lies here, sealed, and the vendor's name stands in its text. Leaves
//! out: documents other than text and HTML, and what an agreement says.

use access::Action;
use aws_lc_rs::digest::{SHA256, digest};
use custody::installation::home_permit;
use custody::{Credential, Error, Result, Session};
use kernel::{EntryId, Timestamp};
use operation::acts::{ReadRegister, WriteRegister};
use operation::{Act, Op, Permit, Request, Resource};
use sealing::Context;
use serde::Serialize;
use serde_json::json;
use store::params;

use super::REGISTER;
use super::rows::{Stage, notices};
use crate::Governance;
use crate::entry::{Entry, Evidence, find_register, newest_entry, register_key};

/// The most bytes of an agreement.
pub const MOST_AGREEMENT_BYTES: usize = 4 << 20;

const FIND: &str = "SELECT taken_at, file_sealed FROM processor_agreement WHERE tenant_id = $1 AND entry_id = $2 AND file_hash = $3";
const INSERT: &str = "INSERT INTO processor_agreement (entry_id, file_hash, tenant_id, taken_at, taken_by, file_sealed) \
     VALUES ($1, $2, $3, $4, $5, $6)";

/// A document that is on file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Agreement {
    /// The sub-processor.
    pub entry: EntryId,
    /// Its SHA-256, in hexadecimal digits.
    pub sha256: String,
    /// When it was put on file.
    pub taken_at: Timestamp,
    /// Whether the vendor's name, as the entry's newest version has it, stands in it.
    pub names_vendor: bool,
}

impl Governance {
    /// Puts the agreement with a sub-processor on file. The same document again changes nothing.
    pub async fn file_agreement(
        &self,
        credential: &Credential,
        request: Request,
        entry: EntryId,
        document: Vec<u8>,
    ) -> Result<Agreement> {
        if document.is_empty() || document.len() > MOST_AGREEMENT_BYTES {
            return Err(Error::TooLarge {
                limit: MOST_AGREEMENT_BYTES as u64,
            });
        }
        let (custody, credential) = (self.custody.clone(), credential.clone());
        let act = move |op: &mut Op<'_>| {
            let session = custody.enter(op, &credential, Action::RegisterWrite)?;
            let permit: Permit<WriteRegister> = op.permit(Resource::register(), &session.facts())?;
            if find_register(op, &session, entry)?.id != REGISTER {
                let problem = "only sub-processors have an agreement on file here";
                return Err(Error::Conflict(problem.into()));
            }
            let vendor = newest_entry(op, &permit, &session, entry)?.says.title;
            let text = readable(&document)?;
            let hash = digest(&SHA256, &document).as_ref().to_vec();
            let taken_at = match op.find(FIND, params![session.tenant(), entry, hash.clone()])? {
                Some(row) => row.get(0)?,
                None => {
                    let key = register_key(&session);
                    let sealed = sealing::seal(&key, &context(entry, &hash), &document, op.random());
                    let now = op.now();
                    let values = params![
                        entry,
                        hash.clone(),
                        session.tenant(),
                        now,
                        session.member(),
                        sealed
                    ];
                    op.change(&permit, INSERT, values)?;
                    now
                }
            };
            let filed = Agreement {
                entry,
                sha256: hex::encode(&hash),
                taken_at,
                names_vendor: has_name(&text, &vendor),
            };
            op.record(
                permit,
                json!({ "entry": entry, "agreement": filed.sha256, "names_vendor": filed.names_vendor }),
            )?;
            Ok(filed)
        };
        self.custody.desk().act(request, act).await
    }
}

/// The agreement behind what is published of a sub-processor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filed {
    /// The vendor.
    pub vendor: String,
    /// The words of the document; nothing when it is not on file, or was changed.
    pub text: Option<String>,
}

impl Governance {
    /// The agreements behind all that is announced or in force, for a check that looks at them as the server.
    pub async fn agreements_at_home(&self, request: Request) -> Result<Vec<Filed>> {
        let look = move |op: &mut Op<'_>, session: &Session| {
            let permit: Permit<ReadRegister> = home_permit(op, session, Resource::register())?;
            let now = op.now();
            let mut published = notices(op.housekeeping(), now)?;
            published.retain(|notice| !matches!(notice.stage, Stage::Replaced | Stage::Ended));
            let mut filed = Vec::with_capacity(published.len());
            for notice in published {
                // What does not open was changed.
                let text = on_file(op, &permit, session, (notice.entry, &notice.terms.agreement));
                filed.push(Filed {
                    vendor: notice.terms.name,
                    text: text.unwrap_or(None),
                });
            }
            op.record(permit, json!({ "agreements": filed.len() }))?;
            Ok(filed)
        };
        self.custody.look_at_home(request, look).await
    }
}

/// Looks at the document behind a version: whether it is on file, is the one of its hash, and names the vendor.
pub(super) fn check<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    entry: &Entry,
) -> Result<()> {
    let trouble = |problem: &str| Err(Error::Conflict(problem.to_owned()));
    let Evidence::Document { sha256, .. } = &entry.says.evidence else {
        return trouble("name the agreement as the evidence, with its SHA-256");
    };
    match on_file(op, permit, session, (entry.id, sha256))? {
        None => trouble(
            "the agreement of this SHA-256 is not on file: put the document itself on file first, then approve",
        ),
        Some(text) if !has_name(&text, &entry.says.title) => trouble(
            "the agreement on file does not name this vendor: it is somebody else's, or the entry's title is not the vendor's name",
        ),
        Some(_) => Ok(()),
    }
}

/// The text of the document of this hash; nothing when it is not on file, or is not what its hash says.
pub(crate) fn on_file<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    (entry, sha256): (EntryId, &str),
) -> Result<Option<String>> {
    let Ok(hash) = hex::decode(sha256) else {
        return Ok(None);
    };
    let Some(row) = op.find(FIND, params![session.tenant(), entry, hash.clone()])? else {
        return Ok(None);
    };
    let sealed: Vec<u8> = row.get(1)?;
    let opened = op.open(permit, &register_key(session), &context(entry, &hash), &sealed)?;
    if digest(&SHA256, &opened).as_ref() != hash {
        return Ok(None);
    }
    readable(&opened).map(Some)
}

fn context(entry: EntryId, hash: &[u8]) -> Context {
    Context::new("agreement of a sub-processor")
        .with(entry.as_bytes())
        .with(hash)
}

/// The words of a document of text or HTML.
fn readable(document: &[u8]) -> Result<String> {
    let text = std::str::from_utf8(document)
        .ok()
        .filter(|text| !text.contains('\0'));
    let text = text.ok_or_else(|| Error::Invalid {
        field: "document",
        problem: "give the agreement as text or HTML in UTF-8, so that the vendor's name can be found in it"
            .into(),
    })?;
    Ok(without_tags(text))
}

/// What stands between `<` and `>` is no word of the document: a link to a vendor does not make it the vendor's.
fn without_tags(text: &str) -> String {
    if !text.contains("</") {
        return text.to_owned();
    }
    let (mut words, mut is_tag) = (String::with_capacity(text.len()), false);
    for letter in text.chars() {
        match letter {
            '<' => is_tag = true,
            '>' => {
                is_tag = false;
                words.push(' ');
            }
            letter if !is_tag => words.push(letter),
            _ => {}
        }
    }
    words
}

/// Whether a name stands in a text as words of its own, whatever its case and wherever lines break.
pub fn has_name(text: &str, name: &str) -> bool {
    let words = |text: &str| {
        let lower = text.to_lowercase();
        let words = lower.split(|letter: char| !letter.is_alphanumeric());
        words
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let (text, name) = (words(text), words(name));
    !name.is_empty() && text.windows(name.len()).any(|window| window == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_as_words_and_not_in_a_link() {
        let agreement = "Data processing agreement\nbetween the customer and Mistral\n  AI SAS (\"Mistral\")";
        assert!(has_name(agreement, "Mistral AI") && has_name(agreement, "MISTRAL"));
        assert!(
            !has_name(agreement, "Mist") && !has_name(agreement, "OpenAI") && !has_name(agreement, " . ")
        );
        let other = "<p>OpenAI terms, see <a href=\"https://mistral.ai\">here</a></p>";
        assert!(!has_name(&readable(other.as_bytes()).unwrap(), "mistral"));
        assert!(has_name(&readable(other.as_bytes()).unwrap(), "OpenAI"));
        assert!(readable(b"%PDF-1.7\0\xff").is_err());
    }
}
