//! One request for every route, about things made for it alone.

use access::Class;
use axum::body::Body;
use custody::item::Verb;
use engines::Elsewhere;
use http::Method;
use kernel::{Clock as _, EntryId, ItemId};
use serde_json::{Value, json};
use testkit::{Person, Team};

use crate::common::{Client, Reply, Server, text_at};

/// A host that is allowed to serve tenants' own buckets. None of these requests reaches it.
pub(crate) const OWN_BUCKET_HOST: &str = "s3.bucket.example";

/// A request about things of one team.
#[derive(Clone)]
pub(crate) struct Ask {
    pub(crate) path: String,
    body: Content,
    reason: Option<&'static str>,
    /// The entity tag of what the owner has seen.
    seen: Option<String>,
    /// The ids in path and body. The same places of the same route come in the same order for every team.
    pub(crate) ids: Vec<String>,
}

#[derive(Clone)]
enum Content {
    None,
    Json(Value),
    Bytes(&'static [u8]),
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

/// A request that the owner of this team could make, about things made for it alone.
pub(crate) async fn sample(operation: &str, server: &Server, bucket: &Elsewhere, team: &Team) -> Option<Ask> {
    let nothing = |path: &str| Ask {
        path: path.into(),
        body: Content::None,
        reason: None,
        seen: None,
        ids: Vec::new(),
    };
    let about = |path: String, ids: &[&str]| Ask {
        path,
        body: Content::None,
        reason: None,
        seen: None,
        ids: ids.iter().map(|id| (*id).to_owned()).collect(),
    };
    let fresh = server.world.custody.desk().operation_id().to_string();
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
            let member = staff(server, team, &fresh).await;
            about(format!("/v1/staff/{member}/disable"), &[&member])
        }
        "tenant.view" => nothing("/v1/tenant"),
        "tenant.view.sign-in" => nothing("/v1/tenant/sign-in"),
        "tenant.change.sign-in" => nothing("/v1/tenant/sign-in").json(json!({
            "password_floor": "nist", "second_factor": "all-but-workers", "idle_minutes": 15, "absolute_hours": 8
        })),
        "tenant.change.single-sign-on" => nothing(PROVIDER).json(provider()),
        "tenant.view.single-sign-on" | "tenant.change.single-sign-on.remove" => {
            let set = server.by(&team.owner).put(PROVIDER).json(provider());
            set.send().await.expect(200);
            nothing(PROVIDER)
        }
        "session.list" | "session.list.attempts" | "session.end.all" => {
            let worker = team.member(Class::Worker).await.member.to_string();
            let noun = if operation == "session.list.attempts" { "sign-ins" } else { "sessions" };
            about(format!("/v1/{noun}?member={worker}"), &[&worker])
        }
        "session.end" => {
            let session = session(server, team).await;
            about(format!("/v1/sessions/{session}"), &[&session])
        }
        "session.list.factors" => nothing("/v1/factors"),
        "session.list.passkeys" => nothing("/v1/factors/passkeys"),
        "session.list.own" | "session.end.own" => nothing("/v1/session"),
        "session.list.own.stay" => nothing("/v1/session/stay"),
        "session.begin.prove" => nothing("/v1/session/prove").json(json!({ "code": "123456" })),
        "session.begin.prove.passkey" => nothing("/v1/session/prove/passkey/begin"),
        "factor.change.password" => nothing("/v1/factors/password").json(json!({ "password": "nine lanterns" })),
        "factor.change.totp" => {
            nothing("/v1/factors/totp/confirm").json(json!({ "ticket": "AAAA", "code": "123456" }))
        }
        "factor.change.totp.offer" | "factor.change.totp.remove" => nothing("/v1/factors/totp"),
        "factor.change.codes" => nothing("/v1/factors/recovery-codes"),
        "factor.change.passkey" => nothing("/v1/factors/passkeys").json(json!({
            "ticket": "AAAA", "label": "a phone",
            "credential": { "response": { "clientDataJSON": "AAAA", "attestationObject": "AAAA" } }
        })),
        "factor.change.passkey.offer" => nothing("/v1/factors/passkeys/begin"),
        "factor.change.passkey.remove" => nothing("/v1/factors/passkeys/00"),
        "member.list.invitations" => nothing("/v1/invitations"),
        "invitation.make" | "invitation.make.withdraw" => {
            let worker = team.member(Class::Worker).await.member.to_string();
            let path = format!("/v1/members/{worker}/invitation");
            if operation == "invitation.make.withdraw" {
                server.by(&team.owner).post(&path).send().await.expect(201);
            }
            about(path, &[&worker])
        }
        "request.list" => nothing("/v1/requests"),
        "request.open" => nothing("/v1/requests").json(new_request("access")),
        "request.remind" => nothing("/v1/requests/reminders"),
        "portal.view" => nothing("/v1/tenant/portal"),
        "portal.change" => nothing("/v1/tenant/portal").json(json!({ "name": "Clinic", "contact": "here" })),
        "request.list.rule" => nothing("/v1/tenant/requests"),
        "request.rule" => nothing("/v1/tenant/requests").json(json!({ "own_days": 5 })),
        "purpose.list" => nothing("/v1/purposes"),
        "purpose.change" => nothing("/v1/purposes").json(new_purpose(&fresh)),
        "consent.view.history" => nothing("/v1/consents/history/search").json(json!({ "person": ANNA })),
        consent if consent.starts_with("purpose.") || consent.starts_with("consent.") => {
            consent_sample(consent, server, team, &fresh).await?
        }
        "request.package" | "request.package.take" => package_sample(operation, server, team, &fresh).await,
        request if request.starts_with("request.") => request_sample(request, server, team).await?,
        "contract.view" => nothing("/v1/tenant/contract"),
        "contract.sign" => nothing("/v1/tenant/contract").json(contract),
        "member.list" => nothing("/v1/members"),
        "member.invite" => {
            let email = format!("{fresh}@people.example");
            nothing("/v1/members").json(json!({ "name": "Wanda", "email": email, "class": "worker" }))
        }
        "member.view" | "member.change" | "member.disable" | "member.enable" => {
            let worker = team.member(Class::Worker).await.member.to_string();
            let end = operation
                .strip_prefix("member.")
                .filter(|end| end.ends_with("able"));
            let path = end.map_or(String::new(), |end| format!("/{end}"));
            let ask = about(format!("/v1/members/{worker}{path}"), &[&worker]);
            if operation == "member.change" {
                ask.json(json!({ "class": "worker" }))
            } else {
                ask
            }
        }
        "key.list" => {
            let worker = team.member(Class::Worker).await.member.to_string();
            about(format!("/v1/keys?member={worker}"), &[&worker])
        }
        "key.issue" => {
            let (worker, dataset) = (
                team.member(Class::Worker).await.member.to_string(),
                dataset(team, &fresh).await,
            );
            let new = json!({ "label": "desk", "member": worker, "datasets": [dataset] });
            about("/v1/keys".into(), &[&worker, &dataset]).json(new)
        }
        "key.lend" => nothing("/v1/temporary-credentials").json(json!({
            "label": "a while", "seconds": 900, "prefixes": ["2026/"], "addresses": ["203.0.113.0/24"]
        })),
        "key.list.one" | "key.invalidate" => {
            let key = team.member(Class::Worker).await.credential.key.to_string();
            about(format!("/v1/keys/{key}"), &[&key])
        }
        "dataset.list" => nothing("/v1/datasets"),
        "dataset.create" => nothing("/v1/datasets").json(json!({ "name": format!("d-{fresh}") })),
        "dataset.view" => {
            let dataset = dataset(team, &fresh).await;
            about(format!("/v1/datasets/{dataset}"), &[&dataset])
        }
        "dataset.change" => {
            let dataset = dataset(team, &fresh).await;
            about(format!("/v1/datasets/{dataset}"), &[&dataset]).json(json!({ "description": "Of hands" }))
        }
        "dataset.archive" => {
            let dataset = dataset(team, &fresh).await;
            about(format!("/v1/datasets/{dataset}/archive"), &[&dataset])
        }
        "dataset.restore" | "dataset.delete" => {
            let dataset = dataset(team, &fresh).await;
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
            let dataset = dataset(team, &fresh).await;
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
            let dataset = dataset(team, &fresh).await;
            about(format!("/v1/datasets/{dataset}/grants"), &[&dataset])
        }
        "grant.give" | "grant.end" => {
            let (worker, dataset) = (
                team.member(Class::Worker).await.member.to_string(),
                dataset(team, &fresh).await,
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
        "item.browse" => {
            let (dataset, _) = item(team, &fresh, false).await;
            about(format!("/v1/datasets/{dataset}/items"), &[&dataset])
        }
        "item.create" => {
            let dataset = dataset(team, &fresh).await;
            about(format!("/v1/datasets/{dataset}/items?name=scan"), &[&dataset]).bytes()
        }
        "item.browse.one"
        | "item.browse.versions"
        | "item.change"
        | "item.download"
        | "item.download.head"
        | "item.archive" => {
            let (_, item) = item(team, &fresh, false).await;
            let end = match operation {
                "item.browse.one" => "",
                "item.browse.versions" => "/versions",
                "item.archive" => "/archive",
                _ => "/content",
            };
            let ask = about(format!("/v1/items/{item}{end}"), &[&item]);
            if operation == "item.change" {
                ask.bytes()
            } else {
                ask
            }
        }
        "item.download.url" => {
            let item = reference(server, bucket, team, &fresh).await;
            about(format!("/v1/items/{item}/content-url"), &[&item])
        }
        "item.view" | "item.view.info" => {
            let item = put(team, &fresh, PICTURE).await.1.to_string();
            let end = operation.strip_prefix("item.view").unwrap().replace('.', "/");
            about(format!("/v1/items/{item}/view{end}"), &[&item])
        }
        "item.view.annotations" | "item.view.annotations.history" | "item.annotate" => {
            let (_, item) = item(team, &fresh, false).await;
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
        "export.download.annotations" | "item.annotate.import" => {
            let (dataset, _) = item(team, &fresh, false).await;
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
            let (dataset, _) = item(team, &fresh, false).await;
            let ask = about(format!("/v1/datasets/{dataset}/exports"), &[&dataset]);
            match operation {
                "export.create" => ask.json(json!({ "format": "darwin" })),
                _ => ask,
            }
        }
        "export.list.one" | "export.list.items" | "export.download" | "export.download.said" | "export.download.archive"
        | "export.delete" => {
            let (dataset, item) = exported(server, team, &fresh).await;
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
            let (dataset, _) = item(team, &fresh, false).await;
            let path = format!("/v1/datasets/{dataset}/shares");
            match operation {
                "share.list" => about(path, &[&dataset]),
                "share.list.warning" => about(format!("{path}/warning"), &[&dataset]).json(to_share(server)),
                _ => about(path, &[&dataset]).json(to_share(server)),
            }
        }
        "admission.view" => nothing("/v1/admission"),
        "admission.view.waiting" => nothing("/v1/admission/waiting"),
        "admission.rule.add" => nothing("/v1/admission/steps").json(policy()),
        "admission.view.member" => {
            let worker = team.member(Class::Worker).await.member.to_string();
            about(format!("/v1/members/{worker}/admission"), &[&worker])
        }
        "admission.accept" | "admission.rule" | "admission.rule.remove" => {
            let step = step(server, team, policy()).await;
            let path = format!("/v1/admission/steps/{step}");
            match operation {
                "admission.accept" => about(format!("{path}/accept"), &[&step]).json(json!({ "version": "3" })),
                "admission.rule" => about(path, &[&step]).json(policy()),
                _ => about(path, &[&step]),
            }
        }
        "admission.record" | "admission.record.withdraw" => {
            let worker = team.member(Class::Worker).await.member.to_string();
            let course = json!({ "kind": "training", "title": "Health data", "version": "2026" });
            let step = step(server, team, course).await;
            let now = server.world.clock.now();
            let record = json!({ "version": "2026", "done_at": now, "evidence": "certificate 17" });
            let ask = about(format!("/v1/admission/steps/{step}/members/{worker}"), &[&step, &worker]);
            if operation == "admission.record" { ask.json(record) } else { ask }
        }
        "tenant.view.retention" => nothing("/v1/retention"),
        "tenant.view.retention.notices" => nothing("/v1/retention/notices"),
        "tenant.change.retention" => nothing("/v1/retention").json(json!({ "rules": [{ "days": 30 }] })),
        "dataset.view.retention" | "dataset.change.retention" | "item.browse.retention" => {
            let dataset = dataset(team, &fresh).await;
            let path = format!("/v1/datasets/{dataset}/retention");
            match operation {
                "item.browse.retention" => about(format!("{path}/preview"), &[&dataset]),
                "dataset.view.retention" => about(path, &[&dataset]),
                _ => about(path, &[&dataset]).json(json!({ "rules": [{ "days": 30 }] })),
            }
        }
        "contract.view.end" => nothing("/v1/tenant/contract/end"),
        "contract.end" => nothing("/v1/tenant/contract/end").json(json!({})),
        "tenant.list.certificates" => nothing("/v1/certificates"),
        "hold.list" => nothing("/v1/holds"),
        "hold.list.rule" => nothing("/v1/hold-rule"),
        // No second person is at hand where others lift holds.
        "tenant.change.holds" => nothing("/v1/hold-rule").json(json!({ "two_people": false })),
        "hold.place" | "hold.list.one" | "hold.lift" => {
            let (_, item) = item(team, &fresh, false).await;
            let new = json!({ "item": item, "reason": "a letter of the court" });
            if operation == "hold.place" {
                return Some(about("/v1/holds".into(), &[&item]).json(new));
            }
            let placed = server.by(&team.owner).post("/v1/holds").json(new).send().await.expect(201);
            let id = text_at(&placed.json(), "/id");
            let end = if operation == "hold.lift" { "/lift" } else { "" };
            about(format!("/v1/holds/{id}{end}"), &[&id])
        }
        "duty.list" => nothing("/v1/duties"),
        "duty.list.holders" => nothing("/v1/duties/holders"),
        "duty.list.conflicts" => nothing("/v1/duties/conflicts"),
        "duty.list.pairs" => nothing("/v1/duties/pairs"),
        // Two that nobody of this team holds, and not the same two as below: what the operator's own team has is not theirs.
        "duty.rule" => nothing("/v1/duties/pairs").json(json!({ "duties": ["review-access", "publish"] })),
        "duty.rule.remove" => {
            let owner = server.by(&team.owner);
            let pair = json!({ "duties": ["review-access", "make-exports"] });
            owner.post("/v1/duties/pairs").json(pair).send().await.expect(201);
            nothing("/v1/duties/pairs/review-access+make-exports")
        }
        // One that keeps no act from anybody else: what else is asked of this team goes on.
        "duty.give" | "duty.end" => {
            let worker = team.member(Class::Worker).await.member.to_string();
            let new = json!({ "member": worker, "duty": "review-access" });
            match operation {
                "duty.give" => about("/v1/duties/holders".to_owned(), &[&worker]).json(new),
                _ => {
                    let owner = server.by(&team.owner);
                    owner.post("/v1/duties/holders").json(new).send().await.expect(201);
                    about(format!("/v1/duties/holders/{worker}/review-access"), &[&worker])
                }
            }
        }
        "operator-access.list" => nothing("/v1/operator-access"),
        "operator-access.ask" => nothing("/v1/operator-access").json(to_look(server, team).await),
        operation if operation.starts_with("operator-access.") || operation == "trail.read.operator-access" => {
            let (operator, owner) = (server.by(&server.world.operator), server.by(&team.owner));
            let asked = operator.post("/v1/operator-access").json(to_look(server, team).await);
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
        "share.end" => {
            let (dataset, _) = item(team, &fresh, false).await;
            let owner = meant(team, &team.owner).await;
            let path = format!("/v1/datasets/{dataset}/shares");
            let shared = about(path.clone(), &[]).json(to_share(server)).confirmed(&server.by(&owner)).await;
            let made = shared.send(&server.by(&owner), &Method::POST).await.expect(201).json();
            let share = text_at(&made, "/share/id");
            about(format!("{path}/{share}"), &[&dataset, &share])
        }
        "item.view.text" => {
            let (_, item) = item(team, &fresh, false).await;
            about(format!("/v1/items/{item}/view/text"), &[&item])
        }
        "item.restore" | "item.delete" => {
            let (_, item) = item(team, &fresh, true).await;
            let end = if operation == "item.restore" {
                "/restore"
            } else {
                ""
            };
            about(format!("/v1/items/{item}{end}"), &[&item])
        }
        "item.archive.many" | "item.restore.many" | "item.delete.many" => {
            let verb = operation.split('.').nth(1)?;
            let (dataset, item) = item(team, &fresh, verb != "archive").await;
            let bulk = json!({ "filter": { "items": [item] }, "dry_run": false });
            about(format!("/v1/datasets/{dataset}/items/{verb}"), &[&dataset, &item]).json(bulk)
        }
        "quarantine.list" | "quarantine.release" | "quarantine.delete" => {
            let (dataset, item, version) = held(server, team, &fresh).await;
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
        | "dataset.change.kind.remove" => record(operation, server, team, &fresh).await,
        "subject.list" => nothing("/v1/subjects"),
        "subject.change.create" => nothing("/v1/subjects")
            .json(json!({ "identifiers": [{ "kind": "external", "value": fresh }] })),
        "subject.view.search" => {
            subject(server, team, &fresh).await;
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
            let (subject, identifier) = subject(server, team, &fresh).await;
            let path = format!("/v1/subjects/{subject}");
            let ground = json!({ "ground": "accuracy" });
            match operation {
                "subject.view" => about(path, &[&subject]),
                "subject.view.items" => about(format!("{path}/items"), &[&subject]),
                "subject.view.merges" => about(format!("{path}/merges"), &[&subject]),
                "subject.change.identifier.add" => about(format!("{path}/identifiers"), &[&subject])
                    .json(json!({ "kind": "handle", "value": fresh })),
                "subject.change.identifier.remove" => {
                    about(format!("{path}/identifiers/{identifier}"), &[&subject, &identifier])
                }
                "subject.restrict" => about(format!("{path}/restriction"), &[&subject]).json(ground),
                "subject.release" => {
                    let path = format!("{path}/restriction");
                    server.by(&team.owner).put(&path).json(ground).send().await.expect(200);
                    about(path, &[&subject]).because("the data is right after all")
                }
                _ => about(format!("{path}/erasure"), &[&subject]).json(json!({})),
            }
        }
        "subject.change.merge" | "subject.change.split" => {
            let (into, _) = subject(server, team, &fresh).await;
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
            let (_, item) = item(team, &fresh, false).await;
            let (subject, _) = subject(server, team, &fresh).await;
            let ask = about(format!("/v1/items/{item}/subjects"), &[&item, &subject]);
            ask.json(json!({ "subjects": [subject] }))
        }
        "subject.view.erasures" => nothing("/v1/erasures"),
        "subject.view.erasure" | "subject.erase.resume" | "subject.erase.decide" => {
            let (erasure, item) = erasure(server, team, &fresh).await;
            let path = format!("/v1/erasures/{erasure}");
            match operation {
                "subject.view.erasure" => about(path, &[&erasure]),
                "subject.erase.resume" => about(format!("{path}/resume"), &[&erasure]),
                _ => about(format!("{path}/items/{item}"), &[&erasure, &item])
                    .json(json!({ "decision": "keep", "ground": "a claim" })),
            }
        }
        "subject.change.unmark" => {
            erasure(server, team, &fresh).await;
            nothing("/v1/erasures/lift-mark").json(json!({ "kind": "external", "value": fresh }))
        }
        "task.request" => {
            let dataset = dataset_with_work(server, team, &fresh).await;
            about(format!("/v1/datasets/{dataset}/tasks"), &[&dataset])
        }
        "task.assign" => {
            let dataset = dataset_with_work(server, team, &fresh).await;
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
            let dataset = dataset_with_work(server, team, &fresh).await;
            let path = match operation {
                "task.list" => format!("/v1/tasks?dataset={dataset}"),
                "task.list.figures" => format!("/v1/figures?dataset={dataset}"),
                _ => format!("/v1/datasets/{dataset}/reviews"),
            };
            about(path, &[&dataset])
        }
        "task.review" => {
            let (task, item) = submitted(server, team, &fresh).await;
            let ask = about(format!("/v1/tasks/{task}/items/{item}/review"), &[&task, &item]);
            ask.json(json!({ "verdict": "approve" }))
        }
        "task.view"
        | "task.submit"
        | "task.submit.annotated"
        | "task.skip"
        | "task.return"
        | "task.assign.end" => {
            let dataset = dataset_with_work(server, team, &fresh).await;
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
        "trail.read" => {
            let (dataset, item) = item(team, &fresh, false).await;
            about(
                format!("/v1/trail?dataset={dataset}&item={item}"),
                &[&dataset, &item],
            )
        }
        "trail.read.one" | "receipt.read" => {
            let event = event(team, &fresh).await;
            server.world.sequence().await;
            let end = if operation == "receipt.read" {
                "/receipt"
            } else {
                ""
            };
            about(format!("/v1/trail/{event}{end}"), &[&event])
        }
        "access.read.item" | "access.read.dataset" => {
            let (dataset, item) = item(team, &fresh, false).await;
            match operation {
                "access.read.item" => about(format!("/v1/access/items/{item}"), &[&item]),
                _ => about(format!("/v1/access/datasets/{dataset}"), &[&dataset]),
            }
        }
        "access.read.member" => {
            let worker = team.member(Class::Worker).await.member.to_string();
            about(format!("/v1/access/members/{worker}"), &[&worker])
        }
        "processor.list" => nothing("/v1/processors"),
        "processor.choose" | "processor.choose.undo" | "item.process" => {
            let processor = processor(server).await;
            let path = format!("/v1/processors/{processor}/choice");
            let chosen = json!({ "choice": "chosen", "region": "nowhere" });
            if operation == "processor.choose" {
                return Some(nothing(&path).json(chosen));
            }
            server.by(&team.owner).put(&path).json(chosen).send().await.expect(200);
            if operation == "processor.choose.undo" {
                return Some(nothing(&path));
            }
            let dataset = dataset(team, &fresh).await;
            let note = team.owner.put(&dataset, "note.txt", b"words").await.unwrap();
            let note = note.item.id.to_string();
            let asked = json!({ "item": note, "prompt": "Is it?" });
            about(format!("/v1/process/{processor}"), &[&note]).json(asked)
        }
        operation if operation.starts_with("register.") => register(operation, server, team).await?,
        "access.read" => nothing("/v1/access/matrix"),
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
    let ask = |path: String, ids: &[&str]| Ask {
        path,
        body: Content::None,
        reason: None,
        seen: None,
        ids: ids.iter().map(|id| (*id).to_owned()).collect(),
    };
    let register = "/v1/registers/policies";
    Some(match operation {
        "register.read" => ask("/v1/registers".into(), &[]),
        "register.read.entries" => ask(format!("{register}/entries"), &[]),
        "register.read.csv" => ask(format!("{register}/csv"), &[]),
        "register.read.due" => ask("/v1/register-entries".into(), &[]),
        "register.write.csv" => Ask {
            body: Content::Bytes(b"title,owner\n"),
            ..ask(format!("{register}/csv?mode=what-fits"), &[])
        },
        "register.write" => ask(format!("{register}/entries"), &[]).json(policy),
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
            ask(format!("/v1/register-entries/{entry}/agreement"), &[&entry]).bytes()
        }
        _ => {
            let written = server
                .by(&admin)
                .post(&format!("{register}/entries"))
                .json(policy.clone());
            let entry = text_at(&written.send().await.expect(201).json(), "/id");
            let path = format!("/v1/register-entries/{entry}");
            match operation {
                "register.read.entry" => ask(path, &[&entry]),
                "register.read.versions" => ask(format!("{path}/versions"), &[&entry]),
                "register.write.change" => ask(format!("{path}?seen=1"), &[&entry]).json(policy),
                "register.write.end" => {
                    ask(format!("{path}/end"), &[&entry]).json(json!({ "reason": "old" }))
                }
                "register.approve" => ask(format!("{path}/approve"), &[&entry]).json(json!({ "number": 1 })),
                _ => return None,
            }
        }
    })
}

/// A request about a dataset that takes profiles, or about one of them.
async fn record(operation: &str, server: &Server, team: &Team, fresh: &str) -> Ask {
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
    let of = |path: String, id: &str| Ask {
        path,
        body: Content::None,
        reason: None,
        seen: None,
        ids: vec![id.to_owned()],
    };
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

impl Ask {
    fn json(self, body: Value) -> Self {
        Self {
            body: Content::Json(body),
            ..self
        }
    }

    fn because(self, reason: &'static str) -> Self {
        Self {
            reason: Some(reason),
            ..self
        }
    }

    fn seen(self, tag: &str) -> Self {
        Self {
            seen: Some(tag.to_owned()),
            ..self
        }
    }

    fn bytes(self) -> Self {
        Self {
            body: Content::Bytes(b"some bytes"),
            ..self
        }
    }

    /// The same with the confirmation that the warning before it gives this client, if it gives one.
    pub(crate) async fn confirmed(&self, client: &Client<'_>) -> Self {
        let Content::Json(planned) = &self.body else {
            return self.clone();
        };
        let warning = client
            .call(Method::POST, &format!("{}/warning", self.path))
            .json(planned.clone());
        let warning = warning.send().await;
        let mut body = planned.clone();
        if warning.status == 200 {
            body["confirmation"] = warning.json()["confirmation"].clone();
        }
        self.clone().json(body)
    }

    pub(crate) async fn send(&self, client: &Client<'_>, method: &Method) -> Reply {
        let call = client.call(method.clone(), &self.path);
        let call = match self.reason {
            Some(reason) => call.header("bailee-reason", reason),
            None => call,
        };
        let call = match &self.seen {
            Some(seen) => call.header("if-match", seen),
            None => call,
        };
        let call = match &self.body {
            Content::None => call.body(Body::empty()),
            Content::Json(value) => call.json(value.clone()),
            Content::Bytes(bytes) => call.bytes(bytes),
        };
        call.send().await
    }

    /// The same with the foreign id at each place whose bit is set.
    pub(crate) fn mixed(&self, foreign: &Self, mixture: u32) -> Self {
        let chosen = |place: &usize| mixture & (1 << place) != 0;
        let places: Vec<usize> = (0..self.ids.len()).filter(chosen).collect();
        let at = |ids: &[String]| places.iter().map(|place| ids[*place].clone()).collect::<Vec<_>>();
        self.with(&at(&self.ids), &at(&foreign.ids))
    }

    /// The same with other ids in place of these.
    pub(crate) fn with(&self, these: &[String], others: &[String]) -> Self {
        let swap = |text: &str| {
            these
                .iter()
                .zip(others)
                .fold(text.to_owned(), |text, (this, other)| text.replace(this, other))
        };
        let body = match &self.body {
            Content::Json(value) => Content::Json(serde_json::from_str(&swap(&value.to_string())).unwrap()),
            other => other.clone(),
        };
        Self {
            path: swap(&self.path),
            body,
            reason: self.reason,
            seen: self.seen.clone(),
            ids: self.ids.iter().map(|id| swap(id)).collect(),
        }
    }
}

/// The same person with a key whose scope names what they do.
pub(crate) async fn meant(team: &Team, person: &Person) -> Person {
    person.with_key(&team.owner.issue_key_naming(person.member, &["*"]).await)
}

fn policy() -> Value {
    json!({ "kind": "policy", "title": "Acceptable use", "version": "3" })
}

/// Something that is asked of everybody in the team. Who made it takes it away again, or nobody is let in.
async fn step(server: &Server, team: &Team, asks: Value) -> String {
    let added = server
        .by(&team.owner)
        .post("/v1/admission/steps")
        .json(asks)
        .send()
        .await;
    text_at(&added.expect(201).json(), "/id")
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

const PROVIDER: &str = "/v1/tenant/single-sign-on";

fn provider() -> Value {
    json!({
        "name": "Clinic ID", "issuer": "https://id.clinic.example", "client_id": "bailee", "client_secret": "secret",
        "domains": ["clinic.example"]
    })
}

/// Whoever is asked is a provider.
pub(crate) fn providers() -> identity::Providers {
    struct Anybody;
    #[async_trait::async_trait]
    impl identity::Fetch for Anybody {
        async fn fetch(&self, outgoing: identity::Outgoing) -> Result<Vec<u8>, identity::Unreached> {
            let issuer = outgoing.url.trim_end_matches("/.well-known/openid-configuration");
            let at = |path: &str| format!("{issuer}{path}");
            let document = json!({
                "issuer": issuer, "authorization_endpoint": at("/a"), "token_endpoint": at("/t"), "jwks_uri": at("/k")
            });
            Ok(document.to_string().into_bytes())
        }
    }
    let hosts = "id.clinic.example".parse().unwrap();
    identity::Providers::new(
        std::sync::Arc::new(Anybody),
        hosts,
        "https://bailee.example/console/oidc/callback",
    )
}

/// A worker of the team signs in, where no second factor is asked of workers.
async fn session(server: &Server, team: &Team) -> String {
    let owner = &team.owner;
    let people = &server.world.people;
    let rule = identity::Rule {
        second_factor: identity::SecondFactorFor::AllButWorkers,
        ..identity::Rule::default()
    };
    people
        .set_rule(&owner.credential, owner.request(), rule)
        .await
        .unwrap();
    let worker = team.member(Class::Worker).await;
    let invitation = people
        .make_invitation(&owner.credential, owner.request(), worker.member)
        .await
        .unwrap();
    let password = "four grey horses".into();
    match people
        .accept_invitation(owner.request(), &invitation.token, &password)
        .await
        .unwrap()
    {
        identity::SignIn::Session(signed_in) => signed_in.who.session.to_string(),
        identity::SignIn::Next(step) => panic!("a session was expected, not {step:?}"),
    }
}

async fn dataset(team: &Team, fresh: &str) -> String {
    team.owner
        .dataset(&format!("d-{fresh}"))
        .await
        .unwrap()
        .id
        .to_string()
}

/// One white pixel, as a bitmap (BMP).
const PICTURE: &[u8] = &[
    b'B', b'M', 58, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 24, 0, 0, 0,
    0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 0,
];

async fn put(team: &Team, fresh: &str, bytes: &[u8]) -> (String, ItemId) {
    let dataset = dataset(team, fresh).await;
    let item = team.owner.put(&dataset, "scan", bytes).await.unwrap().item.id;
    (dataset, item)
}

async fn item(team: &Team, fresh: &str, archived: bool) -> (String, String) {
    let (dataset, item) = put(team, fresh, b"some bytes").await;
    if archived {
        team.owner.change(item, Verb::Archive).await.unwrap();
    }
    (dataset, item.to_string())
}

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

/// A person, and the id of what they are known by.
async fn subject(server: &Server, team: &Team, known_by: &str) -> (String, String) {
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

async fn event(team: &Team, fresh: &str) -> String {
    let dataset = dataset(team, fresh).await;
    team.owner
        .put(&dataset, "scan", b"some bytes")
        .await
        .unwrap()
        .event
        .to_string()
}

fn new_request(kind: &str) -> Value {
    json!({ "kind": kind, "channel": "staff", "contact": "anna@person.example", "words": "What do you keep?" })
}

/// A request of a person, as far as the operation wants it to be.
async fn request_sample(operation: &str, server: &Server, team: &Team) -> Option<Ask> {
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
    let about = |path: String| Ask {
        path,
        body: Content::None,
        reason: None,
        seen: None,
        ids: vec![id.clone()],
    };
    let checked = json!({ "proof": "staff-check", "note": "called back" });
    Some(match operation {
        "request.view" => about(path),
        "request.identify.ask" => about(identity).json(json!({ "proof": "mail-code" })),
        "request.identify.code" => {
            let asked = owner
                .post(&identity)
                .json(json!({ "proof": "mail-code" }))
                .send()
                .await
                .expect(200);
            about(format!("{identity}/code")).json(json!({ "code": text_at(&asked.json(), "/code") }))
        }
        "request.identify" => about(format!("{identity}/proof")).json(checked),
        "request.identify.document" | "request.identify.see" | "request.identify.reject" => {
            owner
                .post(&identity)
                .json(json!({ "proof": "document" }))
                .send()
                .await
                .expect(200);
            let document = format!("{identity}/document");
            if operation == "request.identify.document" {
                return Some(about(document).bytes());
            }
            owner.put(&document).bytes(b"a passport").send().await.expect(200);
            match operation {
                "request.identify.see" => about(document),
                _ => about(format!("{document}/rejection")).json(json!({ "note": "cannot be read" })),
            }
        }
        "request.draft" => about(format!("{path}/draft")).json(json!({ "text": "This is all." })),
        "request.withdraw" => about(format!("{path}/withdrawal")).json(json!({ "note": "called" })),
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
                "request.decide" => about(decision).json(grant),
                "request.decide.extend" => {
                    let more = json!({ "reasons": "three archives", "told_by": "mail" });
                    about(format!("{path}/extension")).json(more)
                }
                _ => {
                    owner.put(&decision).json(grant).send().await.expect(200);
                    about(format!("{path}/answer")).json(json!({ "text": "This is all." }))
                }
            }
        }
        _ => return None,
    })
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
    let about = |path: String| Ask {
        path,
        body: Content::None,
        reason: None,
        seen: None,
        ids: vec![id.clone()],
    };
    Some(match operation {
        "purpose.list.one" => about(path),
        "purpose.list.notice" => about(format!("{path}/notices/1")),
        "purpose.change.end" => about(format!("{path}/end")),
        "purpose.change.notice" => about(format!("{path}/notice")).json(notice),
        "purpose.use" => {
            about(format!("{path}/uses")).json(json!({ "person": ANNA, "how": "the letter of March" }))
        }
        "consent.record" => about("/v1/consents".into()).json(agrees),
        "consent.view" => about("/v1/consents/search".into()).json(json!({ "purpose": id, "person": ANNA })),
        _ => return None,
    })
}

/// A request for access by somebody who is known and has proved it, with a package on offer.
async fn package_sample(operation: &str, server: &Server, team: &Team, fresh: &str) -> Ask {
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
    let ask = Ask {
        path: package.clone(),
        body: Content::None,
        reason: None,
        seen: None,
        ids: vec![id],
    };
    if operation == "request.package" {
        return ask.json(json!({ "days": 7 }));
    }
    owner.put(&package).json(json!({})).send().await.expect(200);
    ask
}
