//! Requests about people the data is about.

use serde_json::{Value, json};
use testkit::Team;

use super::ask::{Ask, about, nothing};
use super::requests::{ledger, new_request, package_sample, request_sample};
use super::things::item;
use crate::common::{Server, text_at};

pub(super) async fn sample(operation: &str, server: &Server, team: &Team, fresh: &str) -> Option<Ask> {
    Some(match operation {
        "request.list" => nothing("/v1/requests"),
        "request.open" => nothing("/v1/requests").json(new_request("access")),
        "request.remind" => nothing("/v1/requests/reminders"),
        "portal.view" => nothing("/v1/tenant/portal"),
        "portal.change" => nothing("/v1/tenant/portal").json(json!({ "name": "Clinic", "contact": "here" })),
        "request.list.rule" => nothing("/v1/tenant/requests"),
        "request.rule" => nothing("/v1/tenant/requests").json(json!({ "own_days": 5 })),
        "request.list.places" => nothing("/v1/tenant/places"),
        "request.rule.places" => nothing("/v1/tenant/places").json(json!({ "places": [ledger("access")] })),
        "purpose.list" => nothing("/v1/purposes"),
        "purpose.change" => nothing("/v1/purposes").json(new_purpose(fresh)),
        "consent.view.history" => nothing("/v1/consents/history/search").json(json!({ "person": ANNA })),
        consent if consent.starts_with("purpose.") || consent.starts_with("consent.") => {
            consent_sample(consent, server, team, fresh).await?
        }
        "request.package" | "request.package.take" => package_sample(operation, server, team, fresh).await,
        request if request.starts_with("request.") => request_sample(request, server, team).await?,
        "subject.list" => nothing("/v1/subjects"),
        "subject.change.create" => {
            nothing("/v1/subjects").json(json!({ "identifiers": [{ "kind": "external", "value": fresh }] }))
        }
        "subject.view.search" => {
            subject(server, team, fresh).await;
            nothing("/v1/subjects/search").json(json!({ "kind": "external", "value": fresh }))
        }
        "subject.view"
        | "subject.view.items"
        | "subject.view.merges"
        | "subject.change.identifier.add"
        | "subject.change.identifier.remove"
        | "subject.restrict"
        | "subject.release"
        | "subject.erase" => {
            let (subject, identifier) = subject(server, team, fresh).await;
            let path = format!("/v1/subjects/{subject}");
            let ground = json!({ "ground": "accuracy" });
            match operation {
                "subject.view" => about(path, &[&subject]),
                "subject.view.items" => about(format!("{path}/items"), &[&subject]),
                "subject.view.merges" => about(format!("{path}/merges"), &[&subject]),
                "subject.change.identifier.add" => about(format!("{path}/identifiers"), &[&subject])
                    .json(json!({ "kind": "handle", "value": fresh })),
                "subject.change.identifier.remove" => about(
                    format!("{path}/identifiers/{identifier}"),
                    &[&subject, &identifier],
                ),
                "subject.restrict" => about(format!("{path}/restriction"), &[&subject]).json(ground),
                "subject.release" => {
                    let path = format!("{path}/restriction");
                    server
                        .by(&team.owner)
                        .put(&path)
                        .json(ground)
                        .send()
                        .await
                        .expect(200);
                    about(path, &[&subject]).because("the data is right after all")
                }
                _ => about(format!("{path}/erasure"), &[&subject]).json(json!({})),
            }
        }
        "subject.change.merge" | "subject.change.split" => {
            let (into, _) = subject(server, team, fresh).await;
            let (from, _) = subject(server, team, &format!("{fresh} too")).await;
            let path = format!("/v1/subjects/{into}/merged/{from}");
            if operation == "subject.change.merge" {
                return Some(about(path, &[&into, &from]));
            }
            let merge = server.by(&team.owner).put(&path).send().await.expect(200).json();
            let merge = text_at(&merge, "/id");
            about(format!("/v1/merges/{merge}"), &[&merge])
        }
        "subject.link" => {
            let (_, item) = item(team, fresh, false).await;
            let (subject, _) = subject(server, team, fresh).await;
            let ask = about(format!("/v1/items/{item}/subjects"), &[&item, &subject]);
            ask.json(json!({ "subjects": [subject] }))
        }
        "subject.view.erasures" => nothing("/v1/erasures"),
        "subject.view.erasure" | "subject.erase.resume" | "subject.erase.decide" => {
            let (erasure, item) = erasure(server, team, fresh).await;
            let path = format!("/v1/erasures/{erasure}");
            match operation {
                "subject.view.erasure" => about(path, &[&erasure]),
                "subject.erase.resume" => about(format!("{path}/resume"), &[&erasure]),
                _ => about(format!("{path}/items/{item}"), &[&erasure, &item])
                    .json(json!({ "decision": "keep", "ground": "a claim" })),
            }
        }
        "subject.change.unmark" => {
            erasure(server, team, fresh).await;
            nothing("/v1/erasures/lift-mark").json(json!({ "kind": "external", "value": fresh }))
        }
        _ => return None,
    })
}

/// A person, and the id of what they are known by.
pub(super) async fn subject(server: &Server, team: &Team, known_by: &str) -> (String, String) {
    let new = json!({ "identifiers": [{ "kind": "external", "value": known_by }] });
    let made = server
        .by(&team.owner)
        .post("/v1/subjects")
        .json(new)
        .send()
        .await
        .expect(201)
        .json();
    (text_at(&made, "/id"), text_at(&made, "/identifiers/0/id"))
}

/// An erasure that had to leave an item which is about somebody else as well.
async fn erasure(server: &Server, team: &Team, fresh: &str) -> (String, String) {
    let owner = server.by(&team.owner);
    let (_, item) = item(team, fresh, false).await;
    let (one, _) = subject(server, team, fresh).await;
    let (other, _) = subject(server, team, &format!("{fresh} too")).await;
    let about = json!({ "subjects": [one, other] });
    owner
        .put(&format!("/v1/items/{item}/subjects"))
        .json(about)
        .send()
        .await
        .expect(200);
    let erased = owner
        .post(&format!("/v1/subjects/{one}/erasure"))
        .json(json!({}))
        .send()
        .await
        .expect(200);
    (text_at(&erased.json(), "/id"), item)
}

/// Somebody who agrees.
const ANNA: &str = "email:anna@person.example";

fn new_purpose(fresh: &str) -> Value {
    json!({ "word": format!("news-{fresh}"), "says": "We write once a month.", "basis": "consent" })
}

/// A purpose with a notice that somebody agreed to.
async fn consent_sample(operation: &str, server: &Server, team: &Team, fresh: &str) -> Option<Ask> {
    let owner = server.by(&team.owner);
    let made = owner.post("/v1/purposes").json(new_purpose(fresh));
    let id = text_at(&made.send().await.expect(201).json(), "/id");
    let path = format!("/v1/purposes/{id}");
    let notice = json!({ "text": "We will write to you." });
    let published = owner.put(&format!("{path}/notice")).json(notice.clone());
    published.send().await.expect(200);
    let agrees = json!({
        "purpose": id, "person": ANNA, "given": true, "notice": 1, "act": "clicked", "channel": "api"
    });
    owner
        .post("/v1/consents")
        .json(agrees.clone())
        .send()
        .await
        .expect(201);
    let of = |path: String| about(path, &[&id]);
    Some(match operation {
        "purpose.list.one" => of(path),
        "purpose.list.notice" => of(format!("{path}/notices/1")),
        "purpose.change.end" => of(format!("{path}/end")),
        "purpose.change.notice" => of(format!("{path}/notice")).json(notice),
        "purpose.use" => {
            of(format!("{path}/uses")).json(json!({ "person": ANNA, "how": "the letter of March" }))
        }
        "consent.record" => of("/v1/consents".into()).json(agrees),
        "consent.view" => of("/v1/consents/search".into()).json(json!({ "purpose": id, "person": ANNA })),
        _ => return None,
    })
}
