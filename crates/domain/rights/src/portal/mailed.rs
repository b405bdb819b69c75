//! A request comes by mail.
//!
//! Promises: what somebody writes to a tenant's address is a request from the moment it came, and its clocks run; the sender is a claim until
//! somebody proves it; the same message makes one request however often it is delivered; what no person wrote makes none; whatever became of
//! it stands in the trail, and neither address nor words do. The answer goes out with the act, to the address that the message names as its
//! author's and nowhere else. Leaves out: reading mail (`bailee` does), keeping attachments.

use std::time::Duration;

use access::Facts;
use custody::visit::Visited;
use custody::{Result, Session};
use kernel::{RequestId, VisitId};
use operation::acts::{OpenRequest, VisitPortal};
use operation::{Op, Permit, Request};
use serde_json::{Value, json};
use store::params;

use super::rows::{self, Reach, Row};
use super::settings;
use super::{Language, letter};
use crate::Rights;
use crate::acts::to_json;
use crate::request::{self, Channel, Details, Kind, NewRequest, PersonRequest};
use crate::words::words;

words! {
    /// Why a message is taken for one that no person wrote (RFC 3834, 2).
    NoPerson {
        /// It has no return path: a bounce.
        NoReturnPath "no-return-path",
        /// It says so itself (RFC 3834, 5): an automatic reply, a notice of a program.
        AutoSubmitted "auto-submitted",
        /// It goes to many.
        Bulk "bulk",
        /// It is a report about another message (RFC 6522).
        Report "report",
        /// It comes from the address that this installation's own letters come from.
        OwnLetter "own-letter",
    }
}

/// A message that was read.
#[derive(Debug, Clone)]
pub struct Message {
    /// Who wrote it, as it says: one address.
    pub sender: String,
    /// Their name, as it says.
    pub name: Option<String>,
    /// What tells it from every other message: its `Message-ID`, or a hash of it.
    pub id: String,
    /// Which right it is about.
    pub kind: Kind,
    /// What it says.
    pub words: String,
    /// Whether it said more.
    pub is_cut: bool,
    /// How many attachments it had; they are not kept.
    pub attachments: u32,
    /// Languages that the sender reads, as in `Accept-Language`.
    pub languages: String,
    /// Why it is taken for one that no person wrote.
    pub no_person: Option<NoPerson>,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrived {
    /// It is a request now.
    Opened(PersonRequest),
    /// It was one already.
    Before(RequestId),
    /// No person wrote it: nothing was made of it.
    Nothing(NoPerson),
    /// Too many came from this address within a day: it has to come again later. Nothing was made of it.
    TooMany,
}

/// How many requests are taken in by mail from one address within a day.
pub const MOST_MAILED: i64 = 20;
/// How many answers go to one address within a day: whoever forges an address must not fill its mailbox.
pub const MOST_MAIL_ANSWERS: i64 = 5;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const MOST_NAME: usize = 200;

const FIND: &str = "SELECT request_id FROM request_mail WHERE tenant_id = $1 AND message_blind = $2";
const KEEP: &str = "INSERT INTO request_mail (tenant_id, message_blind, sender_blind, request_id, arrived_at) \
     VALUES ($1, $2, $3, $4, $5)";
const OF_SENDER: &str =
    "SELECT count(*) FROM request_mail WHERE tenant_id = $1 AND sender_blind = $2 AND arrived_at > $3";
const UNPROVEN: &str = "SELECT r.request_id FROM portal_request p JOIN person_request r ON r.request_id = p.request_id \
     WHERE p.tenant_id = $1 AND r.tenant_id = $1 AND p.address_blind = $2 AND r.channel = 'mail' \
     AND r.state IN ('received', 'identity') ORDER BY r.request_id LIMIT 50";

impl Rights {
    /// Takes in a message that came to an address of this tenant's. `site` is where the installation's pages are, if it is known.
    ///
    /// # Errors
    /// [`custody::Error::NotFound`] where no tenant has this name, and where it holds its key itself: nothing of the installation's could seal what
    /// came. [`custody::Error::Invalid`] for what cannot become a request.
    pub async fn take_mail(
        &self,
        request: Request,
        tenant: &str,
        site: Option<&str>,
        message: Message,
    ) -> Result<Arrived> {
        let (custody, tenant) = (self.custody.clone(), tenant.to_owned());
        let page = site.map(|site| format!("{}/privacy/{tenant}", site.trim_end_matches('/')));
        let take = move |op: &mut Op<'_>| {
            // Nobody has proven anything: the visit is none that could be come back to, and says in the trail which message it was.
            let visited = Visited {
                visit: VisitId::make(op.now(), op.random()),
                people: Vec::new(),
                takes: false,
                ends_at: op.now().plus(DAY),
            };
            let session = custody.enter_visitor(op, &tenant, visited)?;
            take(op, &session, page.as_deref(), &message)
        };
        self.custody.desk().act(request, take).await
    }
}

fn take(op: &mut Op<'_>, session: &Session, page: Option<&str>, message: &Message) -> Result<Arrived> {
    let facts = Facts {
        own: true,
        ..session.facts()
    };
    let permit: Permit<OpenRequest> = op.permit(request::resource(), &facts)?;
    if let Some(reason) = message.no_person {
        op.record(permit, nothing_made(reason.as_str()))?;
        return Ok(Arrived::Nothing(reason));
    }
    letter::address(&message.sender)?;
    let (sender, blind) = (
        rows::address_blind(session, &message.sender),
        message_blind(session, message),
    );
    if let Some(row) = op.find(FIND, params![session.tenant(), blind.to_vec()])? {
        let before: RequestId = row.get(0)?;
        let told = json!({ "channel": Channel::Mail, "repeated": true, "request": before });
        op.record(permit, told)?;
        return Ok(Arrived::Before(before));
    }
    let since = op.now().minus(DAY);
    let before = rows::count(op, session, OF_SENDER, &sender, since)?;
    if before >= MOST_MAILED {
        op.record(permit, nothing_made("too-many"))?;
        return Ok(Arrived::TooMany);
    }
    let mark = Mark {
        page,
        sender,
        blind,
        before,
    };
    opened(op, permit, session, message, &mark)
}

/// What is known of a message beside what it says.
struct Mark<'m> {
    /// Where its sender could follow it.
    page: Option<&'m str>,
    sender: [u8; 32],
    blind: [u8; 32],
    /// How many came from the sender within a day.
    before: i64,
}

fn opened(
    op: &mut Op<'_>,
    permit: Permit<OpenRequest>,
    session: &Session,
    message: &Message,
    mark: &Mark<'_>,
) -> Result<Arrived> {
    let portal = settings::settled(op, session)?;
    // At a page that is closed nobody could follow it: then it is the team that writes back.
    let page = mark.page.filter(|_| portal.open);
    let reach = Reach {
        address: message.sender.clone(),
        language: Language::chosen(&portal.languages, &message.languages),
        page: page.unwrap_or_default().to_owned(),
    };
    let note = note(message);
    let (opened, sealed) = request::open_claimed(
        op,
        &permit,
        session,
        &new(message),
        &to_json(&reach)?,
        note.as_deref(),
    )?;
    let row = params![
        session.tenant(),
        mark.blind.to_vec(),
        mark.sender.to_vec(),
        opened.id,
        op.now()
    ];
    op.change(&permit, KEEP, row)?;
    if page.is_some() {
        let row = params![opened.id, session.tenant(), mark.sender.to_vec(), sealed];
        op.change(&permit, rows::KEEP_REQUEST, row)?;
    }
    let answered = mark.before < MOST_MAIL_ANSWERS;
    if answered {
        letter::mailed(op, session, &portal, &reach, page)?;
    }
    let details = json!({
        "request": opened.id, "kind": opened.kind, "channel": opened.channel, "subject": opened.subject,
        "received_at": opened.received_at, "own_due_at": opened.own_due_at, "law_due_at": opened.law_due_at,
        "attachments_not_kept": message.attachments, "cut": message.is_cut, "answered": answered,
    });
    op.record(permit, details)?;
    Ok(Arrived::Opened(opened))
}

/// Whoever has proven an address has proven what came from it by mail as far as a code does. Gives which requests that was enough for.
pub(super) fn proven(
    op: &mut Op<'_>,
    permit: &Permit<VisitPortal>,
    session: &Session,
    row: &Row,
) -> Result<Vec<RequestId>> {
    let found = op.find_all(UNPROVEN, params![session.tenant(), row.address_blind.clone()])?;
    let mut identified = Vec::new();
    for found in &found {
        let id = found.get(0)?;
        if request::identify_by_address(op, permit, session, id)? {
            identified.push(id);
        }
    }
    Ok(identified)
}

fn nothing_made(because: &str) -> Value {
    json!({ "channel": Channel::Mail, "made": false, "because": because })
}

/// Not by its id alone: else whoever knows the id of somebody's message could send one of that id before it.
fn message_blind(session: &Session, message: &Message) -> [u8; 32] {
    let sender = message.sender.to_lowercase();
    let bound = [sender.as_bytes(), b"\0", message.id.as_bytes()].concat();
    sealing::blind(&session.blind_index("rights mail"), "message", &bound)
}

fn new(message: &Message) -> NewRequest {
    let name = message.name.as_deref().map(str::trim);
    NewRequest {
        kind: message.kind,
        channel: Channel::Mail,
        received_at: None,
        subject: Some(format!("email:{}", message.sender)),
        details: Details {
            name: name
                .filter(|name| !name.is_empty())
                .map(|name| name.chars().take(MOST_NAME).collect()),
            contact: message.sender.clone(),
            words: message.words.clone(),
        },
    }
}

/// What the team is told beside the words.
fn note(message: &Message) -> Option<String> {
    let attachments = match message.attachments {
        0 => None,
        1 => Some("one attachment was not kept".to_owned()),
        more => Some(format!("{more} attachments were not kept")),
    };
    let cut = message
        .is_cut
        .then(|| "the message was longer than what is kept of it".to_owned());
    let all: Vec<String> = attachments.into_iter().chain(cut).collect();
    (!all.is_empty()).then(|| all.join("; "))
}
