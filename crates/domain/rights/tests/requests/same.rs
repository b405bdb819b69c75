//! What somebody asks twice.

use custody::trail::TrailFilter;
use custody::{Error, IdempotencyKey};
use rights::request::{Decision, Kind, Queue, State, Step};

use super::DAY;
use super::site::*;

engines::on_both! {
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

    async fn a_repeated_request_is_answered_and_not_taken_in_twice(db: TestDb) {
        let site = Site::on(db).await;
        let owner = &site.team.owner;
        let once = || Some(IdempotencyKey::new("key", &[b"request"]));
        let first = site.open_as(owner, new(Kind::Access), once()).await.unwrap();
        let second = site.open_as(owner, new(Kind::Access), once()).await.unwrap();
        assert_eq!(first, second);
        assert_eq!(site.listed(owner, Queue::Live).await.len(), 1);
    }
}
