//! Who can see a dataset or an item, and what a member can see; all of it as a file.

use access::{Action, Class};
use axum::Router;
use axum::extract::{Path, Query};
use axum::response::Response;
use axum::routing::get;
use custody::dataset::DatasetRef;
use custody::sight::{Leased, Seen, Seer};
use kernel::{DatasetId, ItemId, MemberId, Page, PageRequest};

use super::csv::Csv;
use super::datasets::{found as dataset_found, row as dataset_row};
use super::items::{dataset_of, found as item_found};
use super::named::{Named, short};
use super::trouble::Trouble;
use super::visitor::Asked;
use super::{Answer, ConsoleState, Visitor, listing};
use crate::pages::{SeenItem, SightAbout, SightPage, SightRow, sight};

/// Each row of these asks the policies more than ten times.
const PAGE: u32 = 25;
const FILE: u32 = 100;

pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/console/datasets/{dataset}/access", get(of_dataset))
        .route("/console/datasets/{dataset}/access.csv", get(dataset_file))
        .route("/console/items/{item}/access", get(of_item))
        .route("/console/items/{item}/access.csv", get(item_file))
        .route("/console/team/{member}/access", get(of_member))
        .route("/console/team/{member}/access.csv", get(member_file))
}

/// What can be done, in one word.
const fn word(action: Action) -> &'static str {
    match action {
        Action::DatasetView => "see it",
        Action::ItemBrowse => "list",
        Action::ItemView => "look",
        Action::ItemDownload => "download",
        Action::ItemAnnotate => "annotate",
        Action::DatasetChange | Action::ItemChange => "change",
        Action::DatasetArchive | Action::ItemArchive => "archive",
        Action::DatasetRestore | Action::ItemRestore => "restore",
        Action::DatasetDelete | Action::ItemDelete => "delete",
        other => other.as_str(),
    }
}

fn words(actions: &[Action]) -> Vec<&'static str> {
    actions.iter().map(|action| word(*action)).collect()
}

fn leased(all: &[Leased]) -> Vec<SeenItem> {
    let of = |leased: &Leased| SeenItem {
        id: leased.item,
        may: words(&leased.actions),
    };
    all.iter().map(of).collect()
}

async fn of_seers(visitor: &Visitor, seers: &[Seer]) -> Answer<Vec<SightRow>> {
    let named = Named::of(visitor, seers.iter().map(|seer| seer.member), None).await?;
    // The operator is no member of the team, and is let in elsewhere.
    let is_operator = |seer: &Seer| seer.class == Class::Operator;
    let row = |seer: &Seer| SightRow {
        name: match is_operator(seer) {
            true => short("Operator", &seer.member.to_string()),
            false => named.member(seer.member),
        },
        to: match is_operator(seer) {
            true => "/console/operator-access".to_owned(),
            false => format!("/console/team/{}", seer.member),
        },
        class: Some(seer.class),
        dataset: words(&seer.dataset),
        items: words(&seer.items),
        leased: leased(&seer.leased),
    };
    Ok(seers.iter().map(row).collect())
}

async fn of_seen(visitor: &Visitor, seen: &[Seen]) -> Answer<Vec<SightRow>> {
    let named = Named::of(visitor, None, seen.iter().map(|seen| seen.dataset)).await?;
    let row = |seen: &Seen| SightRow {
        name: named.dataset(seen.dataset),
        to: format!("/console/datasets/{}", seen.dataset),
        class: None,
        dataset: words(&seen.actions),
        items: words(&seen.items),
        leased: leased(&seen.leased),
    };
    Ok(seen.iter().map(row).collect())
}

/// The page, at this path.
fn page<T>(
    visitor: &Visitor,
    asked: &Asked,
    path: &str,
    about: SightAbout,
    (rows, listed): (Vec<SightRow>, Page<T>),
) -> Response {
    let (one, many) = match about {
        SightAbout::Member(..) => ("dataset", "datasets"),
        SightAbout::Dataset(_) | SightAbout::Item(..) => ("member", "members"),
    };
    let next = listed.next.map(|next| next.to_text());
    visitor.page(sight(&SightPage {
        frame: visitor.frame(),
        about,
        csv: format!("{path}.csv"),
        pager: listing::pager(path, asked, (rows.len(), one, many), next),
        rows,
    }))
}

/// What everybody who sees it is asked for.
#[derive(Clone, Copy)]
enum Of {
    Dataset(DatasetId),
    Item(ItemId),
}

async fn seers_page(visitor: &Visitor, of: Of, page: PageRequest) -> Answer<Page<Seer>> {
    let (custody, credential) = (&visitor.state.custody, &visitor.credential);
    let found = match of {
        Of::Dataset(id) => {
            let id = DatasetRef::Id(id);
            custody
                .who_sees_dataset(credential, visitor.request(), id, page)
                .await
        }
        Of::Item(id) => {
            custody
                .who_sees_item(credential, visitor.request(), id, page)
                .await
        }
    };
    visitor.ok(found)
}

async fn member_page(visitor: &Visitor, id: MemberId, page: PageRequest) -> Answer<Page<Seen>> {
    let custody = &visitor.state.custody;
    let found = custody.what_sees(&visitor.credential, visitor.request(), id, page);
    visitor.ok(found.await)
}

async fn of_dataset(
    visitor: Visitor,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
) -> Answer<Response> {
    let dataset = dataset_found(&visitor, &name).await?;
    let request = listing::request(&visitor, &asked, PAGE)?;
    let listed = seers_page(&visitor, Of::Dataset(dataset.id), request).await?;
    let rows = of_seers(&visitor, &listed.items).await?;
    let path = format!("/console/datasets/{}/access", dataset.name);
    let about = SightAbout::Dataset(dataset_row(&dataset));
    Ok(page(&visitor, &asked, &path, about, (rows, listed)))
}

async fn of_item(visitor: Visitor, Path(text): Path<String>, Query(asked): Query<Asked>) -> Answer<Response> {
    let id = item(&visitor, &text)?;
    let request = listing::request(&visitor, &asked, PAGE)?;
    let listed = seers_page(&visitor, Of::Item(id), request).await?;
    let rows = of_seers(&visitor, &listed.items).await?;
    let path = format!("/console/items/{id}/access");
    // Auditors ask about items that they may not list: such a page has no name on it.
    let about = if visitor.may(Action::ItemBrowse) {
        let found = item_found(&visitor, &text).await?;
        let dataset = dataset_of(&visitor, &found).await?.name;
        SightAbout::Item(id, Some((dataset, found.name)))
    } else {
        SightAbout::Item(id, None)
    };
    Ok(page(&visitor, &asked, &path, about, (rows, listed)))
}

fn item(visitor: &Visitor, text: &str) -> Answer<ItemId> {
    text.parse().map_err(|_| visitor.fail(Trouble::NotFound))
}

fn member(visitor: &Visitor, text: &str) -> Answer<MemberId> {
    text.parse().map_err(|_| visitor.fail(Trouble::NotFound))
}

async fn of_member(
    visitor: Visitor,
    Path(text): Path<String>,
    Query(asked): Query<Asked>,
) -> Answer<Response> {
    let id = member(&visitor, &text)?;
    let request = listing::request(&visitor, &asked, PAGE)?;
    let listed = member_page(&visitor, id, request).await?;
    let named = Named::of(&visitor, Some(id), None).await?;
    let rows = of_seen(&visitor, &listed.items).await?;
    let path = format!("/console/team/{id}/access");
    let about = SightAbout::Member(id, named.member(id));
    Ok(page(&visitor, &asked, &path, about, (rows, listed)))
}

/// A line for each thing that can be done. An empty item means the one asked about, or every active one.
fn lines(csv: &mut Csv, begin: &[&str], actions: &[Action], leased: &[Leased]) {
    let mut line = |item: &str, action: &Action| {
        csv.line(&[begin, &[item, action.as_str()]].concat());
    };
    actions.iter().for_each(|action| line("", action));
    for leased in leased {
        let item = leased.item.to_string();
        leased.actions.iter().for_each(|action| line(&item, action));
    }
}

/// All pages, one after the other, each written down as it comes.
async fn seers_file(visitor: &Visitor, of: Of, name: &str) -> Answer<Response> {
    let mut csv = Csv::new(&["member", "name", "class", "item", "action"]);
    let mut page = PageRequest::first(FILE);
    loop {
        let listed = seers_page(visitor, of, page.clone()).await?;
        let members = listed.items.iter().map(|seer| seer.member);
        let named = Named::of(visitor, members, None).await?;
        for seer in &listed.items {
            let (id, name) = (seer.member.to_string(), named.member(seer.member));
            let begin = [id.as_str(), name.as_str(), seer.class.as_str()];
            let actions = [&seer.dataset[..], &seer.items].concat();
            lines(&mut csv, &begin, &actions, &seer.leased);
        }
        match listed.next {
            None => return Ok(csv.answer(name)),
            next => page.after = next,
        }
    }
}

async fn dataset_file(visitor: Visitor, Path(name): Path<String>) -> Answer<Response> {
    let dataset = dataset_found(&visitor, &name).await?;
    let file = format!("access-to-{}.csv", dataset.name);
    seers_file(&visitor, Of::Dataset(dataset.id), &file).await
}

async fn item_file(visitor: Visitor, Path(text): Path<String>) -> Answer<Response> {
    let id = item(&visitor, &text)?;
    seers_file(&visitor, Of::Item(id), &format!("access-to-{id}.csv")).await
}

async fn member_file(visitor: Visitor, Path(text): Path<String>) -> Answer<Response> {
    let id = member(&visitor, &text)?;
    let mut csv = Csv::new(&["dataset", "name", "item", "action"]);
    let mut page = PageRequest::first(FILE);
    loop {
        let listed = member_page(&visitor, id, page.clone()).await?;
        let datasets = listed.items.iter().map(|seen| seen.dataset);
        let named = Named::of(&visitor, None, datasets).await?;
        for seen in &listed.items {
            let (id, name) = (seen.dataset.to_string(), named.dataset(seen.dataset));
            let actions = [&seen.actions[..], &seen.items].concat();
            lines(&mut csv, &[&id, &name], &actions, &seen.leased);
        }
        match listed.next {
            None => return Ok(csv.answer(&format!("access-of-{id}.csv"))),
            next => page.after = next,
        }
    }
}
