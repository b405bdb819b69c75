//! Each company publishes what it promises, and a stranger reads it.

use serde_json::json;

use crate::demo::stage::Stage;
use crate::demo::story::Story;
use crate::demo::visitor::{Call, Step, must};

/// The page of every company, by whoever asks.
pub(in crate::demo) async fn play(story: &mut Story, stage: &Stage) -> Step<()> {
    story.chapter("What each of them says in public");
    for tenant in &stage.tenants {
        let company = tenant.company;
        story.trying(format!("{} publishes its page", company.slug));
        let page = json!({ "name": company.name, "profile": company.business });
        let owner = stage.owner(company.slug)?;
        owner
            .ask(Call::put("/v1/tenant/trust-page").json(&page))
            .await?
            .is(200)?;
        story.trying(format!("a stranger reads the page of {}", company.slug));
        let path = format!("/trust/of/{}", company.slug);
        let twin = stage
            .site
            .stranger()
            .ask(Call::get(format!("{path}/trust.json")))
            .await?
            .value(200)?;
        let page = stage.site.stranger().ask(Call::get(&path)).await?.is(200)?;
        let text = String::from_utf8_lossy(&page.body).into_owned();
        let sentences = twin["claims"].as_array().map_or(0, Vec::len);
        let shown = text.matches(&format!("href=\"{path}/claims/")).count();
        must(
            twin["profile"] == company.business && sentences > 20 && shown == sentences,
            || {
                format!(
                    "the page of {} shows {shown} of {sentences} sentences",
                    company.slug
                )
            },
        )?;
        story.done(format!(
            "{path} says in the words of {} how {sentences} promises stand, each with what shows it.",
            company.name
        ));
    }
    Ok(())
}
