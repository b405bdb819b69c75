//! Archive, restore, delete: three verbs, for one item or for many.

use indicatif::BinaryBytes;
use serde_json::{Value, json};

use super::fetched;
use crate::demo::made::{LICENCE, PASSPORT, PHOTOS};
use crate::demo::stage::{Kept, Stage};
use crate::demo::story::Story;
use crate::demo::visitor::{Call, Step, Visitor, must, number, text};

/// A deletion, and what proves it.
pub(in crate::demo) struct Deletion {
    pub(in crate::demo) kept: Kept,
    pub(in crate::demo) event: String,
}

/// Lets items go through their lives, and deletes one for good.
pub(in crate::demo) async fn play(story: &mut Story, stage: &mut Stage) -> Step<Deletion> {
    story.chapter("Archived, restored, deleted");
    one(story, stage).await?;
    many(story, stage).await?;
    let deletion = delete(story, stage).await?;
    stage.kept.retain(|kept| kept.item != deletion.kept.item);
    Ok(deletion)
}

async fn one(story: &mut Story, stage: &Stage) -> Step<()> {
    let (user, paper) = (
        stage.person("veridian", "user")?,
        stage.made("veridian", LICENCE)?,
    );
    let path = format!("/v1/items/{}", paper.item);
    story.trying("a user archives a paper");
    user.visitor
        .ask(Call::post(format!("{path}/archive")))
        .await?
        .is(200)?;
    user.visitor
        .ask(Call::get(format!("{path}/content")))
        .await?
        .refusal(409, "conflict")?;
    story.done(format!(
        "{} archives {}: it is kept, and cannot be read.",
        user.role.name, paper.name
    ));
    story.trying("a user deletes an archived paper");
    user.visitor
        .ask(Call::delete(&path))
        .await?
        .refusal(403, "nothing-permits")?;
    story.refused("Deleting it is not for users: they archive, and somebody else decides.");
    story.trying("a user restores a paper");
    user.visitor
        .ask(Call::post(format!("{path}/restore")))
        .await?
        .is(200)?;
    fetched(&user.visitor, paper).await?;
    story.done("Restored, it is read again: the same bytes.");
    Ok(())
}

async fn many(story: &mut Story, stage: &Stage) -> Step<()> {
    let (tenant, prefix) = (stage.tenant("northlight")?, stage.named(PHOTOS));
    let photos: Vec<&Kept> = stage
        .kept
        .iter()
        .filter(|kept| kept.slug == "northlight" && kept.name.starts_with(&prefix))
        .collect();
    let dataset = tenant.dataset(photos.first().map(|kept| kept.dataset).unwrap_or_default())?;
    let (user, count) = (&tenant.person("user")?.visitor, photos.len() as u64);
    story.trying("counting in a dry run what would be archived");
    let counted = bulk(user, dataset, "archive", &prefix, true).await?;
    let seen = (number(&counted, "/matched")?, number(&counted, "/changed")?);
    must(seen == (count, 0), || {
        format!("a dry run matched {} and changed {}", seen.0, seen.1)
    })?;
    story.done(format!(
        "A dry run counts what begins with {prefix}: {count} items, {}.",
        BinaryBytes(number(&counted, "/bytes")?)
    ));
    for verb in ["archive", "restore"] {
        story.trying(format!("{verb} by a filter"));
        let changed = number(&bulk(user, dataset, verb, &prefix, false).await?, "/changed")?;
        must(changed == count, || {
            format!("{verb} changed {changed} of {count}")
        })?;
    }
    story.done(format!(
        "The same {count} are archived in one request and restored in another."
    ));
    Ok(())
}

async fn delete(story: &mut Story, stage: &Stage) -> Step<Deletion> {
    let (officer, paper) = (
        stage.person("veridian", "privacy-officer")?,
        stage.made("veridian", PASSPORT)?.clone(),
    );
    let path = format!("/v1/items/{}", paper.item);
    story.trying("a privacy officer deletes an archived paper");
    officer
        .visitor
        .ask(Call::post(format!("{path}/archive")))
        .await?
        .is(200)?;
    let deletion = Call::delete(&path).header("bailee-reason", "the applicant withdrew");
    let deleted = officer.visitor.ask(deletion).await?.value(200)?;
    for gone in [path.clone(), format!("{path}/content")] {
        officer
            .visitor
            .ask(Call::get(gone))
            .await?
            .refusal(404, "not-found")?;
    }
    story.done(format!(
        "{} deletes {}, because the applicant withdrew: its key is destroyed, its bytes are gone.",
        officer.role.name, paper.name
    ));
    Ok(Deletion {
        kept: paper,
        event: text(&deleted, "/event")?,
    })
}

async fn bulk(visitor: &Visitor, dataset: &str, verb: &str, prefix: &str, dry_run: bool) -> Step<Value> {
    let wanted = json!({ "filter": { "name_prefix": prefix }, "dry_run": dry_run });
    visitor
        .ask(Call::post(format!("/v1/datasets/{dataset}/items/{verb}")).json(&wanted))
        .await?
        .value(200)
}

/// Deletes the made pieces that the story needed, so that only the user's own files remain.
pub(in crate::demo) async fn tidy(story: &mut Story, stage: &mut Stage) -> Step<()> {
    let Some(prefix) = stage.own.clone() else {
        return Ok(());
    };
    story.trying("deleting the made pieces");
    let mut deleted = 0;
    for tenant in &stage.tenants {
        let (owner, dataset) = (
            &tenant.person("owner")?.visitor,
            tenant.dataset(crate::demo::companies::OWN_FILES)?,
        );
        bulk(owner, dataset, "archive", &prefix, false).await?;
        deleted += number(&bulk(owner, dataset, "delete", &prefix, false).await?, "/changed")?;
    }
    let made = |kept: &Kept| kept.name.starts_with(&prefix);
    let wanted = stage.kept.iter().filter(|kept| made(kept)).count() as u64;
    must(deleted == wanted, || {
        format!("{deleted} of {wanted} made pieces were deleted")
    })?;
    stage.kept.retain(|kept| !made(kept));
    story.done(format!(
        "The {deleted} made pieces of the story are deleted again: what remains is yours."
    ));
    Ok(())
}
