//! Requests about people's own requests.

use serde_json::{Value, json};
use testkit::Team;

use super::ask::{Ask, about};
use super::rights::subject;
use crate::common::{Server, text_at};

pub(super) fn new_request(kind: &str) -> Value {
    json!({ "kind": kind, "channel": "staff", "contact": "anna@person.example", "words": "What do you keep?" })
}

/// Where else data is kept.
pub(super) fn ledger(kind: &str) -> Value {
    json!({ "word": "ledger", "name": "The accounts", "data": "invoices", "answers": "the accountant",
        "contact": "accounts@office.example", "kinds": [kind] })
}

/// A request of a person, as far as the operation wants it to be.
pub(super) async fn request_sample(operation: &str, server: &Server, team: &Team) -> Option<Ask> {
    let owner = server.by(&team.owner);
    let opened = owner
        .post("/v1/requests")
        .json(new_request("objection"))
        .send()
        .await
        .expect(201);
    let id = text_at(&opened.json(), "/id");
    let path = format!("/v1/requests/{id}");
    let identity = format!("{path}/identity");
    let of = |path: String| about(path, &[&id]);
    let checked = json!({ "proof": "staff-check", "note": "called back" });
    Some(match operation {
        "request.view" => of(path),
        "request.identify.ask" => of(identity).json(json!({ "proof": "mail-code" })),
        "request.identify.code" => {
            let asked = owner
                .post(&identity)
                .json(json!({ "proof": "mail-code" }))
                .send()
                .await
                .expect(200);
            of(format!("{identity}/code")).json(json!({ "code": text_at(&asked.json(), "/code") }))
        }
        "request.identify" => of(format!("{identity}/proof")).json(checked),
        "request.identify.document" | "request.identify.see" | "request.identify.reject" => {
            owner
                .post(&identity)
                .json(json!({ "proof": "document" }))
                .send()
                .await
                .expect(200);
            let document = format!("{identity}/document");
            if operation == "request.identify.document" {
                return Some(of(document).bytes(b"some bytes"));
            }
            owner.put(&document).bytes(b"a passport").send().await.expect(200);
            match operation {
                "request.identify.see" => of(document),
                _ => of(format!("{document}/rejection")).json(json!({ "note": "cannot be read" })),
            }
        }
        "request.draft" => of(format!("{path}/draft")).json(json!({ "text": "This is all." })),
        "request.withdraw" => of(format!("{path}/withdrawal")).json(json!({ "note": "called" })),
        "request.view.tasks" => of(format!("{path}/tasks")),
        "request.task" | "request.decide.waive" | "request.task.file" | "request.view.file" => {
            let places = json!({ "places": [ledger("objection")] });
            owner
                .put("/v1/tenant/places")
                .json(places)
                .send()
                .await
                .expect(200);
            let proven = owner.post(&format!("{identity}/proof")).json(checked);
            proven.send().await.expect(200);
            let task = format!("{path}/tasks/ledger");
            let file = format!("{task}/file?name=invoices.csv");
            let note = json!({ "note": "they have done it" });
            match operation {
                "request.task" => of(format!("{task}/done")).json(note),
                "request.decide.waive" => of(format!("{task}/waiver")).json(note),
                "request.task.file" => of(file).bytes(b"invoices"),
                _ => {
                    owner.put(&file).bytes(b"invoices").send().await.expect(200);
                    of(format!("{task}/file"))
                }
            }
        }
        "request.decide.same" => {
            let again = owner.post("/v1/requests").json(new_request("objection"));
            let later = text_at(&again.send().await.expect(201).json(), "/id");
            for one in [&id, &later] {
                let proven = owner.post(&format!("/v1/requests/{one}/identity/proof"));
                proven.json(checked.clone()).send().await.expect(200);
            }
            let same = json!({ "same_as": id, "note": "by mail and at the page" });
            about(format!("/v1/requests/{later}/same-as"), &[&later]).json(same)
        }
        "request.decide" | "request.decide.extend" | "request.answer" => {
            owner
                .post(&format!("{identity}/proof"))
                .json(checked)
                .send()
                .await
                .expect(200);
            let decision = format!("{path}/decision");
            let grant = json!({ "decision": "grant" });
            match operation {
                "request.decide" => of(decision).json(grant),
                "request.decide.extend" => {
                    let more = json!({ "reasons": "three archives", "told_by": "mail" });
                    of(format!("{path}/extension")).json(more)
                }
                _ => {
                    owner.put(&decision).json(grant).send().await.expect(200);
                    of(format!("{path}/answer")).json(json!({ "text": "This is all." }))
                }
            }
        }
        _ => return None,
    })
}

/// A request for access by somebody who is known and has proved it, with a package on offer.
pub(super) async fn package_sample(operation: &str, server: &Server, team: &Team, fresh: &str) -> Ask {
    let owner = server.by(&team.owner);
    subject(server, team, fresh).await;
    let mut asks = new_request("access");
    asks["subject"] = json!(fresh);
    let opened = owner.post("/v1/requests").json(asks).send().await.expect(201);
    let id = text_at(&opened.json(), "/id");
    let path = format!("/v1/requests/{id}");
    let checked = json!({ "proof": "staff-check", "note": "called back" });
    let proven = owner.post(&format!("{path}/identity/proof")).json(checked);
    proven.send().await.expect(200);
    let package = format!("{path}/package");
    let ask = about(package.clone(), &[&id]);
    if operation == "request.package" {
        return ask.json(json!({ "days": 7 }));
    }
    owner.put(&package).json(json!({})).send().await.expect(200);
    ask
}
