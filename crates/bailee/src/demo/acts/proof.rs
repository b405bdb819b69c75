//! What somebody outside can check, with nothing but the log's key and what they noted at the beginning.

use std::path::Path;

use ledger::Receipt;
use ledger::audit::{AuditError, EntryRule, audit};
use secrecy::ExposeSecret as _;
use serde_json::Value;

use super::counted;
use super::lifecycle::Deletion;
use crate::demo::log_copy::LogCopy;
use crate::demo::plaintext::{self, Marker};
use crate::demo::stage::Stage;
use crate::demo::story::Story;
use crate::demo::visitor::{Call, Step, Trouble, items, must};

/// Reads the trail, verifies a receipt and the whole log, and looks for plaintext.
pub(in crate::demo) async fn play(
    story: &mut Story,
    stage: &Stage,
    deletion: &Deletion,
    data: &Path,
) -> Step<()> {
    story.chapter("What an outsider can check");
    trail(story, stage, deletion).await?;
    receipt(story, stage, deletion).await?;
    log(story, stage).await?;
    no_plaintext(story, stage, data).await
}

async fn trail(story: &mut Story, stage: &Stage, deletion: &Deletion) -> Step<()> {
    let auditor = stage.person("veridian", "auditor")?;
    story.trying("an auditor reads who touched a paper");
    let page = auditor
        .visitor
        .ask(Call::get("/v1/trail").query("item", &deletion.kept.item))
        .await?
        .value(200)?;
    let actions: Vec<&str> = items(&page)?
        .iter()
        .rev()
        .filter_map(|entry| entry["event"]["action"].as_str())
        .collect();
    let whole = actions.first() == Some(&"item.create") && actions.contains(&"item.delete");
    must(whole, || format!("the trail of an item is {actions:?}"))?;
    story.done(format!(
        "{}, an auditor, reads the whole life of that paper: {}.",
        auditor.role.name,
        actions.join(", ")
    ));
    story.trying("an auditor reads what was refused");
    let auditor = stage.person("northlight", "auditor")?;
    let page = auditor
        .visitor
        .ask(Call::get("/v1/trail").query("outcome", "refused"))
        .await?
        .value(200)?;
    let refused = items(&page)?.len() as u64;
    must(refused >= 3, || format!("{refused} refusals are recorded"))?;
    story.done(format!(
        "Refusals are recorded as well: northlight's trail has {refused}."
    ));
    Ok(())
}

async fn receipt(story: &mut Story, stage: &Stage, deletion: &Deletion) -> Step<()> {
    story.trying("verifying the receipt of the deletion");
    let auditor = &stage.person("veridian", "auditor")?.visitor;
    let receipt = auditor
        .ask(Call::get(format!("/v1/trail/{}/receipt", deletion.event)))
        .await?
        .is(200)?
        .body;
    let verify = |bytes: &[u8]| Receipt::parse(bytes).and_then(|receipt| receipt.verify(&stage.log));
    let verified = verify(&receipt).map_err(|error| Trouble::unusable(error.to_string()))?;
    let says = |pointer| verified.event.pointer(pointer).and_then(Value::as_str);
    let right =
        says("/action") == Some("item.delete") && says("/resource/item") == Some(deletion.kept.item.as_str());
    must(right, || {
        format!("the receipt says something else: {}", verified.event_text)
    })?;
    story.done(format!(
        "The deletion's receipt is verified without the server: entry {} of {}, signed by the log.",
        verified.index,
        verified.checkpoint.checkpoint().size
    ));
    story.trying("changing each byte of the receipt");
    let mut changed = receipt.clone();
    for at in 0..changed.len() {
        flip(&mut changed, at);
        must(verify(&changed).is_err(), || {
            format!("a receipt with byte {at} changed was accepted")
        })?;
        flip(&mut changed, at);
    }
    story.refused(format!(
        "Each of its {} bytes is changed in turn: not one of these receipts is accepted.",
        receipt.len()
    ));
    Ok(())
}

fn flip(bytes: &mut [u8], at: usize) {
    bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1);
}

async fn log(story: &mut Story, stage: &Stage) -> Step<()> {
    story.trying("verifying the newest checkpoint");
    let (head, earlier) = (stage.head().await?, stage.earlier.as_ref());
    let noted = earlier.map(|earlier| earlier.size).unwrap_or_default();
    must(head.size > noted, || "the log has not grown".to_owned())?;
    story.trying("verifying the whole log");
    let mut copy = LogCopy::fetch(&stage.site.stranger(), head.size).await?;
    let audited = audit(&copy, &head, earlier, EntryRule::Links, |_| ());
    let report = audited.map_err(|error| Trouble::unusable(error.to_string()))?;
    story.done(format!(
        "The whole log, fetched by a stranger: {}, {} of hashes, the signed root, and the head of {noted} noted before all agree.",
        counted(report.entries, "entry"),
        counted(report.tiles, "tile")
    ));
    story.trying("changing one entry of the log");
    copy.change_entry(noted)?;
    match audit(&copy, &head, earlier, EntryRule::Links, |_| ()) {
        Err(AuditError::EntryDiffers { entry }) if entry == noted => {
            story.refused(format!(
                "With one bit of one entry changed it is refused, and entry {entry} is named."
            ));
            Ok(())
        }
        other => Err(Trouble::unusable(format!("a changed log was judged {other:?}"))),
    }
}

/// Looks for every word of the made data in every file of the data folder, as they lie on the disk at this moment.
async fn no_plaintext(story: &mut Story, stage: &Stage, data: &Path) -> Step<()> {
    story.trying("looking for plaintext in the data folder");
    let mut markers = plaintext::markers();
    markers.extend(
        stage
            .secrets
            .iter()
            .map(|secret| Marker::secret(secret.expose_secret())),
    );
    let (folder, count) = (data.to_owned(), markers.len());
    let searched = tokio::task::spawn_blocking(move || plaintext::search(&folder, &markers)).await;
    let searched = searched.map_err(|error| Trouble::unusable(error.to_string()))?;
    let searched = searched.map_err(|error| Trouble::unusable(format!("{}: {error}", data.display())))?;
    if let Some(found) = searched.found.first() {
        return Err(Trouble::unusable(format!(
            "{} lies in clear in {}",
            found.what,
            found.file.display()
        )));
    }
    story.done(format!(
        "{count} names, addresses, pieces of content and keys are looked for in all {} of the data folder, its logs too: none is there.",
        counted(searched.files, "file")
    ));
    Ok(())
}
