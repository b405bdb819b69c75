//! Requests about the installation, a team as a whole, and what was done.

use access::Class;
use serde_json::{Value, json};
use testkit::Team;

use super::ask::{Ask, about, nothing};
use super::things::{dataset, item};
use crate::common::{Server, text_at};

pub(super) async fn sample(operation: &str, server: &Server, team: &Team, fresh: &str) -> Option<Ask> {
    let contract = json!({
        "owner": "Clinic Holding AG", "purpose": "second opinions", "basis": { "instruction": "letter 7" },
        "region": "eu-central-1"
    });
    Some(match operation {
        "health" => nothing("/v1/health"),
        "openapi" => nothing("/v1/openapi.json"),
        "recovery.use" => nothing("/v1/recovery"),
        "tenant.create" => nothing("/v1/tenants").json(json!({
            "slug": format!("t-{}", &fresh[fresh.len() - 12..]), "name": "Another", "business": "crm",
            "custody": "provider-held", "owner": { "name": "Otto", "email": "otto@another.example" }
        })),
        "tenant.list" => nothing("/v1/tenants"),
        "assurance.read" => nothing("/v1/claims"),
        "assurance.read.checks" => nothing("/v1/checks"),
        "assurance.read.runs" => nothing("/v1/checks/criteria-have-controls/runs"),
        "assurance.read.oscal" => nothing("/v1/reports/oscal/catalog?from=2026-01-05&to=2026-01-05"),
        "assurance.read.criteria" => nothing("/v1/criteria/gdpr"),
        "assurance.run" => nothing("/v1/checks/criteria-have-controls/run"),
        "staff.list" => nothing("/v1/staff"),
        "staff.invite" => nothing("/v1/staff").json(json!({
            "name": "Another", "email": format!("{fresh}@operator.example")
        })),
        "staff.disable" => {
            let member = staff(server, team, fresh).await;
            about(format!("/v1/staff/{member}/disable"), &[&member])
        }
        "tenant.view" => nothing("/v1/tenant"),
        "contract.view" => nothing("/v1/tenant/contract"),
        "contract.sign" => nothing("/v1/tenant/contract").json(contract),
        "contract.view.end" => nothing("/v1/tenant/contract/end"),
        "contract.end" => nothing("/v1/tenant/contract/end").json(json!({})),
        "tenant.list.certificates" => nothing("/v1/certificates"),
        "operator-access.list" => nothing("/v1/operator-access"),
        "operator-access.ask" => nothing("/v1/operator-access").json(to_look(server, team).await),
        operation
            if operation.starts_with("operator-access.") || operation == "trail.read.operator-access" =>
        {
            let (operator, owner) = (server.by(&server.world.operator), server.by(&team.owner));
            let asked = operator
                .post("/v1/operator-access")
                .json(to_look(server, team).await);
            let id = text_at(&asked.send().await.expect(201).json(), "/id");
            let path = format!("/v1/operator-access/{id}");
            if matches!(operation, "operator-access.end" | "operator-access.take") {
                owner.post(&format!("{path}/approve")).send().await.expect(200);
            }
            let end = match operation {
                "operator-access.decide" => "approve",
                "operator-access.decide.refuse" => "refuse",
                "operator-access.end" => "end",
                "operator-access.take" => "key",
                _ => "reads",
            };
            about(format!("{path}/{end}"), &[&id])
        }
        "trail.read" => {
            let (dataset, item) = item(team, fresh, false).await;
            about(
                format!("/v1/trail?dataset={dataset}&item={item}"),
                &[&dataset, &item],
            )
        }
        "trail.read.one" | "receipt.read" => {
            let event = event(team, fresh).await;
            server.world.sequence().await;
            let end = if operation == "receipt.read" {
                "/receipt"
            } else {
                ""
            };
            about(format!("/v1/trail/{event}{end}"), &[&event])
        }
        "access.read.item" | "access.read.dataset" => {
            let (dataset, item) = item(team, fresh, false).await;
            match operation {
                "access.read.item" => about(format!("/v1/access/items/{item}"), &[&item]),
                _ => about(format!("/v1/access/datasets/{dataset}"), &[&dataset]),
            }
        }
        "access.read.member" => {
            let worker = team.member(Class::Worker).await.member.to_string();
            about(format!("/v1/access/members/{worker}"), &[&worker])
        }
        "access.read" => nothing("/v1/access/matrix"),
        _ => return None,
    })
}

/// Somebody fresh on the staff; for another team than the first its owner, who is none.
async fn staff(server: &Server, team: &Team, fresh: &str) -> String {
    let own = server
        .by(&team.owner)
        .get("/v1/tenant")
        .send()
        .await
        .expect(200)
        .json();
    if text_at(&own, "/slug") != "clinic" {
        return team.owner.member.to_string();
    }
    let email = format!("{fresh}@operator.example");
    let invited = server.world.invite_staff(&email);
    invited.await.unwrap().staff.id.to_string()
}

/// What the operator may ask of the team.
async fn to_look(server: &Server, team: &Team) -> Value {
    let tenant = server
        .by(&team.owner)
        .get("/v1/tenant")
        .send()
        .await
        .expect(200)
        .json();
    json!({ "tenant": text_at(&tenant, "/slug"), "minutes": 30, "reason": "ticket 7" })
}

async fn event(team: &Team, fresh: &str) -> String {
    let dataset = dataset(team, fresh).await;
    team.owner
        .put(&dataset, "scan", b"some bytes")
        .await
        .unwrap()
        .event
        .to_string()
}
