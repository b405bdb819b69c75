//! What people ask for, from the day it comes to the answer, on both engines.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on must fail"
)]

mod site;

use std::collections::BTreeMap;
use std::time::Duration;

use access::Class;
use custody::trail::TrailFilter;
use custody::{Error, IdempotencyKey};
use kernel::{Clock as _, PageRequest};
use rights::portal::{
    Arrived, Begun, Language, MOST_MAIL_ANSWERS, MOST_MAILED, Message, NewVisit, NoPerson, Portal,
};
use rights::request::{
    Channel, CodeCheck, Decision, Ground, Kind, Proof, Queue, Rule, State, Step, TaskState, Verdict,
};
use site::*;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

engines::on_both! {
    async fn a_request_goes_from_the_door_to_the_answer(db: TestDb) {
        let site = Site::on(db).await;
        let officer = site.team.member(Class::PrivacyOfficer).await;
        let opened = site.open(&officer, Kind::Access).await;
        assert_eq!((opened.state, opened.proof_wanted), (State::Received, Proof::StaffCheck));
        // Nothing is fulfilled before it is known who asks.
        for early in [site.decide(&officer, opened.id, Decision::Grant).await, site.answer(&officer, opened.id, Some("here")).await] {
            assert!(matches!(early, Err(Error::Conflict(_))), "{early:?}");
        }
        site.identify(&officer, opened.id).await.unwrap();
        let undecided = site.answer(&officer, opened.id, Some("here")).await;
        assert!(matches!(undecided, Err(Error::Conflict(_))));
        let decided = site.decide(&officer, opened.id, Decision::Grant).await.unwrap();
        assert_eq!((decided.decision, decided.decided_by), (Some(Verdict::Grant), Some(officer.member)));
        let silent = site.answer(&officer, opened.id, None).await;
        assert!(matches!(silent, Err(Error::Invalid { field: "text", .. })));
        site.draft(&officer, opened.id, "This is what we keep.").await.unwrap();
        assert_eq!(site.listed(&officer, Queue::Live).await, [opened.id]);
        let answered = site.answer(&officer, opened.id, None).await.unwrap();
        assert_eq!(answered.state, State::Answered);
        assert!(answered.closed_at.is_some() && !answered.is_late(site.world.clock.now()));
        assert!(site.listed(&officer, Queue::Live).await.is_empty());
        assert_eq!(site.listed(&officer, Queue::Closed).await, [opened.id]);
        let file = site.file(&officer, opened.id).await.unwrap();
        assert_eq!(file.answer.as_deref(), Some("This is what we keep."));
        assert_eq!(file.details, Some(details()));
        let steps: Vec<Step> = file.steps.iter().map(|taken| taken.step).collect();
        assert_eq!(steps, [Step::Opened, Step::Identified, Step::Granted, Step::Drafted, Step::Answered]);
        assert_eq!(file.steps[1].note.as_deref(), Some("known by voice, called back"));
        let again = site.answer(&officer, opened.id, Some("more")).await;
        assert!(matches!(again, Err(Error::Conflict(_))), "what is closed stays closed");
        // Each step stands in the trail, what was refused as well, and nothing that names anybody.
        let filter = |action: &str| TrailFilter { action: Some(action.into()), ..TrailFilter::default() };
        for (action, done) in [("request.open", 1), ("request.identify", 1), ("request.decide", 1), ("request.draft", 1), ("request.answer", 1)] {
            let entries = site.team.owner.trail(filter(action)).await.unwrap();
            let count = entries.iter().filter(|entry| entry.event["outcome"] == "done").count();
            assert_eq!(count, done, "{action}");
            assert!(entries.iter().all(|entry| !entry.event.to_string().contains("anna@")), "{action}");
        }
    }

    async fn a_refusal_has_a_ground_that_fits_and_reasons(db: TestDb) {
        let site = Site::on(db).await;
        let owner = &site.team.owner;
        let id = site.open(owner, Kind::Access).await.id;
        site.identify(owner, id).await.unwrap();
        let refuse = |ground, reasons: &str| Decision::Refuse { ground, reasons: reasons.into() };
        let misfit = site.decide(owner, id, refuse(Ground::LegalClaims, "a claim")).await;
        assert!(matches!(misfit, Err(Error::Invalid { field: "ground", .. })), "17(3)(e) is about erasure");
        let mute = site.decide(owner, id, refuse(Ground::Excessive, " ")).await;
        assert!(matches!(mute, Err(Error::Invalid { field: "reasons", .. })));
        let unknown = site.decide(owner, id, refuse(Ground::NotIdentified, "who?")).await.unwrap();
        assert_eq!(unknown.decision, Some(Verdict::Refuse));
        let decided = site.decide(owner, id, refuse(Ground::Excessive, "the ninth this month")).await.unwrap();
        assert_eq!(decided.ground, Some(Ground::Excessive), "it is decided anew until something went out");
        let refused = site.answer(owner, id, Some("No, and you can complain to the authority.")).await.unwrap();
        assert_eq!(refused.state, State::Refused);
        let file = site.file(owner, id).await.unwrap();
        assert!(file.steps.iter().any(|taken| taken.note.as_deref() == Some("the ninth this month")));
    }

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

    async fn where_four_eyes_are_wanted_who_decides_does_not_answer(db: TestDb) {
        let site = Site::on(db).await;
        let (owner, officer) = (&site.team.owner, site.team.member(Class::PrivacyOfficer).await);
        let one = site.open(owner, Kind::Access).await.id;
        site.identify(owner, one).await.unwrap();
        site.decide(owner, one, Decision::Grant).await.unwrap();
        assert!(site.answer(owner, one, Some("here")).await.is_ok(), "two pairs of eyes are a setting");
        site.settle(Rule { four_eyes: true, ..Rule::default() }).await.unwrap();
        let two = site.open(owner, Kind::Access).await.id;
        site.identify(owner, two).await.unwrap();
        site.decide(owner, two, Decision::Grant).await.unwrap();
        let alone = site.answer(owner, two, Some("here")).await;
        assert!(matches!(&alone, Err(Error::Forbidden { reasons, .. }) if reasons.contains(&"limit.four-eyes".to_owned())), "{alone:?}");
        assert!(site.answer(&officer, two, Some("here")).await.is_ok());
        let refused = TrailFilter { outcome: Some("refused".into()), action: Some("request.answer".into()), ..TrailFilter::default() };
        assert_eq!(owner.trail(refused).await.unwrap().len(), 1, "what was refused stands in the trail");
        let loosened = site.settle_by(&officer, Rule::default()).await;
        assert!(matches!(loosened, Err(Error::Forbidden { .. })), "who answers does not settle how");
    }

    async fn a_request_is_extended_once_and_only_while_it_runs(db: TestDb) {
        let site = Site::on(db).await;
        let owner = &site.team.owner;
        let (first, second) = (site.open(owner, Kind::Access).await, site.open(owner, Kind::Access).await);
        assert!(matches!(site.extend(owner, first.id).await, Err(Error::Conflict(_))), "who asks is not known");
        site.identify(owner, first.id).await.unwrap();
        let extended = site.extend(owner, first.id).await.unwrap();
        assert!(extended.law_due_at > first.law_due_at && extended.own_due_at == first.own_due_at);
        assert!(matches!(site.extend(owner, first.id).await, Err(Error::Conflict(_))), "twice");
        assert_eq!(site.listed(owner, Queue::Live).await, [second.id, first.id], "the other one is due first now");
        site.identify(owner, second.id).await.unwrap();
        site.world.clock.advance(DAY * 40);
        assert!(matches!(site.extend(owner, second.id).await, Err(Error::Conflict(_))), "too late");
        let file = site.file(owner, first.id).await.unwrap();
        assert!(file.steps.iter().any(|taken| taken.step == Step::Extended && taken.note.as_deref() == Some("three archives")));
    }

    async fn the_queue_begins_with_what_is_due_and_goes_by_pages(db: TestDb) {
        let site = Site::on(db).await;
        let owner = &site.team.owner;
        let now = site.world.clock.now();
        let mut ids = Vec::new();
        for days in [3, 9, 1, 5] {
            let new = rights::request::NewRequest { received_at: Some(now.minus(DAY * days)), ..new(Kind::Objection) };
            ids.push(site.open_as(owner, new, None).await.unwrap().id);
        }
        let still = site.open(owner, Kind::Objection).await.id;
        site.ask(owner, still, Proof::MailCode).await.unwrap();
        let expected = [ids[1], ids[3], ids[0], ids[2], still];
        let (mut seen, mut page) = (Vec::new(), PageRequest::first(2));
        loop {
            let listed = site.rights.requests(&owner.credential, owner.request(), Queue::Live, page.clone()).await.unwrap();
            seen.extend(listed.items.iter().map(|request| request.id));
            let Some(next) = listed.next else { break };
            page.after = Some(next);
        }
        assert_eq!(seen, expected);
        let first = site.file(owner, ids[1]).await.unwrap().request;
        assert!(first.is_behind_promise(site.world.clock.now()) && !first.is_late(site.world.clock.now()));
        let future = rights::request::NewRequest { received_at: Some(now.plus(DAY)), ..new(Kind::Objection) };
        assert!(matches!(site.open_as(owner, future, None).await, Err(Error::Invalid { field: "received_at", .. })));
    }

    async fn reminders_come_before_each_end_and_every_day_once_it_is_late(db: TestDb) {
        let site = Site::on(db).await;
        let officer = site.team.member(Class::PrivacyOfficer).await;
        let id = site.open(&officer, Kind::Access).await.id;
        assert!(site.reminders(&officer).await.is_empty());
        site.world.clock.advance(DAY * 6);
        let first = site.reminders(&officer).await;
        assert!(first.len() == 1 && first[0].request.id == id && !first[0].is_behind_promise);
        assert!(site.reminders(&officer).await.is_empty(), "once each");
        site.world.clock.advance(DAY * 2);
        assert!(site.reminders(&officer).await[0].is_behind_promise);
        site.world.clock.advance(DAY * 30);
        let late = site.reminders(&officer).await;
        assert!(late.len() == 1 && late[0].is_late, "one for all that was missed");
        assert!(site.reminders(&officer).await.is_empty());
        site.world.clock.advance(DAY);
        assert_eq!(site.reminders(&officer).await.len(), 1, "every day");
        site.world.clock.advance(DAY);
        site.withdraw(&officer, id).await.unwrap();
        assert!(site.reminders(&officer).await.is_empty(), "what is closed is quiet");
        let auditor = site.team.member(Class::Auditor).await;
        assert!(matches!(site.rights.take_reminders(&auditor.credential, auditor.request()).await, Err(Error::Forbidden { .. })));
    }

    async fn who_has_the_queue_gets_a_letter_once_at_each_threshold(db: TestDb) {
        let site = Site::on(db).await;
        let (owner, remind) = (&site.team.owner, async || site.rights.remind_by_mail().await.unwrap());
        let id = site.open(owner, Kind::Access).await.id;
        assert_eq!(remind().await, 0, "nothing is near its end");
        // Seven days of one's own: two days before, and at the end. There is no officer yet, so it is the owner who hears of it.
        site.world.clock.advance(DAY * 6);
        assert_eq!(remind().await, 1);
        let letters = site.letters().await;
        let [kind, _, _, text] = &letters[0];
        assert_eq!((letters.len(), kind.as_str()), (1, "request.reminder"));
        assert!(text.contains(&id.to_string()) && text.contains("in time") && !text.contains("Anna"), "{text}");
        assert_eq!(remind().await, 0, "once");
        site.team.member(Class::PrivacyOfficer).await;
        site.world.clock.advance(DAY * 2);
        assert_eq!(remind().await, 1);
        let letters = site.letters().await;
        assert!(letters.len() == 1 && letters[0][1].starts_with("privacy-officer") && letters[0][3].contains("promise is over"), "{letters:?}");
        // The legal month: a week and a day before, at the end, and every day from then on.
        for (days, says) in [(17, "promise is over"), (6, "promise is over"), (1, "law's period is over"), (1, "law's period is over")] {
            site.world.clock.advance(DAY * days);
            assert_eq!((remind().await, remind().await), (1, 0), "after {days} days");
            let letters = site.letters().await;
            assert!(letters.len() == 1 && letters[0][3].contains(says), "{says}: {letters:?}");
        }
        // What a program takes stands beside it, and what is closed is quiet.
        assert_eq!(site.reminders(owner).await.len(), 1);
        site.withdraw(owner, id).await.unwrap();
        site.world.clock.advance(DAY * 2);
        assert_eq!((remind().await, site.letters().await.len()), (0, 0));
        let filter = TrailFilter { action: Some("lifecycle.run".into()), ..TrailFilter::default() };
        let entries = owner.trail(filter).await.unwrap();
        assert!(entries.len() == 6 && entries.iter().all(|entry| entry.event["details"]["reminded_of"][0] == id.to_string()), "{entries:?}");
    }

    async fn each_class_sees_what_is_its_business(db: TestDb) {
        let site = Site::on(db).await;
        let user = site.team.member(Class::User).await;
        let id = site.open(&user, Kind::Access).await.id;
        assert!(matches!(site.file(&user, id).await, Err(Error::Forbidden { .. })), "taking in is not reading");
        let auditor = site.team.member(Class::Auditor).await;
        assert_eq!(site.listed(&auditor, Queue::Live).await, [id]);
        assert!(matches!(site.file(&auditor, id).await, Err(Error::Forbidden { .. })));
        let worker = site.team.member(Class::Worker).await;
        assert!(site.open_as(&worker, new(Kind::Access), None).await.is_err());
        let rival = site.world.team("rival").await;
        assert!(matches!(site.file(&rival.owner, id).await, Err(Error::NotFound("request"))));
        assert!(site.withdraw(&rival.owner, id).await.is_err());
        let refused = TrailFilter { outcome: Some("refused".into()), ..TrailFilter::default() };
        assert_eq!(rival.owner.trail(refused).await.unwrap().len(), 2, "a look for another's request is recorded");
        assert_eq!(site.file(&site.team.owner, id).await.unwrap().request.state, State::Received);
    }

    async fn what_names_the_person_lies_sealed_and_goes_with_their_key(db: TestDb) {
        let site = Site::on(db).await;
        let owner = &site.team.owner;
        owner.dataset("mail").await.unwrap();
        site.put_about(owner, "customer-7").await;
        let known = |kind| rights::request::NewRequest { subject: Some("customer-7".into()), ..new(kind) };
        let access = site.open_as(owner, known(Kind::Access), None).await.unwrap();
        let erasure = site.open_as(owner, known(Kind::Erasure), None).await.unwrap();
        assert!(access.subject.is_some() && access.subject == erasure.subject);
        site.identify(owner, access.id).await.unwrap();
        for bytes in site.sealed_bytes("SELECT details_sealed FROM person_request").await {
            assert!(!contains(&bytes, b"Anna") && !contains(&bytes, b"anna@"));
        }
        // As if there were no such person any more, nor a key of theirs.
        site.execute("UPDATE person_request SET subject_id = $1").await;
        let file = site.file(owner, access.id).await.unwrap();
        assert_eq!((file.details, file.steps[1].note.as_deref()), (None, None), "their words went with their key");
        assert_eq!(file.steps[1].step, Step::Identified, "that there was a request, and when, did not");
        assert!(matches!(site.draft(owner, access.id, "text").await, Err(Error::Conflict(_))));
        let kept = site.file(owner, erasure.id).await.unwrap();
        assert_eq!(kept.details, Some(details()), "who was erased still gets an answer");
    }

    async fn who_was_erased_is_named_by_their_request_until_they_could_read_the_answer(db: TestDb) {
        let site = Site::on(db).await;
        let owner = &site.team.owner;
        let forget = async || site.rights.forget_who_was_erased().await.unwrap();
        owner.dataset("mail").await.unwrap();
        site.put_about(owner, "customer-7").await;
        let asks = |subject: &str| rights::request::NewRequest { subject: Some(subject.into()), ..new(Kind::Erasure) };
        let erased = site.open_as(owner, asks("customer-7"), None).await.unwrap().id;
        let refused = site.open_as(owner, asks("nobody"), None).await.unwrap().id;
        for id in [erased, refused] {
            site.identify(owner, id).await.unwrap();
        }
        let refuse = Decision::Refuse { ground: Ground::LegalObligation, reasons: "Ten years.".into() };
        site.decide(owner, refused, refuse).await.unwrap();
        site.decide(owner, erased, Decision::Grant).await.unwrap();
        // Who asked twice is named by neither.
        let twice = site.open(owner, Kind::Erasure).await;
        assert!(twice.likely_same_as.is_some());
        site.identify(owner, twice.id).await.unwrap();
        site.same(owner, twice.id, erased).await.unwrap();
        for id in [erased, refused] {
            site.answer(owner, id, Some("It is done.")).await.unwrap();
        }
        site.world.clock.advance(31 * DAY);
        assert_eq!(forget().await, 0, "the person is still there");
        site.execute("UPDATE person_request SET subject_id = $1").await;
        site.world.clock.advance(DAY);
        assert_eq!(site.file(owner, erased).await.unwrap().details, Some(details()));
        assert_eq!((forget().await, forget().await), (2, 0));
        assert_eq!(site.file(owner, twice.id).await.unwrap().details, None);
        let file = site.file(owner, erased).await.unwrap();
        assert_eq!((&file.details, &file.answer, file.request.kind), (&None, &None, Kind::Erasure));
        assert!(file.request.closed_at.is_some() && file.steps.iter().all(|step| step.note.is_none()));
        let kept = site.file(owner, refused).await.unwrap();
        assert_eq!(kept.details, Some(details()), "what was refused may have to be answered for");
        // Nothing that is left opens with any key.
        let left = site.sealed_bytes("SELECT details_sealed FROM person_request WHERE decision = 'grant'").await;
        assert_eq!(left, [Vec::<u8>::new()]);
    }

    async fn what_is_asked_twice_is_marked_and_the_earlier_one_goes_on(db: TestDb) {
        let site = Site::on(db).await;
        let owner = &site.team.owner;
        owner.dataset("mail").await.unwrap();
        site.put_about(owner, "customer-7").await;
        site.put_about(owner, "customer-8").await;
        let of = |subject: Option<&str>, contact: &str| {
            let mut asked = new(Kind::Objection);
            (asked.subject, asked.details.contact) = (subject.map(str::to_owned), contact.to_owned());
            asked
        };
        let first = site.open_as(owner, of(Some("customer-7"), "anna@person.example"), None).await.unwrap();
        site.world.clock.advance(DAY);
        let again = site.open_as(owner, of(None, " Anna@Person.example"), None).await.unwrap();
        let known = site.open_as(owner, of(Some("customer-7"), "+372 512 3456"), None).await.unwrap();
        let other = site.open_as(owner, of(Some("customer-8"), "ben@person.example"), None).await.unwrap();
        let else_asked = site.open(owner, Kind::Restriction).await;
        assert_eq!((again.likely_same_as, known.likely_same_as), (Some(first.id), Some(first.id)), "by address, and by person");
        assert_eq!((first.likely_same_as, other.likely_same_as, else_asked.likely_same_as), (None, None, None));
        // Nobody is told what somebody else asked for: it is known of both that it is they.
        assert!(matches!(site.same(owner, again.id, first.id).await, Err(Error::Conflict(_))), "this one");
        for id in [again.id, other.id, else_asked.id, known.id] {
            site.identify(owner, id).await.unwrap();
        }
        assert!(matches!(site.same(owner, again.id, first.id).await, Err(Error::Conflict(_))), "the other one");
        let first = site.identify(owner, first.id).await.unwrap();
        let rival = site.world.team("rival").await;
        let theirs = site.open(&rival.owner, Kind::Objection).await.id;
        assert!(matches!(site.same(owner, again.id, theirs).await, Err(Error::NotFound(_))), "another team's");
        for (wrong, as_which) in [(first.id, again.id), (else_asked.id, first.id), (again.id, again.id), (other.id, first.id)] {
            let closed = site.same(owner, wrong, as_which).await;
            assert!(matches!(closed, Err(Error::Invalid { field: "same_as", .. })), "{closed:?}");
        }
        let closed = site.same(owner, again.id, first.id).await.unwrap();
        assert_eq!((closed.state, closed.same_as), (State::Duplicate, Some(first.id)));
        assert!(matches!(site.same(owner, known.id, again.id).await, Err(Error::Invalid { field: "same_as", .. })), "it leads on, not around");
        assert!(matches!(site.answer(owner, again.id, Some("text")).await, Err(Error::Conflict(_))), "what is closed stays closed");
        let file = site.file(owner, again.id).await.unwrap();
        let last = file.steps.last().unwrap();
        assert_eq!((last.step, last.note.as_deref()), (Step::Duplicate, Some("asked twice on one day")));
        let goes_on = site.file(owner, first.id).await.unwrap().request;
        assert_eq!((goes_on.state, goes_on.own_due_at, goes_on.law_due_at), (State::Open, first.own_due_at, first.law_due_at));
        assert!(!site.listed(owner, Queue::Live).await.contains(&again.id));
        let hashes = site.sealed_bytes("SELECT contact_blind FROM person_request WHERE closed_at IS NOT NULL AND contact_blind IS NOT NULL").await;
        assert_eq!(hashes, Vec::<Vec<u8>>::new(), "the address of what is closed is looked for no more");
        let entries = owner.trail(TrailFilter { action: Some("request.decide".into()), ..TrailFilter::default() }).await.unwrap();
        assert!(entries.iter().any(|entry| entry.event["details"]["same_as"] == serde_json::json!(first.id)), "{entries:?}");
        // Whoever asks again right after the answer has likely not read it; later it is a request of its own.
        site.decide(owner, first.id, Decision::Grant).await.unwrap();
        site.answer(owner, first.id, Some("We leave it alone.")).await.unwrap();
        site.same(owner, known.id, first.id).await.unwrap();
        site.world.clock.advance(DAY * 6);
        let crossed = site.open_as(owner, of(Some("customer-7"), "elsewhere@person.example"), None).await.unwrap();
        assert_eq!(crossed.likely_same_as, Some(first.id));
        site.world.clock.advance(DAY * 2);
        let anew = site.open_as(owner, of(Some("customer-7"), "third@person.example"), None).await.unwrap();
        assert_eq!(anew.likely_same_as, Some(crossed.id), "what was answered long ago is done");
        site.identify(owner, anew.id).await.unwrap();
        assert!(matches!(site.same(owner, anew.id, first.id).await, Err(Error::Invalid { field: "same_as", .. })));
    }

    async fn what_was_granted_is_answered_when_every_place_elsewhere_is_settled(db: TestDb) {
        let site = Site::on(db).await;
        let (owner, officer) = (&site.team.owner, site.team.member(Class::PrivacyOfficer).await);
        let places = [place("accounts", &[Kind::Access]), place("letters", &[Kind::Access]), place("shop", &[Kind::Erasure])];
        let settled = site.settle_places(&officer, &places).await;
        assert!(matches!(settled, Err(Error::Forbidden { .. })), "who answers does not settle how");
        for wrong in [[place("Accounts", &[Kind::Access])].as_slice(), &[place("a", &[])], &[places[0].clone(), places[0].clone()]] {
            assert!(matches!(site.settle_places(owner, wrong).await, Err(Error::Invalid { .. })), "{wrong:?}");
        }
        assert_eq!(site.settle_places(owner, &places).await.unwrap(), places);
        assert_eq!(site.rights.places(&officer.credential, officer.request()).await.unwrap(), places);
        for sealed in site.sealed_bytes("SELECT places_sealed FROM request_places").await {
            assert!(!contains(&sealed, b"accounts"));
        }
        let request = site.open(&officer, Kind::Access).await;
        assert_eq!(site.tasks(&officer, request.id).await, [], "nobody is asked before it is known who asks");
        assert!(matches!(site.done(&officer, request.id, "accounts").await, Err(Error::Conflict(_))));
        let request = site.identify(&officer, request.id).await.unwrap();
        let tasks = site.tasks(&officer, request.id).await;
        let seen: Vec<_> = tasks.iter().map(|task| (task.place.word.as_str(), task.state)).collect();
        assert_eq!(seen, [("accounts", TaskState::Open), ("letters", TaskState::Open)], "the shop has to do with erasures alone");
        assert!(tasks[0].due_at > Some(site.world.clock.now()) && tasks[0].due_at < request.own_due_at);
        site.decide(&officer, request.id, Decision::Grant).await.unwrap();
        let early = site.answer(&officer, request.id, Some("here")).await;
        assert!(matches!(&early, Err(Error::Conflict(says)) if says.contains("accounts, letters")), "{early:?}");
        assert!(matches!(site.done(&officer, request.id, "shop").await, Err(Error::NotFound(_))));
        let done = site.done(&officer, request.id, "accounts").await.unwrap();
        assert_eq!((done.state, done.settled_by, done.note.as_deref()), (TaskState::Done, Some(officer.member), Some("they have done it")));
        let early = site.answer(&officer, request.id, Some("here")).await;
        assert!(matches!(&early, Err(Error::Conflict(says)) if says.contains(": letters")), "{early:?}");
        // Whoever has the queue is told of it, when they are reminded.
        site.world.clock.advance(DAY * 6);
        site.rights.remind_by_mail().await.unwrap();
        let letters = site.letters().await;
        assert!(letters.iter().any(|letter| letter[3].contains("to be settled elsewhere: 1")), "{letters:?}");
        site.waive(&officer, request.id, "letters").await.unwrap();
        let user = site.team.member(Class::User).await;
        assert!(site.done(&user, request.id, "letters").await.is_err() && site.waive(&user, request.id, "letters").await.is_err());
        site.answer(&officer, request.id, Some("here")).await.unwrap();
        assert!(matches!(site.waive(&officer, request.id, "accounts").await, Err(Error::Conflict(_))), "what is closed stays closed");
        let tasks = site.tasks(&officer, request.id).await;
        let seen: Vec<_> = tasks.iter().map(|task| (task.state, task.due_at)).collect();
        assert_eq!(seen, [(TaskState::Done, None), (TaskState::Waived, None)]);
        let steps: Vec<Step> = site.file(&officer, request.id).await.unwrap().steps.iter().map(|taken| taken.step).collect();
        assert_eq!(steps, [Step::Opened, Step::Identified, Step::Granted, Step::TaskDone, Step::TaskWaived, Step::Answered]);
        let entries = owner.trail(TrailFilter { action: Some("request.task".into()), ..TrailFilter::default() }).await.unwrap();
        let done = entries.iter().filter(|entry| entry.event["outcome"] == "done" && entry.event["details"]["place"] == "accounts");
        assert_eq!(done.count(), 1);
        // What is refused is nobody's to do elsewhere.
        let refused = site.open(&officer, Kind::Erasure).await.id;
        site.identify(&officer, refused).await.unwrap();
        let refuse = Decision::Refuse { ground: Ground::StillNeeded, reasons: "The contract runs.".into() };
        site.decide(&officer, refused, refuse).await.unwrap();
        site.answer(&officer, refused, Some("No.")).await.unwrap();
    }

    async fn a_repeated_request_is_answered_and_not_taken_in_twice(db: TestDb) {
        let site = Site::on(db).await;
        let owner = &site.team.owner;
        let once = || Some(IdempotencyKey::new("key", &[b"request"]));
        let first = site.open_as(owner, new(Kind::Access), once()).await.unwrap();
        let second = site.open_as(owner, new(Kind::Access), once()).await.unwrap();
        assert_eq!(first, second);
        assert_eq!(site.listed(owner, Queue::Live).await.len(), 1);
    }

    async fn a_team_that_holds_its_key_itself_has_requests_too(db: TestDb) {
        let site = Site::on(db).await;
        let lab = site.world.customer_held_team("lab").await;
        let id = site.open(&lab.owner, Kind::Access).await.id;
        assert_eq!(site.file(&lab.owner, id).await.unwrap().details, Some(details()));
    }

    async fn what_comes_by_mail_is_a_request_of_somebody_who_has_proven_nothing(db: TestDb) {
        let site = Site::on(db).await;
        let owner = &site.team.owner;
        owner.dataset("mail").await.unwrap();
        site.put_about(owner, "email:anna@person.example").await;
        let portal = Portal { open: true, name: "Clinic".into(), contact: "Hill Road 7".into(), ..Portal::default() };
        site.rights.settle_portal(&owner.credential, owner.request(), portal).await.unwrap();
        let Arrived::Opened(objection) = site.mail(message(Kind::Objection)).await.unwrap() else { panic!("no request") };
        assert_eq!((objection.state, objection.channel, objection.proof_given), (State::Received, Channel::Mail, None));
        assert!(objection.subject.is_some() && objection.own_due_at.is_some() && objection.law_due_at.is_some(), "its clocks run");
        let file = site.file(owner, objection.id).await.unwrap();
        let said = file.details.unwrap();
        assert_eq!((said.contact.as_str(), said.words.as_str()), ("anna@person.example", "My data\n\nPlease leave it alone."));
        assert_eq!(file.steps[0].note.as_deref(), Some("2 attachments were not kept"));
        let early = site.decide(owner, objection.id, Decision::Grant).await;
        assert!(matches!(early, Err(Error::Conflict(_))), "nobody has proven anything: {early:?}");
        // Delivered twice it is one request; of somebody else it is another.
        assert_eq!(site.mail(message(Kind::Objection)).await.unwrap(), Arrived::Before(objection.id));
        let other = Message { sender: "mallory@person.example".into(), ..message(Kind::Objection) };
        assert!(matches!(site.mail(other).await.unwrap(), Arrived::Opened(_)));
        let access = Message { id: "2@person.example".into(), ..message(Kind::Access) };
        let Arrived::Opened(access) = site.mail(access).await.unwrap() else { panic!("no request") };
        let letters = site.letters().await;
        assert_eq!(letters.len(), 3, "one for each request");
        let [kind, to, subject, text] = &letters[0];
        assert_eq!((kind.as_str(), to.as_str(), subject.as_str()), ("portal.received", "anna@person.example", "Ihre Nachricht ist angekommen"));
        assert!(text.contains("https://bailee.example/privacy/clinic/sign-in") && text.contains("Hill Road 7"), "{text}");
        assert!(!text.contains("leave it alone"));
        // By the page she proves the address, which is enough to object, and not to be shown what there is.
        let visit = NewVisit {
            address: "Anna@person.example".into(), asks: None, language: Language::English, network: None,
            page: "https://bailee.example/privacy/clinic".into(),
        };
        let request = || site.world.custody.desk().own_request();
        let Begun::Sent(token) = site.rights.begin_visit(request(), "clinic", visit).await.unwrap() else { panic!("no code") };
        let code = site.letters().await[0][3].lines().next().unwrap().chars().filter(char::is_ascii_digit).collect::<String>();
        site.rights.prove_visit(&token.credential("clinic").unwrap(), request(), code.into()).await.unwrap();
        let proven = site.file(owner, objection.id).await.unwrap().request;
        assert_eq!((proven.state, proven.proof_given), (State::Open, Some(Proof::MailCode)));
        assert_eq!(site.file(owner, access.id).await.unwrap().request.state, State::Received);
        // The trail has all of it, and no address.
        let filter = TrailFilter { action: Some("request.open".into()), ..TrailFilter::default() };
        let entries = owner.trail(filter).await.unwrap();
        assert!(entries.len() == 4 && entries.iter().all(|entry| entry.event["actor"]["kind"] == "data-subject"), "{entries:?}");
        assert!(entries.iter().all(|entry| !entry.event.to_string().contains("person.example")));
        assert_eq!(entries[3].event["details"]["attachments_not_kept"], 2, "{entries:?}");
    }

    async fn what_no_person_wrote_and_floods_make_no_request(db: TestDb) {
        let site = Site::on(db).await;
        let owner = &site.team.owner;
        let bounce = Message { no_person: Some(NoPerson::NoReturnPath), ..message(Kind::Access) };
        assert_eq!(site.mail(bounce).await.unwrap(), Arrived::Nothing(NoPerson::NoReturnPath));
        assert!(site.listed(owner, Queue::Live).await.is_empty() && site.letters().await.is_empty());
        let filter = TrailFilter { action: Some("request.open".into()), ..TrailFilter::default() };
        let entry = &owner.trail(filter).await.unwrap()[0].event;
        assert_eq!(entry["details"]["because"], "no-return-path", "{entry}");
        for number in 0..MOST_MAILED {
            let one = Message { id: format!("{number}@person.example"), ..message(Kind::Access) };
            assert!(matches!(site.mail(one).await.unwrap(), Arrived::Opened(_)));
        }
        let letters = site.letters().await;
        assert_eq!(letters.len(), usize::try_from(MOST_MAIL_ANSWERS).unwrap(), "a forged address is not flooded");
        assert!(!letters[0][3].contains("http"), "a page that is closed is nowhere to go: {}", letters[0][3]);
        let more = Message { id: "more@person.example".into(), ..message(Kind::Access) };
        assert_eq!(site.mail(more.clone()).await.unwrap(), Arrived::TooMany);
        site.world.clock.advance(DAY * 2);
        assert!(matches!(site.mail(more).await.unwrap(), Arrived::Opened(_)), "it comes again");
        // Nobody takes mail for who is not there, and for who holds their key themselves.
        site.world.customer_held_team("lab").await;
        for nobody in ["lab", "nowhere"] {
            let taken = site.rights.take_mail(site.world.custody.desk().own_request(), nobody, None, message(Kind::Access)).await;
            assert!(matches!(taken, Err(Error::NotFound("portal"))), "{nobody}: {taken:?}");
        }
    }

    async fn a_rule_that_cannot_be_counted_by_is_refused(db: TestDb) {
        let site = Site::on(db).await;
        let usual = Rule::default;
        for (field, rule) in [
            ("own_days", Rule { own_days: 0, ..usual() }),
            ("own_days", Rule { own_days: 31, ..usual() }),
            ("zone", Rule { zone: "Atlantis/Capital".into(), ..usual() }),
            ("country", Rule { country: Some("XX".into()), ..usual() }),
            ("holidays", Rule { holidays: "christmas".into(), ..usual() }),
            ("remind_days", Rule { remind_days: 31, ..usual() }),
        ] {
            let refused = site.settle(rule).await;
            assert!(matches!(&refused, Err(Error::Invalid { field: found, .. }) if *found == field), "{field}: {refused:?}");
        }
        let owner = &site.team.owner;
        let before = site.open(owner, Kind::Access).await;
        site.settle(Rule { own_days: 3, ..usual() }).await.unwrap();
        let after = site.file(owner, before.id).await.unwrap().request;
        assert!(after.own_due_at < before.own_due_at, "what runs is counted anew");
        assert_eq!(site.rights.request_rule(&owner.credential, owner.request()).await.unwrap().own_days, 3);
    }
}

#[test]
fn consent_is_taken_back_without_anything_to_weigh() {
    let grounds: Vec<Ground> = Ground::of(Kind::ConsentWithdrawal).collect();
    assert_eq!(grounds, [Ground::NotIdentified]);
    for kind in Kind::ALL
        .into_iter()
        .filter(|kind| *kind != Kind::ConsentWithdrawal)
    {
        assert!(Ground::of(kind).count() >= 4, "{kind:?}");
    }
    for ground in Ground::ALL {
        assert!(
            Kind::ALL.into_iter().any(|kind| ground.fits(kind)),
            "{ground:?} is for nothing"
        );
        assert!(ground.article().contains(char::is_numeric));
    }
}
