//! Requests about registers and sub-processors.

use access::Class;
use kernel::EntryId;
use serde_json::json;
use testkit::Team;

use super::ask::{Ask, about, nothing};
use super::things::dataset;
use crate::common::{Server, text_at};

pub(super) async fn sample(operation: &str, server: &Server, team: &Team, fresh: &str) -> Option<Ask> {
    Some(match operation {
        "processor.list" => nothing("/v1/processors"),
        "processor.choose" | "processor.choose.undo" | "item.process" => {
            let processor = processor(server).await;
            let path = format!("/v1/processors/{processor}/choice");
            let chosen = json!({ "choice": "chosen", "region": "nowhere" });
            if operation == "processor.choose" {
                return Some(nothing(&path).json(chosen));
            }
            server
                .by(&team.owner)
                .put(&path)
                .json(chosen)
                .send()
                .await
                .expect(200);
            if operation == "processor.choose.undo" {
                return Some(nothing(&path));
            }
            let dataset = dataset(team, fresh).await;
            let note = team.owner.put(&dataset, "note.txt", b"words").await.unwrap();
            let note = note.item.id.to_string();
            let asked = json!({ "item": note, "prompt": "Is it?" });
            about(format!("/v1/process/{processor}"), &[&note]).json(asked)
        }
        operation if operation.starts_with("register.") => register(operation, server, team).await?,
        _ => return None,
    })
}

/// A sub-processor in force, as the operator's register would have it.
async fn processor(server: &Server) -> EntryId {
    let desk = server.world.custody.desk();
    let home = server
        .world
        .custody
        .installation()
        .await
        .unwrap()
        .unwrap()
        .operator_tenant;
    let (id, now) = (EntryId::make(desk.clock.now(), &*desk.random), desk.clock.now());
    let terms = json!({
        "name": "Vendor", "product": "captions", "purpose": "describes", "data_kinds": "notes", "region": "nowhere",
        "transfer_basis": "none-needed", "endpoint": "https://vendor.example", "rating": "low-risk", "agreement": "",
        "signed_on": "2026-01-01", "reviewed_on": "2026-01-01", "review_by": "2026-12-31",
    });
    let entry = "INSERT INTO register_entry (entry_id, tenant_id, register, made_at, newest, approved) \
         VALUES ($1, $2, 'sub-processors', $3, 1, 1)";
    server
        .world
        .by_sql(entry, vec![id.into(), home.into(), now.into()])
        .await;
    let notice = "INSERT INTO processor_notice (entry_id, number, tenant_id, published_at, noticed_at, active_at, terms) \
         VALUES ($1, 1, $2, $3, $3, $3, $4)";
    let values = vec![
        id.into(),
        home.into(),
        now.into(),
        terms.to_string().as_str().into(),
    ];
    server.world.by_sql(notice, values).await;
    id
}

/// A request about a policy that an admin of the team wrote.
async fn register(operation: &str, server: &Server, team: &Team) -> Option<Ask> {
    let admin = team.member(Class::Admin).await;
    let policy = json!({
        "title": "Security", "received_on": "2026-01-04",
        "evidence": { "document": { "name": "security.pdf", "sha256": "ab".repeat(32) } },
        "values": { "version": "1", "area": "security" }
    });
    let register = "/v1/registers/policies";
    Some(match operation {
        "register.read" => about("/v1/registers".into(), &[]),
        "register.read.entries" => about(format!("{register}/entries"), &[]),
        "register.read.processing" => about("/v1/processing-activities".into(), &[]),
        "register.read.activity" => {
            let activity = activity(server, team).await;
            about(format!("/v1/processing-activities/{activity}"), &[&activity])
        }
        "register.read.csv" => about(format!("{register}/csv"), &[]),
        "register.read.due" => about("/v1/register-entries".into(), &[]),
        "register.write.csv" => about(format!("{register}/csv?mode=what-fits"), &[]).bytes(b"title,owner\n"),
        "register.write" => about(format!("{register}/entries"), &[]).json(policy),
        "register.write.agreement" => {
            let vendor = json!({
                "title": "Vendor", "received_on": "2026-01-04",
                "evidence": { "document": { "name": "agreement.txt", "sha256": "ab".repeat(32) } },
                "values": {
                    "product": "captions", "purpose": "describes", "data_kinds": "notes", "region": "nowhere",
                    "transfer_basis": "none-needed", "rating": "low-risk", "signed_on": "2026-01-04",
                    "endpoint": "https://vendor.example"
                }
            });
            let written = server
                .by(&admin)
                .post("/v1/registers/sub-processors/entries")
                .json(vendor);
            let entry = text_at(&written.send().await.expect(201).json(), "/id");
            about(format!("/v1/register-entries/{entry}/agreement"), &[&entry]).bytes(b"some bytes")
        }
        _ => {
            let written = server
                .by(&admin)
                .post(&format!("{register}/entries"))
                .json(policy.clone());
            let entry = text_at(&written.send().await.expect(201).json(), "/id");
            let path = format!("/v1/register-entries/{entry}");
            match operation {
                "register.read.entry" => about(path, &[&entry]),
                "register.read.versions" => about(format!("{path}/versions"), &[&entry]),
                "register.write.change" => about(format!("{path}?seen=1"), &[&entry]).json(policy),
                "register.write.end" => {
                    about(format!("{path}/end"), &[&entry]).json(json!({ "reason": "old" }))
                }
                "register.approve" => {
                    about(format!("{path}/approve"), &[&entry]).json(json!({ "number": 1 }))
                }
                _ => return None,
            }
        }
    })
}

/// An activity that an admin of the team wrote and its owner approved.
async fn activity(server: &Server, team: &Team) -> String {
    let admin = team.member(Class::Admin).await;
    let said = json!({
        "title": "Newsletter", "received_on": "2026-01-04", "evidence": { "statement": { "text": "looked through" } },
        "values": { "purposes": "newsletter", "data_subjects": "subscribers" }
    });
    let written = server
        .by(&admin)
        .post("/v1/registers/processing-activities/entries");
    let entry = text_at(&written.json(said).send().await.expect(201).json(), "/id");
    let approved = server
        .by(&team.owner)
        .post(&format!("/v1/register-entries/{entry}/approve"));
    approved.json(json!({ "number": 1 })).send().await.expect(200);
    entry
}
