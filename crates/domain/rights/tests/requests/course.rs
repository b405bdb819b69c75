//! From the day a request comes to its answer: proof, clocks, decisions, and what becomes of what it says.

use access::Class;
use custody::Error;
use custody::trail::TrailFilter;
use kernel::{Clock as _, PageRequest};
use rights::request::{Decision, Ground, Kind, Proof, Queue, Rule, State, Step, Verdict};

use super::DAY;
use super::site::*;

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

    async fn a_team_that_holds_its_key_itself_has_requests_too(db: TestDb) {
        let site = Site::on(db).await;
        let lab = site.world.customer_held_team("lab").await;
        let id = site.open(&lab.owner, Kind::Access).await.id;
        assert_eq!(site.file(&lab.owner, id).await.unwrap().details, Some(details()));
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
