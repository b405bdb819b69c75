//! What is refused, to whom, and that the answers give nothing away.

use serde_json::{Value, json};

use crate::demo::made::{CONVERSATION, LICENCE, SCAN};
use crate::demo::stage::Stage;
use crate::demo::story::Story;
use crate::demo::visitor::{Call, Step, Trouble, must};

/// Tries what must not work.
pub(in crate::demo) async fn play(story: &mut Story, stage: &mut Stage) -> Step<()> {
    story.chapter("Refused, as it must be");
    by_class(story, stage).await?;
    other_tenants(story, stage).await?;
    narrow_keys(story, stage).await?;
    before_archiving(story, stage).await?;
    shut_out(story, stage).await?;
    super::opening::note_head(story, stage).await
}

async fn by_class(story: &mut Story, stage: &Stage) -> Step<()> {
    let scan = stage.made("northlight", SCAN)?;
    let content = || Call::get(format!("/v1/items/{}/content", scan.item));
    let person = |class| stage.person("northlight", class);

    let worker = person("worker")?;
    story.trying("a worker without a task reads a scan");
    worker.visitor.ask(content()).await?.refusal(404, "not-found")?;
    story.refused(format!(
        "{}, a worker without a task, reads a scan: for a worker it is not there.",
        worker.role.name
    ));

    let manager = person("workforce-manager")?;
    story.trying("a workforce manager takes an original away");
    manager
        .visitor
        .ask(content())
        .await?
        .refusal(403, "limit.originals")?;
    story.refused(format!(
        "{}, a workforce manager, takes an original away.",
        manager.role.name
    ));

    let auditor = person("auditor")?;
    story.trying("an auditor reads content");
    auditor
        .visitor
        .ask(content())
        .await?
        .refusal(403, "limit.auditor-content")?;
    story.refused(format!(
        "{}, an auditor, reads content: auditors see who did what, and never the thing.",
        auditor.role.name
    ));

    super::opening::operator_stays_outside(story, stage, &scan.item).await
}

/// Another tenant's id and one that never was must look alike.
async fn other_tenants(story: &mut Story, stage: &Stage) -> Step<()> {
    story.trying("a rival asks for another tenant's item by its id");
    let scan = stage.made("northlight", SCAN)?;
    let rival = stage.owner("veridian")?;
    let ask = async |item: &str| -> Step<Value> {
        let mut problem = rival
            .ask(Call::get(format!("/v1/items/{item}/content")))
            .await?
            .refusal(404, "not-found")?;
        problem
            .as_object_mut()
            .and_then(|problem| problem.remove("operation"));
        Ok(problem)
    };
    let (foreign, unknown) = (
        ask(&scan.item).await?,
        ask("0198f0c2-7d3a-7c11-9b1e-5f6a7b8c9d0e").await?,
    );
    must(foreign == unknown, || {
        "the answers to a foreign and an unknown id differ".to_owned()
    })?;
    story.refused(
        "veridian's owner asks for northlight's scan by its id: the same answer as for an id that never was.",
    );
    Ok(())
}

async fn narrow_keys(story: &mut Story, stage: &Stage) -> Step<()> {
    story.trying("the key that may add reads");
    let (tenant, conversation) = (stage.tenant("parley")?, stage.made("parley", CONVERSATION)?);
    let (adds, reads) = tenant
        .narrow
        .as_ref()
        .ok_or_else(|| Trouble::unusable("parley has no keys for machines"))?;
    let path = format!("/v1/items/{}/content", conversation.item);
    adds.ask(Call::get(&path))
        .await?
        .refusal(403, "limit.key-action")?;
    story.refused("parley's gateway key reads back what it has put in.");
    story.trying("the key that may read writes");
    reads
        .ask(Call::put(&path).body("{}"))
        .await?
        .refusal(403, "limit.key-action")?;
    story.refused("parley's reader key writes.");
    Ok(())
}

async fn before_archiving(story: &mut Story, stage: &Stage) -> Step<()> {
    let paper = stage.made("veridian", LICENCE)?;
    story.trying("an owner deletes what is still in use");
    stage
        .owner("veridian")?
        .ask(Call::delete(format!("/v1/items/{}", paper.item)))
        .await?
        .refusal(409, "conflict")?;
    story.refused("An owner deletes what is still in use: archive first, then delete.");
    Ok(())
}

/// Disabled, expired and invented: one answer for all.
async fn shut_out(story: &mut Story, stage: &mut Stage) -> Step<()> {
    story.trying("a member is disabled, and their key is used");
    let tenant = stage.tenant("veridian")?;
    let (worker, owner) = (tenant.person("worker")?, &tenant.person("owner")?.visitor);
    owner
        .ask(Call::post(format!("/v1/members/{}/disable", worker.member)))
        .await?
        .is(200)?;
    let disabled = refused_key(&worker.visitor).await?;
    owner
        .ask(Call::post(format!("/v1/members/{}/enable", worker.member)))
        .await?
        .is(200)?;

    story.trying("a key is used after its end");
    let (expired, ends) = stage
        .short_lived
        .as_ref()
        .ok_or_else(|| Trouble::unusable("no key is short-lived"))?;
    let left = ends.as_micros() - stage.clock.now().as_micros();
    // Its end is known to the microsecond, and by now it is near.
    tokio::time::sleep(std::time::Duration::from_micros(
        u64::try_from(left + 1_000).unwrap_or_default(),
    ))
    .await;
    let expired = refused_key(expired).await?;

    story.trying("a key is used that nobody issued");
    let invented = format!("bailee_{}_{}", "0198f0c27d3a7c119b1e5f6a7b8c9d0e", "A".repeat(43));
    let invented = refused_key(&stage.site.with(invented)).await?;
    must(disabled == expired && expired == invented, || {
        "refused keys are told apart".to_owned()
    })?;
    story.refused(
        "The key of a disabled member, a key after its end, and a key that nobody issued: all alike.",
    );
    Ok(())
}

async fn refused_key(visitor: &crate::demo::visitor::Visitor) -> Step<Value> {
    let mut problem = visitor
        .ask(Call::get("/v1/tenant"))
        .await?
        .refusal(401, "unauthenticated")?;
    problem
        .as_object_mut()
        .and_then(|problem| problem.remove("operation"));
    must(problem != json!(null), || "a refusal without words".to_owned())?;
    Ok(problem)
}
