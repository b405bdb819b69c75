//! The made data comes in, over four connections' worth of people and a machine.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use indicatif::BinaryBytes;
use serde_json::Value;

use super::counted;
use crate::demo::companies::OWN_FILES;
use crate::demo::made::Piece;
use crate::demo::sha256;
use crate::demo::stage::{Kept, Stage};
use crate::demo::story::Story;
use crate::demo::visitor::{Call, Step, Visitor, items, must, number, text};

const AT_ONCE: usize = 8;

/// Takes in these pieces.
pub(in crate::demo) async fn play(story: &mut Story, stage: &mut Stage, pieces: Vec<Piece>) -> Step<()> {
    story.chapter(if stage.own.is_some() {
        "A few made pieces, for the story alone"
    } else {
        "Their data comes in"
    });
    story.trying("taking in the made data");
    let sent = stream::iter(&pieces)
        .map(|piece| take_in(stage, piece))
        .buffer_unordered(AT_ONCE);
    let kept: Vec<Kept> = sent.try_collect().await?;
    stage.kept.extend(kept);
    for tenant in &stage.tenants {
        let of_them = stage.kept.iter().filter(|kept| kept.slug == tenant.company.slug);
        let (count, bytes) = of_them.fold((0, 0), |(count, bytes), kept| (count + 1, bytes + kept.size));
        let how = match tenant.company.slug {
            "kindred" => {
                ", people as records whose e-mail address can be searched and is never stored in clear"
            }
            "parley" => ", by the key that may only add",
            _ => "",
        };
        story.done(format!(
            "{}: {}, {}{how}.",
            tenant.company.slug,
            counted(count, "item"),
            BinaryBytes(bytes)
        ));
    }
    broken(story, stage).await
}

async fn take_in(stage: &Stage, piece: &Piece) -> Step<Kept> {
    let tenant = stage.tenant(piece.slug)?;
    let visitor = match (&tenant.narrow, &piece.subject) {
        (Some((adds, _)), _) => adds,
        // Saying whom an item is about is more than users may.
        (None, Some(_)) => &tenant.person("owner")?.visitor,
        (None, None) => &tenant.person("user")?.visitor,
    };
    let dataset = if stage.own.is_some() {
        OWN_FILES
    } else {
        piece.dataset
    };
    let name = stage.named(&piece.name);
    let mut call = Call::post(format!("/v1/datasets/{}/items", tenant.dataset(dataset)?))
        .query("name", &name)
        .query("kind", if piece.record { "record" } else { "file" })
        .header("content-type", piece.media)
        .header("content-digest", &web::digest::format(&sha256(&piece.bytes)))
        .body(piece.bytes.clone());
    if let Some(subject) = &piece.subject {
        call = call.query("subject", subject);
    }
    let stored = visitor.ask(call).await?.value(201)?;
    kept(piece.slug, dataset, name, &stored)
}

/// What the server says that it keeps.
pub(in crate::demo) fn kept(
    slug: &'static str,
    dataset: &'static str,
    name: String,
    stored: &Value,
) -> Step<Kept> {
    Ok(Kept {
        slug,
        dataset,
        name,
        item: text(stored, "/item/id")?,
        event: text(stored, "/event")?,
        sha256: text(stored, "/item/version/sha256")?,
        size: number(stored, "/item/version/size")?,
    })
}

/// An upload whose bytes are not those that were declared leaves nothing.
async fn broken(story: &mut Story, stage: &Stage) -> Step<()> {
    story.trying("an upload with other bytes than declared");
    let tenant = stage.tenant("veridian")?;
    let visitor: &Visitor = &tenant.person("user")?.visitor;
    let (_, dataset) = tenant
        .datasets
        .first()
        .ok_or_else(|| crate::demo::visitor::Trouble::unusable("no dataset"))?;
    let (path, name) = (
        format!("/v1/datasets/{dataset}/items"),
        stage.named("damaged-on-the-way.pdf"),
    );
    let upload = Call::post(&path)
        .query("name", &name)
        .header("content-digest", &web::digest::format(&sha256(b"what was meant")))
        .body("what came");
    visitor.ask(upload).await?.refusal(422, "mismatch")?;
    let found = visitor
        .ask(Call::get(&path).query("name", &name))
        .await?
        .value(200)?;
    must(items(&found)?.is_empty(), || {
        "an upload that was refused left an item".to_owned()
    })?;
    story.refused("A file that was damaged on its way is refused, and nothing of it is kept.");
    Ok(())
}
