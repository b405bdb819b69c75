//! Staff of the installation: a door of their own, always with a second factor, and ids of their own in the trail.

use access::Class;
use identity::{Activity, Error, Proof, SignIn};
use kernel::{Actor, PageRequest};
use secrecy::{ExposeSecret, SecretString};
use testkit::custody::trail::TrailFilter;
use testkit::custody::{Credential, Error as CustodyError};
use testkit::{Authenticator, OnStaff, Person, STAFF_PASSWORD};

use crate::site::*;

const SAM: &str = "sam@operator.example";
const SUE: &str = "sue@operator.example";

impl Site {
    /// Tries the password of staff at their door.
    async fn try_staff(&self, email: &str, password: &str) -> identity::Result<SignIn> {
        let attempt = identity::Attempt {
            tenant: String::new(),
            email: email.into(),
            password: password.into(),
            browser: None,
        };
        self.world.staff.sign_in(self.request(), attempt).await
    }

    /// Takes the second factor at the door of the staff.
    async fn staff_second(
        &self,
        ticket: &SecretString,
        proof: Proof,
    ) -> identity::Result<identity::SignedIn> {
        self.world
            .staff
            .second_factor(self.request(), ticket, proof)
            .await
    }

    async fn staff_session(
        &self,
        cookie: &SecretString,
        activity: Activity,
    ) -> identity::Result<identity::Who> {
        self.world
            .staff
            .session(cookie.expose_secret(), self.request(), activity)
            .await
    }

    async fn lists_tenants(&self, person: &Person) -> testkit::custody::Result<usize> {
        let page = PageRequest::first(100);
        let listed = self
            .world
            .custody
            .list_tenants(&person.credential, person.request(), page);
        Ok(listed.await?.items.len())
    }

    async fn disable_staff(
        &self,
        by: &Person,
        of: &Person,
    ) -> testkit::custody::Result<testkit::custody::staff::Staff> {
        self.world
            .custody
            .disable_staff(&by.credential, by.request(), of.member)
            .await
    }

    /// Actions of this member in the operator's trail, newest first, with the actor of each.
    async fn acts_of(&self, person: &Person) -> Vec<(String, serde_json::Value)> {
        let of_member = TrailFilter {
            member: Some(person.member),
            ..TrailFilter::default()
        };
        let entries = self.world.operator.trail(of_member).await.unwrap();
        let act = |event: &serde_json::Value| {
            (
                event["action"].as_str().unwrap().to_owned(),
                event["actor"].clone(),
            )
        };
        entries.iter().map(|entry| act(&entry.event)).collect()
    }

    /// Causes of refusals in the operator's trail, oldest first.
    async fn refusals_of_staff(&self) -> Vec<String> {
        let filter = TrailFilter {
            outcome: Some("refused".into()),
            ..TrailFilter::default()
        };
        let entries = self.world.operator.trail(filter).await.unwrap();
        let reason =
            |event: &serde_json::Value| event["details"]["reasons"][0].as_str().unwrap_or("?").to_owned();
        entries.iter().rev().map(|entry| reason(&entry.event)).collect()
    }
}

/// The session's person with what a fresh proof gives.
async fn proven(site: &Site, sam: &OnStaff) -> Person {
    let code = Proof::Code(site.world.app_code(&sam.app));
    let staff = &site.world.staff;
    let again = staff
        .prove(sam.cookie.expose_secret(), site.request(), code)
        .await
        .unwrap();
    sam.person
        .with_key(&staff.credential(again.cookie.expose_secret()).unwrap())
}

engines::on_both! {
    async fn there_is_no_session_before_a_password_and_a_second_factor(db: TestDb) {
        let site = Site::on(db).await;
        let invited = site.world.invite_staff(SAM).await.unwrap();
        assert!(!invited.staff.signs_in && invited.staff.invited_until == Some(invited.ends_at));
        let staff = &site.world.staff;
        for refused in ["sh0rt", "password", "operator"] {
            let refused = staff.accept_invitation(site.request(), &invited.token, &refused.into()).await;
            assert!(matches!(refused, Err(Error::Invalid { field: "password", .. })));
        }
        let accepted = staff.accept_invitation(site.request(), &invited.token, &STAFF_PASSWORD.into()).await;
        let (ticket, app) = to_enrol(accepted.unwrap());
        to_enrol(site.try_staff(SAM, STAFF_PASSWORD).await.unwrap());
        let done = staff.enrol(site.request(), &ticket, &site.code(&app)).await.unwrap();
        assert_eq!((done.signed_in.who.class, done.signed_in.who.member), (Class::Operator, invited.staff.id));
        let again = staff.accept_invitation(site.request(), &invited.token, &STAFF_PASSWORD.into()).await;
        assert!(matches!(again, Err(Error::NotInvited)));
        let twice = site.world.invite_staff(SAM).await;
        assert!(matches!(twice, Err(CustodyError::Conflict(_))), "who signs in is invited no more: {twice:?}");
    }

    async fn neither_factor_is_enough_by_itself(db: TestDb) {
        let site = Site::on(db).await;
        let sam = site.world.on_staff(SAM).await;
        let (staff, credential) = (&site.world.staff, &sam.person.credential);
        let mut telephone = Authenticator::new(1);
        let offer = staff.begin_adding_passkey(credential, site.request()).await.unwrap();
        let made = telephone.make(&offer);
        staff.add_passkey(credential, site.request(), &offer.ticket, made, "a telephone").await.unwrap();
        let offer = staff.begin_passkey(site.request(), "operator").await.unwrap();
        let alone = staff.sign_in_by_passkey(site.request(), telephone.answer(&offer)).await;
        assert!(is_not_proven(&alone), "a passkey alone is one step");
        site.advance(60);
        let ticket = to_code(site.try_staff(SAM, STAFF_PASSWORD).await.unwrap());
        assert!(is_not_proven(&site.staff_second(&ticket, Proof::Password(STAFF_PASSWORD.into())).await));
        let offer = staff.begin_passkey_step(site.request(), &ticket).await.unwrap();
        site.staff_second(&ticket, Proof::Passkey(telephone.answer(&offer))).await.unwrap();
        let printed = || Proof::RecoveryCode(sam.recovery_codes[0].clone());
        let ticket = to_code(site.try_staff(SAM, STAFF_PASSWORD).await.unwrap());
        site.staff_second(&ticket, printed()).await.unwrap();
        let ticket = to_code(site.try_staff(SAM, STAFF_PASSWORD).await.unwrap());
        assert!(is_not_proven(&site.staff_second(&ticket, printed()).await), "a printed code is good once");
        assert_eq!(site.refusals_of_staff().await, ["no-second-factor", "wrong-code", "wrong-code"]);
        let passkeys = staff.passkeys(credential, site.request()).await.unwrap();
        staff.remove_passkey(&proven(&site, &sam).await.credential, site.request(), &passkeys[0].id).await.unwrap();
    }

    async fn the_last_second_factor_stays(db: TestDb) {
        let site = Site::on(db).await;
        let sam = site.world.on_staff(SAM).await;
        let removed = site.world.staff.remove_totp(&sam.person.credential, site.request()).await;
        assert!(matches!(removed, Err(Error::Conflict(_))));
        let factors = site.world.staff.factors(&sam.person.credential, site.request()).await.unwrap();
        assert!(factors.totp && factors.second_factor_needed);
    }

    async fn what_one_door_gives_is_nothing_at_the_other(db: TestDb) {
        let site = Site::of_passwords(db).await;
        let sam = site.world.on_staff(SAM).await;
        let (people, staff) = (&site.world.people, &site.world.staff);
        let (person, at) = site.member(Class::Owner).await;
        let attempt = |email: &str, password: &str| identity::Attempt {
            tenant: "operator".into(), email: email.into(), password: password.into(), browser: None,
        };
        assert!(is_not_proven(&people.sign_in(site.request(), attempt(SAM, STAFF_PASSWORD)).await));
        assert!(is_not_proven(&staff.sign_in(site.request(), attempt(&site.email(&person).await, PASSWORD)).await));
        // Tickets, invitations and offers.
        site.advance(60);
        let ticket = to_code(site.try_staff(SAM, STAFF_PASSWORD).await.unwrap());
        let code = || Proof::Code(site.code(&sam.app));
        assert!(matches!(people.second_factor(site.request(), &ticket, code()).await, Err(Error::StepOver)));
        assert!(matches!(people.begin_passkey_step(site.request(), &ticket).await, Err(Error::StepOver)));
        site.staff_second(&ticket, code()).await.unwrap();
        let to_staff = site.world.invite_staff(SUE).await.unwrap().token;
        assert!(matches!(people.invitation(site.request(), &to_staff).await, Err(Error::NotInvited)));
        let to_team = site.invite(&site.team.owner, person.member).await.unwrap().token;
        let accepted = staff.accept_invitation(site.request(), &to_team, &PASSWORD.into()).await;
        assert!(matches!(accepted, Err(Error::NotInvited)));
        // Sessions, as they are and as the other door would write them.
        let (of_staff, of_member) = (sam.cookie.expose_secret(), at.cookie.expose_secret());
        let bare = of_staff.strip_prefix("staff.").unwrap();
        for cookie in [of_staff, bare] {
            assert!(matches!(people.session(cookie, site.request(), Activity::Person).await, Err(Error::SignedOut)));
        }
        let dressed = format!("staff.{of_member}");
        for cookie in [of_member, dressed.as_str()] {
            assert!(matches!(staff.session(cookie, site.request(), Activity::Person).await, Err(Error::SignedOut)));
        }
        for (cookie, whose) in [(bare, &sam.person), (dressed.as_str(), &person)] {
            let forged = Credential::session(&identity::SessionToken::parse(cookie).unwrap());
            let own = site.world.custody.member(&forged, site.request(), whose.member).await;
            assert!(matches!(own, Err(CustodyError::Unauthenticated)));
        }
        assert!(staff.session(of_staff, site.request(), Activity::Person).await.is_ok());
        assert!(people.session(of_member, site.request(), Activity::Person).await.is_ok());
    }

    async fn every_act_stands_under_the_id_of_who_did_it(db: TestDb) {
        let site = Site::on(db).await;
        let (sam, sue) = (site.world.on_staff(SAM).await, site.world.on_staff(SUE).await);
        assert_eq!(site.lists_tenants(&sam.person).await.unwrap(), 2);
        site.disable_staff(&sue.person, &sam.person).await.unwrap();
        let of = |person: &Person| Actor::Operator { key: person.credential.key, member: person.member, access: None };
        let actor = |person: &Person| serde_json::to_value(of(person)).unwrap();
        let acts = site.acts_of(&sam.person).await;
        assert_eq!(acts[0], ("tenant.list".to_owned(), actor(&sam.person)));
        assert!(acts.iter().any(|(action, actor)| action == "session.begin" && actor["kind"] == "person"));
        assert_eq!(site.acts_of(&sue.person).await[0], ("staff.disable".to_owned(), actor(&sue.person)));
        let by_key = site.acts_of(&site.world.operator).await;
        assert!(by_key.contains(&("staff.invite".to_owned(), actor(&site.world.operator))), "{by_key:?}");
    }

    async fn sessions_of_staff_end_by_idleness_and_in_any_case(db: TestDb) {
        let site = Site::on(db).await;
        let sam = site.world.on_staff(SAM).await;
        site.advance(29 * 60 + 30);
        let who = site.staff_session(&sam.cookie, Activity::Person).await.unwrap();
        assert_eq!((who.slug.as_str(), who.idle_at.as_seconds() - who.warn_at.as_seconds()), ("operator", 120));
        site.advance(29 * 60 + 30);
        site.staff_session(&sam.cookie, Activity::Background).await.unwrap();
        site.advance(31);
        assert!(matches!(site.staff_session(&sam.cookie, Activity::Person).await, Err(Error::SignedOut)));
        assert!(matches!(site.lists_tenants(&sam.person).await, Err(CustodyError::Unauthenticated)));
        let sue = site.world.on_staff(SUE).await;
        for _ in 0..35 {
            site.advance(20 * 60);
            site.staff_session(&sue.cookie, Activity::Person).await.unwrap();
        }
        site.advance(20 * 60 + 1);
        assert!(matches!(site.staff_session(&sue.cookie, Activity::Person).await, Err(Error::SignedOut)));
    }

    async fn who_is_shut_out_has_nothing_left_and_comes_back_by_a_new_invitation_alone(db: TestDb) {
        let site = Site::on(db).await;
        let (sam, sue) = (site.world.on_staff(SAM).await, site.world.on_staff(SUE).await);
        assert!(matches!(site.disable_staff(&sam.person, &sam.person).await, Err(CustodyError::Forbidden { reasons, .. }) if reasons[0] == "limit.own-staff"));
        site.disable_staff(&sue.person, &site.world.operator).await.unwrap();
        assert!(matches!(site.lists_tenants(&site.world.operator).await, Err(CustodyError::Unauthenticated)), "a key ends as well");
        let shut_out = site.disable_staff(&sue.person, &sam.person).await.unwrap();
        assert!(!shut_out.signs_in && site.disable_staff(&sue.person, &sam.person).await.unwrap() == shut_out);
        assert!(matches!(site.lists_tenants(&sam.person).await, Err(CustodyError::Unauthenticated)));
        assert!(is_not_proven(&site.try_staff(SAM, STAFF_PASSWORD).await));
        let new = testkit::custody::staff::NewStaff { name: "Sam".into(), email: SAM.into() };
        let invited = site.world.custody.invite_staff(&sue.person.credential, site.request(), new).await.unwrap();
        assert_eq!(invited.staff.id, sam.person.member);
        assert!(is_not_proven(&site.try_staff(SAM, STAFF_PASSWORD).await), "what they had is forgotten");
        let accepted = site.world.staff.accept_invitation(site.request(), &invited.token, &"nine other lighthouses".into()).await;
        let (ticket, app) = to_enrol(accepted.unwrap());
        site.world.staff.enrol(site.request(), &ticket, &site.code(&app)).await.unwrap();
        assert!(matches!(site.lists_tenants(&sam.person).await, Err(CustodyError::Unauthenticated)), "the session before stays ended");
        let ticket = to_code(site.try_staff(SAM, "nine other lighthouses").await.unwrap());
        assert!(is_not_proven(&site.staff_second(&ticket, Proof::RecoveryCode(sam.recovery_codes[0].clone())).await));
    }

    async fn what_cannot_be_taken_back_asks_staff_for_a_fresh_proof(db: TestDb) {
        let site = Site::on(db).await;
        let (sam, sue) = (site.world.on_staff(SAM).await, site.world.on_staff(SUE).await);
        site.advance(11 * 60);
        let new = || testkit::custody::staff::NewStaff { name: "Ann".into(), email: "ann@operator.example".into() };
        let custody = &site.world.custody;
        let stale = custody.invite_staff(&sam.person.credential, site.request(), new()).await;
        assert!(matches!(stale, Err(CustodyError::Forbidden { reasons, .. }) if reasons == ["limit.step-up"]));
        let stale = site.disable_staff(&sam.person, &sue.person).await;
        assert!(matches!(stale, Err(CustodyError::Forbidden { reasons, .. }) if reasons == ["limit.step-up"]));
        assert_eq!(site.lists_tenants(&sam.person).await.unwrap(), 2);
        let by_password = site.world.staff.prove(sam.cookie.expose_secret(), site.request(), Proof::Password(STAFF_PASSWORD.into())).await;
        assert!(is_not_proven(&by_password));
        let sam = proven(&site, &sam).await;
        custody.invite_staff(&sam.credential, site.request(), new()).await.unwrap();
        site.disable_staff(&sam, &sue.person).await.unwrap();
    }

    async fn staff_see_where_others_are_signed_in_and_sign_them_out(db: TestDb) {
        let site = Site::on(db).await;
        let (sam, sue) = (site.world.on_staff(SAM).await, site.world.on_staff(SUE).await);
        let staff = &site.world.staff;
        let of_sam = staff.sessions(&sue.person.credential, site.request(), Some(sam.person.member)).await.unwrap();
        assert_eq!((of_sam.len(), of_sam[0].current, of_sam[0].session), (1, false, sam.person.credential.key));
        assert_eq!(of_sam[0].proven, ["invitation", "password", "totp"]);
        let attempts = staff.sign_ins(&sue.person.credential, site.request(), Some(sam.person.member)).await.unwrap();
        assert!(attempts.is_empty(), "an invitation is no attempt");
        let stranger = site.team.owner.member;
        let unknown = staff.sessions(&sue.person.credential, site.request(), Some(stranger)).await;
        assert!(matches!(unknown, Err(Error::NotFound("member"))));
        staff.end_session(&sue.person.credential, site.request(), sam.person.credential.key).await.unwrap();
        assert!(matches!(site.lists_tenants(&sam.person).await, Err(CustodyError::Unauthenticated)));
        assert_eq!(site.lists_tenants(&sue.person).await.unwrap(), 2);
    }

    async fn who_guesses_at_the_door_of_the_staff_waits(db: TestDb) {
        let site = Site::on(db).await;
        site.world.on_staff(SAM).await;
        for _ in 0..5 {
            assert!(is_not_proven(&site.try_staff(SAM, "wrong").await));
        }
        assert!(matches!(site.try_staff(SAM, STAFF_PASSWORD).await, Err(Error::Wait { .. })));
        assert_eq!(site.refusals_of_staff().await, ["wrong-password"; 5]);
    }

    async fn nobody_in_a_team_makes_staff_or_sees_who_they_are(db: TestDb) {
        let site = Site::on(db).await;
        let sam = site.world.on_staff(SAM).await;
        let (custody, owner) = (&site.world.custody, &site.team.owner);
        let new = testkit::custody::staff::NewStaff { name: "Olivia".into(), email: "olivia@clinic.example".into() };
        let invited = custody.invite_staff(&owner.credential, owner.request(), new).await;
        assert!(matches!(invited, Err(CustodyError::Forbidden { .. })));
        let listed = custody.list_staff(&owner.credential, owner.request(), PageRequest::first(10)).await;
        assert!(matches!(listed, Err(CustodyError::Forbidden { .. })));
        assert!(matches!(site.disable_staff(owner, &sam.person).await, Err(CustodyError::Forbidden { .. })));
        let listed = custody.list_staff(&sam.person.credential, sam.person.request(), PageRequest::first(10)).await.unwrap();
        let shown: Vec<_> = listed.items.iter().map(|staff| (staff.email.as_str(), staff.signs_in)).collect();
        assert_eq!(shown, [("olga@operator.example", false), (SAM, true)]);
    }
}
