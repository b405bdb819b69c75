//! `bailee requests`: what people ask for about their data, from the day it comes to the answer.

use std::path::{Path, PathBuf};

use kernel::RequestId;
use serde_json::{Value, json};

use super::call::Call;
use super::failure::Failure;
use super::output::{Column, text};
use super::{Session, read_small};

const QUEUE: [Column; 7] = [
    text("ID", "/id"),
    text("KIND", "/kind"),
    text("STATE", "/state"),
    text("RECEIVED", "/received_at"),
    text("PROMISED", "/own_due_at"),
    text("LAW", "/law_due_at"),
    text("LIKELY SAME AS", "/likely_same_as"),
];

const REQUEST: [Column; 10] = [
    text("ID", "/id"),
    text("KIND", "/kind"),
    text("STATE", "/state"),
    text("RECEIVED", "/received_at"),
    text("PROMISED", "/own_due_at"),
    text("LAW", "/law_due_at"),
    text("DECISION", "/decision"),
    text("GROUND", "/ground"),
    text("CLOSED", "/closed_at"),
    text("SAME AS", "/same_as"),
];

const FILE: [Column; 10] = [
    text("KIND", "/request/kind"),
    text("STATE", "/request/state"),
    text("PROMISED", "/request/own_due_at"),
    text("LAW", "/request/law_due_at"),
    text("DECISION", "/request/decision"),
    text("NAME", "/details/name"),
    text("CONTACT", "/details/contact"),
    text("WORDS", "/details/words"),
    text("DRAFT", "/draft"),
    text("ANSWER", "/answer"),
];

const PLACE: [Column; 5] = [
    text("PLACE", "/word"),
    text("NAME", "/name"),
    text("DATA", "/data"),
    text("ANSWERS", "/answers"),
    text("KINDS", "/kinds"),
];

const TASK: [Column; 5] = [
    text("PLACE", "/place/word"),
    text("STATE", "/state"),
    text("DUE", "/due_at"),
    text("NOTE", "/note"),
    text("FILE", "/file"),
];

const REMINDER: [Column; 5] = [
    text("ID", "/request/id"),
    text("KIND", "/request/kind"),
    text("PROMISED", "/request/own_due_at"),
    text("LAW", "/request/law_due_at"),
    text("LATE", "/is_late"),
];

/// The most bytes of a text that is read from a file.
const MOST_TEXT: u64 = 400_000;
/// The most bytes of a file that a place handed over.
const MOST_FILE: u64 = 5 << 20;

/// Take in, check, decide and answer what people ask for about their data.
#[derive(Debug, clap::Args)]
pub struct RequestsArgs {
    #[command(subcommand)]
    pub action: Option<RequestsAction>,
    #[command(flatten)]
    pub connection: super::ConnectionArgs,
}

/// What to do with requests; without any, those that are not closed are listed.
#[derive(Debug, clap::Subcommand)]
pub enum RequestsAction {
    /// List them, what is due first.
    List {
        /// Those that are closed, newest first.
        #[arg(long)]
        closed: bool,
    },
    /// Take one in.
    Open {
        /// access, portability, rectification, erasure, restriction, objection or consent-withdrawal.
        kind: String,
        /// Where the person can be reached.
        contact: String,
        /// What they ask for, in their words.
        words: String,
        /// Their name.
        #[arg(long)]
        name: Option<String>,
        /// A word by which the team knows them, such as their customer number.
        #[arg(long)]
        subject: Option<String>,
        /// How it came in: staff, mail, api or portal.
        #[arg(long, default_value = "staff")]
        channel: String,
        /// When it reached anybody of the team, as 2026-11-22T09:00:00Z; now if not said.
        #[arg(long)]
        received: Option<String>,
    },
    /// Show everything about one.
    Show {
        /// Which.
        request: RequestId,
    },
    /// Ask the person to prove who they are; prints the code to send for mail-code.
    Ask {
        /// Which.
        request: RequestId,
        /// mail-code, staff-check or document.
        proof: String,
    },
    /// Try the code that the person sent back.
    Code {
        /// Which.
        request: RequestId,
        /// The eight digits.
        code: String,
    },
    /// Say that it is they.
    Identify {
        /// Which.
        request: RequestId,
        /// staff-check or document.
        proof: String,
        /// How that is known.
        note: String,
    },
    /// Keep the draft of an answer.
    Draft {
        /// Which.
        request: RequestId,
        /// A file with its text.
        file: PathBuf,
    },
    /// Decide that the person gets what they ask for.
    Grant {
        /// Which.
        request: RequestId,
    },
    /// Decide that they do not.
    Refuse {
        /// Which.
        request: RequestId,
        /// The ground, such as legal-claims; a wrong one is answered with those that fit.
        ground: String,
        /// Why it applies.
        reasons: String,
    },
    /// Take more time, once, after the person was told why.
    Extend {
        /// Which.
        request: RequestId,
        /// What the person was told.
        reasons: String,
        /// How they were told: mail, staff, api or portal.
        #[arg(long, default_value = "mail")]
        told_by: String,
    },
    /// Answer as was decided, with the draft or another text, and close the request.
    Answer {
        /// Which.
        request: RequestId,
        /// A file with the text of the answer.
        file: Option<PathBuf>,
    },
    /// Note that the person has taken it back.
    Withdraw {
        /// Which.
        request: RequestId,
        /// How that is known.
        note: String,
    },
    /// Close one as the same as an earlier one, which goes on with its own dates.
    Same {
        /// Which.
        request: RequestId,
        /// The earlier one.
        first: RequestId,
        /// How that is known.
        note: String,
    },
    /// List the places elsewhere where data about people is kept, or settle which there are.
    Places {
        /// A JSON file with all of them, as they are printed with --json.
        file: Option<PathBuf>,
    },
    /// List what has to be done elsewhere for one.
    Tasks {
        /// Which.
        request: RequestId,
    },
    /// Say that what was asked for was done at a place elsewhere.
    Done {
        /// Which.
        request: RequestId,
        /// The place.
        place: String,
        /// What was done there.
        note: String,
        /// What the place handed over; it goes into the package.
        #[arg(long)]
        file: Option<PathBuf>,
    },
    /// Say why nothing has to be done at a place elsewhere.
    Waive {
        /// Which.
        request: RequestId,
        /// The place.
        place: String,
        /// Why.
        note: String,
    },
    /// Take the reminders that are due.
    Reminders,
}

/// Does what was asked.
pub(crate) async fn run(args: &RequestsArgs, session: &Session) -> Result<(), Failure> {
    let call = match &args.action {
        None => return list(session, false).await,
        Some(RequestsAction::List { closed }) => return list(session, *closed).await,
        Some(RequestsAction::Show { request }) => {
            let file = session.server.json(&about("", request, Call::get)).await?;
            return session.output.record(&file, &FILE);
        }
        Some(RequestsAction::Reminders) => return reminders(session).await,
        Some(RequestsAction::Places { file }) => return places(session, file.as_deref()).await,
        Some(RequestsAction::Tasks { request }) => return tasks(session, request).await,
        Some(RequestsAction::Done {
            request,
            place,
            note,
            file,
        }) => return done(session, request, (place, note), file.as_deref()).await,
        Some(RequestsAction::Waive { request, place, note }) => {
            let call = about(&format!("tasks/{place}/waiver"), request, Call::post);
            let waived = session.server.json(&call.json(&json!({ "note": note }))?).await?;
            return session.output.record(&waived, &TASK);
        }
        Some(RequestsAction::Ask { request, proof }) => return ask(session, request, proof).await,
        Some(action) => call_for(action)?,
    };
    let changed = session.server.json(&call).await?;
    session.output.record(&changed, &REQUEST)
}

async fn list(session: &Session, closed: bool) -> Result<(), Failure> {
    let call = Call::get(&["requests"])
        .query("closed", closed.then_some(true))
        .query("limit", Some(1_000));
    session.list(call, &QUEUE, usize::MAX).await.map(drop)
}

async fn reminders(session: &Session) -> Result<(), Failure> {
    let taken = session
        .server
        .json(&Call::post(&["requests", "reminders"]))
        .await?;
    let taken = taken.as_array().map(Vec::as_slice).unwrap_or_default();
    session.output.rows(&REMINDER, taken, true)
}

async fn places(session: &Session, file: Option<&Path>) -> Result<(), Failure> {
    let path = ["tenant", "places"];
    let call = match file {
        None => Call::get(&path),
        Some(file) => {
            let wanted: Value = serde_json::from_str(&text_of(file)?)
                .map_err(|error| Failure::usage(format!("{}: {error}", file.display())))?;
            Call::put(&path).json(&wanted)?
        }
    };
    let found = session.server.json(&call).await?;
    rows(session, &found, "places", &PLACE)
}

async fn tasks(session: &Session, request: &RequestId) -> Result<(), Failure> {
    let found = session.server.json(&about("tasks", request, Call::get)).await?;
    rows(session, &found, "tasks", &TASK)
}

/// The file first: what is done may go into the package at once.
async fn done(
    session: &Session,
    request: &RequestId,
    (place, note): (&str, &str),
    file: Option<&Path>,
) -> Result<(), Failure> {
    if let Some(path) = file {
        let bytes = read_small(path, MOST_FILE)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let call = about(&format!("tasks/{place}/file"), request, Call::put);
        let call = call.query("name", Some(name)).stream(bytes.into());
        session.server.json(&call).await?;
    }
    let call = about(&format!("tasks/{place}/done"), request, Call::post);
    let task = session.server.json(&call.json(&json!({ "note": note }))?).await?;
    session.output.record(&task, &TASK)
}

fn rows(session: &Session, found: &Value, of: &str, columns: &[Column]) -> Result<(), Failure> {
    if session.output.is_json() {
        return session.output.result(found, String::new);
    }
    let rows = found.get(of).and_then(Value::as_array);
    session
        .output
        .rows(columns, rows.map(Vec::as_slice).unwrap_or_default(), true)
}

async fn ask(session: &Session, request: &RequestId, proof: &str) -> Result<(), Failure> {
    let call = about("identity", request, Call::post).json(&json!({ "proof": proof }))?;
    let asked = session.server.json(&call).await?;
    let code = asked.get("code").and_then(Value::as_str);
    let says = code.map_or_else(
        || format!("asked for {proof}"),
        |code| format!("send this code: {code}"),
    );
    session.output.result(&asked, || says)
}

/// The request of an action that answers with the request as it is then.
fn call_for(action: &RequestsAction) -> Result<Call, Failure> {
    use RequestsAction::*;
    let (call, body) = match action {
        Open {
            kind,
            contact,
            words,
            name,
            subject,
            channel,
            received,
        } => {
            let new = json!({
                "kind": kind, "contact": contact, "words": words, "name": name, "subject": subject, "channel": channel,
                "received_at": received,
            });
            (Call::post(&["requests"]), new)
        }
        Code { request, code } => (
            about("identity/code", request, Call::post),
            json!({ "code": code }),
        ),
        Identify { request, proof, note } => {
            let given = json!({ "proof": proof, "note": note });
            (about("identity/proof", request, Call::post), given)
        }
        Draft { request, file } => (
            about("draft", request, Call::put),
            json!({ "text": text_of(file)? }),
        ),
        Grant { request } => (
            about("decision", request, Call::put),
            json!({ "decision": "grant" }),
        ),
        Refuse {
            request,
            ground,
            reasons,
        } => {
            let refusal = json!({ "decision": "refuse", "ground": ground, "reasons": reasons });
            (about("decision", request, Call::put), refusal)
        }
        Extend {
            request,
            reasons,
            told_by,
        } => {
            let more = json!({ "reasons": reasons, "told_by": told_by });
            (about("extension", request, Call::post), more)
        }
        Answer { request, file } => {
            let text = file.as_deref().map(text_of).transpose()?;
            (about("answer", request, Call::post), json!({ "text": text }))
        }
        Withdraw { request, note } => (about("withdrawal", request, Call::post), json!({ "note": note })),
        Same { request, first, note } => {
            let same = json!({ "same_as": first, "note": note });
            (about("same-as", request, Call::post), same)
        }
        List { .. }
        | Show { .. }
        | Ask { .. }
        | Reminders
        | Places { .. }
        | Tasks { .. }
        | Done { .. }
        | Waive { .. } => {
            return Err(Failure::usage("nothing to change"));
        }
    };
    call.json(&body)
}

fn about(what: &str, request: &RequestId, method: fn(&[&str]) -> Call) -> Call {
    let request = request.to_string();
    let parts = ["requests", &request].into_iter().chain(what.split('/'));
    method(&parts.filter(|part| !part.is_empty()).collect::<Vec<_>>())
}

fn text_of(file: &Path) -> Result<String, Failure> {
    let bytes = read_small(file, MOST_TEXT)?;
    String::from_utf8(bytes).map_err(|_| Failure::usage(format!("{}: not UTF-8 text", file.display())))
}
