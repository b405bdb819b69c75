//! Sharing a dataset or an export with the public, and withdrawing it.
//!
//! Promises: nothing is shared before somebody was shown what it means, and proved a moment ago who they are; a link is shown once.

use access::Action;
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::{get, post};
use custody::dataset::DatasetRef;
use custody::share::{NewShare, Share};
use kernel::{DatasetId, PageRequest, ShareId, Timestamp};
use secrecy::ExposeSecret as _;

use super::datasets::found;
use super::sent::proof_of;
use super::trouble::Trouble;
use super::{Answer, ConsoleState, Sent, Visitor};
use crate::kit::{Place, Problems};
use crate::pages::{ConfirmPage, Proof, SharePage, ShareRow, SharedPage, confirm, share, shared};

const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/console/datasets/{dataset}/share", get(form).post(make))
        .route("/console/datasets/{dataset}/share/warning", post(warn))
        .route("/console/datasets/{dataset}/share/withdraw", post(withdraw))
}

/// As many as a page of settings, or a list to choose from, may have.
fn many() -> PageRequest {
    PageRequest::first(PageRequest::MAX)
}

/// How the dataset is shared; nothing for who may not see it.
pub(super) async fn of(visitor: &Visitor, dataset: DatasetId) -> Answer<Option<Vec<ShareRow>>> {
    if !visitor.may(Action::ShareList) {
        return Ok(None);
    }
    let custody = &visitor.state.custody;
    let dataset = DatasetRef::Id(dataset);
    let listed = custody
        .shares(&visitor.credential, visitor.request(), dataset, many())
        .await;
    match listed {
        Ok(listed) => Ok(Some(listed.items.iter().rev().map(row).collect())),
        // Users see how the datasets are shared that they made.
        Err(custody::Error::Forbidden { .. }) => Ok(None),
        Err(other) => Err(visitor.fail(other)),
    }
}

fn row(share: &Share) -> ShareRow {
    ShareRow {
        id: share.id,
        export: share.export,
        since: share.made_at,
        until: share.ends_at,
        withdrawn: share.withdrawn_at,
        originals: share.originals,
    }
}

async fn share_page(visitor: &Visitor, name: &str, until: &str, problems: Problems) -> Answer<SharePage> {
    let dataset = found(visitor, name).await?;
    let exports = match visitor.may(Action::ExportList) {
        true => {
            let listed = visitor.state.custody.exports(
                &visitor.credential,
                visitor.request(),
                DatasetRef::Id(dataset.id),
                many(),
            );
            visitor.ok(listed.await)?.items
        }
        false => Vec::new(),
    };
    Ok(SharePage {
        frame: visitor.frame(),
        dataset: dataset.name,
        exports: exports.iter().rev().map(|export| export.number).collect(),
        until: until.to_owned(),
        problems,
    })
}

async fn form(visitor: Visitor, Path(name): Path<String>) -> Answer<Response> {
    let month = visitor.now().plus(DAY * 30).to_string();
    let day = month.get(..10).unwrap_or_default();
    Ok(visitor.page(share(
        &share_page(&visitor, &name, day, Problems::default()).await?,
    )))
}

/// What the form asks for; the problem of its day otherwise.
fn wanted(sent: &Sent, name: &str) -> Result<NewShare, Problems> {
    let day = sent.fields.get("until");
    let begins = format!("{day}T00:00:00Z").parse::<Timestamp>();
    let begins = begins.map_err(|_| Problems::one("until", "Give a day, such as 2026-03-02"))?;
    let export = sent.fields.filled("export").map(|number| number.parse());
    Ok(NewShare {
        dataset: DatasetRef::parse(name),
        export: export
            .transpose()
            .map_err(|_| Problems::one("export", "Choose what to share"))?,
        ends_at: begins.plus(DAY),
        originals: sent.fields.ticked("originals"),
    })
}

async fn again(sent: &Sent, name: &str, problems: Problems) -> Answer<Response> {
    let page = share_page(&sent.visitor, name, sent.fields.get("until"), problems).await?;
    Ok(sent.visitor.page_again(share(&page)))
}

async fn warn(Path(name): Path<String>, sent: Sent) -> Answer<Response> {
    let visitor = &sent.visitor;
    let new = match wanted(&sent, &name) {
        Ok(new) => new,
        Err(problems) => return again(&sent, &name, problems).await,
    };
    let custody = &visitor.state.custody;
    let warning = custody
        .warn_of_sharing(&visitor.credential, visitor.request(), new)
        .await;
    let warning = match sent.settle(warning.map_err(of_the_form)).await? {
        Ok(warning) => warning,
        Err(problems) => return again(&sent, &name, problems).await,
    };
    let home = format!("/console/datasets/{name}");
    let mut values = sent.fields.to_carry();
    values.push(("confirmation".to_owned(), warning.confirmation));
    Ok(visitor.page(confirm(&ConfirmPage {
        frame: visitor.frame(),
        place: Place::Datasets,
        title: "Share this with the public?".to_owned(),
        crumbs: vec![
            ("/console/datasets".to_owned(), "Datasets".to_owned()),
            (home.clone(), name),
        ],
        consequences: warning.says,
        mild: false,
        to: format!("{home}/share"),
        values,
        press: "Share with the public".to_owned(),
        back: format!("{home}/settings"),
        proof: match visitor.who.is_fresh(visitor.now()) {
            true => Proof::Fresh,
            false => proof_of(visitor).await?,
        },
        problems: Problems::default(),
    })))
}

async fn make(Path(name): Path<String>, sent: Sent) -> Answer<Response> {
    let visitor = &sent.visitor;
    let new = match wanted(&sent, &name) {
        Ok(new) => new,
        Err(problems) => return again(&sent, &name, problems).await,
    };
    let custody = &visitor.state.custody;
    let confirmation = sent.fields.get("confirmation");
    let made = custody
        .share(&visitor.credential, visitor.request(), new, confirmation)
        .await;
    let made = match sent.settle(made.map_err(of_the_form)).await? {
        Ok(made) => made,
        Err(problems) => return again(&sent, &name, problems).await,
    };
    // Shown once: so it is the answer itself.
    Ok(visitor.page(shared(&SharedPage {
        frame: visitor.frame(),
        dataset: name,
        link: format!("{}/public/{}", visitor.state.url, made.link.expose_secret()),
        until: made.share.ends_at,
    })))
}

/// What custody calls a field, as the form has it.
fn of_the_form(error: custody::Error) -> custody::Error {
    match error {
        custody::Error::Invalid {
            field: "ends_at",
            problem,
        } => custody::Error::Invalid {
            field: "until",
            problem,
        },
        custody::Error::Invalid {
            field: "confirmation",
            ..
        } => custody::Error::Invalid {
            field: "until",
            problem: "read the warning on the next page, and confirm it there within ten minutes".to_owned(),
        },
        other => other,
    }
}

async fn withdraw(Path(name): Path<String>, sent: Sent) -> Answer<Response> {
    let visitor = &sent.visitor;
    let share = sent.fields.get("share").parse::<ShareId>();
    let share = share.map_err(|_| visitor.fail(Trouble::NotFound))?;
    let dataset = DatasetRef::parse(&name);
    let custody = &visitor.state.custody;
    let ended = custody
        .withdraw(&visitor.credential, visitor.request(), dataset, share)
        .await;
    sent.ok(ended).await?;
    Ok(visitor.done(
        &format!("/console/datasets/{name}/settings"),
        "The link was withdrawn. It shows nothing any more.",
    ))
}
