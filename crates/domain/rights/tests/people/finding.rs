//! People are found by what they are known by, with what is about them; merged, and split again.

use access::Class;
use custody::Error;
use custody::item::{Filter, LinkSource, Verb};
use custody::trail::TrailFilter;
use kernel::{PageRequest, SubjectId};
use store::params;

use super::clinic::{Clinic, known_by, notes};

engines::on_both! {
    async fn a_person_is_found_by_any_spelling_of_what_they_are_known_by(db: TestDb) {
        let clinic = Clinic::on(db).await;
        let scan = clinic.put("scan", "email:Ann@Example.org").await;
        let ann = clinic.find("email: ann@example.ORG").await.unwrap();
        assert_eq!(ann.identifiers[0].value, "Ann@Example.org");
        let officer = &clinic.officer;
        let added = clinic.rights.add_identifier(&officer.credential, officer.request(), ann.id, known_by("phone:+372 512 3456")).await.unwrap();
        assert_eq!(added.identifiers.len(), 2);
        assert_eq!(clinic.id("phone:00372-5123456").await, ann.id);
        // Several kinds have the same word.
        assert!(matches!(clinic.find("ann@example.org").await, Err(Error::NotFound("subject"))));
        let about = clinic.about(ann.id).await;
        assert_eq!((about[0].id, about[0].alone, about[0].link.source), (scan, true, LinkSource::Put));
        assert_eq!(about[0].link.made_by, clinic.team.owner.member);
        // Known by it no more; the other stays.
        let gone = clinic.rights.remove_identifier(&officer.credential, officer.request(), ann.id, ann.identifiers[0].id).await.unwrap();
        assert_eq!(gone.identifiers.len(), 1);
        assert!(clinic.find("email:ann@example.org").await.is_err());
        assert_eq!(clinic.id("phone:+3725123456").await, ann.id);
    }

    async fn nobody_is_known_by_what_is_somebody_elses(db: TestDb) {
        let clinic = Clinic::on(db).await;
        clinic.put("one", "patient 7").await;
        let officer = &clinic.officer;
        let create = |words: &[&str]| {
            let identifiers = words.iter().map(|word| known_by(word)).collect();
            clinic.rights.create_subject(&officer.credential, officer.request(), identifiers)
        };
        let made = create(&["patient 8", "handle:@eight"]).await.unwrap();
        assert_eq!(clinic.id("handle:Eight").await, made.id);
        assert!(matches!(create(&["patient 9", "patient 7"]).await, Err(Error::Conflict(_))));
        assert!(clinic.find("patient 9").await.is_err(), "half of a refused request was kept");
        assert!(matches!(create(&[]).await, Err(Error::Invalid { .. })));
        let foreign = clinic.world.team("other").await.owner;
        let asked = clinic.rights.subject(&foreign.credential, foreign.request(), made.id).await;
        assert!(matches!(asked, Err(Error::NotFound("subject"))));
        let taken = clinic.rights.remove_identifier(&officer.credential, officer.request(), clinic.id("patient 7").await, made.identifiers[0].id).await;
        assert!(matches!(taken, Err(Error::NotFound("identifier"))));
    }

    async fn people_are_listed_in_pages_and_only_to_who_may(db: TestDb) {
        let clinic = Clinic::on(db).await;
        for number in 0..5 {
            clinic.put(&format!("{number}"), &format!("patient {number}")).await;
        }
        let (officer, mut page, mut seen) = (&clinic.officer, PageRequest::first(2), Vec::new());
        loop {
            let listed = clinic.rights.subjects(&officer.credential, officer.request(), page.clone()).await.unwrap();
            seen.extend(listed.items.into_iter().map(|person| person.identifiers[0].value.clone()));
            match listed.next {
                Some(next) => page.after = Some(next),
                None => break,
            }
        }
        assert_eq!(seen, ["patient 0", "patient 1", "patient 2", "patient 3", "patient 4"]);
        for class in [Class::User, Class::Worker, Class::WorkforceManager, Class::Auditor] {
            let member = clinic.team.member(class).await;
            let listed = clinic.rights.subjects(&member.credential, member.request(), PageRequest::first(2)).await;
            assert!(listed.is_err(), "{class}");
            let found = clinic.rights.find_subject(&member.credential, member.request(), known_by("patient 1")).await;
            assert!(found.is_err(), "{class}");
        }
    }

    async fn an_item_about_several_hangs_on_no_ones_key(db: TestDb) {
        let clinic = Clinic::on(db).await;
        let together = clinic.put("together", "patient 1").await;
        let own = clinic.put("own", "patient 2").await;
        let (one, two) = (clinic.id("patient 1").await, clinic.id("patient 2").await);
        clinic.team.owner.put("notes", "together", b"newer").await.unwrap();
        clinic.link(together, &[one, two, one]).await.unwrap();
        let owner = &clinic.team.owner;
        assert_eq!(owner.get(together).await.unwrap(), b"newer");
        assert_eq!(owner.item(together).await.unwrap().subject, None);
        for person in [one, two] {
            let shared = clinic.about(person).await.into_iter().find(|item| item.id == together).unwrap();
            assert_eq!((shared.alone, shared.link.source), (false, LinkSource::Link));
        }
        // Hung on the second's key alone, and on nobody's.
        clinic.link(together, &[two]).await.unwrap();
        assert_eq!(owner.item(together).await.unwrap().subject, Some(two));
        destroy_key(&clinic, two).await;
        assert!(matches!(owner.get(together).await, Err(Error::Altered)));
        assert!(matches!(owner.get(own).await, Err(Error::Altered)));
    }

    async fn an_item_about_nobody_needs_nobodys_key(db: TestDb) {
        let clinic = Clinic::on(db).await;
        let item = clinic.put("note", "patient 1").await;
        let one = clinic.id("patient 1").await;
        clinic.link(item, &[]).await.unwrap();
        assert!(clinic.about(one).await.is_empty());
        destroy_key(&clinic, one).await;
        assert_eq!(clinic.team.owner.get(item).await.unwrap(), b"note");
        let unknown = SubjectId::from_bytes(&[7; 16]).unwrap();
        assert!(matches!(clinic.link(item, &[unknown]).await, Err(Error::NotFound("subject"))));
    }

    async fn two_people_become_one_and_two_again(db: TestDb) {
        let clinic = Clinic::on(db).await;
        let scans = [clinic.put("a", "email:ann@example.org").await, clinic.put("b", "patient 7").await, clinic.put("c", "patient 8").await];
        let (ann, seven, eight) = (clinic.id("email:ann@example.org").await, clinic.id("patient 7").await, clinic.id("patient 8").await);
        let officer = &clinic.officer;
        let merge = |into, from| clinic.rights.merge(&officer.credential, officer.request(), into, from);
        let split = |merge| clinic.rights.split(&officer.credential, officer.request(), merge);
        let first = merge(seven, eight).await.unwrap();
        let second = merge(ann, eight).await.unwrap();
        assert_eq!((second.into, second.from), (ann, seven), "who stands for them is meant");
        let all = clinic.find("patient 8").await.unwrap();
        assert_eq!((all.id, all.merged.len(), all.identifiers.len()), (ann, 2, 3));
        let about: Vec<_> = clinic.about(seven).await.into_iter().map(|item| item.id).collect();
        assert_eq!(about, scans);
        let filter = Filter { subject: Some("patient 7".into()), ..Filter::default() };
        let listed = clinic.world.custody.list_items(&officer.credential, officer.request(), notes(), filter, PageRequest::first(10)).await.unwrap();
        assert_eq!(listed.items.len(), 3);
        let people = clinic.rights.subjects(&officer.credential, officer.request(), PageRequest::first(10)).await.unwrap();
        assert_eq!(people.items.len(), 1);
        assert!(matches!(merge(ann, seven).await, Err(Error::Conflict(_))));
        assert!(matches!(split(first.id).await, Err(Error::Conflict(_))), "the later one is undone first");
        split(second.id).await.unwrap();
        split(first.id).await.unwrap();
        assert!(matches!(split(first.id).await, Err(Error::Conflict(_))));
        for (person, scan) in [ann, seven, eight].into_iter().zip(scans) {
            let about = clinic.about(person).await;
            assert_eq!((about.len(), about[0].id), (1, scan));
        }
        let history = clinic.rights.merges(&officer.credential, officer.request(), ann).await.unwrap();
        assert_eq!((history.len(), history[0].undone_by), (1, Some(officer.member)));
        let filter = TrailFilter { action: Some("subject.change".into()), ..TrailFilter::default() };
        assert_eq!(clinic.team.owner.trail(filter).await.unwrap().len(), 4);
    }

    async fn what_names_people_lies_sealed(db: TestDb) {
        let clinic = Clinic::on(db).await;
        clinic.put("scan", "email:ann.planted@example.org").await;
        let rows = clinic.world.database().read_blocking(|tx| {
            tx.all("SELECT value_sealed, value_blind FROM subject_identifier", params![])
        }).map_err(|error: store::StoreError| error).unwrap();
        for row in rows {
            for column in 0..2 {
                let bytes: Vec<u8> = row.get(column).unwrap();
                assert!(!bytes.windows(7).any(|part| part == b"planted"));
            }
        }
    }

    async fn deleting_an_item_takes_its_links(db: TestDb) {
        let clinic = Clinic::on(db).await;
        let item = clinic.put("scan", "patient 1").await;
        let owner = &clinic.team.owner;
        owner.change(item, Verb::Archive).await.unwrap();
        owner.change(item, Verb::Delete).await.unwrap();
        assert!(clinic.about(clinic.id("patient 1").await).await.is_empty());
    }
}

/// As whoever wipes a key: the bytes of the wrap are gone.
async fn destroy_key(clinic: &Clinic, subject: SubjectId) {
    let wiped = clinic.world.database().write(move |tx| {
        tx.execute(
            "UPDATE subject SET key_wrapped = $2 WHERE subject_id = $1",
            params![subject, vec![0u8; 64]],
        )
    });
    assert_eq!(wiped.await.map_err(|error: store::StoreError| error).unwrap(), 1);
}
