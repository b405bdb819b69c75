//! Who answers for what: giving and ending duties, and holding two apart.

use access::{Action, Duty, Pair};
use axum::Router;
use axum::extract::Query;
use axum::response::Response;
use axum::routing::{get, post};
use custody::duty::{Conflict, Holder, Rule};
use kernel::{Page, PageRequest};

use super::named::Named;
use super::trouble::Trouble;
use super::visitor::Asked;
use super::{Answer, ConsoleState, Sent, Visitor, choosing, listing};
use crate::kit::Problems;
use crate::pages::{Choice, DutiesPage, DutyConflictRow, DutyPairRow, DutyRow, duties};

const PATH: &str = "/console/team/duties";
const PAGE: u32 = 50;
/// Who holds two that conflict: more than these are named once some of them have been settled.
const CONFLICTS: u32 = 20;

pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route(PATH, get(show))
        .route("/console/team/duties/give", post(give))
        .route("/console/team/duties/end", post(end))
        .route("/console/team/duties/pairs", post(add))
        .route("/console/team/duties/pairs/remove", post(remove))
}

async fn show(visitor: Visitor, Query(asked): Query<Asked>) -> Answer<Response> {
    let model = model(&visitor, &asked, Problems::default()).await?;
    Ok(visitor.page(duties(&model)))
}

async fn model(visitor: &Visitor, asked: &Asked, problems: Problems) -> Answer<DutiesPage> {
    let (custody, credential) = (&visitor.state.custody, &visitor.credential);
    let page = listing::request(visitor, asked, PAGE)?;
    let holders = visitor.ok(custody.list_duties(credential, visitor.request(), page).await)?;
    let first = PageRequest::first(CONFLICTS);
    let conflicts = custody.duty_conflicts(credential, visitor.request(), first);
    let conflicts = visitor.ok(conflicts.await)?;
    let pairs = visitor.ok(custody.duty_pairs(credential, visitor.request()).await)?;
    let people = holders.items.iter().flat_map(|it| [it.member, it.given_by]);
    let people = people.chain(conflicts.items.iter().map(|it| it.member));
    let people = people.chain(pairs.iter().filter_map(|rule| rule.added.map(|(_, by)| by)));
    let named = Named::of(visitor, people, None).await?;
    let members = match visitor.may(Action::DutyGive) {
        true => {
            let own = visitor.who.member;
            choosing::members(visitor, |member| member.id != own).await?
        }
        false => Choice::default(),
    };
    Ok(page_of(
        visitor,
        &named,
        (asked, holders),
        conflicts,
        pairs,
        members,
        problems,
    ))
}

fn page_of(
    visitor: &Visitor,
    named: &Named,
    (asked, holders): (&Asked, Page<Holder>),
    conflicts: Page<Conflict>,
    pairs: Vec<Rule>,
    members: Choice,
    problems: Problems,
) -> DutiesPage {
    let shown = (holders.items.len(), "duty", "duties");
    let holder = |it: &Holder| DutyRow {
        member: it.member,
        name: named.member(it.member),
        duty: it.duty,
        since: it.given_at,
        by: named.member(it.given_by),
    };
    let conflict = |it: Conflict| DutyConflictRow {
        member: it.member,
        name: named.member(it.member),
        pairs: it.pairs,
    };
    let pair = |it: Rule| DutyPairRow {
        pair: it.pair,
        added: it.added.map(|(at, by)| (named.member(by), at)),
    };
    DutiesPage {
        frame: visitor.frame(),
        holders: holders.items.iter().map(holder).collect(),
        pager: listing::pager(PATH, asked, shown, holders.next.map(|next| next.to_text())),
        conflicts: conflicts.items.into_iter().map(conflict).collect(),
        pairs: pairs.into_iter().map(pair).collect(),
        members,
        problems,
    }
}

async fn again(visitor: &Visitor, problems: Problems) -> Answer<Response> {
    let model = model(visitor, &Asked::new(), problems).await?;
    Ok(visitor.page_again(duties(&model)))
}

fn duty(sent: &Sent, field: &str) -> Answer<Duty> {
    let duty = sent.fields.get(field).parse();
    duty.map_err(|_| sent.visitor.fail(Trouble::NotFound))
}

async fn give(sent: Sent) -> Answer<Response> {
    let (visitor, duty) = (&sent.visitor, duty(&sent, "duty")?);
    let Some(member) = choosing::member(visitor, sent.fields.get("member")).await? else {
        return again(
            visitor,
            Problems::one("member", "There is no member with this address"),
        )
        .await;
    };
    let custody = &visitor.state.custody;
    let given = custody
        .give_duty(&visitor.credential, visitor.request(), member, duty)
        .await;
    match sent.settle(given).await? {
        Ok(_) => Ok(visitor.done(PATH, "The duty was given.")),
        Err(problems) => again(visitor, problems).await,
    }
}

async fn end(sent: Sent) -> Answer<Response> {
    let (visitor, duty) = (&sent.visitor, duty(&sent, "duty")?);
    let member = sent.fields.get("member").parse();
    let member = member.map_err(|_| visitor.fail(Trouble::NotFound))?;
    let custody = &visitor.state.custody;
    let ended = custody
        .end_duty(&visitor.credential, visitor.request(), member, duty)
        .await;
    sent.ok(ended).await?;
    Ok(visitor.done(PATH, "The duty was ended."))
}

async fn add(sent: Sent) -> Answer<Response> {
    let visitor = &sent.visitor;
    let Some(pair) = Pair::of(duty(&sent, "one")?, duty(&sent, "other")?) else {
        return again(visitor, Problems::one("other", "Choose two different duties")).await;
    };
    let custody = &visitor.state.custody;
    let added = custody
        .add_duty_pair(&visitor.credential, visitor.request(), pair)
        .await;
    // That it is built in is the form's to say.
    let added = added.map_err(|error| match error {
        custody::Error::Conflict(problem) => custody::Error::Invalid {
            field: "other",
            problem,
        },
        other => other,
    });
    match sent.settle(added).await? {
        Ok(_) => Ok(visitor.done(PATH, "Nobody holds these two together from now on.")),
        Err(problems) => again(visitor, problems).await,
    }
}

async fn remove(sent: Sent) -> Answer<Response> {
    let visitor = &sent.visitor;
    let pair = sent.fields.get("pair").parse();
    let pair = pair.map_err(|_| visitor.fail(Trouble::NotFound))?;
    let custody = &visitor.state.custody;
    let removed = custody
        .remove_duty_pair(&visitor.credential, visitor.request(), pair)
        .await;
    sent.ok(removed).await?;
    Ok(visitor.done(PATH, "The pair was taken away."))
}
