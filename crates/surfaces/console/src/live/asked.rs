//! What a team asks of everybody before they see anything: settling it, seeing who waits, and recording what a member did.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::{Path, Query};
use axum::response::Response;
use axum::routing::{get, post};
use custody::admission::{NewRecord, NewStep, Standing, Step, StepKind};
use kernel::{AdmissionStepId, MemberId, Timestamp};

use super::fields::Fields;
use super::named::Named;
use super::trouble::Trouble;
use super::visitor::Asked;
use super::{Answer, ConsoleState, Sent, Visitor, listing};
use crate::kit::Problems;
use crate::pages::{
    AskedPage, DoneRow, StandingPage, StepForm, StepPage, StepRow, WaitingRow, asked, done_name,
    evidence_name, standing, step,
};

const PATH: &str = "/console/team/admission";
const PAGE: u32 = 50;

pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route(PATH, get(show))
        .route("/console/team/admission/add", post(add))
        .route("/console/team/admission/step", get(show_step))
        .route("/console/team/admission/change", post(change))
        .route("/console/team/admission/remove", post(remove))
        .route("/console/team/{member}/admission", get(show_member))
        .route("/console/team/{member}/admission/record", post(record))
        .route("/console/team/{member}/admission/withdraw", post(withdraw))
}

async fn show(visitor: Visitor, Query(query): Query<Asked>) -> Answer<Response> {
    let model = model(&visitor, &query, StepForm::default(), Problems::default()).await?;
    Ok(visitor.page(asked(&model)))
}

/// Names, where they may be seen: whoever is not let in yet settles and records all the same, by ids.
async fn names(visitor: &Visitor, members: impl IntoIterator<Item = MemberId>) -> Named {
    Named::of(visitor, members, None).await.unwrap_or_default()
}

/// The team's steps: everybody has all of them, so those of whoever looks are all.
async fn steps(visitor: &Visitor) -> Answer<Vec<Step>> {
    let custody = &visitor.state.custody;
    let own = custody
        .admission(&visitor.credential, visitor.request(), None)
        .await;
    Ok(visitor
        .ok(own)?
        .into_iter()
        .map(|standing| standing.step)
        .collect())
}

async fn model(visitor: &Visitor, query: &Asked, typed: StepForm, problems: Problems) -> Answer<AskedPage> {
    let page = listing::request(visitor, query, PAGE)?;
    let custody = &visitor.state.custody;
    let waiting = custody
        .waiting_for_admission(&visitor.credential, visitor.request(), page)
        .await;
    let waiting = visitor.ok(waiting)?;
    let steps = steps(visitor).await?;
    let named = names(visitor, waiting.items.iter().map(|it| it.member)).await;
    let titles: BTreeMap<_, _> = steps.iter().map(|it| (it.id, it.asks.title.clone())).collect();
    let rows = waiting.items.iter().map(|it| WaitingRow {
        member: it.member,
        name: named.member(it.member),
        missing: it
            .missing
            .iter()
            .filter_map(|id| titles.get(id).cloned())
            .collect(),
    });
    let shown = (waiting.items.len(), "member", "members");
    Ok(AskedPage {
        frame: visitor.frame(),
        waiting: rows.collect(),
        pager: listing::pager(PATH, query, shown, waiting.next.map(|next| next.to_text())),
        steps: steps.into_iter().map(step_row).collect(),
        typed,
        problems,
    })
}

fn step_row(step: Step) -> StepRow {
    StepRow {
        id: step.id,
        kind: step.asks.kind,
        title: step.asks.title,
        version: step.asks.version,
        place: step.asks.place,
        days: step.asks.good_for_days,
    }
}

fn typed(fields: &Fields) -> StepForm {
    StepForm {
        kind: fields.get("kind").to_owned(),
        title: fields.get("title").to_owned(),
        version: fields.get("version").to_owned(),
        place: fields.get("place").to_owned(),
        days: fields.get("good_for_days").to_owned(),
    }
}

/// What the form says, or what is wrong with it.
fn wanted(form: &StepForm) -> Result<NewStep, Problems> {
    let kind = StepKind::ALL.into_iter().find(|kind| kind.as_str() == form.kind);
    let days = match form.days.as_str() {
        "" => Ok(None),
        days => days.parse().map(Some),
    };
    Ok(NewStep {
        kind: kind.ok_or_else(|| Problems::one("kind", "Choose a kind"))?,
        title: form.title.clone(),
        version: form.version.clone(),
        place: form.place.clone(),
        good_for_days: days
            .map_err(|_| Problems::one("good_for_days", "Give a number of days, or nothing"))?,
    })
}

fn step_in(sent: &Sent) -> Answer<AdmissionStepId> {
    let id = sent.fields.get("step").parse();
    id.map_err(|_| sent.visitor.fail(Trouble::NotFound))
}

fn member_in(visitor: &Visitor, text: &str) -> Answer<MemberId> {
    text.parse().map_err(|_| visitor.fail(Trouble::NotFound))
}

async fn add(sent: Sent) -> Answer<Response> {
    let (visitor, form) = (&sent.visitor, typed(&sent.fields));
    let custody = &visitor.state.custody;
    let added = match wanted(&form) {
        Ok(new) => {
            let added = custody
                .add_admission_step(&visitor.credential, visitor.request(), new)
                .await;
            sent.settle(added).await?
        }
        Err(problems) => Err(problems),
    };
    match added {
        Ok(_) => Ok(visitor.done(PATH, "It is asked of everybody from now on.")),
        Err(problems) => {
            let model = model(visitor, &Asked::new(), form, problems).await?;
            Ok(visitor.page_again(asked(&model)))
        }
    }
}

async fn show_step(visitor: Visitor, Query(query): Query<Asked>) -> Answer<Response> {
    let id = query.get("step").and_then(|text| text.parse().ok());
    let steps = steps(&visitor).await?;
    let found = steps.into_iter().find(|step| Some(step.id) == id);
    let found = found.ok_or_else(|| visitor.fail(Trouble::NotFound))?;
    let (id, asks) = (found.id, found.asks);
    let typed = StepForm {
        kind: asks.kind.as_str().to_owned(),
        title: asks.title,
        version: asks.version,
        place: asks.place,
        days: asks
            .good_for_days
            .map(|days| days.to_string())
            .unwrap_or_default(),
    };
    Ok(visitor.page(step(&StepPage {
        frame: visitor.frame(),
        id,
        typed,
        problems: Problems::default(),
    })))
}

async fn change(sent: Sent) -> Answer<Response> {
    let (visitor, id, form) = (&sent.visitor, step_in(&sent)?, typed(&sent.fields));
    let custody = &visitor.state.custody;
    let changed = match wanted(&form) {
        Ok(new) => {
            let changed = custody
                .change_admission_step(&visitor.credential, visitor.request(), id, new)
                .await;
            sent.settle(changed).await?
        }
        Err(problems) => Err(problems),
    };
    match changed {
        Ok(_) => Ok(visitor.done(PATH, "It was changed.")),
        Err(problems) => Ok(visitor.page_again(step(&StepPage {
            frame: visitor.frame(),
            id,
            typed: form,
            problems,
        }))),
    }
}

async fn remove(sent: Sent) -> Answer<Response> {
    let (visitor, id) = (&sent.visitor, step_in(&sent)?);
    let custody = &visitor.state.custody;
    let removed = custody
        .remove_admission_step(&visitor.credential, visitor.request(), id)
        .await;
    sent.ok(removed).await?;
    Ok(visitor.done(PATH, "It is not asked any more."))
}

async fn show_member(visitor: Visitor, Path(text): Path<String>) -> Answer<Response> {
    let member = member_in(&visitor, &text)?;
    let model = standing_page(&visitor, member, None, Problems::default()).await?;
    Ok(visitor.page(standing(&model)))
}

async fn standing_page(
    visitor: &Visitor,
    member: MemberId,
    typed: Option<(AdmissionStepId, String, String)>,
    problems: Problems,
) -> Answer<StandingPage> {
    let custody = &visitor.state.custody;
    let standings = custody
        .admission(&visitor.credential, visitor.request(), Some(member))
        .await;
    let standings = visitor.ok(standings)?;
    let says = standings.iter().filter_map(|it| it.done.as_ref());
    let people = says.map(|done| done.recorded_by).chain([member]);
    let named = names(visitor, people).await;
    Ok(StandingPage {
        frame: visitor.frame(),
        member,
        name: named.member(member),
        rows: standings.into_iter().map(|it| done_row(&named, it)).collect(),
        typed,
        problems,
    })
}

fn done_row(named: &Named, standing: Standing) -> DoneRow {
    let done = standing.done.map(|done| {
        let by = named.member(done.recorded_by);
        (done.done_at, done.good_until, by, done.evidence)
    });
    DoneRow {
        step: step_row(standing.step),
        good: standing.good,
        done,
    }
}

async fn record(Path(text): Path<String>, sent: Sent) -> Answer<Response> {
    let (visitor, id) = (&sent.visitor, step_in(&sent)?);
    let member = member_in(visitor, &text)?;
    let (day_field, evidence_field) = (done_name(id), evidence_name(id));
    let (day, evidence) = (sent.fields.get(&day_field), sent.fields.get(&evidence_field));
    let recorded = match format!("{day}T00:00:00Z").parse::<Timestamp>() {
        Ok(done_at) => {
            let new = NewRecord {
                version: sent.fields.get("version").to_owned(),
                done_at,
                good_until: None,
                evidence: evidence.to_owned(),
            };
            let custody = &visitor.state.custody;
            let recorded = custody
                .record_admission_step(&visitor.credential, visitor.request(), (id, member), new)
                .await;
            match recorded {
                // The form has a field of its own for each step.
                Err(custody::Error::Invalid {
                    field: "done_at",
                    problem,
                }) => Err(Problems::one(day_field, problem)),
                Err(custody::Error::Invalid {
                    field: "evidence",
                    problem,
                }) => Err(Problems::one(evidence_field, problem)),
                other => sent.settle(other).await?.map(drop),
            }
        }
        Err(_) => Err(Problems::one(day_field, "Give a day, such as 2026-03-02")),
    };
    let back = format!("/console/team/{member}/admission");
    match recorded {
        Ok(()) => Ok(visitor.done(&back, "It is on record.")),
        Err(problems) => {
            let typed = Some((id, day.to_owned(), evidence.to_owned()));
            let model = standing_page(visitor, member, typed, problems).await?;
            Ok(visitor.page_again(standing(&model)))
        }
    }
}

async fn withdraw(Path(text): Path<String>, sent: Sent) -> Answer<Response> {
    let (visitor, id) = (&sent.visitor, step_in(&sent)?);
    let member = member_in(visitor, &text)?;
    let custody = &visitor.state.custody;
    let withdrawn = custody
        .withdraw_admission_step(&visitor.credential, visitor.request(), (id, member))
        .await;
    sent.ok(withdrawn).await?;
    Ok(visitor.done(
        &format!("/console/team/{member}/admission"),
        "It was taken back: they are not let in until it is done again.",
    ))
}
