//! Requests about work that is handed out.

use access::Class;
use serde_json::json;
use testkit::Team;

use super::ask::{Ask, about};
use super::things::item;
use crate::common::{Server, text_at};

pub(super) async fn sample(operation: &str, server: &Server, team: &Team, fresh: &str) -> Option<Ask> {
    Some(match operation {
        "task.request" => {
            let dataset = dataset_with_work(server, team, fresh).await;
            about(format!("/v1/datasets/{dataset}/tasks"), &[&dataset])
        }
        "task.assign" => {
            let dataset = dataset_with_work(server, team, fresh).await;
            let worker = team.member(Class::Worker).await.member.to_string();
            let owner = server.by(&team.owner);
            let grant = format!("/v1/datasets/{dataset}/grants/{worker}");
            owner.put(&grant).json(json!({})).send().await.expect(200);
            let assignment = json!({ "member": worker, "count": 1 });
            about(
                format!("/v1/datasets/{dataset}/assignments"),
                &[&dataset, &worker],
            )
            .json(assignment)
        }
        "task.list" | "task.list.figures" | "task.review.list" => {
            let dataset = dataset_with_work(server, team, fresh).await;
            let path = match operation {
                "task.list" => format!("/v1/tasks?dataset={dataset}"),
                "task.list.figures" => format!("/v1/figures?dataset={dataset}"),
                _ => format!("/v1/datasets/{dataset}/reviews"),
            };
            about(path, &[&dataset])
        }
        "task.review" => {
            let (task, item) = submitted(server, team, fresh).await;
            let ask = about(format!("/v1/tasks/{task}/items/{item}/review"), &[&task, &item]);
            ask.json(json!({ "verdict": "approve" }))
        }
        "task.view"
        | "task.submit"
        | "task.submit.annotated"
        | "task.skip"
        | "task.return"
        | "task.assign.end" => {
            let dataset = dataset_with_work(server, team, fresh).await;
            let owner = server.by(&team.owner);
            let asked = owner.post(&format!("/v1/datasets/{dataset}/tasks")).send().await;
            let task = asked.expect(201).json();
            let (task, item) = (text_at(&task, "/id"), text_at(&task, "/items/0/item"));
            let path = format!("/v1/tasks/{task}");
            let why = json!({ "reason": "too dark" });
            match operation {
                "task.view" => about(path, &[&task]),
                "task.submit.annotated" => {
                    let said = json!({ "annotations": [{ "class": "nodule", "shape": { "kind": "tag" } }] });
                    about(format!("{path}/items/{item}/annotations"), &[&task, &item]).json(said)
                }
                "task.submit" => about(format!("{path}/items/{item}/submit"), &[&task, &item]),
                "task.skip" => about(format!("{path}/items/{item}/skip"), &[&task, &item]).json(why),
                "task.return" => about(format!("{path}/return"), &[&task]),
                _ => about(format!("{path}/end"), &[&task]).json(why),
            }
        }
        _ => return None,
    })
}

/// A dataset with one item, which it hands out.
async fn dataset_with_work(server: &Server, team: &Team, fresh: &str) -> String {
    let (dataset, _) = item(team, fresh, false).await;
    let work = json!({ "work": { "batch": 1, "lease_minutes": 30, "open_per_worker": 1 } });
    let owner = server.by(&team.owner);
    let changed = owner
        .patch(&format!("/v1/datasets/{dataset}"))
        .json(work)
        .send()
        .await;
    changed.expect(200);
    dataset
}

/// An item that a worker has submitted, in a dataset whose work is reviewed.
async fn submitted(server: &Server, team: &Team, fresh: &str) -> (String, String) {
    let dataset = dataset_with_work(server, team, fresh).await;
    let (owner, worker) = (server.by(&team.owner), team.member(Class::Worker).await);
    let path = format!("/v1/datasets/{dataset}");
    let grant = format!("{path}/grants/{}", worker.member);
    owner.put(&grant).json(json!({})).send().await.expect(200);
    let review = owner.patch(&path).json(json!({ "review": true }));
    review.send().await.expect(200);
    let worker = server.by(&worker);
    let asked = worker
        .post(&format!("{path}/tasks"))
        .send()
        .await
        .expect(201)
        .json();
    let (task, item) = (text_at(&asked, "/id"), text_at(&asked, "/items/0/item"));
    let submit = format!("/v1/tasks/{task}/items/{item}/submit");
    worker.post(&submit).send().await.expect(200);
    (task, item)
}
