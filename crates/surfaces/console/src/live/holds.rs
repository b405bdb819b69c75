//! Legal holds: the list, placing one, lifting one.

use axum::Router;
use axum::extract::Query;
use axum::response::Response;
use axum::routing::{get, post};
use custody::dataset::DatasetRef;
use custody::legal_hold::{Covers, HoldState, LegalHold, NewLegalHold};
use kernel::Timestamp;

use super::named::{Named, short};
use super::trouble::Trouble;
use super::visitor::Asked;
use super::{Answer, ConsoleState, Sent, Visitor, listing};
use crate::kit::Problems;
use crate::pages::{HoldRow, HoldWord, HoldsPage, NewHoldPage, holds, new_hold};

const PATH: &str = "/console/holds";
const PAGE: u32 = 25;

pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route(PATH, get(list))
        .route("/console/holds/new", get(show).post(place))
        .route("/console/holds/lift", post(lift))
}

async fn list(visitor: Visitor, Query(asked): Query<Asked>) -> Answer<Response> {
    let request = listing::request(&visitor, &asked, PAGE)?;
    let custody = &visitor.state.custody;
    let listed = custody
        .legal_holds(&visitor.credential, visitor.request(), request)
        .await;
    let listed = visitor.ok(listed)?;
    let datasets = listed.items.iter().filter_map(|hold| match hold.covers {
        Covers::Dataset(dataset) => Some(dataset),
        _ => None,
    });
    let people = listed.items.iter().map(|hold| hold.placed_by);
    let named = Named::of(&visitor, people, datasets).await?;
    let shown = (listed.items.len(), "hold", "holds");
    Ok(visitor.page(holds(&HoldsPage {
        frame: visitor.frame(),
        rows: listed
            .items
            .iter()
            .map(|hold| row(&visitor, &named, hold))
            .collect(),
        pager: listing::pager(PATH, &asked, shown, listed.next.map(|next| next.to_text())),
    })))
}

pub(super) fn row(visitor: &Visitor, named: &Named, hold: &LegalHold) -> HoldRow {
    HoldRow {
        id: hold.id,
        on: match hold.covers {
            Covers::Tenant => "Everything".to_owned(),
            Covers::Dataset(dataset) => named.dataset(dataset),
            Covers::Subject(subject) => short("Person", &subject.to_string()),
            Covers::Item(item) => short("Item", &item.to_string()),
        },
        reason: hold.reason.clone(),
        by: named.member(hold.placed_by),
        placed: hold.placed_at,
        until: hold.until,
        two_people: hold.two_people,
        state: match hold.state {
            HoldState::Standing => HoldWord::Stands,
            HoldState::LiftAsked if hold.lift_asked_by == Some(visitor.who.member) => HoldWord::AskedByYou,
            HoldState::LiftAsked => HoldWord::Asked,
            HoldState::Ended => HoldWord::Ended,
            HoldState::Lifted => HoldWord::Lifted,
        },
    }
}

async fn show(visitor: Visitor, Query(asked): Query<Asked>) -> Response {
    let dataset = asked.get("dataset").map_or("", String::as_str);
    let said = ["dataset", dataset, "", ""].map(str::to_owned);
    visitor.page(new_hold(&NewHoldPage {
        frame: visitor.frame(),
        said,
        two_people: false,
        problems: Problems::default(),
    }))
}

async fn place(sent: Sent) -> Answer<Response> {
    let visitor = &sent.visitor;
    let new = match wanted(&sent).await? {
        Ok(new) => new,
        Err(problems) => return Ok(again(&sent, problems)),
    };
    let custody = &visitor.state.custody;
    let placed = custody
        .place_legal_hold(&visitor.credential, visitor.request(), new, None)
        .await;
    let placed = match placed {
        Err(custody::Error::NotFound(_)) => return Ok(again(&sent, unknown())),
        other => other,
    };
    match sent.settle(placed).await? {
        Ok(_) => Ok(visitor.done(PATH, "The hold stands. Nothing that it is on is deleted")),
        Err(problems) => Ok(again(&sent, problems)),
    }
}

/// What the form says, or what is wrong with it.
async fn wanted(sent: &Sent) -> Answer<Result<NewLegalHold, Problems>> {
    let (visitor, fields) = (&sent.visitor, &sent.fields);
    let named = fields.get("named").trim();
    let covers = match fields.get("covers") {
        "item" => named.parse().ok().map(Covers::Item),
        "subject" => named.parse().ok().map(Covers::Subject),
        "dataset" => {
            let custody = &visitor.state.custody;
            let found = custody.dataset(&visitor.credential, visitor.request(), DatasetRef::parse(named));
            match found.await {
                Err(custody::Error::NotFound(_)) => None,
                found => Some(Covers::Dataset(visitor.ok(found)?.id)),
            }
        }
        _ => Some(Covers::Tenant),
    };
    let Some(covers) = covers else {
        return Ok(Err(unknown()));
    };
    let until = fields
        .filled("until")
        .map(|day| format!("{day}T00:00:00Z").parse::<Timestamp>())
        .transpose();
    let Ok(until) = until else {
        return Ok(Err(Problems::one("until", "Give a day, such as 2027-03-02")));
    };
    Ok(Ok(NewLegalHold {
        covers,
        reason: fields.get("reason").to_owned(),
        until,
        two_people: fields.get("two_people") == "yes",
    }))
}

fn unknown() -> Problems {
    Problems::one("named", "There is nothing of this name or id")
}

fn again(sent: &Sent, problems: Problems) -> Response {
    let (visitor, fields) = (&sent.visitor, &sent.fields);
    let said = ["covers", "named", "reason", "until"].map(|name| fields.get(name).to_owned());
    visitor.page_again(new_hold(&NewHoldPage {
        frame: visitor.frame(),
        said,
        two_people: fields.get("two_people") == "yes",
        problems,
    }))
}

async fn lift(sent: Sent) -> Answer<Response> {
    let visitor = &sent.visitor;
    let hold = sent.fields.get("hold").parse();
    let hold = hold.map_err(|_| visitor.fail(Trouble::NotFound))?;
    let custody = &visitor.state.custody;
    let lifted = custody
        .lift_legal_hold(&visitor.credential, visitor.request(), hold)
        .await;
    let lifted = sent.ok(lifted).await?;
    let says = match lifted.state {
        HoldState::LiftAsked => "Asked. It stands until somebody else agrees",
        _ => "Lifted. What it was on can be deleted again",
    };
    Ok(visitor.done(PATH, says))
}
