//! Who was given a dataset.

use access::{Action, Class};
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::post;
use custody::dataset::{Dataset, DatasetRef, GrantTerms};
use custody::member::Member;
use kernel::{MemberId, Timestamp};

use super::named::Named;
use super::trouble::Trouble;
use super::visitor::Asked;
use super::{Answer, ConsoleState, Sent, Visitor, choosing, listing};
use crate::kit::{Pager, Problems};
use crate::live::settings::settings_page;
use crate::pages::{Choice, GrantRow, dataset_settings};

pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/console/datasets/{dataset}/grants", post(give))
        .route("/console/datasets/{dataset}/grants/end", post(end))
}

/// As many as a page of them has.
const PAGE: u32 = 50;

/// Who was given it, and whom it can be given to.
#[derive(Default)]
pub(super) struct Given {
    pub(super) rows: Vec<GrantRow>,
    pub(super) pager: Pager,
    pub(super) candidates: Choice,
}

pub(super) async fn of(visitor: &Visitor, dataset: &Dataset, asked: &Asked) -> Answer<Given> {
    if !visitor.may(Action::GrantList) || !visitor.may(Action::MemberList) {
        return Ok(Given::default());
    }
    let request = listing::request(visitor, asked, PAGE)?;
    let grants = visitor.state.custody.list_grants(
        &visitor.credential,
        visitor.request(),
        DatasetRef::Id(dataset.id),
        request,
    );
    let grants = visitor.ok(grants.await)?;
    let named = Named::of(visitor, grants.items.iter().map(|grant| grant.member), None).await?;
    let rows = grants.items.iter().map(|grant| GrantRow {
        member: grant.member.to_string(),
        name: named.member(grant.member),
        class: grant.class,
        since: grant.given_at,
        until: grant.ends_at,
    });
    let rows: Vec<_> = rows.collect();
    // Others see all datasets, or none of their content.
    let needs = |member: &Member| matches!(member.class, Class::Worker | Class::WorkforceManager);
    let path = format!("/console/datasets/{}/settings", dataset.name);
    let shown = (rows.len(), "grant", "grants");
    Ok(Given {
        pager: listing::pager(&path, asked, shown, grants.next.map(|next| next.to_text())),
        rows,
        candidates: choosing::members(visitor, needs).await?,
    })
}

fn member(sent: &Sent) -> Answer<MemberId> {
    sent.fields
        .get("member")
        .parse()
        .map_err(|_| sent.visitor.fail(Trouble::NotFound))
}

async fn give(Path(name): Path<String>, sent: Sent) -> Answer<Response> {
    let visitor = &sent.visitor;
    let Some(member) = choosing::member(visitor, sent.fields.get("member")).await? else {
        let says = Problems::one("member", "There is no member with this address");
        return again(visitor, &name, says).await;
    };
    let until = sent
        .fields
        .filled("until")
        .map(|day| format!("{day}T00:00:00Z").parse::<Timestamp>())
        .transpose();
    let Ok(ends_at) = until else {
        let says = Problems::one("until", "Give a day, such as 2026-03-02");
        return again(visitor, &name, says).await;
    };
    let terms = GrantTerms { ends_at };
    let given = visitor.state.custody.give_grant(
        &visitor.credential,
        visitor.request(),
        DatasetRef::parse(&name),
        member,
        terms,
    );
    match sent.settle(given.await).await? {
        Ok(_) => Ok(visitor.done(
            &format!("/console/datasets/{name}/settings"),
            "The dataset was given.",
        )),
        Err(_) => {
            let says = Problems::one("until", "It must lie in the future");
            again(visitor, &name, says).await
        }
    }
}

async fn again(visitor: &Visitor, name: &str, problems: Problems) -> Answer<Response> {
    let page = settings_page(visitor, name, &Asked::new(), problems).await?;
    Ok(visitor.page_again(dataset_settings(&page)))
}

async fn end(Path(name): Path<String>, sent: Sent) -> Answer<Response> {
    let (visitor, member) = (&sent.visitor, member(&sent)?);
    let ended = visitor.state.custody.end_grant(
        &visitor.credential,
        visitor.request(),
        DatasetRef::parse(&name),
        member,
    );
    sent.ok(ended.await).await?;
    Ok(visitor.done(
        &format!("/console/datasets/{name}/settings"),
        "The dataset was taken back.",
    ))
}
