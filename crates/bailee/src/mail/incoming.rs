//! `bailee mail in`: one message, as a mail server's pipe gives it, becomes a request of a tenant's queue.
//!
//! Promises: the exit code says what a mail server understands (`sysexits.h`): 0 for what was taken, 65 for what never can be, 67 for a
//! tenant that cannot be written to, 75 for everything that may be over when the message comes again, so that nothing is lost. With 65 and 67
//! what is said on standard error goes back to the sender: it tells nothing of this installation. With 75 it is for the mail server's log.

use std::io::Read as _;
use std::process::ExitCode;

use clap::Args;
use kernel::RequestId;
use rights::Rights;
use rights::portal::{Arrived, Message};
use rights::request::Kind;
use serde_json::{Value, json};

use super::message::{self, Envelope, MOST_BYTES};
use crate::config::{ConfigFlags, Settings};
use crate::failure::Failure;
use crate::out;
use crate::server::{Wiring, beside};

/// `EX_DATAERR`.
const BAD_DATA: u8 = 65;
/// `EX_NOUSER`.
const NOBODY: u8 = 67;
/// `EX_TEMPFAIL`.
const LATER: u8 = 75;

const CANNOT: &str = "the message cannot be taken now, and is when it comes again later";

/// A message for a team.
#[derive(Debug, Args)]
pub struct InArgs {
    /// The team's slug: whose address the message came to.
    #[arg(long, value_name = "SLUG")]
    tenant: String,
    /// Which right it is about, where the subject names none: access, portability, rectification, erasure, restriction, objection or
    /// consent-withdrawal.
    #[arg(long, value_name = "KIND", default_value = "access", value_parser = kind)]
    kind: Kind,
    /// The envelope's sender, as the mail server knows it; empty for a bounce.
    #[arg(long, value_name = "ADDRESS")]
    sender: Option<String>,
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigFlags,
}

fn kind(word: &str) -> Result<Kind, String> {
    Kind::from_word(word).ok_or_else(|| "no such kind of request".to_owned())
}

/// What a mail server is told.
struct Told {
    code: u8,
    says: String,
}

impl Told {
    fn new(code: u8, says: impl Into<String>) -> Self {
        let says = says.into();
        Self { code, says }
    }
}

/// Takes the message from standard input.
pub(super) async fn run(args: &InArgs) -> ExitCode {
    let json = match take(args).await {
        Ok(arrived) => answer(&arrived),
        Err(told) => {
            out::note(format_args!("bailee: {}", told.says));
            return ExitCode::from(told.code);
        }
    };
    match args.json {
        true => out::line(&json),
        false => out::line(text(&json)),
    }
    ExitCode::SUCCESS
}

async fn take(args: &InArgs) -> Result<Arrived, Told> {
    let raw = input()?;
    let settings = crate::settings(&args.config).map_err(|error| later(&error.into()))?;
    let message = read(args, &settings, &raw)?;
    let custody = beside::custody(&settings, Wiring::system()).await;
    let custody = custody.map_err(|failure| later(&failure))?;
    let request = custody.desk().own_request();
    let site = settings.public_url.as_deref();
    let taken = Rights::new(custody)
        .take_mail(request, &args.tenant, site, message)
        .await;
    match taken.map_err(|error| refused(&error))? {
        Arrived::TooMany => Err(Told::new(
            LATER,
            "too many requests came from this address today: the message is taken when it comes again later",
        )),
        arrived => Ok(arrived),
    }
}

fn read(args: &InArgs, settings: &Settings, raw: &[u8]) -> Result<Message, Told> {
    let own = settings.mail.by.as_ref().map(|server| server.from.as_str());
    let envelope = Envelope {
        return_path: args.sender.as_deref(),
        own,
        usual: args.kind,
    };
    message::read(raw, envelope).map_err(|bad| Told::new(BAD_DATA, bad.to_string()))
}

/// Everything on standard input, if that is not too much.
fn input() -> Result<Vec<u8>, Told> {
    let mut raw = Vec::new();
    let read = std::io::stdin().lock().take(MOST_BYTES + 1).read_to_end(&mut raw);
    read.map_err(|_| Told::new(LATER, "the message broke off: send it again"))?;
    match raw.len() as u64 > MOST_BYTES {
        true => Err(Told::new(
            BAD_DATA,
            format!(
                "the message is larger than {} MiB: send it without attachments",
                MOST_BYTES >> 20
            ),
        )),
        false => Ok(raw),
    }
}

fn refused(error: &custody::Error) -> Told {
    match error {
        custody::Error::NotFound(_) => {
            Told::new(NOBODY, "nobody here takes requests by mail under this name")
        }
        custody::Error::Invalid { .. } | custody::Error::TooLarge { .. } => {
            Told::new(BAD_DATA, format!("the message cannot be taken: {error}"))
        }
        other => Told::new(LATER, format!("{CANNOT}: {other}")),
    }
}

/// Whatever is wrong with the installation can be mended before the mail server gives up.
fn later(failure: &Failure) -> Told {
    Told::new(LATER, format!("{CANNOT}: {failure}"))
}

fn answer(arrived: &Arrived) -> Value {
    let of = |id: &RequestId, repeated: bool| json!({ "request": id, "repeated": repeated });
    match arrived {
        Arrived::Opened(request) => of(&request.id, false),
        Arrived::Before(id) => of(id, true),
        Arrived::Nothing(because) => json!({ "request": null, "because": because }),
        Arrived::TooMany => json!({ "request": null, "because": "too-many" }),
    }
}

fn text(answer: &Value) -> String {
    match (answer["request"].as_str(), answer["because"].as_str()) {
        (Some(id), _) if answer["repeated"] == true => format!("this message is request {id} already"),
        (Some(id), _) => format!("request {id}"),
        (None, because) => format!("nothing was made of it: {}", because.unwrap_or_default()),
    }
}
