//! How long a dataset is kept: looking, and changing one rule after a page that says what it would do.

use std::time::Duration;

use access::Action;
use axum::Router;
use axum::extract::{Path, Query};
use axum::response::Response;
use axum::routing::{get, post};
use custody::dataset::{Dataset, DatasetRef};
use custody::item::Kind;
use custody::retention::{
    Because, CountsFrom, Forecast, InForce, KeptBy, Notice, RetentionChange, Rule, Standing, Tally,
};
use kernel::{PageRequest, Timestamp};

use super::datasets::{found, row};
use super::fields::Fields;
use super::named::Named;
use super::sent::proof_of;
use super::trouble::Trouble;
use super::visitor::Asked;
use super::{Answer, ConsoleState, Sent, Visitor, holds};
use crate::kit::{Place, Problems, count};
use crate::pages::{
    AnnouncedRow, ConfirmPage, Going, GoingRow, HoldRow, KeptFor, LevelRow, OwnRuleRow, Proof, RetentionPage,
    RuleSaid, confirm, retention,
};

const DAY: Duration = Duration::from_secs(86_400);
/// As many holds as one page of them has.
const HOLDS: u32 = 25;

pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/console/datasets/{dataset}/retention", get(show).post(settle))
        .route("/console/datasets/{dataset}/retention/rule", post(warn_of_rule))
        .route(
            "/console/datasets/{dataset}/retention/remove",
            post(warn_of_removal),
        )
        .route(
            "/console/datasets/{dataset}/retention/window",
            post(warn_of_window),
        )
}

async fn show(visitor: Visitor, Path(name): Path<String>, Query(asked): Query<Asked>) -> Answer<Response> {
    let page = page_of(&visitor, &name, &asked).await?;
    Ok(visitor.page(retention(&page)))
}

async fn page_of(visitor: &Visitor, name: &str, asked: &Asked) -> Answer<RetentionPage> {
    let dataset = found(visitor, name).await?;
    let id = DatasetRef::Id(dataset.id);
    let custody = &visitor.state.custody;
    let standing = custody
        .retention_standing(&visitor.credential, visitor.request(), id.clone())
        .await;
    let standing = visitor.ok(standing)?;
    let (by, until) = day_asked(visitor, asked);
    let going = match visitor.may(Action::ItemBrowse) {
        true => {
            let (credential, request) = (&visitor.credential, visitor.request());
            let counted = custody.forecast_retention(credential, request, id, until, None);
            Some(going(&visitor.ok(counted.await)?))
        }
        false => None,
    };
    Ok(RetentionPage {
        frame: visitor.frame(),
        levels: levels(&standing),
        window: (standing.window.days, standing.window.settled),
        own: standing.own.rules.iter().map(own_row).collect(),
        said: said_first(&standing),
        archive_days: standing
            .own
            .archive_days
            .map_or(String::new(), |days| days.to_string()),
        by,
        going,
        announced: standing.notices.iter().map(announced).collect(),
        holds: on_hold(visitor, &dataset).await?,
        problems: Problems::default(),
        dataset: row(&dataset),
    })
}

/// The day that was asked about, and its end; a month from now where that is none.
fn day_asked(visitor: &Visitor, asked: &Asked) -> (String, Timestamp) {
    let end = |day: &str| format!("{day}T00:00:00Z").parse::<Timestamp>().ok();
    let given = asked
        .get("by")
        .and_then(|day| Some((day.clone(), end(day)?.plus(DAY))));
    given.unwrap_or_else(|| {
        let then = visitor.now().plus(DAY * 30);
        (then.to_string().get(..10).unwrap_or_default().to_owned(), then)
    })
}

async fn on_hold(visitor: &Visitor, dataset: &Dataset) -> Answer<Option<Vec<HoldRow>>> {
    if !visitor.may(Action::HoldList) {
        return Ok(None);
    }
    let page = PageRequest {
        limit: HOLDS,
        after: None,
    };
    let custody = &visitor.state.custody;
    let id = DatasetRef::Id(dataset.id);
    let listed = custody.legal_holds_on_dataset(&visitor.credential, visitor.request(), id, page);
    let listed = visitor.ok(listed.await)?;
    let people = listed.items.iter().map(|hold| hold.placed_by);
    let named = Named::of(visitor, people, [dataset.id]).await?;
    let rows = listed.items.iter().map(|hold| holds::row(visitor, &named, hold));
    Ok(Some(rows.collect()))
}

const fn what(kind: Kind) -> &'static str {
    match kind {
        Kind::File => "Files",
        Kind::Record => "Records",
    }
}

const fn after(from: CountsFrom) -> &'static str {
    match from {
        CountsFrom::Put => "it was put in",
        CountsFrom::LastVersion => "its newest version",
        CountsFrom::Archive => "it was archived",
    }
}

fn levels(standing: &Standing) -> Vec<LevelRow> {
    let all = [
        (Because::DatasetRule, "This dataset"),
        (Because::TenantRule, "The team"),
        (Because::Contract, "The contract"),
    ];
    let of = |levels: &[InForce], because: Because| {
        let found = levels.iter().position(|level| level.because == because)?;
        Some((kept_for(levels.get(found)?), found == 0))
    };
    let row = |(because, whose)| LevelRow {
        whose,
        files: of(&standing.files, because),
        records: of(&standing.records, because),
    };
    all.into_iter().map(row).collect()
}

const fn kept_for(level: &InForce) -> KeptFor {
    KeptFor {
        days: level.days,
        after: after(level.counts_from),
        notice: level.notice_days,
    }
}

const fn kind_word(kind: Option<Kind>) -> (&'static str, &'static str) {
    match kind {
        None => ("both", "Files and records"),
        Some(Kind::File) => ("file", "Files"),
        Some(Kind::Record) => ("record", "Records"),
    }
}

fn own_row(rule: &Rule) -> OwnRuleRow {
    let (kind, what) = kind_word(rule.kind);
    OwnRuleRow {
        kind,
        what,
        kept: KeptFor {
            days: rule.days,
            after: after(rule.counts_from),
            notice: rule.notice_days,
        },
        ground: rule.ground.clone(),
    }
}

/// The form begins with the dataset's rule for both, if there is one, and else with what is usual.
fn said_first(standing: &Standing) -> RuleSaid {
    let rule = standing.own.rules.first().cloned().unwrap_or_default();
    RuleSaid {
        kind: kind_word(rule.kind).0.to_owned(),
        days: rule.days.to_string(),
        counts_from: rule.counts_from.as_str().to_owned(),
        notice_days: rule.notice_days.to_string(),
        ground: rule.ground.unwrap_or_default(),
    }
}

fn going(forecast: &Forecast) -> Going {
    let row = |tally: &Tally| GoingRow {
        what: what(tally.kind),
        items: tally.items,
        by: match tally.because {
            Because::DatasetRule => "This dataset’s",
            Because::TenantRule => "The team’s",
            Because::Contract => "The contract’s",
            Because::ArchiveWindow => "The end of the archive’s days",
        },
        first: tally.first,
        last: tally.last,
        deleted: tally.deleted,
        kept: tally.kept_by.map(|kept| match kept {
            KeptBy::Hold => "A hold or a lock",
            KeptBy::Restriction => "A person’s restriction",
        }),
    };
    Going {
        rows: forecast.tallies.iter().map(row).collect(),
        only: forecast.more.then_some(forecast.looked_at as u64),
    }
}

fn announced(notice: &Notice) -> AnnouncedRow {
    AnnouncedRow {
        what: what(notice.kind),
        items: notice.items,
        made: notice.made_at,
        ready: notice.ready_at,
    }
}

async fn warn_of_rule(Path(name): Path<String>, sent: Sent) -> Answer<Response> {
    warn(&sent, &name, "rule").await
}

async fn warn_of_removal(Path(name): Path<String>, sent: Sent) -> Answer<Response> {
    warn(&sent, &name, "remove").await
}

async fn warn_of_window(Path(name): Path<String>, sent: Sent) -> Answer<Response> {
    warn(&sent, &name, "window").await
}

/// What a form asks for.
fn wanted(fields: &Fields, what: &str) -> Result<RetentionChange, Problems> {
    let number = |name: &str, text: &str| {
        let says = "Give a whole number of days";
        text.parse::<u32>().map_err(|_| Problems::one(name, says))
    };
    let kind = match fields.get("kind") {
        "file" => Some(Kind::File),
        "record" => Some(Kind::Record),
        _ => None,
    };
    Ok(match what {
        "remove" => RetentionChange::Forget(kind),
        "window" => {
            let days = fields.filled("archive_days");
            let days = days.map(|text| number("archive_days", &text));
            RetentionChange::Window(days.transpose()?)
        }
        _ => RetentionChange::Rule(Rule {
            kind,
            days: number("days", fields.get("days"))?,
            counts_from: match fields.get("counts_from") {
                "last-version" => CountsFrom::LastVersion,
                "archive" => CountsFrom::Archive,
                _ => CountsFrom::Put,
            },
            notice_days: number("notice_days", fields.get("notice_days"))?,
            ground: fields.filled("ground"),
        }),
    })
}

/// The forms again, with what is wrong.
async fn again(sent: &Sent, name: &str, what: &str, problems: Problems) -> Answer<Response> {
    let (visitor, fields) = (&sent.visitor, &sent.fields);
    let mut page = page_of(visitor, name, &Asked::new()).await?;
    let said = |name: &str| fields.get(name).to_owned();
    match what {
        "window" => page.archive_days = said("archive_days"),
        _ => {
            page.said = RuleSaid {
                kind: said("kind"),
                days: said("days"),
                counts_from: said("counts_from"),
                notice_days: said("notice_days"),
                ground: said("ground"),
            }
        }
    }
    page.problems = problems;
    Ok(visitor.page_again(retention(&page)))
}

/// The page that says what a change would do, before it is made.
async fn warn(sent: &Sent, name: &str, what: &str) -> Answer<Response> {
    let visitor = &sent.visitor;
    if !visitor.may(Action::DatasetChange) {
        return Err(visitor.fail(custody::Error::NotFound("page")));
    }
    let change = match wanted(&sent.fields, what) {
        Ok(change) => change,
        Err(problems) => return again(sent, name, what, problems).await,
    };
    let custody = &visitor.state.custody;
    let (credential, now) = (&visitor.credential, visitor.now());
    let dataset = DatasetRef::parse(name);
    let counted =
        custody.forecast_retention(credential, visitor.request(), dataset, now, Some(change.clone()));
    let forecast = match sent.settle(counted.await).await? {
        Ok(forecast) => forecast,
        Err(problems) => return again(sent, name, what, problems).await,
    };
    let home = format!("/console/datasets/{name}");
    let mut values = sent.fields.to_carry();
    values.push(("what".to_owned(), what.to_owned()));
    Ok(visitor.page(confirm(&ConfirmPage {
        frame: visitor.frame(),
        place: Place::Datasets,
        title: question(&change).to_owned(),
        crumbs: vec![
            ("/console/datasets".to_owned(), "Datasets".to_owned()),
            (home.clone(), name.to_owned()),
            (format!("{home}/retention"), "Retention".to_owned()),
        ],
        consequences: consequences(&change, &forecast),
        mild: forecast.tallies.is_empty(),
        to: format!("{home}/retention"),
        values,
        press: "Settle it".to_owned(),
        back: format!("{home}/retention"),
        proof: match visitor.who.is_fresh(now) {
            true => Proof::Fresh,
            false => proof_of(visitor).await?,
        },
        problems: Problems::default(),
    })))
}

const fn question(change: &RetentionChange) -> &'static str {
    match change {
        RetentionChange::Rule(_) => "Keep things this long?",
        RetentionChange::Forget(_) => "Remove this rule?",
        RetentionChange::Window(_) => "Keep the archive this long?",
    }
}

fn days(number: u32) -> String {
    count(number.into(), "day", "days")
}

fn consequences(change: &RetentionChange, forecast: &Forecast) -> Vec<String> {
    let mut lines = vec![match change {
        RetentionChange::Rule(rule) => {
            let (_, what) = kind_word(rule.kind);
            let from = match rule.counts_from {
                CountsFrom::Put => "when they were put in",
                CountsFrom::LastVersion => "their newest version",
                CountsFrom::Archive => "when they were archived",
            };
            format!(
                "{what} of this dataset are kept for {}, counted from {from}.",
                days(rule.days)
            )
        }
        RetentionChange::Forget(None) => {
            "Where this dataset has no rule for files or records alone, the team’s or the contract’s counts."
                .to_owned()
        }
        RetentionChange::Forget(Some(kind)) => {
            let what = what(*kind).to_lowercase();
            format!(
                "For {what} this dataset’s rule for both counts, if there is one, or else the team’s or the contract’s."
            )
        }
        RetentionChange::Window(Some(number)) => {
            format!(
                "What is archived here is deleted {} later, whoever archived it.",
                days(*number)
            )
        }
        RetentionChange::Window(None) => "What is archived here is kept as long as the team says.".to_owned(),
    }];
    lines.push(counted(forecast));
    let kept: u64 = forecast
        .tallies
        .iter()
        .filter(|tally| tally.kept_by.is_some())
        .map(|tally| tally.items)
        .sum();
    if kept > 0 {
        lines.push(format!(
            "Of these, {} on hold, locked or restricted: what keeps them wins.",
            stay(kept)
        ));
    }
    match change {
        RetentionChange::Rule(rule) if rule.notice_days == 0 => {
            lines.push("Nothing is announced: what is past its time is archived within about an hour.".to_owned());
        }
        RetentionChange::Window(_) => {
            lines.push("Nothing is deleted sooner than a whole window after it was settled.".to_owned());
        }
        RetentionChange::Rule(_) | RetentionChange::Forget(_) => lines.push(
            "What is past its time is announced first, archived when the notice is over, and deleted with its keys after its days in the archive.".to_owned(),
        ),
    }
    lines
}

fn counted(forecast: &Forecast) -> String {
    let sum: u64 = forecast.tallies.iter().map(|tally| tally.items).sum();
    let at_least = if forecast.more { "at least " } else { "" };
    match sum {
        0 if !forecast.more => "Nothing here is past its time today.".to_owned(),
        sum => format!(
            "Past their time today: {at_least}{}.",
            count(sum, "item", "items")
        ),
    }
}

fn stay(number: u64) -> String {
    match number {
        1 => "1 is".to_owned(),
        number => format!("{} are", crate::kit::thousands(number)),
    }
}

async fn settle(Path(name): Path<String>, sent: Sent) -> Answer<Response> {
    let visitor = &sent.visitor;
    let what = sent.fields.get("what");
    let change = match wanted(&sent.fields, what) {
        Ok(change) => change,
        Err(problems) => return again(&sent, &name, what, problems).await,
    };
    // A rule takes away what nobody can bring back: so the page asks, as it does before deleting.
    if !visitor.who.is_fresh(visitor.now()) {
        sent.ok::<()>(Err(Trouble::NeedsProof)).await?;
    }
    let custody = &visitor.state.custody;
    let dataset = DatasetRef::parse(&name);
    let settled = custody
        .change_dataset_retention(&visitor.credential, visitor.request(), dataset, change)
        .await;
    match sent.settle(settled).await? {
        Ok(_) => {
            let to = format!("/console/datasets/{name}/retention");
            Ok(visitor.done(&to, "Settled."))
        }
        Err(problems) => again(&sent, &name, what, problems).await,
    }
}
