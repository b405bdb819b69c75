//! Requests that come as letters.

use custody::Error;
use custody::trail::TrailFilter;
use rights::portal::{
    Arrived, Begun, Language, MOST_MAIL_ANSWERS, MOST_MAILED, Message, NewVisit, NoPerson, Portal,
};
use rights::request::{Channel, Decision, Kind, Proof, Queue, State};

use super::DAY;
use super::site::*;

engines::on_both! {
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
}
