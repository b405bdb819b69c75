//! Passkeys, as the only step and as the second.

use access::Class;
use identity::{Error, Proof, Rule};
use secrecy::ExposeSecret;
use testkit::Authenticator;

use crate::site::*;

/// Adds the authenticator's passkey to whoever is at the browser.
pub(crate) async fn add(
    site: &Site,
    at: &AtBrowser,
    authenticator: &mut Authenticator,
) -> identity::Result<()> {
    let people = &site.world.people;
    let credential = people.credential(at.cookie.expose_secret()).unwrap();
    let offer = people.begin_adding_passkey(&credential, site.request()).await?;
    let made = authenticator.make(&offer);
    people
        .add_passkey(&credential, site.request(), &offer.ticket, made, "my telephone")
        .await
}

/// Signs in by the passkey alone.
async fn alone(site: &Site, authenticator: &mut Authenticator) -> identity::Result<identity::SignedIn> {
    let people = &site.world.people;
    let offer = people.begin_passkey(site.request(), "clinic").await?;
    people
        .sign_in_by_passkey(site.request(), authenticator.answer(&offer))
        .await
}

engines::on_both! {
    async fn a_passkey_alone_is_enough_where_it_verified_its_person(db: TestDb) {
        let site = Site::of_passwords(db).await;
        let (person, at) = site.member(Class::User).await;
        let mut telephone = Authenticator::new(1);
        add(&site, &at, &mut telephone).await.unwrap();
        site.set_rule(Rule::default()).await.unwrap();
        let done = alone(&site, &mut telephone).await.unwrap();
        assert_eq!(done.who.member, person.member);
        telephone.verifies = false;
        assert!(is_not_proven(&alone(&site, &mut telephone).await));
        assert!(is_not_proven(&alone(&site, &mut Authenticator::new(2)).await));
        telephone.verifies = true;
        telephone.origin = "https://bailee.example.evil";
        assert!(is_not_proven(&alone(&site, &mut telephone).await));
        assert_eq!(site.refusals().await, ["not-verified", "unknown-passkey", "origin"]);
        telephone.origin = "https://bailee.example";
        let owner = &site.team.owner;
        site.world.custody.disable_member(&owner.credential, owner.request(), person.member).await.unwrap();
        assert!(is_not_proven(&alone(&site, &mut telephone).await));
    }

    async fn a_challenge_is_good_once_for_five_minutes_and_one_purpose(db: TestDb) {
        let site = Site::of_passwords(db).await;
        let (_, at) = site.member(Class::User).await;
        let mut telephone = Authenticator::new(1);
        add(&site, &at, &mut telephone).await.unwrap();
        let people = &site.world.people;
        let offer = people.begin_passkey(site.request(), "clinic").await.unwrap();
        people.sign_in_by_passkey(site.request(), telephone.answer(&offer)).await.unwrap();
        let again = people.sign_in_by_passkey(site.request(), telephone.answer(&offer)).await;
        assert!(matches!(again, Err(Error::StepOver)));
        let late = people.begin_passkey(site.request(), "clinic").await.unwrap();
        site.advance(5 * 60 + 1);
        assert!(matches!(people.sign_in_by_passkey(site.request(), telephone.answer(&late)).await, Err(Error::StepOver)));
        let credential = people.credential(at.cookie.expose_secret()).unwrap();
        let to_prove = people.begin_passkey_proof(&credential, site.request()).await.unwrap();
        let elsewhere = people.sign_in_by_passkey(site.request(), telephone.answer(&to_prove)).await;
        assert!(matches!(elsewhere, Err(Error::StepOver)), "a challenge for a proof is none for signing in");
        let nowhere = people.begin_passkey(site.request(), "no-such-team").await.unwrap();
        assert!(is_not_proven(&people.sign_in_by_passkey(site.request(), telephone.answer(&nowhere)).await));
    }

    async fn a_passkey_is_a_second_factor_and_a_fresh_proof(db: TestDb) {
        let site = Site::of_passwords(db).await;
        let (person, at) = site.member(Class::User).await;
        let mut stick = Authenticator::new(1);
        stick.verifies = false;
        add(&site, &at, &mut stick).await.unwrap();
        let (people, email) = (&site.world.people, site.email(&person).await);
        let ticket = to_code(site.try_password(&email, PASSWORD).await.unwrap());
        let offer = people.begin_passkey_step(site.request(), &ticket).await.unwrap();
        assert_eq!(offer.options["allowCredentials"].as_array().unwrap().len(), 1);
        let proof = Proof::Passkey(stick.answer(&offer));
        let done = people.second_factor(site.request(), &ticket, proof.clone()).await.unwrap();
        site.advance(11 * 60);
        let cookie = done.cookie.expose_secret();
        let credential = people.credential(cookie).unwrap();
        assert!(matches!(people.begin_totp(&credential, site.request()).await, Err(Error::Forbidden { .. })));
        assert!(matches!(people.prove(cookie, site.request(), proof).await, Err(Error::StepOver)), "used before");
        let offer = people.begin_passkey_proof(&credential, site.request()).await.unwrap();
        let proven = people.prove(cookie, site.request(), Proof::Passkey(stick.answer(&offer))).await.unwrap();
        let credential = people.credential(proven.cookie.expose_secret()).unwrap();
        people.begin_totp(&credential, site.request()).await.unwrap();
        let (other, theirs) = site.member(Class::User).await;
        let mut foreign = Authenticator::new(2);
        add(&site, &theirs, &mut foreign).await.unwrap();
        let ticket = to_code(site.try_password(&email, PASSWORD).await.unwrap());
        let offer = people.begin_passkey_step(site.request(), &ticket).await.unwrap();
        let wrong = people.second_factor(site.request(), &ticket, Proof::Passkey(foreign.answer(&offer))).await;
        assert!(is_not_proven(&wrong), "the passkey of {}", other.member);
    }

    async fn a_passkey_can_be_made_in_place_of_an_app_when_an_invitation_is_accepted(db: TestDb) {
        let site = Site::on(db).await;
        let person = site.team.member(Class::User).await;
        let (people, mut telephone) = (&site.world.people, Authenticator::new(1));
        let invitation = site.invite(&site.team.owner, person.member).await.unwrap();
        let password = PASSWORD.to_owned().into();
        let accepted = people.accept_invitation(site.request(), &invitation.token, &password).await;
        let (step, _) = to_enrol(accepted.unwrap());
        let offer = people.begin_enrolling_passkey(site.request(), &step).await.unwrap();
        telephone.origin = "https://bailee.example.evil";
        let foreign = telephone.make(&offer);
        let refused = people.enrol_passkey(site.request(), &step, &offer.ticket, foreign, "telephone").await;
        assert!(matches!(refused, Err(Error::Invalid { field: "passkey", .. })));
        telephone.origin = "https://bailee.example";
        let made = telephone.make(&offer);
        let again = people.enrol_passkey(site.request(), &step, &offer.ticket, made.clone(), "telephone").await;
        assert!(matches!(again, Err(Error::StepOver)), "the challenge is used up");
        let offer = people.begin_enrolling_passkey(site.request(), &step).await.unwrap();
        let made = telephone.make(&offer);
        let done = people.enrol_passkey(site.request(), &step, &offer.ticket, made.clone(), "telephone").await.unwrap();
        assert_eq!((done.signed_in.who.member, done.recovery_codes.len()), (person.member, 10));
        let twice = people.enrol_passkey(site.request(), &step, &offer.ticket, made, "telephone").await;
        assert!(matches!(twice, Err(Error::StepOver)), "the step is over");
        assert_eq!(alone(&site, &mut telephone).await.unwrap().who.member, person.member);
    }

    async fn a_counter_that_went_back_is_noted(db: TestDb) {
        let site = Site::of_passwords(db).await;
        let (_, at) = site.member(Class::User).await;
        let mut telephone = Authenticator::new(1);
        add(&site, &at, &mut telephone).await.unwrap();
        telephone.count = 10;
        alone(&site, &mut telephone).await.unwrap();
        telephone.count = 5;
        let copy = alone(&site, &mut telephone).await.unwrap();
        let credential = site.world.people.credential(copy.cookie.expose_secret()).unwrap();
        let shown = site.world.people.sign_ins(&credential, site.request(), None).await.unwrap();
        let shown: Vec<_> = shown.iter().map(|entry| entry.proven.as_deref().unwrap().concat()).collect();
        assert_eq!(shown, ["passkey-with-older-counter", "passkey"]);
    }

    async fn a_passkey_belongs_to_one_member_and_is_taken_away_by_them(db: TestDb) {
        let site = Site::of_passwords(db).await;
        let (_, at) = site.member(Class::User).await;
        let (_, theirs) = site.member(Class::User).await;
        let mut telephone = Authenticator::new(1);
        add(&site, &at, &mut telephone).await.unwrap();
        assert!(matches!(add(&site, &theirs, &mut telephone).await, Err(Error::Conflict(_))));
        let people = &site.world.people;
        let (credential, other) = (people.credential(at.cookie.expose_secret()).unwrap(), people.credential(theirs.cookie.expose_secret()).unwrap());
        let offer = people.begin_adding_passkey(&other, site.request()).await.unwrap();
        let stolen = people.add_passkey(&credential, site.request(), &offer.ticket, Authenticator::new(3).make(&offer), "x").await;
        assert!(matches!(stolen, Err(Error::StepOver)), "somebody else's offer");
        let listed = people.passkeys(&credential, site.request()).await.unwrap();
        assert_eq!((listed.len(), listed[0].label.as_str()), (1, "my telephone"));
        assert!(matches!(people.remove_passkey(&other, site.request(), &listed[0].id).await, Err(Error::NotFound("passkey"))));
        site.set_rule(Rule::default()).await.unwrap();
        let needed = people.remove_passkey(&credential, site.request(), &listed[0].id).await;
        assert!(matches!(needed, Err(Error::Conflict(_))), "the only second factor");
        add(&site, &at, &mut Authenticator::new(4)).await.unwrap();
        people.remove_passkey(&credential, site.request(), &listed[0].id).await.unwrap();
        assert!(alone(&site, &mut Authenticator::new(4)).await.is_err(), "another key under the same id signs nothing");
    }
}
