//! Invitations: who makes them for whom, and that they are good once.

use access::Class;
use identity::{Activity, Error, Floor, Rule, SecondFactorFor};
use secrecy::ExposeSecret;
use testkit::custody::trail::TrailFilter;

use crate::site::*;

/// Everything in a row that is text or bytes.
fn cells(row: &store::Row) -> Vec<Vec<u8>> {
    let cell = |column| {
        let text = row
            .get::<Option<String>>(column)
            .map(|text| text.map(String::into_bytes));
        text.or_else(|_| row.get::<Option<Vec<u8>>>(column))
            .ok()
            .flatten()
    };
    (0..row.width()).filter_map(cell).collect()
}

engines::on_both! {
    async fn an_invitation_is_good_once_and_for_three_days(db: TestDb) {
        let site = Site::of_passwords(db).await;
        let person = site.team.member(Class::User).await;
        let (owner, people) = (&site.team.owner, &site.world.people);
        let older = site.invite(owner, person.member).await.unwrap();
        let newer = site.invite(owner, person.member).await.unwrap();
        assert!(matches!(people.invitation(site.request(), &older.token).await, Err(Error::NotInvited)), "replaced");
        let said = people.invitation(site.request(), &newer.token).await.unwrap();
        assert_eq!((said.slug.as_str(), said.email, said.demands.shortest), ("clinic", newer.email.clone(), 15));
        let weak = people.accept_invitation(site.request(), &newer.token, &"grey horses".into()).await;
        assert!(matches!(weak, Err(Error::Invalid { field: "password", .. })), "and the invitation is good still");
        let accepted = people.accept_invitation(site.request(), &newer.token, &PASSWORD.into()).await;
        assert!(session(accepted.unwrap()).warning.is_none());
        let again = people.accept_invitation(site.request(), &newer.token, &PASSWORD.into()).await;
        assert!(matches!(again, Err(Error::NotInvited)));
        let late = site.invite(owner, person.member).await.unwrap();
        site.advance(3 * 24 * 60 * 60 + 1);
        assert!(matches!(people.invitation(site.request(), &late.token).await, Err(Error::NotInvited)));
        let taken = site.invite(owner, person.member).await.unwrap();
        assert!(people.take_back_invitation(&owner.credential, site.request(), person.member).await.unwrap());
        assert!(matches!(people.invitation(site.request(), &taken.token).await, Err(Error::NotInvited)));
    }

    async fn to_begin_anew_leaves_nothing_of_before(db: TestDb) {
        let site = Site::of_passwords(db).await;
        let (person, at) = site.member(Class::User).await;
        let people = &site.world.people;
        let credential = people.credential(at.cookie.expose_secret()).unwrap();
        let offer = people.begin_totp(&credential, site.request()).await.unwrap();
        people.confirm_totp(&credential, site.request(), &offer.ticket, &site.code(&offer.secret)).await.unwrap();
        let email = site.email(&person).await;
        let step = to_code(site.try_password(&email, PASSWORD).await.unwrap());
        let invitation = site.invite(&site.team.owner, person.member).await.unwrap();
        let accepted = people.accept_invitation(site.request(), &invitation.token, &"five grey horses".into()).await;
        let anew = at_browser(session(accepted.unwrap()));
        assert!(matches!(people.session(at.cookie.expose_secret(), site.request(), Activity::Person).await, Err(Error::SignedOut)));
        assert!(is_not_proven(&site.try_password(&email, PASSWORD).await));
        site.advance(60);
        let half_way = people.second_factor(site.request(), &step, identity::Proof::Code(site.code(&offer.secret))).await;
        assert!(matches!(half_way, Err(Error::StepOver)), "also for who was half way in");
        let credential = people.credential(anew.cookie.expose_secret()).unwrap();
        let factors = people.factors(&credential, site.request()).await.unwrap();
        assert_eq!((factors.totp, factors.recovery_codes_left), (false, 0));
    }

    async fn an_invitation_by_letter_is_seen_by_its_reader_alone(db: TestDb) {
        let site = Site::of_passwords(db).await;
        let (owner, person) = (&site.team.owner, site.team.member(Class::User).await);
        let people = site.world.people.clone().with_letters("https://bailee.example/");
        let refused = site.world.people.mail_invitation(&owner.credential, site.request(), person.member).await;
        assert!(matches!(&refused, Err(Error::Conflict(told)) if told.contains("hand it on")), "{refused:?}");
        let older = site.invite(owner, person.member).await.unwrap();
        let mailed = people.mail_invitation(&owner.credential, site.request(), person.member).await.unwrap();
        assert_eq!((mailed.member, &mailed.email), (person.member, &older.email));
        let letters = site.world.letters().await;
        let [kind, to, subject, text] = &letters[0];
        assert_eq!((letters.len(), kind.as_str(), to, subject.as_str()), (1, "identity.invitation", &older.email, "Invitation to clinic"));
        let token = text.split("https://bailee.example/console/invitation/").nth(1).unwrap().split_whitespace().next().unwrap();
        let accepted = people.accept_invitation(site.request(), &token.into(), &PASSWORD.into()).await;
        assert!(session(accepted.unwrap()).warning.is_none());
        assert!(matches!(people.invitation(site.request(), &older.token).await, Err(Error::NotInvited)), "replaced");
        let filter = TrailFilter { action: Some("invitation.make".into()), ..TrailFilter::default() };
        let told = &owner.trail(filter).await.unwrap()[0].event;
        assert!(told["details"]["by"] == "letter" && !told.to_string().contains(token));
        // A worker invites nobody, by letter neither, and nothing is sent then.
        let worker = site.team.member(Class::Worker).await;
        let refused = people.mail_invitation(&worker.credential, worker.request(), person.member).await;
        assert!(matches!(refused, Err(Error::Forbidden { .. })));
        assert!(site.world.letters().await.is_empty());
    }

    async fn invitations_are_made_within_the_ceilings_of_classes(db: TestDb) {
        let site = Site::of_passwords(db).await;
        let (admin, manager) = (site.team.member(Class::Admin).await, site.team.member(Class::WorkforceManager).await);
        let (user, worker) = (site.team.member(Class::User).await, site.team.member(Class::Worker).await);
        let foreign = site.world.team("other").await;
        let allowed = [(&site.team.owner, &admin), (&site.team.owner, &site.team.owner), (&admin, &user), (&admin, &admin), (&manager, &worker)];
        for (by, of) in allowed {
            site.invite(by, of.member).await.unwrap();
        }
        for (by, of) in [(&admin, &site.team.owner), (&manager, &user), (&manager, &manager), (&user, &user), (&worker, &user)] {
            let refused = site.invite(by, of.member).await;
            assert!(matches!(refused, Err(Error::Forbidden { .. })), "{} invites {}: {refused:?}", by.class, of.class);
        }
        let unknown = site.invite(&foreign.owner, user.member).await;
        assert!(matches!(unknown, Err(Error::NotFound("member"))));
        let (custody, owner) = (&site.world.custody, &site.team.owner);
        let before = site.invite(owner, user.member).await.unwrap();
        custody.disable_member(&owner.credential, owner.request(), user.member).await.unwrap();
        assert!(matches!(site.world.people.invitation(site.request(), &before.token).await, Err(Error::NotInvited)));
        assert!(matches!(site.invite(owner, user.member).await, Err(Error::Conflict(_))));
    }

    async fn a_team_may_choose_the_weaker_floor_and_is_told(db: TestDb) {
        let site = Site::of_passwords(db).await;
        let rule = Rule { password_floor: Floor::EightWithDigit, second_factor: SecondFactorFor::WhoeverWants, ..Rule::default() };
        site.set_rule(rule).await.unwrap();
        let owner = &site.team.owner;
        assert_eq!(site.world.people.rule(&owner.credential, site.request()).await.unwrap(), rule);
        let person = site.team.member(Class::User).await;
        let invitation = site.invite(owner, person.member).await.unwrap();
        let people = &site.world.people;
        for refused in ["greyhorses", "GREY2HORSES", "sh0rt", "password1"] {
            let refused = people.accept_invitation(site.request(), &invitation.token, &refused.into()).await;
            assert!(matches!(refused, Err(Error::Invalid { field: "password", .. })));
        }
        let accepted = people.accept_invitation(site.request(), &invitation.token, &"horse2st".into()).await;
        assert!(session(accepted.unwrap()).warning.is_some());
    }

    async fn passwords_and_addresses_lie_nowhere_in_clear(db: TestDb) {
        let site = Site::of_passwords(db).await;
        let (person, at) = site.member(Class::User).await;
        site.try_from("198.51.100.77", &site.email(&person).await, PASSWORD, None).await.unwrap();
        let (_, secret) = at.cookie.expose_secret().split_once('.').unwrap();
        let mut found = Vec::new();
        for table in ["account", "browser_session", "sign_in", "known_browser", "api_key", "throttle", "event"] {
            let sql = format!("SELECT * FROM {table}");
            let rows = site.world.database().read(move |tx| tx.all(&sql, &[])).await.unwrap();
            assert!(!rows.is_empty() || table == "throttle", "{table}");
            let cells: Vec<Vec<u8>> = rows.iter().flat_map(cells).collect();
            let lies_in = |word: &&&str| cells.iter().any(|cell| cell.windows(word.len()).any(|part| part == word.as_bytes()));
            found.extend([PASSWORD, "argon2id", "198.51.100.77", secret].iter().filter(lies_in).map(|word| format!("{table}: {word}")));
        }
        assert_eq!(found, Vec::<String>::new());
    }
}
