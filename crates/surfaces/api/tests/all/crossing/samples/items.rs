//! Requests about items.

use engines::Elsewhere;
use serde_json::json;
use testkit::Team;

use super::ask::{Ask, about};
use super::records::record;
use super::things::{dataset, item, put};
use crate::common::{Server, text_at};

pub(super) async fn sample(
    operation: &str,
    server: &Server,
    bucket: &Elsewhere,
    team: &Team,
    fresh: &str,
) -> Option<Ask> {
    Some(match operation {
        "item.browse" => {
            let (dataset, _) = item(team, fresh, false).await;
            about(format!("/v1/datasets/{dataset}/items"), &[&dataset])
        }
        "item.create" => {
            let dataset = dataset(team, fresh).await;
            about(format!("/v1/datasets/{dataset}/items?name=scan"), &[&dataset]).bytes(b"some bytes")
        }
        "item.browse.one"
        | "item.browse.versions"
        | "item.change"
        | "item.download"
        | "item.download.head"
        | "item.archive" => {
            let (_, item) = item(team, fresh, false).await;
            let end = match operation {
                "item.browse.one" => "",
                "item.browse.versions" => "/versions",
                "item.archive" => "/archive",
                _ => "/content",
            };
            let ask = about(format!("/v1/items/{item}{end}"), &[&item]);
            if operation == "item.change" {
                ask.bytes(b"some bytes")
            } else {
                ask
            }
        }
        "item.download.url" => {
            let item = reference(server, bucket, team, fresh).await;
            about(format!("/v1/items/{item}/content-url"), &[&item])
        }
        "item.view" | "item.view.info" => {
            let item = put(team, fresh, PICTURE).await.1.to_string();
            let end = operation.strip_prefix("item.view").unwrap().replace('.', "/");
            about(format!("/v1/items/{item}/view{end}"), &[&item])
        }
        "item.view.annotations" | "item.view.annotations.history" | "item.annotate" => {
            let (_, item) = item(team, fresh, false).await;
            let end = operation
                .strip_prefix("item.view.annotations")
                .unwrap_or_default();
            let ask = about(
                format!("/v1/items/{item}/annotations{}", end.replace('.', "/")),
                &[&item],
            );
            if operation == "item.annotate" {
                ask.json(json!({ "annotations": [{ "class": "nodule", "shape": { "kind": "tag" } }] }))
            } else {
                ask
            }
        }
        "item.view.text" => {
            let (_, item) = item(team, fresh, false).await;
            about(format!("/v1/items/{item}/view/text"), &[&item])
        }
        "item.restore" | "item.delete" => {
            let (_, item) = item(team, fresh, true).await;
            let end = if operation == "item.restore" {
                "/restore"
            } else {
                ""
            };
            about(format!("/v1/items/{item}{end}"), &[&item])
        }
        "item.archive.many" | "item.restore.many" | "item.delete.many" => {
            let verb = operation.split('.').nth(1)?;
            let (dataset, item) = item(team, fresh, verb != "archive").await;
            let bulk = json!({ "filter": { "items": [item] }, "dry_run": false });
            about(format!("/v1/datasets/{dataset}/items/{verb}"), &[&dataset, &item]).json(bulk)
        }
        "quarantine.list" | "quarantine.release" | "quarantine.delete" => {
            let (dataset, item, version) = held(server, team, fresh).await;
            let path = format!("/v1/items/{item}/quarantine/{version}");
            match operation {
                "quarantine.list" => about(format!("/v1/datasets/{dataset}/quarantine"), &[&dataset]),
                "quarantine.delete" => about(path, &[&item, &version]),
                _ => about(format!("{path}/release"), &[&item, &version])
                    .json(json!({ "reason": "a phantom" })),
            }
        }
        "record.search" => {
            let name = format!("d-{fresh}");
            let dataset = team
                .owner
                .dataset_with(&name, &["email"])
                .await
                .unwrap()
                .id
                .to_string();
            let search = json!({ "field": "email", "equals": "ann@example.org" });
            about(format!("/v1/datasets/{dataset}/search"), &[&dataset]).json(search)
        }
        "item.browse.records"
        | "item.create.record"
        | "item.download.record"
        | "item.change.record"
        | "item.delete.record"
        | "record.search.find"
        | "dataset.view.kinds"
        | "dataset.change.kind"
        | "dataset.change.kind.remove" => record(operation, server, team, fresh).await,
        _ => return None,
    })
}

/// One white pixel, as a bitmap (BMP).
const PICTURE: &[u8] = &[
    b'B', b'M', 58, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 24, 0, 0, 0,
    0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 0,
];

/// An item that lies in a bucket of the team's own.
async fn reference(server: &Server, bucket: &Elsewhere, team: &Team, fresh: &str) -> String {
    let (dataset, owner) = (dataset(team, fresh).await, server.by(&team.owner));
    std::fs::write(bucket.folder().join(fresh), b"some bytes").unwrap();
    let (access_key, secret_key) = bucket.keys();
    let own = json!({
        "url": format!("s3://{}", bucket.bucket()), "endpoint": bucket.endpoint(), "region": "us-east-1",
        "access_key": access_key, "secret_key": secret_key
    });
    let path = format!("/v1/datasets/{dataset}");
    owner
        .put(&format!("{path}/own-bucket"))
        .json(own)
        .send()
        .await
        .expect(200);
    let import = owner
        .post(&format!("{path}/references"))
        .json(json!({ "keys": [fresh] }));
    let imported = import.send().await.expect(200).json();
    text_at(&imported, "/entries/0/item/id")
}

/// A dataset that cleans what it takes in, and what it holds because it could not.
async fn held(server: &Server, team: &Team, fresh: &str) -> (String, String, String) {
    let (dataset, owner) = (dataset(team, fresh).await, server.by(&team.owner));
    let path = format!("/v1/datasets/{dataset}");
    let rule = json!({ "ingest": { "redaction": "clean" } });
    owner.patch(&path).json(rule).send().await.expect(200);
    let put = owner
        .post(&format!("{path}/items?name=letter"))
        .bytes(b"%PDF-1.7");
    let put = put.send().await.expect(201).json();
    (
        dataset,
        text_at(&put, "/item/id"),
        text_at(&put, "/item/version/id"),
    )
}
