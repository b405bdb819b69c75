//! People and machines do what they may.

use serde_json::json;

use super::fetched;
use crate::demo::made::{self, CONVERSATION, PERSON, SCAN};
use crate::demo::stage::Stage;
use crate::demo::story::Story;
use crate::demo::visitor::{Call, Step, Trouble, items, must, text};

/// Reads, searches, changes.
pub(in crate::demo) async fn play(story: &mut Story, stage: &mut Stage) -> Step<()> {
    story.chapter("People do their work");
    read_a_scan(story, stage).await?;
    find_a_person(story, stage).await?;
    change_a_record(story, stage).await?;
    machines(story, stage).await
}

async fn read_a_scan(story: &mut Story, stage: &Stage) -> Step<()> {
    let (user, scan) = (
        stage.person("northlight", "user")?,
        stage.made("northlight", SCAN)?,
    );
    story.trying("a user downloads a scan");
    fetched(&user.visitor, scan).await?;
    story.done(format!(
        "{} downloads {}: the same {} bytes that went in.",
        user.role.name, scan.name, scan.size
    ));
    story.trying("a user downloads four bytes of a scan");
    let part = Call::get(format!("/v1/items/{}/content", scan.item)).header("range", "bytes=128-131");
    let part = user.visitor.ask(part).await?.is(206)?;
    must(part.body == b"DICM", || "the range holds other bytes".to_owned())?;
    story.done("Four bytes out of its middle, opened without the rest: DICM.");
    Ok(())
}

async fn find_a_person(story: &mut Story, stage: &Stage) -> Step<()> {
    let (tenant, record) = (stage.tenant("kindred")?, stage.made("kindred", PERSON)?);
    let path = format!("/v1/datasets/{}", tenant.dataset(record.dataset)?);
    let (user, officer) = (tenant.person("user")?, tenant.person("privacy-officer")?);
    let only = |page: &serde_json::Value| -> Step<()> {
        let found = items(page)?;
        let right = found.len() == 1 && text(page, "/items/0/id")? == record.item;
        must(right, || {
            format!("{} items were found instead of the one record", found.len())
        })
    };
    story.trying("a user searches by e-mail address");
    let wanted = json!({ "field": "email", "equals": made::someones_address().to_uppercase() });
    only(
        &user
            .visitor
            .ask(Call::post(format!("{path}/search")).json(&wanted))
            .await?
            .value(200)?,
    )?;
    story.done(format!(
        "{} finds a customer's record by its e-mail address, which is sealed.",
        user.role.name
    ));
    story.trying("the privacy officer asks for all about a person");
    let about = Call::get(format!("{path}/items")).query("subject", made::someones_handle());
    only(&officer.visitor.ask(about).await?.value(200)?)?;
    story.done(format!(
        "{}, a privacy officer, lists all that is kept about that person.",
        officer.role.name
    ));
    Ok(())
}

async fn change_a_record(story: &mut Story, stage: &mut Stage) -> Step<()> {
    story.trying("a user corrects a record");
    let record = stage.made("kindred", PERSON)?.clone();
    let user = &stage.person("kindred", "user")?.visitor;
    let seen = user
        .ask(Call::get(format!("/v1/items/{}", record.item)))
        .await?
        .is(200)?;
    let tag = seen
        .header("etag")
        .ok_or_else(|| Trouble::unusable("an item has no entity tag"))?
        .to_owned();
    let corrected = json!({ "name": made::CUSTOMERS[0], "email": made::someones_address(), "city": "Vexford", "score": 10 });
    let change = || {
        Call::put(format!("/v1/items/{}/content", record.item))
            .query("kind", "record")
            .header("if-match", &tag)
            .json(&corrected)
    };
    let stored = user.ask(change()).await?.value(200)?;
    let newer = super::intake::kept(record.slug, record.dataset, record.name.clone(), &stored)?;
    must(stored["item"]["version"]["number"] == 2, || {
        "the correction is not version 2".to_owned()
    })?;
    story.done("The record is corrected; the version before stays until somebody deletes it.");
    story.trying("a user overwrites what somebody else has changed");
    user.ask(change()).await?.refusal(412, "condition-failed")?;
    story.refused("Whoever still holds the old version cannot overwrite the new one by mistake.");
    let known = stage.kept.iter_mut().find(|kept| kept.item == record.item);
    known.into_iter().for_each(|kept| kept.clone_from(&newer));
    Ok(())
}

async fn machines(story: &mut Story, stage: &mut Stage) -> Step<()> {
    story.trying("parley's reader fetches a conversation");
    let (tenant, conversation) = (stage.tenant("parley")?, stage.made("parley", CONVERSATION)?);
    let (_, reads) = tenant
        .narrow
        .as_ref()
        .ok_or_else(|| Trouble::unusable("parley has no keys for machines"))?;
    fetched(reads, conversation).await?;
    story.done("parley's reader opens a conversation: no key of the server's alone could have.");
    story.trying("parley loses its keys and uses the recovery code");
    let recovery = tenant
        .recovery
        .as_ref()
        .ok_or_else(|| Trouble::unusable("parley has no recovery code"))?;
    let issued = recovery.ask(Call::post("/v1/recovery")).await?.value(201)?;
    let (secret, key) = (text(&issued, "/secret")?, text(&issued, "/key/id")?);
    let rescued = stage.site.with(secret.clone());
    fetched(&rescued, conversation).await?;
    story.done("With the printed recovery code parley makes itself a new key, and that opens it too.");
    story.trying("parley invalidates the rescued key");
    tenant
        .person("owner")?
        .visitor
        .ask(Call::delete(format!("/v1/keys/{key}")))
        .await?
        .is(200)?;
    let path = format!("/v1/items/{}/content", conversation.item);
    rescued
        .ask(Call::get(path))
        .await?
        .refusal(401, "unauthenticated")?;
    stage.secrets.push(secret.into());
    story.refused("The same key one moment after it was invalidated: nothing.");
    Ok(())
}
