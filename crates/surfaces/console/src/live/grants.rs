//! Who was given a dataset.

use access::{Action, Class};
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::post;
use custody::dataset::{DatasetRef, GrantTerms};
use kernel::{DatasetId, MemberId, Timestamp};

use super::keys::many;
use super::trouble::Trouble;
use super::{Answer, ConsoleState, Sent, Visitor};
use crate::kit::Problems;
use crate::live::settings::settings_page;
use crate::pages::{GrantRow, NewGrant, dataset_settings};

pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/console/datasets/{dataset}/grants", post(give))
        .route("/console/datasets/{dataset}/grants/end", post(end))
}

/// Who was given it, and whom it can be given to.
#[derive(Default)]
pub(super) struct Given {
    pub(super) rows: Vec<GrantRow>,
    pub(super) new: NewGrant,
}

pub(super) async fn of(visitor: &Visitor, dataset: DatasetId) -> Answer<Given> {
    if !visitor.may(Action::GrantList) || !visitor.may(Action::MemberList) {
        return Ok(Given::default());
    }
    let (custody, credential) = (&visitor.state.custody, &visitor.credential);
    let grants = visitor.ok(custody
        .list_grants(credential, visitor.request(), DatasetRef::Id(dataset), many())
        .await)?;
    let members = visitor.ok(custody.list_members(credential, visitor.request(), many()).await)?;
    let name = |id: MemberId| {
        members
            .items
            .iter()
            .find(|member| member.id == id)
            .map(|member| member.name.clone())
    };
    let rows = grants.items.iter().map(|grant| GrantRow {
        member: grant.member.to_string(),
        name: name(grant.member).unwrap_or_else(|| grant.member.to_string()),
        class: grant.class,
        since: grant.given_at,
        until: grant.ends_at,
    });
    // Others see all datasets, or none of their content.
    let needs = |class: Class| matches!(class, Class::Worker | Class::WorkforceManager);
    let can = members.items.iter().filter(|member| needs(member.class));
    Ok(Given {
        rows: rows.collect(),
        new: NewGrant {
            members: can
                .map(|member| (member.id.to_string(), member.name.clone()))
                .collect(),
        },
    })
}

fn member(sent: &Sent) -> Answer<MemberId> {
    sent.fields
        .get("member")
        .parse()
        .map_err(|_| sent.visitor.fail(Trouble::NotFound))
}

async fn give(Path(name): Path<String>, sent: Sent) -> Answer<Response> {
    let (visitor, member) = (&sent.visitor, member(&sent)?);
    let until = sent
        .fields
        .filled("until")
        .map(|day| format!("{day}T00:00:00Z").parse::<Timestamp>())
        .transpose();
    let Ok(ends_at) = until else {
        return again(visitor, &name, "Give a day, such as 2026-03-02").await;
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
        Err(_) => again(visitor, &name, "It must lie in the future").await,
    }
}

async fn again(visitor: &Visitor, name: &str, says: &str) -> Answer<Response> {
    let page = settings_page(visitor, name, Problems::one("until", says)).await?;
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
