//! Requests about people: who they are, how they sign in, what is asked of them.

use access::Class;
use kernel::Clock as _;
use serde_json::{Value, json};
use testkit::Team;

use super::ask::{Ask, about, nothing};
use super::things::dataset;
use crate::common::{Server, text_at};

pub(super) async fn sample(operation: &str, server: &Server, team: &Team, fresh: &str) -> Option<Ask> {
    Some(match operation {
        "tenant.view.sign-in" => nothing("/v1/tenant/sign-in"),
        "tenant.change.sign-in" => nothing("/v1/tenant/sign-in").json(json!({
            "password_floor": "nist", "second_factor": "all-but-workers", "idle_minutes": 15, "absolute_hours": 8
        })),
        "tenant.change.trust-page" => nothing(TRUST_PAGE).json(trust_page()),
        "tenant.view.trust-page" | "tenant.change.trust-page.withdraw" => {
            let set = server.by(&team.owner).put(TRUST_PAGE).json(trust_page());
            set.send().await.expect(200);
            nothing(TRUST_PAGE)
        }
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
                dataset(team, fresh).await,
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
        _ => return None,
    })
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

const TRUST_PAGE: &str = "/v1/tenant/trust-page";

fn trust_page() -> Value {
    json!({ "name": "A company", "profile": "crm" })
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
