//! Sessions: how they end, who sees and ends them, and what they are good for.

use access::{Action, Class};
use identity::{Activity, Error, Proof, Rule, SecondFactorFor};
use kernel::PageRequest;
use secrecy::ExposeSecret;
use testkit::Person;
use testkit::custody::Error as CustodyError;
use testkit::custody::item::ReadItem;
use testkit::custody::key::{NewKey, NewTemporary};
use testkit::custody::trail::TrailFilter;

use crate::site::*;

/// The member as they act with their session.
fn with_session(site: &Site, person: &Person, at: &AtBrowser) -> Person {
    person.with_key(&site.world.people.credential(at.cookie.expose_secret()).unwrap())
}

async fn who(site: &Site, at: &AtBrowser, activity: Activity) -> identity::Result<identity::Who> {
    let people = &site.world.people;
    people
        .session(at.cookie.expose_secret(), site.request(), activity)
        .await
}

engines::on_both! {
    async fn a_session_acts_as_its_member_and_stands_in_the_trail(db: TestDb) {
        let site = Site::of_passwords(db).await;
        let (person, at) = site.member(Class::User).await;
        let seen = who(&site, &at, Activity::Person).await.unwrap();
        assert_eq!((seen.member, seen.class, seen.tenant), (person.member, Class::User, site.team.id));
        let acting = with_session(&site, &person, &at);
        acting.dataset("scans").await.unwrap();
        let stored = acting.put("scans", "a", b"bytes").await.unwrap();
        assert_eq!(acting.get(stored.item.id).await.unwrap(), b"bytes");
        let by_session = TrailFilter { key: Some(at.session), ..TrailFilter::default() };
        let actions: Vec<String> = site.team.owner.trail(by_session).await.unwrap().iter()
            .map(|entry| entry.event["action"].as_str().unwrap().to_owned()).collect();
        assert_eq!(actions, ["item.download", "item.create", "dataset.create"]);
        let foreign = site.world.team("other").await;
        foreign.owner.dataset("secrets").await.unwrap();
        let theirs = foreign.owner.put("secrets", "a", b"bytes").await.unwrap();
        assert!(matches!(acting.get(theirs.item.id).await, Err(CustodyError::NotFound(_))));
    }

    async fn idleness_ends_a_session_for_every_class_and_polls_do_not_count(db: TestDb) {
        let site = Site::of_passwords(db).await;
        for class in [Class::Admin, Class::User, Class::WorkforceManager, Class::Worker, Class::Auditor, Class::PrivacyOfficer] {
            let (person, at) = site.member(class).await;
            site.advance(29 * 60 + 30);
            let seen = who(&site, &at, Activity::Person).await.unwrap();
            assert_eq!(seen.idle_at.as_seconds() - seen.warn_at.as_seconds(), 120);
            site.advance(29 * 60 + 30);
            assert!(who(&site, &at, Activity::Background).await.is_ok(), "{class} was there half an hour ago");
            site.advance(31);
            assert!(matches!(who(&site, &at, Activity::Person).await, Err(Error::SignedOut)), "{class}");
            let acting = with_session(&site, &person, &at);
            let own = acting.custody().member(&acting.credential, acting.request(), person.member).await;
            assert!(matches!(own, Err(CustodyError::Unauthenticated)), "{class}");
        }
        assert!(site.refusals().await.iter().filter(|reason| *reason == "key-expired").count() >= 12);
    }

    async fn a_session_has_an_absolute_end_however_busy_somebody_is(db: TestDb) {
        let site = Site::of_passwords(db).await;
        let (_, at) = site.member(Class::User).await;
        for _ in 0..35 {
            site.advance(20 * 60);
            who(&site, &at, Activity::Person).await.unwrap();
        }
        site.advance(19 * 60);
        let seen = who(&site, &at, Activity::Person).await.unwrap();
        assert_eq!(seen.idle_at, seen.ends_at);
        site.advance(61);
        assert!(matches!(who(&site, &at, Activity::Person).await, Err(Error::SignedOut)));
    }

    async fn a_team_may_shorten_and_nobody_may_lengthen(db: TestDb) {
        let site = Site::of_passwords(db).await;
        let rule = Rule { second_factor: SecondFactorFor::WhoeverWants, idle_minutes: 5, ..Rule::default() };
        site.set_rule(rule).await.unwrap();
        let (_, at) = site.member(Class::User).await;
        site.advance(5 * 60 + 1);
        assert!(matches!(who(&site, &at, Activity::Person).await, Err(Error::SignedOut)));
        for too_long in [Rule { idle_minutes: 31, ..rule }, Rule { idle_minutes: 0, ..rule }, Rule { absolute_hours: 13, ..rule }] {
            assert!(matches!(site.set_rule(too_long).await, Err(Error::Invalid { .. })));
        }
        let (user, _) = site.member(Class::User).await;
        let refused = site.world.people.set_rule(&user.credential, site.request(), Rule::default()).await;
        assert!(matches!(refused, Err(Error::Forbidden { .. } | Error::NotFound(_))));
    }

    async fn a_revoked_session_ends_at_the_next_act_and_in_mid_stream(db: TestDb) {
        let site = Site::of_passwords(db).await;
        let (person, at) = site.member(Class::User).await;
        let (acting, twin) = (with_session(&site, &person, &at), site.sign_in(&site.email(&person).await).await);
        acting.dataset("scans").await.unwrap();
        let item = acting.put("scans", "a", &vec![7; 4 << 20]).await.unwrap().item.id;
        let mut body = acting.open(item, ReadItem::default()).await.unwrap().body.unwrap();
        assert!(body.next().await.unwrap().is_ok());
        let people = &site.world.people;
        people.end_session(&site.team.owner.credential, site.request(), at.session).await.unwrap();
        let mut rest = Vec::new();
        while let Some(piece) = body.next().await {
            rest.push(piece.is_ok());
        }
        assert_eq!(rest.last(), Some(&false), "the stream was cut");
        assert!(matches!(acting.get(item).await, Err(CustodyError::Unauthenticated)));
        assert!(who(&site, &twin, Activity::Person).await.is_ok(), "the other session goes on");
        let again = people.end_session(&site.team.owner.credential, site.request(), at.session).await;
        assert!(matches!(again, Err(Error::NotFound("session"))));
    }

    async fn another_process_ends_streams_of_a_session_that_ended_elsewhere(db: TestDb) {
        let site = Site::of_passwords(db).await;
        let (person, at) = site.member(Class::User).await;
        let elsewhere = site.world.at_home();
        let acting = with_session(&site, &person, &at);
        acting.dataset("scans").await.unwrap();
        let item = acting.put("scans", "a", &vec![7; 4 << 20]).await.unwrap().item.id;
        let there = acting.at(&elsewhere);
        let mut body = there.open(item, ReadItem::default()).await.unwrap().body.unwrap();
        assert!(body.next().await.unwrap().is_ok());
        assert_eq!(elsewhere.watch_live_keys().await.unwrap(), 0);
        site.world.people.sign_out(at.cookie.expose_secret(), site.request()).await.unwrap();
        assert_eq!(elsewhere.watch_live_keys().await.unwrap(), 1);
        let mut cut = false;
        while let Some(piece) = body.next().await {
            cut = piece.is_err();
        }
        assert!(cut && matches!(there.get(item).await, Err(CustodyError::Unauthenticated)));
    }

    async fn a_disabled_member_is_out_and_their_sessions_stay_ended(db: TestDb) {
        let site = Site::of_passwords(db).await;
        let (person, at) = site.member(Class::User).await;
        let (_, twin) = site.member(Class::User).await;
        let (custody, owner) = (&site.world.custody, &site.team.owner);
        custody.disable_member(&owner.credential, owner.request(), person.member).await.unwrap();
        assert!(matches!(who(&site, &at, Activity::Person).await, Err(Error::SignedOut)));
        let email = site.email(&person).await;
        assert!(is_not_proven(&site.try_password(&email, PASSWORD).await));
        custody.enable_member(&owner.credential, owner.request(), person.member).await.unwrap();
        assert!(matches!(who(&site, &at, Activity::Person).await, Err(Error::SignedOut)), "not back");
        site.sign_in(&email).await;
        assert!(who(&site, &twin, Activity::Person).await.is_ok());
    }

    async fn sessions_are_listed_with_where_they_began_and_ended_all_at_once(db: TestDb) {
        let site = Site::of_passwords(db).await;
        let (person, first) = site.member(Class::User).await;
        let email = site.email(&person).await;
        let second = session(site.try_from("198.51.100.9", &email, PASSWORD, None).await.unwrap());
        let second = at_browser(second);
        let people = &site.world.people;
        let credential = people.credential(second.cookie.expose_secret()).unwrap();
        let listed = people.sessions(&credential, site.request(), None).await.unwrap();
        let seen: Vec<_> = listed.iter()
            .map(|entry| (entry.session, entry.current, entry.origin.address.as_deref(), entry.proven.join("+"))).collect();
        assert_eq!(seen, [
            (first.session, false, Some(OFFICE), "invitation+password".to_owned()),
            (second.session, true, Some("198.51.100.9"), "password".to_owned()),
        ]);
        let (stranger, at) = site.member(Class::User).await;
        let theirs = people.credential(at.cookie.expose_secret()).unwrap();
        for refused in [
            people.sessions(&theirs, site.request(), Some(person.member)).await.map(|_| ()),
            people.end_session(&theirs, site.request(), first.session).await,
            people.end_sessions(&theirs, site.request(), Some(person.member)).await.map(|_| ()),
        ] {
            assert!(matches!(refused, Err(Error::Forbidden { .. })), "{} reaches for {}", stranger.member, person.member);
        }
        assert_eq!(people.end_sessions(&credential, site.request(), None).await.unwrap(), 1);
        assert!(who(&site, &second, Activity::Person).await.is_ok());
        assert!(who(&site, &first, Activity::Person).await.is_err());
        let keys = site.world.custody.list_keys(&site.team.owner.credential, site.request(), Some(person.member), PageRequest::first(100));
        assert_eq!(keys.await.unwrap().items.len(), 1, "sessions are not listed as keys");
    }

    async fn what_cannot_be_taken_back_asks_for_a_fresh_proof(db: TestDb) {
        let site = Site::of_passwords(db).await;
        let (admin, at) = site.member(Class::Admin).await;
        let new_key = || NewKey { label: "laptop".into(), ..NewKey::default() };
        let custody = &site.world.custody;
        let acting = with_session(&site, &admin, &at);
        custody.issue_key(&acting.credential, acting.request(), new_key(), None).await.unwrap();
        site.advance(10 * 60 + 1);
        let stale = custody.issue_key(&acting.credential, acting.request(), new_key(), None).await;
        match stale {
            Err(CustodyError::Forbidden { action: Action::KeyIssue, reasons }) => assert_eq!(reasons, ["limit.step-up"]),
            other => panic!("{other:?}"),
        }
        let lent = custody.lend_key(&acting.credential, acting.request(), NewTemporary { label: "t".into(), ..NewTemporary::default() }, None).await;
        assert!(matches!(lent, Err(CustodyError::Forbidden { .. })), "a key taken of the session would outlive the proof");
        acting.dataset("scans").await.unwrap();
        let people = &site.world.people;
        let wrong = people.prove(at.cookie.expose_secret(), site.request(), Proof::Password("four grey mares!".into())).await;
        assert!(is_not_proven(&wrong));
        let proven = people.prove(at.cookie.expose_secret(), site.request(), Proof::Password(PASSWORD.into())).await.unwrap();
        let proven = at_browser(proven);
        assert_eq!(proven.session, at.session);
        let acting = with_session(&site, &admin, &proven);
        custody.issue_key(&acting.credential, acting.request(), new_key(), None).await.unwrap();
        assert!(who(&site, &at, Activity::Person).await.is_err(), "the cookie before the proof is good no more");
    }

    async fn a_cookie_is_no_key_and_a_key_no_cookie(db: TestDb) {
        let site = Site::of_passwords(db).await;
        let (person, at) = site.member(Class::User).await;
        let (id, secret) = at.cookie.expose_secret().split_once('.').unwrap();
        let as_key = testkit::custody::Credential::parse(&format!("bailee_{id}_{secret}")).unwrap();
        let read = |credential: testkit::custody::Credential| {
            let person = person.with_key(&credential);
            async move { person.custody().identity(&person.credential, person.request()).await }
        };
        assert!(matches!(read(as_key).await, Err(CustodyError::Unauthenticated)));
        let signed = testkit::custody::Credential::signed(&testkit::custody::credential::access_key(at.session)).unwrap();
        assert!(matches!(read(signed).await, Err(CustodyError::Unauthenticated)));
        let text = person.credential.to_text();
        let (key, secret) = text.expose_secret().trim_start_matches("bailee_").split_once('_').unwrap();
        let as_cookie = site.world.people.session(&format!("{key}.{secret}"), site.request(), Activity::Person).await;
        assert!(matches!(as_cookie, Err(Error::SignedOut)));
        let seen = who(&site, &at, Activity::Person).await.unwrap();
        assert!(seen.is_csrf(seen.csrf.expose_secret()) && !seen.is_csrf(secret) && !seen.is_csrf(""));
        let twin = site.sign_in(&site.email(&person).await).await;
        let other = who(&site, &twin, Activity::Person).await.unwrap();
        assert!(!seen.is_csrf(other.csrf.expose_secret()), "each session has a form token of its own");
    }

    async fn what_has_ended_is_swept(db: TestDb) {
        let site = Site::of_passwords(db).await;
        let (person, at) = site.member(Class::User).await;
        site.try_password(&site.email(&person).await, "four grey mares!").await.unwrap_err();
        assert_eq!(site.world.people.sweep().await.unwrap(), 0);
        site.advance(91 * 24 * 60 * 60);
        // The session, the browser, the attempt and its counter.
        assert_eq!(site.world.people.sweep().await.unwrap(), 4);
        assert_eq!(site.world.custody.sweep_temporary_keys().await.unwrap(), 1);
        assert!(matches!(who(&site, &at, Activity::Person).await, Err(Error::SignedOut)));
    }
}
