//! What data is processed for, and who agreed to it, on both engines.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod site;

use std::time::Duration;

use access::Class;
use custody::dataset::{DatasetChange, DatasetRef, Ingest, NewDataset, NotTaken};
use custody::item::{PutItem, Target};
use custody::subject::AfterErasure;
use custody::trail::TrailFilter;
use custody::{Error, IdempotencyKey, Result};
use kernel::{Clock as _, PageRequest};
use rights::RestrictionGround;
use rights::consent::{Answer, Consent, ConsentAct, ConsentChannel, NewConsent, Standing};
use rights::erasure::Erase;
use rights::purpose::{Basis, NewPurpose, Purpose, PurposeRef, Terms};
use site::*;
use testkit::{Person, pieces};

const ANNA: &str = "email:anna@person.example";

fn news() -> PurposeRef {
    PurposeRef::parse("newsletter")
}

fn purpose(word: &str, basis: Basis) -> NewPurpose {
    let says = "We send what is new once a month.".to_owned();
    let weighing =
        (basis == Basis::LegitimateInterests).then(|| "Keeping thieves out weighs more.".to_owned());
    let terms = Terms {
        word: word.into(),
        says,
        weighing,
        sells_or_shares: false,
    };
    NewPurpose { basis, terms }
}

fn gives(notice: u32) -> NewConsent {
    NewConsent {
        person: ANNA.into(),
        given: true,
        notice: Some(notice),
        act: Some(ConsentAct::Clicked),
        channel: ConsentChannel::Api,
        at: None,
        proof: Some("form 7, box 2".into()),
        browser_objects: false,
    }
}

fn takes_back() -> NewConsent {
    NewConsent {
        given: false,
        notice: None,
        act: None,
        proof: None,
        ..gives(1)
    }
}

impl Site {
    async fn make(&self, by: &Person, new: NewPurpose) -> Result<Purpose> {
        self.rights
            .make_purpose(&by.credential, by.request(), new, None)
            .await
    }

    async fn publish(&self, by: &Person, purpose: PurposeRef, text: &str) -> Result<u32> {
        let published = self
            .rights
            .publish_notice(&by.credential, by.request(), purpose, text.into());
        published.await.map(|notice| notice.version)
    }

    /// A purpose with a notice, carried by consent.
    async fn newsletter(&self) -> Purpose {
        let owner = &self.team.owner;
        let made = self
            .make(owner, purpose("newsletter", Basis::Consent))
            .await
            .unwrap();
        assert_eq!(
            self.publish(owner, news(), "We will write to you.")
                .await
                .unwrap(),
            1
        );
        made
    }

    async fn record(&self, by: &Person, purpose: PurposeRef, new: NewConsent) -> Result<Consent> {
        self.rights
            .record_consent(&by.credential, by.request(), purpose, new, None)
            .await
    }

    async fn standing(&self, by: &Person, purpose: PurposeRef) -> Result<Answer> {
        self.rights
            .consent(&by.credential, by.request(), purpose, ANNA.into())
            .await
    }

    async fn use_it(&self, by: &Person, purpose: PurposeRef) -> Result<Answer> {
        let (person, how) = (ANNA.to_owned(), "the letter of March".to_owned());
        self.rights
            .use_for_purpose(&by.credential, by.request(), purpose, person, how)
            .await
    }

    async fn history(&self, by: &Person) -> Vec<Consent> {
        let page = PageRequest::first(100);
        let history = self
            .rights
            .consent_history(&by.credential, by.request(), ANNA.into(), page);
        history.await.unwrap().items
    }

    async fn end(&self, purpose: PurposeRef) -> Purpose {
        let owner = &self.team.owner;
        self.rights
            .end_purpose(&owner.credential, owner.request(), purpose)
            .await
            .unwrap()
    }
}

fn is_refused_for(result: &Result<Answer>, reason: &str) -> bool {
    matches!(result, Err(Error::Forbidden { reasons, .. }) if reasons.iter().any(|found| found == reason))
}

fn is_withheld<T: std::fmt::Debug>(result: Result<T>, reason: &str) -> bool {
    matches!(&result, Err(Error::Forbidden { reasons, .. }) if reasons.iter().any(|found| found == reason))
}

fn is_not_taken<T: std::fmt::Debug>(result: &Result<T>) -> bool {
    matches!(
        result,
        Err(Error::NotTaken {
            what: NotTaken::Purpose,
            ..
        })
    )
}

engines::on_both! {
    async fn a_dataset_takes_in_and_gives_out_what_it_is_kept_for_and_nothing_else(db: TestDb) {
        let site = Site::on(db).await;
        site.newsletter().await;
        let owner = &site.team.owner;
        let user = &site.team.member(Class::User).await;
        let officer = &site.team.member(Class::PrivacyOfficer).await;
        site.make(owner, purpose("billing", Basis::Contract)).await.unwrap();
        let rule = Ingest { purposes: vec!["newsletter".into()], ..Ingest::default() };
        let new = NewDataset { name: "mail".into(), ingest: Some(rule), ..NewDataset::default() };
        owner.custody().create_dataset(&owner.credential, owner.request(), new, None).await.unwrap();
        let mail = || DatasetRef::parse("mail");
        let about = |name: &str| PutItem { subject: Some(ANNA.into()), ..PutItem::file(Target::Name(mail(), name.into()), "text/plain") };
        let put = async |name: &str| user.put_as(about(name), pieces(b"Dear Anna")).await;
        // She was not asked yet; what is about nobody needs no ground, and is not made hers afterwards.
        let refused = put("letter").await;
        assert!(is_not_taken(&refused) && refused.unwrap_err().to_string().contains("never agreed"));
        let list = user.put("mail", "list", b"prices").await.unwrap().item.id;
        let trail = TrailFilter { action: Some("item.create".into()), outcome: Some("refused".into()), ..TrailFilter::default() };
        let entry = &owner.trail(trail).await.unwrap()[0].event;
        assert_eq!(entry["details"]["reasons"], serde_json::json!(["ingest.purpose", "purpose.no-consent"]), "{entry}");
        assert!(!entry.to_string().contains("anna@"));
        let given = site.record(user, news(), gives(1)).await.unwrap();
        let letter = put("letter").await.unwrap().item.id;
        assert!(user.get(letter).await.is_ok() && owner.get(letter).await.is_ok());
        // Her consent is for the newsletter, and so is the dataset: a contract that carries itself does not reach into it.
        let use_from = async |word: &str| {
            let (purpose, how) = ((PurposeRef::parse(word), Some(mail())), "the letter of March".to_owned());
            site.rights.use_from_dataset(&user.credential, user.request(), purpose, ANNA.into(), how).await
        };
        assert!(use_from("newsletter").await.is_ok());
        assert!(is_withheld(use_from("billing").await, "purpose.not-of-dataset"));
        assert!(site.use_it(user, PurposeRef::parse("billing")).await.is_ok(), "elsewhere it does");
        // Taken back: from that act on nothing of hers is used, by whichever door; who answers her may look.
        site.record(user, news(), takes_back()).await.unwrap();
        for person in [user, owner] {
            assert!(is_withheld(person.get(letter).await, "purpose.withdrawn"));
            let look = person.custody().look_into(&person.credential, person.request(), letter, None);
            assert!(is_withheld(look.await.map(drop), "purpose.withdrawn"));
        }
        assert!(is_not_taken(&put("letter").await) && is_not_taken(&put("another").await));
        assert!(officer.get(letter).await.is_ok() && user.get(list).await.is_ok());
        let link = site.rights.link(&owner.credential, owner.request(), list, given.subject.into_iter().collect()).await;
        assert!(is_not_taken(&link), "{link:?}");
        let trail = TrailFilter { action: Some("item.download".into()), outcome: Some("refused".into()), ..TrailFilter::default() };
        assert_eq!(owner.trail(trail).await.unwrap().len(), 2);
        site.record(user, news(), gives(1)).await.unwrap();
        assert!(user.get(letter).await.is_ok(), "she may change her mind");
        // A purpose that has ended carries nothing any more, and what there is none of never did.
        site.end(news()).await;
        assert!(is_withheld(user.get(letter).await, "purpose.ended"));
        let rule = Ingest { purposes: vec!["nothing-of-ours".into()], ..Ingest::default() };
        let change = DatasetChange { ingest: Some(Some(rule)), ..DatasetChange::default() };
        owner.custody().change_dataset(&owner.credential, owner.request(), mail(), change).await.unwrap();
        assert!(is_withheld(user.get(letter).await, "purpose.unknown"));
    }

    async fn use_goes_by_consent_and_stops_when_it_is_taken_back(db: TestDb) {
        let site = Site::on(db).await;
        site.newsletter().await;
        let user = &site.team.member(Class::User).await;
        let officer = &site.team.member(Class::PrivacyOfficer).await;
        assert!(is_refused_for(&site.use_it(user, news()).await, "purpose.no-consent"));
        let given = site.record(user, news(), gives(1)).await.unwrap();
        assert_eq!((given.given, given.notice, given.act), (true, Some(1), Some(ConsentAct::Clicked)));
        assert_eq!(site.use_it(user, news()).await.unwrap().standing, Standing::Given);
        let shouted = NewConsent { person: " email: Anna@Person.Example ".into(), ..takes_back() };
        site.record(user, news(), shouted).await.unwrap();
        assert!(is_refused_for(&site.use_it(user, news()).await, "purpose.withdrawn"), "at once");
        site.record(user, news(), gives(1)).await.unwrap();
        assert!(site.use_it(user, news()).await.is_ok());
        let history: Vec<bool> = site.history(officer).await.iter().map(|consent| consent.given).collect();
        assert_eq!(history, [true, false, true], "what was said stays said");
        assert_eq!(site.history(officer).await[0].proof.as_deref(), Some("form 7, box 2"));
        let refused = TrailFilter { action: Some("purpose.use".into()), outcome: Some("refused".into()), ..TrailFilter::default() };
        assert_eq!(site.team.owner.trail(refused).await.unwrap().len(), 2);
    }

    async fn consent_needs_an_act_a_notice_that_is_current_and_a_purpose_that_asks_for_it(db: TestDb) {
        let site = Site::on(db).await;
        let owner = &site.team.owner;
        site.make(owner, purpose("newsletter", Basis::Consent)).await.unwrap();
        let untold = site.record(owner, news(), gives(1)).await;
        assert!(matches!(untold, Err(Error::Conflict(_))), "nobody was told anything");
        site.publish(owner, news(), "We will write to you.").await.unwrap();
        for (field, new) in [
            ("act", NewConsent { act: None, ..gives(1) }),
            ("notice", NewConsent { notice: None, ..gives(1) }),
            ("person", NewConsent { person: " ".into(), ..gives(1) }),
            ("at", NewConsent { at: Some(site.world.clock.now().plus(Duration::from_secs(60))), ..gives(1) }),
            ("act", NewConsent { act: Some(ConsentAct::Said), ..takes_back() }),
        ] {
            let refused = site.record(owner, news(), new).await;
            assert!(matches!(&refused, Err(Error::Invalid { field: found, .. }) if *found == field), "{field}: {refused:?}");
        }
        assert_eq!(site.publish(owner, news(), "We will write to you, and call.").await.unwrap(), 2);
        assert!(matches!(site.record(owner, news(), gives(1)).await, Err(Error::Conflict(_))), "another text by now");
        site.record(owner, news(), gives(2)).await.unwrap();
        site.make(owner, purpose("billing", Basis::Contract)).await.unwrap();
        let billing = || PurposeRef::parse("billing");
        site.publish(owner, billing(), "We write bills.").await.unwrap();
        assert!(matches!(site.record(owner, billing(), gives(1)).await, Err(Error::Conflict(_))), "a contract is no consent");
        assert!(matches!(site.record(owner, billing(), takes_back()).await, Err(Error::Conflict(_))), "nor is it taken back");
        assert_eq!(site.use_it(owner, billing()).await.unwrap().standing, Standing::OtherBasis);
        assert_eq!(site.history(owner).await.len(), 1, "what was refused is not there");
    }

    async fn a_notice_keeps_its_text_and_says_when_it_has_changed(db: TestDb) {
        let site = Site::on(db).await;
        let owner = &site.team.owner;
        site.newsletter().await;
        site.record(owner, news(), gives(1)).await.unwrap();
        assert_eq!(site.publish(owner, news(), "We will write to you.").await.unwrap(), 1, "the same text is the same version");
        assert!(!site.standing(owner, news()).await.unwrap().notice_has_changed);
        assert_eq!(site.publish(owner, news(), "We will write to you weekly.").await.unwrap(), 2);
        let answer = site.standing(owner, news()).await.unwrap();
        assert!(answer.notice_has_changed && answer.standing == Standing::Given);
        let text = |version| site.rights.notice_text(&owner.credential, owner.request(), news(), version);
        assert_eq!(text(1).await.unwrap(), "We will write to you.");
        assert_eq!(text(2).await.unwrap(), "We will write to you weekly.");
        assert!(matches!(text(3).await, Err(Error::NotFound(_))));
    }

    async fn each_purpose_has_one_basis_for_good(db: TestDb) {
        let site = Site::on(db).await;
        let owner = &site.team.owner;
        site.newsletter().await;
        let again = site.make(owner, purpose("newsletter", Basis::LegitimateInterests)).await;
        assert!(matches!(again, Err(Error::Conflict(_))));
        let unweighed = NewPurpose { basis: Basis::LegitimateInterests, ..purpose("cameras", Basis::Contract) };
        assert!(matches!(site.make(owner, unweighed).await, Err(Error::Invalid { field: "weighing", .. })));
        let weighed = NewPurpose { basis: Basis::Contract, ..purpose("cameras", Basis::LegitimateInterests) };
        assert!(matches!(site.make(owner, weighed).await, Err(Error::Invalid { field: "weighing", .. })));
        assert!(matches!(site.make(owner, purpose("Not A Word", Basis::Contract)).await, Err(Error::Invalid { field: "word", .. })));
        site.record(owner, news(), gives(1)).await.unwrap();
        let ended = site.end(news()).await;
        assert!(ended.ended_at.is_some());
        assert!(is_refused_for(&site.use_it(owner, news()).await, "purpose.ended"));
        assert!(matches!(site.record(owner, news(), gives(1)).await, Err(Error::Conflict(_))));
        assert!(site.record(owner, news(), takes_back()).await.is_ok(), "taking back is always possible");
        assert!(matches!(site.publish(owner, news(), "more").await, Err(Error::Conflict(_))));
    }

    async fn a_browser_that_objects_to_sale_is_heard(db: TestDb) {
        let site = Site::on(db).await;
        let owner = &site.team.owner;
        let mut ads = purpose("ads", Basis::Consent);
        ads.terms.sells_or_shares = true;
        site.make(owner, ads).await.unwrap();
        let ads = || PurposeRef::parse("ads");
        site.publish(owner, ads(), "We sell it.").await.unwrap();
        site.newsletter().await;
        let objecting = || NewConsent { browser_objects: true, ..gives(1) };
        assert!(matches!(site.record(owner, ads(), objecting()).await, Err(Error::Conflict(_))));
        assert!(site.record(owner, news(), objecting()).await.is_ok(), "what is not sold is not meant");
        assert!(site.record(owner, ads(), gives(1)).await.is_ok());
    }

    async fn what_happened_earlier_does_not_undo_what_came_after(db: TestDb) {
        let site = Site::on(db).await;
        let owner = &site.team.owner;
        site.newsletter().await;
        let now = site.world.clock.now();
        let at = |hours: u64| Some(now.minus(Duration::from_secs(hours * 3600)));
        site.record(owner, news(), NewConsent { at: at(1), ..takes_back() }).await.unwrap();
        site.record(owner, news(), NewConsent { at: at(5), ..gives(1) }).await.unwrap();
        assert_eq!(site.standing(owner, news()).await.unwrap().standing, Standing::Withdrawn, "told late, happened first");
    }

    async fn a_receipt_proves_what_was_agreed_to_and_names_nobody(db: TestDb) {
        let site = Site::on(db).await;
        let owner = &site.team.owner;
        site.newsletter().await;
        let request = owner.request();
        site.rights.record_consent(&owner.credential, request.clone(), news(), gives(1), None).await.unwrap();
        site.world.sequence().await;
        let receipt = owner.receipt(request.recorded.event().unwrap()).await.unwrap();
        let proven = ledger::Receipt::parse(receipt.as_bytes()).unwrap().verify(&site.world.policy).unwrap();
        let told = format!("{proven:?}");
        assert!(!receipt.contains("anna@") && !told.contains("anna@"));
        assert!(receipt.contains("notice_sha256") && receipt.contains("\"act\":\"clicked\""));
        let forged = receipt.replace("\"given\":true", "\"given\":false");
        assert_ne!(forged, receipt);
        let parsed = ledger::Receipt::parse(forged.as_bytes());
        assert!(parsed.is_err() || parsed.unwrap().verify(&site.world.policy).is_err(), "a forged receipt fails");
    }

    async fn what_shows_it_lies_sealed_and_goes_with_the_person(db: TestDb) {
        let site = Site::on(db).await;
        let owner = &site.team.owner;
        site.newsletter().await;
        let consent = site.record(owner, news(), gives(1)).await.unwrap();
        let sealed = site.sealed_bytes("SELECT proof_sealed FROM consent").await;
        assert!(sealed.iter().all(|bytes| !contains(bytes, b"anna@") && !contains(bytes, b"form 7")));
        let erase = Erase { subject: consent.subject.unwrap(), afterwards: AfterErasure::Refuse };
        site.rights.erase(&owner.credential, owner.request(), erase).await.unwrap();
        assert!(site.history(owner).await.is_empty(), "nobody is found by what they were known by");
        assert_eq!(site.sealed_bytes("SELECT proof_sealed FROM consent").await.len(), 1, "that somebody agreed stays");
        assert!(is_refused_for(&site.use_it(owner, news()).await, "purpose.no-consent"));
        let again = site.record(owner, news(), gives(1)).await;
        assert!(matches!(again, Err(Error::Conflict(_))), "who was erased does not come back by the side door");
    }

    async fn two_who_are_one_said_all_of_it(db: TestDb) {
        let site = Site::on(db).await;
        let owner = &site.team.owner;
        site.newsletter().await;
        let given = site.record(owner, news(), gives(1)).await.unwrap();
        let by_phone = NewConsent { person: "phone:+372 5123 4567".into(), ..takes_back() };
        let taken = site.record(owner, news(), by_phone).await.unwrap();
        assert!(site.use_it(owner, news()).await.is_ok(), "as far as anybody knows these are two people");
        let merge = site.rights.merge(&owner.credential, owner.request(), given.subject.unwrap(), taken.subject.unwrap());
        merge.await.unwrap();
        assert!(is_refused_for(&site.use_it(owner, news()).await, "purpose.withdrawn"));
        assert_eq!(site.history(owner).await.len(), 2);
    }

    async fn who_is_restricted_or_objects_is_left_alone(db: TestDb) {
        let site = Site::on(db).await;
        let owner = &site.team.owner;
        site.newsletter().await;
        site.make(owner, purpose("cameras", Basis::LegitimateInterests)).await.unwrap();
        let cameras = || PurposeRef::parse("cameras");
        assert_eq!(site.use_it(owner, cameras()).await.unwrap().standing, Standing::OtherBasis);
        site.record(owner, cameras(), takes_back()).await.unwrap();
        assert!(is_refused_for(&site.use_it(owner, cameras()).await, "purpose.objected"));
        let anna = site.record(owner, news(), gives(1)).await.unwrap().subject.unwrap();
        site.rights.restrict(&owner.credential, owner.request(), anna, RestrictionGround::Accuracy).await.unwrap();
        assert!(is_refused_for(&site.use_it(owner, news()).await, "purpose.restricted"));
        let twin = "email:bea@person.example".to_owned();
        site.record(owner, news(), NewConsent { person: twin.clone(), ..gives(1) }).await.unwrap();
        let use_of_twin = site.rights.use_for_purpose(&owner.credential, owner.request(), news(), twin, "March".into());
        assert_eq!(use_of_twin.await.unwrap().standing, Standing::Given);
    }

    async fn each_class_does_what_is_its_business(db: TestDb) {
        let site = Site::on(db).await;
        site.newsletter().await;
        let user = &site.team.member(Class::User).await;
        assert!(site.make(user, purpose("mine", Basis::Contract)).await.is_err());
        site.record(user, news(), gives(1)).await.unwrap();
        let used = site.use_it(user, news()).await.unwrap();
        assert_eq!(used.newest.unwrap().proof, None, "what shows it is for those who may see consent");
        assert!(matches!(site.standing(user, news()).await, Err(Error::Forbidden { .. })));
        let auditor = &site.team.member(Class::Auditor).await;
        let page = PageRequest::first(10);
        let listed = site.rights.purposes(&auditor.credential, auditor.request(), page).await.unwrap();
        assert_eq!(listed.items[0].terms.word, "newsletter");
        assert!(site.record(auditor, news(), gives(1)).await.is_err());
        let rival = site.world.team("rival").await;
        assert!(matches!(site.standing(&rival.owner, news()).await, Err(Error::NotFound("purpose"))));
        assert!(site.history(&rival.owner).await.is_empty());
    }

    async fn a_repeated_entry_is_one(db: TestDb) {
        let site = Site::on(db).await;
        let owner = &site.team.owner;
        site.newsletter().await;
        let record = || {
            let once = IdempotencyKey::new("key", &[b"consent"]);
            site.rights.record_consent(&owner.credential, owner.request(), news(), gives(1), Some(once))
        };
        assert_eq!(record().await.unwrap(), record().await.unwrap());
        assert_eq!(site.history(owner).await.len(), 1);
    }
}
