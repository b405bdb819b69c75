//! Requests about addresses that are told of a team's events.

use serde_json::json;
use testkit::Team;

use super::ask::{Ask, about, nothing};
use crate::common::{Server, text_at};

pub(super) async fn sample(operation: &str, server: &Server, team: &Team, fresh: &str) -> Option<Ask> {
    let new = json!({ "url": format!("https://{fresh}.example/hook"), "events": ["item.*"] });
    if operation.starts_with("webhook.") {
        no_others(server, team).await;
    }
    Some(match operation {
        "webhook.list" => nothing("/v1/webhooks"),
        "webhook.create" => nothing("/v1/webhooks").json(new),
        operation if operation.starts_with("webhook.") => {
            let owner = server.by(&team.owner);
            let made = owner.post("/v1/webhooks").json(new);
            let webhook = text_at(&made.send().await.expect(201).json(), "/id");
            let place = format!("/v1/webhooks/{webhook}");
            match operation {
                "webhook.change" => about(place, &[&webhook]).json(json!({ "on": false })),
                "webhook.rotate" => {
                    about(format!("{place}/rotate"), &[&webhook]).json(json!({ "keep_hours": 1 }))
                }
                "webhook.send.test" => about(format!("{place}/test"), &[&webhook]),
                "webhook.list.deliveries" => about(format!("{place}/deliveries"), &[&webhook]),
                "webhook.list.delivery" | "webhook.send.replay" => {
                    let test = owner.post(&format!("{place}/test")).send().await;
                    let delivery = text_at(&test.expect(202).json(), "/id");
                    let tail = operation
                        .strip_prefix("webhook.send.replay")
                        .map_or("", |_| "/replay");
                    about(
                        format!("{place}/deliveries/{delivery}{tail}"),
                        &[&webhook, &delivery],
                    )
                }
                _ => about(place, &[&webhook]),
            }
        }
        _ => return None,
    })
}

/// A team has so many at most; those of requests before this one are not asked for any more.
async fn no_others(server: &Server, team: &Team) {
    let owner = server.by(&team.owner);
    let listed = owner.get("/v1/webhooks").send().await.expect(200).json();
    for webhook in listed["items"].as_array().unwrap() {
        let path = format!("/v1/webhooks/{}", text_at(webhook, "/id"));
        owner.delete(&path).send().await.expect(204);
    }
}
