//! Submitted work looked at by somebody else, and what everybody has done, on both engines.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::site::*;
use access::Class;
use custody::annotations::{Annotation, Basis, NewAnnotations, Set, Shape};
use custody::dataset::DatasetChange;
use custody::item::Verb;
use custody::task::{Figures, Share, Submitted, Task, TaskState, Verdict, Work, WorkState};
use custody::{Error, Result};
use kernel::{ItemId, PageRequest, TaskId};
use testkit::Person;

async fn reviewed(site: &Site, review: bool) {
    let change = DatasetChange {
        review: Some(review),
        ..DatasetChange::default()
    };
    let owner = &site.team.owner;
    let changed = site
        .world
        .custody
        .change_dataset(&owner.credential, owner.request(), scans(), change);
    assert_eq!(changed.await.unwrap().review, review);
}

async fn review(by: &Person, task: TaskId, item: ItemId, verdict: Verdict) -> Result<Task> {
    let custody = by.custody();
    custody
        .review(&by.credential, by.request(), task, item, verdict)
        .await
}

fn again() -> Verdict {
    Verdict::Return("the left one is missing".into())
}

async fn to_review(by: &Person) -> Result<Vec<Submitted>> {
    let (custody, page) = (by.custody(), PageRequest::first(100));
    Ok(custody
        .to_review(&by.credential, by.request(), scans(), page)
        .await?
        .items)
}

async fn figures(by: &Person, of_dataset: bool) -> Result<Vec<Figures>> {
    let (custody, page) = (by.custody(), PageRequest::first(100));
    let dataset = of_dataset.then(scans);
    Ok(custody
        .figures(&by.credential, by.request(), dataset, page)
        .await?
        .items)
}

fn tagged(class: &str) -> NewAnnotations {
    let annotation = Annotation {
        class: class.into(),
        shape: Shape::Tag {},
        text: None,
        frame: None,
    };
    NewAnnotations {
        set: Set {
            size: None,
            annotations: vec![annotation],
        },
        basis: Basis::Nothing,
        version: None,
    }
}

engines::on_both! {
    async fn work_is_approved_or_comes_back_with_a_word_about_it(db: TestDb) {
        let site = Site::with(db, 3, WORK).await;
        reviewed(&site, true).await;
        let (mia, wanda, willi) = (site.granted(Class::WorkforceManager).await, site.worker().await, site.worker().await);
        let task = lease(&wanda).await;
        let [one, two, three] = items(&task)[..] else { panic!("three items") };
        for item in [one, two, three] {
            submit(&wanda, task.id, item).await.unwrap();
        }
        let waiting = to_review(&mia).await.unwrap();
        assert_eq!(waiting.iter().map(|it| it.item).collect::<Vec<_>>(), items(&task));
        assert_eq!((waiting[0].task, waiting[0].member), (task.id, wanda.member));
        let after = review(&mia, task.id, one, Verdict::Approve).await.unwrap();
        assert_eq!((after.approved, after.submitted, after.items[0].state), (1, 3, WorkState::Approved));
        let after = review(&mia, task.id, two, again()).await.unwrap();
        assert_eq!((after.returned, after.items[1].reason.as_deref()), (1, Some("the left one is missing")));
        for settled in [one, two] {
            assert!(matches!(review(&mia, task.id, settled, Verdict::Approve).await, Err(Error::Conflict(_))));
        }
        assert_eq!(to_review(&mia).await.unwrap().len(), 1);
        // Back to who did it, before anything else; with the word of the reviewer.
        assert_eq!(request(&willi).await.unwrap(), None, "it is kept for who did it");
        let once_more = lease(&wanda).await;
        assert_eq!(items(&once_more), [two]);
        assert_eq!(once_more.items[0].reason.as_deref(), Some("the left one is missing"));
        assert_eq!(look(&mia, task.id).await.unwrap().items[1].state, WorkState::Reworked);
        submit(&wanda, once_more.id, two).await.unwrap();
        review(&mia, once_more.id, two, Verdict::Approve).await.unwrap();
    }

    async fn what_comes_back_goes_to_others_when_its_author_does_not_come(db: TestDb) {
        let site = Site::with(db, 2, WORK).await;
        reviewed(&site, true).await;
        let (wanda, willi, owner) = (site.worker().await, site.worker().await, &site.team.owner);
        let task = lease(&wanda).await;
        let [one, two] = items(&task)[..] else { panic!("two items") };
        for item in [one, two] {
            submit(&wanda, task.id, item).await.unwrap();
            review(owner, task.id, item, again()).await.unwrap();
        }
        let assigned = assign(owner, &willi, Share::Items(vec![one])).await.unwrap().unwrap();
        assert_eq!(items(&assigned), [one], "a manager need not wait");
        assert_eq!(assigned.items[0].reason.as_deref(), Some("the left one is missing"));
        assert!(matches!(assign(owner, &site.worker().await, Share::Items(vec![one])).await, Err(Error::Conflict(_))));
        site.world.clock.advance(LEASE);
        let late = site.worker().await;
        let got = lease(&late).await;
        assert!(items(&got).contains(&two), "nor anybody after a lease's time");
        assert_eq!(got.items.iter().find(|it| it.item == two).unwrap().reason.as_deref(), Some("the left one is missing"));
    }

    async fn nobody_reviews_their_own_work(db: TestDb) {
        let site = Site::with(db, 3, WORK).await;
        reviewed(&site, true).await;
        let (mia, wanda, owner) = (site.granted(Class::WorkforceManager).await, site.worker().await, &site.team.owner);
        let task = lease(&wanda).await;
        let [one, two, _] = items(&task)[..] else { panic!("three items") };
        let custody = wanda.custody();
        let submitted = custody.submit_annotated(&wanda.credential, wanda.request(), task.id, one, tagged("cyst")).await;
        let said = submitted.unwrap().1.made.id;
        assert!(matches!(review(&wanda, task.id, one, Verdict::Approve).await, Err(Error::Forbidden { .. })));
        // Who corrects it has become its author.
        let corrected = NewAnnotations { basis: Basis::OneOf(vec![said]), ..tagged("nodule") };
        custody.annotate(&mia.credential, mia.request(), one, corrected).await.unwrap();
        let Err(Error::Forbidden { reasons, .. }) = review(&mia, task.id, one, Verdict::Approve).await else { panic!("own word") };
        assert!(reasons.contains(&"limit.own-review".to_owned()), "{reasons:?}");
        review(owner, task.id, one, Verdict::Approve).await.unwrap();
        // An owner's own task is somebody else's to review.
        let own = custody.request_task(&owner.credential, owner.request(), scans(), None).await.unwrap();
        assert!(own.is_none(), "all is out");
        give_back(&wanda, task.id).await.unwrap();
        let own = lease(owner).await;
        submit(owner, own.id, two).await.unwrap();
        assert!(matches!(review(owner, own.id, two, Verdict::Approve).await, Err(Error::Forbidden { .. })));
        assert!(to_review(owner).await.unwrap().is_empty() && to_review(&mia).await.unwrap().len() == 1);
        review(&mia, own.id, two, Verdict::Approve).await.unwrap();
    }

    async fn only_who_may_reviews_only_what_is_submitted_only_where_it_is_asked_for(db: TestDb) {
        let site = Site::with(db, 4, WORK).await;
        let (mia, wanda, owner) = (site.granted(Class::WorkforceManager).await, site.worker().await, &site.team.owner);
        let task = lease(&wanda).await;
        let [one, two, three] = items(&task)[..] else { panic!("three items") };
        submit(&wanda, task.id, one).await.unwrap();
        skip(&wanda, task.id, two).await.unwrap();
        assert!(matches!(review(&mia, task.id, one, Verdict::Approve).await, Err(Error::Conflict(_))), "switched off");
        reviewed(&site, true).await;
        for (item, what) in [(two, "skipped"), (three, "leased")] {
            assert!(matches!(review(&mia, task.id, item, Verdict::Approve).await, Err(Error::Conflict(_))), "{what}");
        }
        let unknown = site.put("elsewhere", b"scan").await;
        assert!(matches!(review(&mia, task.id, unknown, Verdict::Approve).await, Err(Error::NotFound(_))));
        assert!(matches!(review(&mia, task.id, one, Verdict::Return(" ".into())).await, Err(Error::Invalid { .. })));
        let strangers = [site.worker().await, site.team.member(Class::WorkforceManager).await, site.world.team("rival").await.owner];
        for stranger in &strangers {
            assert!(review(stranger, task.id, one, Verdict::Approve).await.is_err(), "{}", stranger.class);
            assert!(to_review(stranger).await.is_err(), "{}", stranger.class);
        }
        owner.change(one, Verb::Archive).await.unwrap();
        review(&mia, task.id, one, again()).await.unwrap();
        give_back(&wanda, task.id).await.unwrap();
        assert!(!items(&lease(&wanda).await).contains(&one), "what is archived stays away, even from its author");
    }

    async fn figures_are_ones_own_or_ones_crowds(db: TestDb) {
        let site = Site::with(db, 6, WORK).await;
        reviewed(&site, true).await;
        let (mia, wanda, willi) = (site.granted(Class::WorkforceManager).await, site.worker().await, site.worker().await);
        let (hers, his) = (lease(&wanda).await, lease(&willi).await);
        let [one, two, three] = items(&hers)[..] else { panic!("three items") };
        submit(&wanda, hers.id, one).await.unwrap();
        site.world.clock.advance(Duration::from_secs(90));
        submit(&wanda, hers.id, two).await.unwrap();
        site.world.clock.advance(Duration::from_secs(90));
        skip(&wanda, hers.id, three).await.unwrap();
        review(&mia, hers.id, one, Verdict::Approve).await.unwrap();
        review(&mia, hers.id, two, again()).await.unwrap();
        let own = Figures { member: wanda.member, leased: 0, submitted: 2, approved: 1, returned: 1, skipped: 1, seconds: 90 };
        let other = Figures { member: willi.member, leased: 3, submitted: 0, approved: 0, returned: 0, skipped: 0, seconds: 0 };
        for of_dataset in [false, true] {
            assert_eq!(figures(&wanda, of_dataset).await.unwrap(), std::slice::from_ref(&own), "and nobody else's");
        }
        for manager in [&mia, &site.team.owner] {
            assert_eq!(figures(manager, true).await.unwrap(), [own.clone(), other.clone()]);
            assert_eq!(figures(manager, false).await.unwrap(), []);
        }
        for stranger in [site.team.member(Class::WorkforceManager).await, site.team.member(Class::Worker).await] {
            assert!(matches!(figures(&stranger, true).await, Err(Error::NotFound(_))));
        }
        let page = |after| {
            let page = PageRequest { after, ..PageRequest::first(1) };
            site.world.custody.figures(&mia.credential, mia.request(), Some(scans()), page)
        };
        let first = page(None).await.unwrap();
        assert_eq!(first.items, [own]);
        let last = page(first.next).await.unwrap();
        assert_eq!((last.items, last.next), (vec![other], None));
        site.world.clock.advance(LEASE);
        assert_eq!(figures(&mia, true).await.unwrap()[1].leased, 0, "a lease that ran out is none");
        assert_eq!(look(&mia, his.id).await.unwrap().state, TaskState::Ended);
    }

    async fn forty_workers_who_ask_at_once_get_no_item_twice_and_nobody_more_than_the_cap(db: TestDb) {
        let site = Site::with(db, 100, Work { batch: 2, ..WORK }).await;
        let mut workers = Vec::new();
        for _ in 0..40 {
            workers.push(site.worker().await);
        }
        // Each asks three times and may hold one task.
        let asking: Vec<_> = workers.iter().cycle().take(120).cloned().map(|worker| {
            tokio::spawn(async move { (worker.member, request(&worker).await) })
        }).collect();
        let (mut leased, mut held, mut refused) = (Vec::new(), BTreeMap::<_, usize>::new(), 0);
        for asked in asking {
            match asked.await.unwrap() {
                (member, Ok(Some(task))) => {
                    assert_eq!(task.member, member);
                    leased.extend(items(&task));
                    *held.entry(member).or_default() += 1;
                }
                (_, Err(Error::Conflict(_))) => refused += 1,
                (_, other) => panic!("{other:?}"),
            }
        }
        assert_eq!((leased.len(), held.len(), refused), (80, 40, 80));
        assert_eq!(leased.iter().collect::<BTreeSet<_>>().len(), 80, "no item twice");
        assert!(held.values().all(|held| *held == 1), "no worker over the cap");
    }
}
