//! A server is there, says nothing to strangers, and has a log that anybody may watch from the first entry on.

use std::path::Path;

use ledger::Policy;
use serde_json::json;

use crate::demo::stage::Stage;
use crate::demo::story::Story;
use crate::demo::visitor::{Call, Site, Step, Trouble, must, text};
use crate::server::{Running, Wiring};

/// Looks at the server from outside, and takes the operator's key.
pub(in crate::demo) async fn play(
    story: &mut Story,
    running: &mut Running,
    own: Option<String>,
) -> Step<Stage> {
    story.chapter("A server of your own");
    let site = Site::new(&running.url, running.ca_path.as_deref())?;
    let stranger = site.stranger();

    story.trying("asking for the server's health");
    let health = stranger.ask(Call::get("/v1/health")).await?.value(200)?;
    must(text(&health, "/status")? == "ok", || {
        "the server is not well".to_owned()
    })?;
    story.done(format!(
        "It serves at {}, under a certificate of a CA made at this start.",
        running.url
    ));

    story.trying("asking for datasets without a key");
    stranger
        .ask(Call::get("/v1/datasets"))
        .await?
        .refusal(401, "unauthenticated")?;
    story.refused("Without a key it tells nothing.");

    story.trying("reading the log's key");
    let log = log_key(&running.log_vkey_path)?;
    let served = stranger.ask(Call::get("/log/vkey")).await?.is(200)?;
    must(
        served.body.trim_ascii() == log.log().to_string().as_bytes(),
        || "the log's key is another".to_owned(),
    )?;
    story.done("An outsider notes the key of its public log, in which every act will leave an entry.");

    let key = running
        .operator_key
        .take()
        .ok_or_else(|| Trouble::unusable("the installation is not new"))?;
    let (operator, secrets) = (site.with(key.clone()), vec![key]);
    let clock = Wiring::system().clock;
    let (tenants, kept) = (Vec::new(), Vec::new());
    Ok(Stage {
        site,
        clock,
        operator,
        tenants,
        kept,
        secrets,
        log,
        earlier: None,
        own,
        short_lived: None,
    })
}

fn log_key(path: &Path) -> Step<Policy> {
    let unusable = |error: String| Trouble::unusable(format!("{}: {error}", path.display()));
    let key = std::fs::read_to_string(path).map_err(|error| unusable(error.to_string()))?;
    let key = key
        .trim()
        .parse()
        .map_err(|error: ledger::BadKey| unusable(error.to_string()))?;
    Policy::log_only(key).map_err(|error| unusable(error.to_string()))
}

/// An outsider notes the head of the log as it is now, to hold a later one against it.
pub(in crate::demo) async fn note_head(story: &mut Story, stage: &mut Stage) -> Step<()> {
    story.trying("noting the head of the log");
    let head = stage.head().await?;
    story.done(format!(
        "Meanwhile an outsider notes the signed head of the log: {}.",
        super::counted(head.size, "entry")
    ));
    stage.earlier = Some(head);
    Ok(())
}

/// The operator has no way to what the tenants keep.
pub(in crate::demo) async fn operator_stays_outside(
    story: &mut Story,
    stage: &Stage,
    item: &str,
) -> Step<()> {
    story.trying("the operator lists tenants");
    let listed = stage.operator.ask(Call::get("/v1/tenants")).await?.value(200)?;
    let known = crate::demo::visitor::items(&listed)?.len();
    must(known >= stage.tenants.len(), || {
        format!("the operator sees {known} tenants")
    })?;
    story.trying("the operator asks for a tenant's item");
    stage
        .operator
        .ask(Call::get(format!("/v1/items/{item}/content")))
        .await?
        .refusal(404, "not-found")?;
    let dataset = json!({ "name": "operators-own", "description": "", "fields": [] });
    stage
        .operator
        .ask(Call::post("/v1/datasets").json(&dataset))
        .await?
        .is(403)?;
    story.refused(
        "The operator, who made the tenants, gets no item of theirs: to this key it does not exist.",
    );
    Ok(())
}
