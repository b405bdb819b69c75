//! What a request has done in places that the server does not keep.

use access::Class;
use custody::Error;
use custody::trail::TrailFilter;
use kernel::Clock as _;
use rights::request::{Decision, Ground, Kind, Step, TaskState};

use super::DAY;
use super::site::*;

engines::on_both! {
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
}
