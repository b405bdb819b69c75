//! Signing in at a team's own provider.

use std::sync::Arc;

use access::Class;
use identity::{Error, NewOidc, OidcBegun, OidcReturn, Result, SignedIn};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value as Json, json};
use testkit::custody::member::NewMember;
use testkit::custody::trail::TrailFilter;
use testkit::custody::{Credential, People};
use testkit::{Authenticator, Person};

use crate::passkeys;
use crate::provider::{Outside, Provider, ada, providers};
use crate::site::*;

/// A team with a provider.
struct Clinic {
    site: Site,
    people: People,
    provider: Arc<Provider>,
}

impl Clinic {
    async fn on(db: engines::TestDb) -> Self {
        Self::with(db, |new| new).await
    }

    async fn with(db: engines::TestDb, change: impl FnOnce(NewOidc) -> NewOidc) -> Self {
        let site = Site::of_passwords(db).await;
        let provider = Provider::new(&site.world.clock);
        let people = site.world.people.clone();
        let people = people.with_providers(providers(Outside(vec![Arc::clone(&provider)])));
        let clinic = Self {
            site,
            people,
            provider,
        };
        clinic.set(change(clinic.provider.described())).await.unwrap();
        clinic
    }

    async fn set(&self, new: NewOidc) -> Result<identity::Oidc> {
        self.set_by(&self.site.team.owner, new).await
    }

    async fn set_by(&self, person: &Person, new: NewOidc) -> Result<identity::Oidc> {
        self.people
            .set_oidc(&person.credential, self.site.request(), new)
            .await
    }

    async fn begin(&self) -> OidcBegun {
        self.people
            .begin_oidc(self.site.request(), "clinic")
            .await
            .unwrap()
    }

    async fn finish(&self, back: OidcReturn, browser: &SecretString) -> Result<SignedIn> {
        self.people
            .finish_oidc(self.site.request(), back, Some(browser))
            .await
    }

    /// All the way, as this person at the provider.
    async fn sign_in(&self, person: Json) -> Result<SignedIn> {
        let begun = self.begin().await;
        let back = self.provider.sends_back(&begun.url, person);
        self.finish(back, &begun.browser).await
    }

    fn credential(&self, signed_in: &SignedIn) -> Credential {
        self.people.credential(signed_in.cookie.expose_secret()).unwrap()
    }
}

/// Somebody else at the provider.
fn person(sub: &str, email: &str) -> Json {
    json!({ "sub": sub, "email": email, "email_verified": true, "name": "Somebody" })
}

engines::on_both! {
    async fn somebody_new_becomes_a_member_of_the_lowest_class(db: TestDb) {
        let clinic = Clinic::on(db).await;
        let first = clinic.sign_in(ada()).await.unwrap();
        assert_eq!(first.who.class, Class::Worker);
        let owner = &clinic.site.team.owner;
        let made = clinic.site.world.custody.member(&owner.credential, owner.request(), first.who.member).await.unwrap();
        assert_eq!((made.name.as_str(), made.email.as_str()), ("Ada", "ada@clinic.example"));
        let again = clinic.sign_in(person("u1", "ada.new@clinic.example")).await.unwrap();
        assert_eq!(again.who.member, first.who.member, "known by what the provider calls her, whatever her address");
        let shown = clinic.people.sign_ins(&clinic.credential(&again), clinic.site.request(), None).await.unwrap();
        assert_eq!(shown[0].proven.as_deref().unwrap(), ["single-sign-on"]);
        let filter = TrailFilter { action: Some("member.invite".into()), ..TrailFilter::default() };
        let events = owner.trail(filter).await.unwrap();
        assert_eq!((events.len(), &events[0].event["actor"]["kind"], &events[0].event["details"]["by"]), (1, &json!("system"), &json!("single-sign-on")));
    }

    async fn a_member_is_known_by_address_the_first_time_alone(db: TestDb) {
        let clinic = Clinic::with(db, |new| NewOidc { just_in_time: false, ..new }).await;
        let email = "ada@clinic.example";
        let new = NewMember { name: "Ada".into(), email: email.into(), class: Class::User };
        let owner = &clinic.site.team.owner;
        let custody = &clinic.site.world.custody;
        let user = custody.invite_member(&owner.credential, owner.request(), new, None).await.unwrap().id;
        *clinic.provider.thin.lock().unwrap() = true;
        let done = clinic.sign_in(person("u1", "Ada@Clinic.example")).await.unwrap();
        assert_eq!((done.who.member, done.who.class), (user, Class::User));
        assert!(is_not_proven(&clinic.sign_in(person("u2", email)).await), "the address may be somebody else's now");
        assert!(is_not_proven(&clinic.sign_in(person("u3", "nobody@clinic.example")).await));
        custody.disable_member(&owner.credential, owner.request(), user).await.unwrap();
        assert!(is_not_proven(&clinic.sign_in(person("u1", email)).await));
        assert_eq!(clinic.site.refusals().await, ["known-as-somebody-else", "unknown-person", "member-disabled"]);
    }

    async fn addresses_of_other_domains_and_unverified_ones_are_refused(db: TestDb) {
        let clinic = Clinic::on(db).await;
        for email in ["ada@lab.example", "ada@clinic.example.evil", "ada@evil.clinic.example", "ada@evil@clinic.example", "clinic.example"] {
            assert!(is_not_proven(&clinic.sign_in(person("u9", email)).await), "{email}");
        }
        let mut unverified = ada();
        unverified["email_verified"] = json!(false);
        assert!(is_not_proven(&clinic.sign_in(unverified).await));
        assert!(is_not_proven(&clinic.sign_in(json!({ "sub": "u1" })).await));
        let reasons = ["other-domain", "other-domain", "other-domain", "no-email", "no-email", "email-not-verified", "email-not-verified"];
        assert_eq!(clinic.site.refusals().await, reasons);
    }

    async fn a_way_is_good_once_for_ten_minutes_and_one_browser(db: TestDb) {
        let clinic = Clinic::on(db).await;
        let (begun, other) = (clinic.begin().await, clinic.begin().await);
        let back = clinic.provider.sends_back(&begun.url, ada());
        assert!(is_not_proven(&clinic.finish(back.clone(), &other.browser).await), "another browser");
        clinic.finish(back.clone(), &begun.browser).await.unwrap();
        assert!(is_not_proven(&clinic.finish(back, &begun.browser).await), "a second time");
        clinic.site.advance(10 * 60);
        let late = clinic.provider.sends_back(&other.url, ada());
        assert!(is_not_proven(&clinic.finish(late, &other.browser).await), "too late");
        let forged = OidcReturn { state: Some("A".repeat(43)), ..OidcReturn::default() };
        assert!(is_not_proven(&clinic.finish(forged.clone(), &other.browser).await));
        let nobody = clinic.people.finish_oidc(clinic.site.request(), forged, None).await;
        assert!(matches!(nobody, Err(Error::StepOver)));
        assert_eq!(clinic.site.refusals().await, ["other-browser", "state-used", "state-expired", "unknown-state"]);
        clinic.site.advance(60 * 60);
        assert!(clinic.people.sweep().await.unwrap() > 0);
        let back = clinic.provider.sends_back(&other.url, ada());
        assert!(matches!(clinic.finish(back, &other.browser).await, Err(Error::StepOver)), "forgotten by then");
    }

    async fn what_another_team_s_provider_says_is_worth_nothing_here(db: TestDb) {
        let clinic = Clinic::on(db).await;
        let lab = clinic.site.world.team("lab").await;
        let theirs = Provider::called("https://id.lab.example", &clinic.site.world.clock);
        let outside = Outside(vec![Arc::clone(&clinic.provider), Arc::clone(&theirs)]);
        let people = clinic.site.world.people.clone().with_providers(providers(outside));
        people.set_oidc(&lab.owner.credential, clinic.site.request(), theirs.described()).await.unwrap();
        let (ours, lab_way) = (clinic.begin().await, people.begin_oidc(clinic.site.request(), "lab").await.unwrap());
        // Their state in a browser that is on the way to us, and our state with their answer.
        let their_answer = theirs.sends_back(&lab_way.url, ada());
        assert!(is_not_proven(&people.finish_oidc(clinic.site.request(), their_answer.clone(), Some(&ours.browser)).await));
        let our_answer = clinic.provider.sends_back(&ours.url, ada());
        let mixed = OidcReturn { state: our_answer.state.clone(), ..their_answer };
        assert!(is_not_proven(&people.finish_oidc(clinic.site.request(), mixed, Some(&ours.browser)).await));
        assert_eq!(clinic.site.refusals().await, ["other-issuer"]);
        let filter = TrailFilter { outcome: Some("refused".into()), ..TrailFilter::default() };
        let told = lab.owner.trail(filter).await.unwrap();
        assert_eq!(told[0].event["details"]["reasons"], json!(["other-browser"]));
        assert_eq!(people.begin_oidc(clinic.site.request(), "nobody").await.unwrap_err().to_string(), Error::NotProven.to_string());
    }

    async fn a_token_that_was_not_made_for_this_very_way_is_refused(db: TestDb) {
        let clinic = Clinic::on(db).await;
        let now = clinic.site.world.custody.desk().clock.now().as_seconds();
        let lies = [
            (json!({ "iss": "https://id.lab.example" }), "issuer"), (json!({ "aud": "another" }), "audience"),
            (json!({ "exp": now - 61 }), "token-expired"), (json!({ "nonce": "another" }), "nonce"),
            (json!({ "nonce": null }), "nonce"), (json!({ "auth_time": now - 13 * 3_600 }), "not-proven-recently"),
        ];
        for (lie, _) in &lies {
            *clinic.provider.lie.lock().unwrap() = lie.clone();
            assert!(is_not_proven(&clinic.sign_in(ada()).await), "{lie}");
        }
        *clinic.provider.lie.lock().unwrap() = json!({});
        let begun = clinic.begin().await;
        let stolen = clinic.begin().await;
        let code = clinic.provider.sends_back(&stolen.url, ada()).code;
        let back = OidcReturn { code, ..clinic.provider.sends_back(&begun.url, ada()) };
        assert!(is_not_proven(&clinic.finish(back, &begun.browser).await), "a code of another browser");
        let begun = clinic.begin().await;
        let back = OidcReturn { iss: None, ..clinic.provider.sends_back(&begun.url, ada()) };
        assert!(is_not_proven(&clinic.finish(back, &begun.browser).await), "the provider says that it always names itself");
        let begun = clinic.begin().await;
        let back = OidcReturn { error: Some("access_denied".into()), ..clinic.provider.sends_back(&begun.url, ada()) };
        assert!(is_not_proven(&clinic.finish(back, &begun.browser).await));
        let reasons: Vec<_> = lies.iter().map(|(_, reason)| *reason).chain(["code-refused", "no-issuer", "provider-refused"]).collect();
        assert_eq!(clinic.site.refusals().await, reasons);
        clinic.sign_in(ada()).await.unwrap();
    }

    async fn an_enforced_provider_is_the_only_way_in_but_for_one_owner(db: TestDb) {
        let clinic = Clinic::on(db).await;
        let site = &clinic.site;
        let (user, at) = site.member(Class::User).await;
        let mut telephone = Authenticator::new(1);
        passkeys::add(site, &at, &mut telephone).await.unwrap();
        let owner = site.team.owner.member;
        let enforced = |break_glass| NewOidc { enforced: true, break_glass, ..clinic.provider.described() };
        for nobody in [None, Some(owner), Some(user.member)] {
            assert!(matches!(clinic.set(enforced(nobody)).await, Err(Error::Invalid { field: "break_glass", .. })), "{nobody:?}");
        }
        site.let_in(owner).await;
        clinic.set(enforced(Some(owner))).await.unwrap();
        let email = site.email(&user).await;
        assert!(is_not_proven(&site.try_password(&email, PASSWORD).await));
        let offer = clinic.people.begin_passkey(site.request(), "clinic").await.unwrap();
        assert!(is_not_proven(&clinic.people.sign_in_by_passkey(site.request(), telephone.answer(&offer)).await));
        assert!(matches!(site.invite(&site.team.owner, user.member).await, Err(Error::Conflict(_))));
        assert_eq!(site.refusals().await, ["single-sign-on-only", "single-sign-on-only"]);
        assert_eq!(site.alarms().await, 0);
        site.sign_in(&site.email(&site.team.owner).await).await;
        assert_eq!(site.alarms().await, 1, "that somebody came in round the provider is an alarm");
        clinic.sign_in(ada()).await.unwrap();
        assert_eq!(site.alarms().await, 1);
        assert!(clinic.people.remove_oidc(&site.team.owner.credential, site.request()).await.unwrap());
        to_code(site.try_password(&email, PASSWORD).await.unwrap());
        assert!(clinic.people.begin_oidc(site.request(), "clinic").await.is_err());
    }

    async fn whoever_is_let_in_by_password_alone_is_stopped_half_way(db: TestDb) {
        let clinic = Clinic::on(db).await;
        let site = &clinic.site;
        let (user, at) = site.member(Class::User).await;
        let mut stick = Authenticator::new(1);
        passkeys::add(site, &at, &mut stick).await.unwrap();
        let ticket = to_code(site.try_password(&site.email(&user).await, PASSWORD).await.unwrap());
        let invitation = site.invite(&site.team.owner, user.member).await.unwrap();
        let offer = clinic.people.begin_passkey_step(site.request(), &ticket).await.unwrap();
        site.let_in(site.team.owner.member).await;
        let break_glass = Some(site.team.owner.member);
        clinic.set(NewOidc { enforced: true, break_glass, ..clinic.provider.described() }).await.unwrap();
        let proof = identity::Proof::Passkey(stick.answer(&offer));
        assert!(is_not_proven(&clinic.people.second_factor(site.request(), &ticket, proof).await));
        assert!(is_not_proven(&clinic.people.accept_invitation(site.request(), &invitation.token, &PASSWORD.into()).await));
        assert_eq!(site.refusals().await, ["single-sign-on-only", "single-sign-on-only"]);
    }

    async fn only_who_may_make_owners_names_the_provider_and_only_hosts_of_the_operator_s(db: TestDb) {
        let clinic = Clinic::on(db).await;
        let admin = clinic.site.team.member(Class::Admin).await;
        assert!(matches!(clinic.set_by(&admin, clinic.provider.described()).await, Err(Error::Forbidden { .. })));
        let user = clinic.site.team.member(Class::User).await;
        let asked = clinic.provider.asked.lock().unwrap().len();
        assert!(clinic.set_by(&user, clinic.provider.described()).await.is_err());
        assert_eq!(clinic.provider.asked.lock().unwrap().len(), asked, "nobody was asked for them");
        for issuer in ["https://169.254.169.254", "http://id.clinic.example", "https://id.clinic.example@evil.example", "https://id.clinic.example:8443", "https://id.clinic.example?x", "file:///etc", ""] {
            let refused = clinic.set(NewOidc { issuer: issuer.into(), ..clinic.provider.described() }).await;
            assert!(matches!(refused, Err(Error::Invalid { field: "issuer", .. })), "{issuer}: {refused:?}");
        }
        let unknown = NewOidc { issuer: "https://id.lab.example".into(), ..clinic.provider.described() };
        assert!(matches!(clinic.set(unknown).await, Err(Error::Invalid { field: "issuer", .. })), "it does not answer");
        for class in [Class::Owner, Class::Admin, Class::Operator] {
            assert!(matches!(clinic.set(NewOidc { class, ..clinic.provider.described() }).await, Err(Error::Invalid { field: "class", .. })));
        }
        let kept = clinic.set(NewOidc { client_secret: None, ..clinic.provider.described() }).await.unwrap();
        assert_eq!(kept.domains, ["clinic.example"]);
        clinic.sign_in(ada()).await.unwrap();
        let shown = clinic.people.oidc(&admin.credential, clinic.site.request()).await.unwrap();
        assert_eq!(shown, Some(kept.clone()));
        assert!(!serde_json::to_string(&kept).unwrap().contains("secret"));
    }

    async fn a_fresh_proof_is_taken_at_the_provider(db: TestDb) {
        let clinic = Clinic::on(db).await;
        let signed_in = clinic.sign_in(ada()).await.unwrap();
        clinic.site.advance(11 * 60);
        let credential = clinic.credential(&signed_in);
        assert!(matches!(clinic.people.begin_totp(&credential, clinic.site.request()).await, Err(Error::Forbidden { .. })));
        let begun = clinic.people.begin_oidc_proof(&credential, clinic.site.request()).await.unwrap();
        assert!(begun.url.contains("prompt=login") && begun.url.contains("max_age=0"), "{}", begun.url);
        let other = clinic.provider.sends_back(&begun.url, person("u2", "bob@clinic.example"));
        assert!(is_not_proven(&clinic.finish(other, &begun.browser).await), "somebody else at the same screen");
        let begun = clinic.people.begin_oidc_proof(&credential, clinic.site.request()).await.unwrap();
        *clinic.provider.lie.lock().unwrap() = json!({ "auth_time": null });
        let back = clinic.provider.sends_back(&begun.url, ada());
        assert!(is_not_proven(&clinic.finish(back, &begun.browser).await), "it does not say when");
        *clinic.provider.lie.lock().unwrap() = json!({});
        let begun = clinic.people.begin_oidc_proof(&credential, clinic.site.request()).await.unwrap();
        let proven = clinic.finish(clinic.provider.sends_back(&begun.url, ada()), &begun.browser).await.unwrap();
        assert_eq!(proven.who.session, signed_in.who.session);
        clinic.people.begin_totp(&clinic.credential(&proven), clinic.site.request()).await.unwrap();
        let old = clinic.people.begin_totp(&credential, clinic.site.request()).await;
        assert!(matches!(old, Err(Error::SignedOut)), "the secret from before is good no more");
    }
}
