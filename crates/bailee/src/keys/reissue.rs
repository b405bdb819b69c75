//! `bailee keys operator` and `bailee keys owner`: the way back where every key was lost.

use std::process::ExitCode;

use clap::Args;
use custody::installation::Reissued;
use operation::Request;
use secrecy::ExposeSecret as _;
use serde_json::json;

use super::command::Common;
use crate::failure::Failure;
use crate::out;
use crate::server::{Wiring, beside};

const LABEL: &str = "issued by the root key";

/// A new operator's key.
#[derive(Debug, Args)]
pub struct OperatorKey {
    /// What to call it.
    #[arg(long, value_name = "TEXT", default_value = LABEL)]
    label: String,
    /// End all other keys of the operator, as when one was stolen.
    #[arg(long)]
    invalidate_others: bool,
    /// Why, for the operator's trail.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    #[command(flatten)]
    common: Common,
}

/// A new owner's key.
#[derive(Debug, Args)]
pub struct OwnerKey {
    /// The tenant's slug.
    #[arg(long, value_name = "SLUG")]
    tenant: String,
    /// Why, for the tenant's trail and the operator's.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// What to call it.
    #[arg(long, value_name = "TEXT", default_value = LABEL)]
    label: String,
    #[command(flatten)]
    common: Common,
}

pub(super) async fn operator(asked: &OperatorKey) -> Result<ExitCode, Failure> {
    let custody = beside::custody(&asked.common.settings()?, Wiring::system()).await?;
    let request = Request {
        reason: asked.reason.clone(),
        ..custody.desk().own_request()
    };
    let issued = custody.reissue_operator_key(request, &asked.label, asked.invalidate_others);
    show(&asked.common, &issued.await?, "operator");
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn owner(asked: &OwnerKey) -> Result<ExitCode, Failure> {
    let custody = beside::custody(&asked.common.settings()?, Wiring::system()).await?;
    let request = Request {
        reason: Some(asked.reason.clone()),
        ..custody.desk().own_request()
    };
    let issued = custody.reissue_owner_key(request, &asked.tenant, &asked.label);
    show(&asked.common, &issued.await?, "owner");
    Ok(ExitCode::SUCCESS)
}

/// The secret is for standard output alone; what else is worth knowing goes beside it.
fn show(common: &Common, issued: &Reissued, whose: &str) {
    let secret = issued.key.secret.expose_secret();
    let json = json!({
        "key": issued.key.key.id, "member": issued.key.key.member, "tenant": issued.tenant, "secret": secret,
        "invalidated": issued.invalidated, "event": issued.event,
    });
    common.say(&json, || secret.to_owned());
    if !common.json {
        let ended = match issued.invalidated.len() {
            0 => "Other keys stay as they were.".to_owned(),
            count => format!("{count} other keys ended."),
        };
        let event = issued.event;
        out::note(format_args!(
            "This is a new {whose}'s key. It is not shown again. {ended} The trail has it as event {event}."
        ));
    }
}
