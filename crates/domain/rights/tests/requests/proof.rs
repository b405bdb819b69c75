//! How whoever asks shows that it is they.

use std::collections::BTreeMap;
use std::time::Duration;

use custody::Error;
use rights::request::{CodeCheck, Decision, Ground, Kind, Proof, Rule, State};

use super::site::*;

engines::on_both! {
    async fn who_never_says_who_they_are_can_be_refused_after_being_asked(db: TestDb) {
        let site = Site::on(db).await;
        let owner = &site.team.owner;
        let id = site.open(owner, Kind::Objection).await.id;
        let refuse = |ground| Decision::Refuse { ground, reasons: "no answer in three weeks".into() };
        assert!(matches!(site.decide(owner, id, refuse(Ground::NotIdentified)).await, Err(Error::Conflict(_))));
        site.ask(owner, id, Proof::StaffCheck).await.unwrap();
        assert!(matches!(site.decide(owner, id, refuse(Ground::CompellingGrounds)).await, Err(Error::Conflict(_))));
        site.decide(owner, id, refuse(Ground::NotIdentified)).await.unwrap();
        let refused = site.answer(owner, id, Some("We do not know who you are.")).await.unwrap();
        assert_eq!(refused.state, State::Refused);
        let pauses = site.file(owner, id).await.unwrap().pauses;
        assert!(pauses.len() == 1 && pauses[0].to.is_some(), "it stands still no longer");
        // Who is found out after all is not refused on a ground that is gone.
        let id = site.open(owner, Kind::Objection).await.id;
        site.ask(owner, id, Proof::StaffCheck).await.unwrap();
        site.decide(owner, id, refuse(Ground::NotIdentified)).await.unwrap();
        let identified = site.identify(owner, id).await.unwrap();
        assert_eq!((identified.decision, identified.ground), (None, None));
    }

    async fn a_code_is_good_once_and_for_five_tries(db: TestDb) {
        let site = Site::on(db).await;
        let owner = &site.team.owner;
        let id = site.open(owner, Kind::Rectification).await.id;
        let unasked = site.try_code(owner, id, "12345678").await;
        assert!(matches!(unasked, Err(Error::Conflict(_))));
        let (asked, code) = site.ask(owner, id, Proof::MailCode).await.unwrap();
        assert_eq!((asked.state, asked.own_due_at, asked.law_due_at), (State::Identity, None, None), "the clocks stand still");
        let code = code.unwrap();
        let wrong = if code == "00000000" { "00000001" } else { "00000000" };
        for left in (0..5).rev() {
            assert_eq!(site.try_code(owner, id, wrong).await.unwrap(), CodeCheck::Wrong { left });
        }
        let late = site.try_code(owner, id, &code).await.unwrap();
        assert_eq!(late, CodeCheck::Wrong { left: 0 }, "the right one comes too late");
        let (_, second) = site.ask(owner, id, Proof::MailCode).await.unwrap();
        let second = second.unwrap();
        site.world.clock.advance(Duration::from_secs(15 * 60));
        assert_eq!(site.try_code(owner, id, &second).await.unwrap(), CodeCheck::Wrong { left: 4 }, "a code ends");
        let (_, third) = site.ask(owner, id, Proof::MailCode).await.unwrap();
        let spaced = format!("{} {}", &third.as_deref().unwrap()[..4], &third.as_deref().unwrap()[4..]);
        let CodeCheck::Right(open) = site.try_code(owner, id, &spaced).await.unwrap() else { panic!("it is they") };
        assert_eq!((open.state, open.proof_given), (State::Open, Some(Proof::MailCode)));
        assert!(open.law_due_at.is_some());
        let reused = site.try_code(owner, id, &third.unwrap()).await;
        assert!(matches!(reused, Err(Error::Conflict(_))), "a used proof is none");
        let other = site.open(owner, Kind::Rectification).await.id;
        let (_, code) = site.ask(owner, other, Proof::MailCode).await.unwrap();
        let third = site.open(owner, Kind::Rectification).await.id;
        site.ask(owner, third, Proof::MailCode).await.unwrap();
        assert!(matches!(site.try_code(owner, third, &code.unwrap()).await.unwrap(), CodeCheck::Wrong { .. }), "each code is one request's");
    }

    async fn no_more_than_ten_codes_are_sent(db: TestDb) {
        let site = Site::on(db).await;
        let owner = &site.team.owner;
        let id = site.open(owner, Kind::Objection).await.id;
        for _ in 0..10 {
            site.ask(owner, id, Proof::MailCode).await.unwrap();
        }
        assert!(matches!(site.ask(owner, id, Proof::MailCode).await, Err(Error::Conflict(_))));
        assert!(site.ask(owner, id, Proof::Document).await.is_ok(), "another proof is still possible");
    }

    async fn less_proof_than_the_kind_wants_is_none(db: TestDb) {
        let site = Site::on(db).await;
        let owner = &site.team.owner;
        let id = site.open(owner, Kind::Erasure).await.id;
        assert!(matches!(site.ask(owner, id, Proof::MailCode).await, Err(Error::Invalid { field: "proof", .. })));
        let accepted = site.accept(owner, id, Proof::MailCode).await;
        assert!(matches!(accepted, Err(Error::Invalid { field: "proof", .. })), "codes are tried");
        let proofs = BTreeMap::from([(Kind::Erasure, Proof::Document)]);
        site.settle(Rule { proofs, ..Rule::default() }).await.unwrap();
        let strict = site.open(owner, Kind::Erasure).await;
        assert_eq!(strict.proof_wanted, Proof::Document);
        assert!(matches!(site.accept(owner, strict.id, Proof::StaffCheck).await, Err(Error::Invalid { field: "proof", .. })));
    }

    async fn a_document_is_gone_when_it_was_looked_at(db: TestDb) {
        let site = Site::on(db).await;
        let owner = &site.team.owner;
        let id = site.open(owner, Kind::Portability).await.id;
        let passport = b"PASSPORT of Anna, number 4711".to_vec();
        assert!(matches!(site.keep(owner, id, passport.clone()).await, Err(Error::Conflict(_))), "nobody asked for it");
        site.ask(owner, id, Proof::Document).await.unwrap();
        assert!(matches!(site.accept(owner, id, Proof::Document).await, Err(Error::Conflict(_))), "there is none");
        let large = vec![7; rights::request::MOST_DOCUMENT_BYTES + 1];
        assert!(matches!(site.keep(owner, id, large).await, Err(Error::TooLarge { .. })));
        site.keep(owner, id, passport.clone()).await.unwrap();
        assert_eq!(site.document(owner, id).await.unwrap(), passport);
        assert!(site.file(owner, id).await.unwrap().has_document);
        let kept = site.sealed_bytes("SELECT document_sealed FROM person_request_proof").await;
        assert!(kept.len() == 1 && !contains(&kept[0], b"Anna"), "it is sealed meanwhile");
        site.reject(owner, id).await.unwrap();
        assert!(site.sealed_bytes("SELECT document_sealed FROM person_request_proof").await.is_empty());
        assert!(matches!(site.document(owner, id).await, Err(Error::Conflict(_))));
        site.keep(owner, id, passport).await.unwrap();
        let open = site.accept(owner, id, Proof::Document).await.unwrap();
        assert_eq!(open.proof_given, Some(Proof::Document));
        assert!(site.sealed_bytes("SELECT document_sealed FROM person_request_proof").await.is_empty());
        // Nor does one outlive a request that ends before anybody looked.
        let id = site.open(owner, Kind::Portability).await.id;
        site.ask(owner, id, Proof::Document).await.unwrap();
        site.keep(owner, id, b"PASSPORT".to_vec()).await.unwrap();
        assert_eq!(site.withdraw(owner, id).await.unwrap().state, State::Withdrawn);
        assert!(site.sealed_bytes("SELECT document_sealed FROM person_request_proof").await.is_empty());
    }
}
