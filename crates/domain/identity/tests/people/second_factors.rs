//! Authenticator apps and recovery codes.

use access::Class;
use identity::{Error, Proof, Rule, SecondFactorFor};
use secrecy::{ExposeSecret, SecretString};
use testkit::Person;

use crate::site::*;

/// A member who set an app up, with its secret and the recovery codes.
async fn enrolled(site: &Site) -> (Person, AtBrowser, SecretString, Vec<SecretString>) {
    let person = site.team.member(Class::User).await;
    let invitation = site.invite(&site.team.owner, person.member).await.unwrap();
    let people = &site.world.people;
    let accepted = people
        .accept_invitation(site.request(), &invitation.token, &PASSWORD.into())
        .await;
    let (ticket, secret) = to_enrol(accepted.unwrap());
    let done = people
        .enrol(site.request(), &ticket, &site.code(&secret))
        .await
        .unwrap();
    (person, at_browser(done.signed_in), secret, done.recovery_codes)
}

async fn second(site: &Site, ticket: &SecretString, proof: Proof) -> identity::Result<identity::SignedIn> {
    site.world
        .people
        .second_factor(site.request(), ticket, proof)
        .await
}

engines::on_both! {
    async fn a_team_asks_for_a_second_factor_from_the_first_day(db: TestDb) {
        let site = Site::on(db).await;
        let (person, _, secret, codes) = enrolled(&site).await;
        assert_eq!(codes.len(), 10);
        let email = site.email(&person).await;
        site.advance(30);
        let ticket = to_code(site.try_password(&email, PASSWORD).await.unwrap());
        let wrong = if site.code(&secret).expose_secret() == "000000" { "111111" } else { "000000" };
        assert!(is_not_proven(&second(&site, &ticket, Proof::Code(wrong.into())).await));
        assert!(is_not_proven(&second(&site, &ticket, Proof::Password(PASSWORD.into())).await), "a password is no second factor");
        let code = site.code(&secret);
        let done = second(&site, &ticket, Proof::Code(code.clone())).await.unwrap();
        assert_eq!(done.who.member, person.member);
        assert!(matches!(second(&site, &ticket, Proof::Code(code.clone())).await, Err(Error::StepOver)), "a ticket is good once");
        let ticket = to_code(site.try_password(&email, PASSWORD).await.unwrap());
        assert!(is_not_proven(&second(&site, &ticket, Proof::Code(code)).await), "and so is a code");
        assert!(site.refusals().await.iter().all(|reason| reason == "wrong-code"));
    }

    async fn a_step_has_five_tries_and_ten_minutes(db: TestDb) {
        let site = Site::on(db).await;
        let (person, _, secret, _) = enrolled(&site).await;
        let email = site.email(&person).await;
        site.advance(60);
        let ticket = to_code(site.try_password(&email, PASSWORD).await.unwrap());
        for _ in 0..5 {
            assert!(is_not_proven(&second(&site, &ticket, Proof::RecoveryCode("ABCD".into())).await));
        }
        assert!(matches!(second(&site, &ticket, Proof::Code(site.code(&secret))).await, Err(Error::StepOver)));
        let ticket = to_code(site.try_password(&email, PASSWORD).await.unwrap());
        let waits = second(&site, &ticket, Proof::Code(site.code(&secret))).await;
        assert!(matches!(waits, Err(Error::Wait { .. })), "a new ticket gives no new tries");
        site.advance(31);
        second(&site, &ticket, Proof::Code(site.code(&secret))).await.unwrap();
        site.advance(60);
        let ticket = to_code(site.try_password(&email, PASSWORD).await.unwrap());
        site.advance(10 * 60 + 1);
        assert!(matches!(second(&site, &ticket, Proof::Code(site.code(&secret))).await, Err(Error::StepOver)));
    }

    async fn a_recovery_code_is_good_once_however_it_is_typed(db: TestDb) {
        let site = Site::on(db).await;
        let (person, _, _, codes) = enrolled(&site).await;
        let (other, _, _, _) = enrolled(&site).await;
        let email = site.email(&person).await;
        let typed = |code: &SecretString| Proof::RecoveryCode(code.expose_secret().replace('-', " ").to_lowercase().into());
        let ticket = to_code(site.try_password(&site.email(&other).await, PASSWORD).await.unwrap());
        assert!(is_not_proven(&second(&site, &ticket, typed(&codes[0])).await), "somebody else's code");
        let ticket = to_code(site.try_password(&email, PASSWORD).await.unwrap());
        let done = second(&site, &ticket, typed(&codes[0])).await.unwrap();
        let people = &site.world.people;
        let credential = people.credential(done.cookie.expose_secret()).unwrap();
        assert_eq!(people.factors(&credential, site.request()).await.unwrap().recovery_codes_left, 9);
        let ticket = to_code(site.try_password(&email, PASSWORD).await.unwrap());
        assert!(is_not_proven(&second(&site, &ticket, typed(&codes[0])).await));
        let renewed = people.renew_recovery_codes(&credential, site.request()).await.unwrap();
        assert!(is_not_proven(&second(&site, &ticket, typed(&codes[1])).await), "the codes before are good no more");
        second(&site, &ticket, typed(&renewed[9])).await.unwrap();
    }

    async fn a_fresh_proof_is_the_second_factor_where_there_is_one(db: TestDb) {
        let site = Site::on(db).await;
        let (_, at, secret, _) = enrolled(&site).await;
        let (people, cookie) = (&site.world.people, at.cookie.expose_secret());
        site.advance(11 * 60);
        let stale = people.renew_recovery_codes(&people.credential(cookie).unwrap(), site.request()).await;
        assert!(matches!(stale, Err(Error::Forbidden { reasons, .. }) if reasons == ["limit.step-up"]));
        let by_password = people.prove(cookie, site.request(), Proof::Password(PASSWORD.into())).await;
        assert!(is_not_proven(&by_password), "the password was proven already");
        let proven = people.prove(cookie, site.request(), Proof::Code(site.code(&secret))).await.unwrap();
        assert!(proven.who.is_fresh(proven.who.fresh_until.minus(std::time::Duration::from_secs(599))));
        let credential = people.credential(proven.cookie.expose_secret()).unwrap();
        people.renew_recovery_codes(&credential, site.request()).await.unwrap();
    }

    async fn who_wants_an_app_sets_one_up_and_takes_it_away(db: TestDb) {
        let site = Site::of_passwords(db).await;
        let (person, at) = site.member(Class::User).await;
        let (people, email) = (&site.world.people, site.email(&person).await);
        let credential = people.credential(at.cookie.expose_secret()).unwrap();
        let none_yet = people.renew_recovery_codes(&credential, site.request()).await;
        assert!(matches!(none_yet, Err(Error::Conflict(_))));
        let offer = people.begin_totp(&credential, site.request()).await.unwrap();
        assert!(offer.uri.expose_secret().contains(offer.secret.expose_secret()));
        let as_step = people.enrol(site.request(), &offer.ticket, &site.code(&offer.secret)).await;
        assert!(matches!(as_step, Err(Error::StepOver)), "an offer is no way in");
        let wrong = people.confirm_totp(&credential, site.request(), &offer.ticket, &"12345".into()).await;
        assert!(is_not_proven(&wrong));
        people.confirm_totp(&credential, site.request(), &offer.ticket, &site.code(&offer.secret)).await.unwrap();
        to_code(site.try_password(&email, PASSWORD).await.unwrap());
        people.remove_totp(&credential, site.request()).await.unwrap();
        site.sign_in(&email).await;
        site.set_rule(Rule { second_factor: SecondFactorFor::AllButWorkers, ..Rule::default() }).await.unwrap();
        to_enrol(site.try_password(&email, PASSWORD).await.unwrap());
        let needed = people.remove_totp(&credential, site.request()).await;
        assert!(matches!(needed, Err(Error::Conflict(_))));
        let (_, worker) = site.member(Class::Worker).await;
        assert!(worker.browser.is_some(), "workers are let in by the password alone");
    }

    async fn an_api_key_changes_nothing_about_who_somebody_is(db: TestDb) {
        let site = Site::of_passwords(db).await;
        let (person, at) = site.member(Class::User).await;
        let people = &site.world.people;
        let refused = people.change_password(&person.credential, site.request(), &"five grey horses".into()).await;
        assert!(matches!(refused, Err(Error::Forbidden { reasons, .. }) if reasons == ["not-at-a-browser"]));
        let refused = people.begin_totp(&person.credential, site.request()).await;
        assert!(matches!(refused, Err(Error::Forbidden { reasons, .. }) if reasons == ["not-at-a-browser"]));
        let email = site.email(&person).await;
        let elsewhere = site.sign_in(&email).await;
        let credential = people.credential(at.cookie.expose_secret()).unwrap();
        let too_short = people.change_password(&credential, site.request(), &"five horses".into()).await;
        assert!(matches!(too_short, Err(Error::Invalid { field: "password", .. })));
        assert_eq!(people.change_password(&credential, site.request(), &"five grey horses".into()).await.unwrap(), 1);
        assert!(is_not_proven(&site.try_password(&email, PASSWORD).await));
        assert!(people.session(elsewhere.cookie.expose_secret(), site.request(), identity::Activity::Person).await.is_err());
        assert!(people.session(at.cookie.expose_secret(), site.request(), identity::Activity::Person).await.is_ok());
        let again = session(site.try_from(OFFICE, &email, "five grey horses", at.browser.as_ref()).await.unwrap());
        assert!(again.browser.is_some(), "browsers are strangers after a new password");
    }
}
