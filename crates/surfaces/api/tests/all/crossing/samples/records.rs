//! Requests about records of declared kinds.

use serde_json::json;
use testkit::Team;

use super::ask::{Ask, about};
use crate::common::{Server, text_at};

/// A request about a dataset that takes profiles, or about one of them.
pub(super) async fn record(operation: &str, server: &Server, team: &Team, fresh: &str) -> Ask {
    let owner = server.by(&team.owner);
    let dataset = team
        .owner
        .dataset(&format!("d-{fresh}"))
        .await
        .unwrap()
        .id
        .to_string();
    let path = format!("/v1/datasets/{dataset}");
    let kind = json!({ "subject": "email", "fields": [
        { "name": "email", "type": "email", "required": true, "find_by_value": true },
        { "name": "about", "type": "text", "find_by_word": true }
    ] });
    let declared = owner.put(&format!("{path}/kinds/profile")).json(kind);
    declared.send().await.expect(200);
    let profile = json!({
        "kind": "profile", "values": { "email": format!("{fresh}@example.org") },
        "from": { "source": "web form", "basis": "contract" }
    });
    let of = |path: String, id: &str| about(path, &[id]);
    let by_value = json!({ "kind": "profile", "field": "email", "value": "ann@example.org" });
    match operation {
        "item.browse.records" => return of(format!("{path}/records?kind=profile"), &dataset),
        "item.create.record" => return of(format!("{path}/records"), &dataset).json(profile),
        "record.search.find" => return of(format!("{path}/records/find"), &dataset).json(by_value),
        "dataset.view.kinds" => return of(format!("{path}/kinds"), &dataset),
        "dataset.change.kind" => {
            let note = json!({ "fields": [{ "name": "text", "type": "text" }] });
            return of(format!("{path}/kinds/note"), &dataset).json(note);
        }
        "dataset.change.kind.remove" => return of(format!("{path}/kinds/profile"), &dataset),
        _ => {}
    }
    let made = owner.post(&format!("{path}/records")).json(profile);
    let made = made.send().await.expect(201);
    let record = text_at(&made.json(), "/id");
    let ask = of(format!("/v1/records/{record}"), &record);
    match operation {
        "item.change.record" => ask.seen(made.header("etag")).json(json!({
            "values": { "about": "likes tea" }, "from": { "source": "a call" }
        })),
        "item.delete.record" => {
            let archived = owner.post(&format!("/v1/items/{record}/archive"));
            archived.send().await.expect(200);
            ask
        }
        _ => ask,
    }
}
