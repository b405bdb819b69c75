//! Passwords that are wrong, and who has to wait for them.

use access::Class;
use identity::{Activity, Error};
use secrecy::ExposeSecret;

use crate::site::*;

const WRONG: &str = "four grey mares!";

engines::on_both! {
    async fn whatever_was_wrong_is_told_alike_and_recorded_apart(db: TestDb) {
        let site = Site::of_passwords(db).await;
        let (person, _) = site.member(Class::User).await;
        let uninvited = site.team.member(Class::User).await;
        let email = site.email(&person).await;
        let mut told = Vec::new();
        for (address, password) in [
            (email.as_str(), WRONG),
            ("nobody@people.example", PASSWORD),
            (&site.email(&uninvited).await, PASSWORD),
            (&email, &"x".repeat(5_000)),
        ] {
            told.push(site.try_password(address, password).await.unwrap_err().to_string());
        }
        let attempt = identity::Attempt { tenant: "no-such-team".into(), email: email.clone(), password: PASSWORD.into(), browser: None };
        told.push(site.world.people.sign_in(site.request(), attempt).await.unwrap_err().to_string());
        assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "{told:?}");
        assert_eq!(site.refusals().await, ["wrong-password", "unknown-person", "no-password", "wrong-password"]);
        site.sign_in(&format!(" {} ", email.to_uppercase())).await;
    }

    async fn guessing_has_to_wait_longer_and_longer_and_others_do_not(db: TestDb) {
        let site = Site::of_passwords(db).await;
        let (person, _) = site.member(Class::User).await;
        let (other, _) = site.member(Class::User).await;
        let (email, others) = (site.email(&person).await, site.email(&other).await);
        for _ in 0..5 {
            assert_eq!(site.alarms().await, 0, "a slip alarms nobody");
            assert!(is_not_proven(&site.try_password(&email, WRONG).await));
        }
        assert_eq!(site.alarms().await, 1, "waiting begins, and the team is told");
        assert!(matches!(site.try_password(&email, PASSWORD).await, Err(Error::Wait { .. })), "right or wrong");
        site.sign_in(&others).await;
        assert!(site.try_from("198.51.100.9", &email, PASSWORD, None).await.is_ok(), "from elsewhere");
        site.advance(31);
        assert!(is_not_proven(&site.try_password(&email, WRONG).await));
        site.advance(31);
        assert!(matches!(site.try_password(&email, WRONG).await, Err(Error::Wait { .. })), "a minute by now");
        assert_eq!(site.alarms().await, 1, "once");
        site.advance(31);
        site.sign_in(&email).await;
        assert!(is_not_proven(&site.try_password(&email, WRONG).await), "counting begins anew");
        let unknown = "nobody@people.example";
        for _ in 0..5 {
            assert!(is_not_proven(&site.try_password(unknown, WRONG).await));
        }
        assert!(matches!(site.try_password(unknown, WRONG).await, Err(Error::Wait { .. })), "as for somebody who exists");
    }

    async fn one_network_cannot_try_everybody(db: TestDb) {
        let site = Site::of_passwords(db).await;
        let (person, _) = site.member(Class::User).await;
        let email = site.email(&person).await;
        for number in 0..30 {
            let tried = site.try_from("198.51.100.9", &format!("p{number}@people.example"), WRONG, None).await;
            assert!(is_not_proven(&tried), "{number}");
        }
        let next = site.try_from("198.51.100.9", "p30@people.example", WRONG, None).await;
        assert!(matches!(next, Err(Error::Wait { .. })));
        site.sign_in(&email).await;
    }

    async fn strangers_cannot_keep_somebody_out_of_their_own_browser(db: TestDb) {
        let site = Site::of_passwords(db).await;
        let (person, at) = site.member(Class::User).await;
        let (email, browser) = (site.email(&person).await, at.browser.unwrap());
        for number in 0..100 {
            site.try_from(&format!("198.51.100.{number}"), &email, WRONG, None).await.unwrap_err();
        }
        let from_elsewhere = site.try_from("203.0.113.5", &email, PASSWORD, None).await;
        assert!(is_not_proven(&from_elsewhere), "after a hundred failures no password is taken from a stranger");
        assert_eq!(site.refusals().await.last().unwrap(), "too-many-failures");
        let known = session(site.try_from("203.0.113.5", &email, PASSWORD, Some(&browser)).await.unwrap());
        assert!(known.browser.is_none(), "the browser is known already");
        assert!(site.try_from("203.0.113.6", &email, PASSWORD, None).await.is_ok(), "they were in: counting begins anew");
        let (other, _) = site.member(Class::User).await;
        let theirs = session(site.try_from(OFFICE, &site.email(&other).await, PASSWORD, Some(&browser)).await.unwrap());
        assert!(theirs.browser.is_some(), "a browser is known for one member alone");
    }

    async fn a_known_browser_is_no_way_around_counting(db: TestDb) {
        let site = Site::of_passwords(db).await;
        let (person, at) = site.member(Class::User).await;
        let (email, browser) = (site.email(&person).await, at.browser.unwrap());
        for number in 0..5 {
            let tried = site.try_from(&format!("198.51.100.{number}"), &email, WRONG, Some(&browser)).await;
            assert!(is_not_proven(&tried));
        }
        let waits = site.try_from("203.0.113.5", &email, PASSWORD, Some(&browser)).await;
        assert!(matches!(waits, Err(Error::Wait { .. })), "wherever it is taken");
        assert!(site.try_password(&email, PASSWORD).await.is_ok(), "and others are not affected");
    }

    async fn attempts_are_shown_to_whom_they_were_on(db: TestDb) {
        let site = Site::of_passwords(db).await;
        let (person, _) = site.member(Class::User).await;
        let email = site.email(&person).await;
        site.try_from("198.51.100.9", &email, WRONG, None).await.unwrap_err();
        let at = site.sign_in(&email).await;
        let people = &site.world.people;
        let credential = people.credential(at.cookie.expose_secret()).unwrap();
        let shown = people.sign_ins(&credential, site.request(), None).await.unwrap();
        let shown: Vec<_> = shown.iter().map(|entry| (entry.origin.address.as_deref(), entry.proven.as_deref().map(<[String]>::concat))).collect();
        assert_eq!(shown, [(Some(OFFICE), Some("password".to_owned())), (Some("198.51.100.9"), None)]);
        let (_, other) = site.member(Class::User).await;
        let theirs = people.credential(other.cookie.expose_secret()).unwrap();
        let refused = people.sign_ins(&theirs, site.request(), Some(person.member)).await;
        assert!(matches!(refused, Err(Error::Forbidden { .. })));
    }

    async fn teams_that_hold_their_key_are_told_that_a_password_opens_nothing(db: TestDb) {
        let site = Site::of_passwords(db).await;
        let own = site.world.customer_held_team("vault").await;
        let attempt = identity::Attempt { tenant: "vault".into(), email: "olivia@vault.example".into(), password: PASSWORD.into(), browser: None };
        assert!(matches!(site.world.people.sign_in(site.request(), attempt).await, Err(Error::CustomerHeld)));
        let invited = site.world.people.make_invitation(&own.owner.credential, site.request(), own.owner.member).await;
        assert!(matches!(invited, Err(Error::CustomerHeld)));
    }

    async fn any_cookie_of_a_stranger_is_signed_out(db: TestDb) {
        let site = Site::of_passwords(db).await;
        let (_, at) = site.member(Class::User).await;
        let cookie = at.cookie.expose_secret();
        let (id, secret) = cookie.split_once('.').unwrap();
        let turned: String = secret.chars().rev().collect();
        for other in [String::new(), "x".into(), format!("{id}.{turned}"), format!("{}.{secret}", "0".repeat(32)), format!("{cookie}A")] {
            let seen = site.world.people.session(&other, site.request(), Activity::Person).await;
            assert!(matches!(seen, Err(Error::SignedOut)), "{other}");
        }
        assert_eq!(site.refusals().await, Vec::<String>::new(), "wrong secrets cost nothing and fill no trail");
    }
}
