//! Requests about datasets, what leaves them, and how long they stay.

use access::Class;
use http::Method;
use kernel::Clock as _;
use serde_json::{Value, json};
use testkit::Team;

use super::ask::{Ask, about, nothing};
use super::things::{dataset, item};
use super::{OWN_BUCKET_HOST, meant};
use crate::common::{Server, text_at};

pub(super) async fn sample(operation: &str, server: &Server, team: &Team, fresh: &str) -> Option<Ask> {
    Some(match operation {
        "dataset.list" => nothing("/v1/datasets"),
        "dataset.create" => nothing("/v1/datasets").json(json!({ "name": format!("d-{fresh}") })),
        "dataset.view" => {
            let dataset = dataset(team, fresh).await;
            about(format!("/v1/datasets/{dataset}"), &[&dataset])
        }
        "dataset.change" => {
            let dataset = dataset(team, fresh).await;
            about(format!("/v1/datasets/{dataset}"), &[&dataset]).json(json!({ "description": "Of hands" }))
        }
        "dataset.archive" => {
            let dataset = dataset(team, fresh).await;
            about(format!("/v1/datasets/{dataset}/archive"), &[&dataset])
        }
        "dataset.restore" | "dataset.delete" => {
            let dataset = dataset(team, fresh).await;
            let path = format!("/v1/datasets/{dataset}");
            server
                .by(&team.owner)
                .post(&format!("{path}/archive"))
                .send()
                .await
                .expect(200);
            let end = if operation == "dataset.restore" {
                "/restore"
            } else {
                ""
            };
            about(format!("{path}{end}"), &[&dataset])
        }
        "dataset.view.bucket"
        | "dataset.change.bucket"
        | "dataset.change.bucket.remove"
        | "item.create.references" => {
            let dataset = dataset(team, fresh).await;
            let path = format!("/v1/datasets/{dataset}/own-bucket");
            let bucket = json!({
                "url": "s3://scans", "endpoint": format!("https://{OWN_BUCKET_HOST}"), "region": "eu-central-1",
                "access_key": "id", "secret_key": "secret"
            });
            let ask = about(path.clone(), &[&dataset]);
            if operation == "dataset.change.bucket" {
                ask.json(bucket)
            } else {
                let owner = server.by(&team.owner);
                owner.put(&path).json(bucket).send().await.expect(200);
                if operation != "item.create.references" {
                    return Some(ask);
                }
                // A name that no bucket can be asked for, so that none is.
                let keys = json!({ "keys": ["a//b"] });
                about(format!("/v1/datasets/{dataset}/references"), &[&dataset]).json(keys)
            }
        }
        "grant.list" => {
            let dataset = dataset(team, fresh).await;
            about(format!("/v1/datasets/{dataset}/grants"), &[&dataset])
        }
        "grant.give" | "grant.end" => {
            let (worker, dataset) = (
                team.member(Class::Worker).await.member.to_string(),
                dataset(team, fresh).await,
            );
            let path = format!("/v1/datasets/{dataset}/grants/{worker}");
            let ask = about(path.clone(), &[&dataset, &worker]);
            if operation == "grant.give" {
                ask.json(json!({}))
            } else {
                server
                    .by(&team.owner)
                    .put(&path)
                    .json(json!({}))
                    .send()
                    .await
                    .expect(200);
                ask
            }
        }
        "export.download.annotations" | "item.annotate.import" => {
            let (dataset, _) = item(team, fresh, false).await;
            let ask = about(
                format!("/v1/datasets/{dataset}/annotations?format=coco"),
                &[&dataset],
            );
            if operation == "item.annotate.import" {
                ask.json(json!({ "images": [{ "id": 1, "file_name": "scan" }] }))
            } else {
                ask
            }
        }
        "export.create" | "export.list" => {
            let (dataset, _) = item(team, fresh, false).await;
            let ask = about(format!("/v1/datasets/{dataset}/exports"), &[&dataset]);
            match operation {
                "export.create" => ask.json(json!({ "format": "darwin" })),
                _ => ask,
            }
        }
        "export.list.one"
        | "export.list.items"
        | "export.download"
        | "export.download.said"
        | "export.download.archive"
        | "export.delete" => {
            let (dataset, item) = exported(server, team, fresh).await;
            let path = format!("/v1/datasets/{dataset}/exports/1");
            match operation {
                "export.list.items" => about(format!("{path}/items"), &[&dataset]),
                "export.download" => about(format!("{path}/items/{item}/content"), &[&dataset, &item]),
                "export.download.archive" => about(format!("{path}/archive"), &[&dataset]),
                "export.download.said" => about(format!("{path}/annotations"), &[&dataset]),
                _ => about(path, &[&dataset]),
            }
        }
        "share.list" | "share.list.warning" | "share.create" => {
            let (dataset, _) = item(team, fresh, false).await;
            let path = format!("/v1/datasets/{dataset}/shares");
            match operation {
                "share.list" => about(path, &[&dataset]),
                "share.list.warning" => about(format!("{path}/warning"), &[&dataset]).json(to_share(server)),
                _ => about(path, &[&dataset]).json(to_share(server)),
            }
        }
        "tenant.view.retention" => nothing("/v1/retention"),
        "tenant.view.retention.notices" => nothing("/v1/retention/notices"),
        "tenant.change.retention" => nothing("/v1/retention").json(json!({ "rules": [{ "days": 30 }] })),
        "dataset.view.retention" | "dataset.change.retention" | "item.browse.retention" => {
            let dataset = dataset(team, fresh).await;
            let path = format!("/v1/datasets/{dataset}/retention");
            match operation {
                "item.browse.retention" => about(format!("{path}/preview"), &[&dataset]),
                "dataset.view.retention" => about(path, &[&dataset]),
                _ => about(path, &[&dataset]).json(json!({ "rules": [{ "days": 30 }] })),
            }
        }
        "hold.list" => nothing("/v1/holds"),
        "hold.list.rule" => nothing("/v1/hold-rule"),
        // No second person is at hand where others lift holds.
        "tenant.change.holds" => nothing("/v1/hold-rule").json(json!({ "two_people": false })),
        "hold.place" | "hold.list.one" | "hold.lift" => {
            let (_, item) = item(team, fresh, false).await;
            let new = json!({ "item": item, "reason": "a letter of the court" });
            if operation == "hold.place" {
                return Some(about("/v1/holds".into(), &[&item]).json(new));
            }
            let placed = server
                .by(&team.owner)
                .post("/v1/holds")
                .json(new)
                .send()
                .await
                .expect(201);
            let id = text_at(&placed.json(), "/id");
            let end = if operation == "hold.lift" { "/lift" } else { "" };
            about(format!("/v1/holds/{id}{end}"), &[&id])
        }
        "share.end" => {
            let (dataset, _) = item(team, fresh, false).await;
            let owner = meant(team, &team.owner).await;
            let path = format!("/v1/datasets/{dataset}/shares");
            let shared = about(path.clone(), &[])
                .json(to_share(server))
                .confirmed(&server.by(&owner))
                .await;
            let made = shared
                .send(&server.by(&owner), &Method::POST)
                .await
                .expect(201)
                .json();
            let share = text_at(&made, "/share/id");
            about(format!("{path}/{share}"), &[&dataset, &share])
        }
        _ => return None,
    })
}

fn to_share(server: &Server) -> Value {
    let hour = std::time::Duration::from_secs(3600);
    json!({ "ends_at": server.world.clock.now().plus(hour) })
}

/// A dataset with one export of one item.
async fn exported(server: &Server, team: &Team, fresh: &str) -> (String, String) {
    let (dataset, item) = item(team, fresh, false).await;
    let (owner, path) = (server.by(&team.owner), format!("/v1/datasets/{dataset}/exports"));
    owner
        .post(&path)
        .json(json!({ "format": "coco" }))
        .send()
        .await
        .expect(201);
    (dataset, item)
}
