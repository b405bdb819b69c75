//! Work handed out, done and taken back, on both engines.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::site::*;
use access::Class;
use custody::item::Verb;
use custody::task::{Share, TaskFilter, TaskState, Work, WorkState};
use custody::trail::TrailFilter;
use custody::{Error, IdempotencyKey};
use kernel::ItemId;

fn of_scans() -> TaskFilter {
    TaskFilter {
        dataset: Some(scans()),
        live: false,
    }
}

engines::on_both! {
    async fn a_worker_is_leased_the_next_batch_and_no_more_than_the_setting_says(db: TestDb) {
        let site = Site::with(db, 5, WORK).await;
        let (wanda, willi) = (site.worker().await, site.worker().await);
        let task = lease(&wanda).await;
        assert_eq!((task.member, task.state, task.leased, task.items.len()), (wanda.member, TaskState::Live, 3, 3));
        assert_eq!(task.ends_at, task.taken_at.plus(LEASE));
        assert!(matches!(request(&wanda).await, Err(Error::Conflict(_))), "one task at a time");
        let rest = lease(&willi).await;
        assert_eq!(rest.items.len(), 2);
        assert!(items(&task).iter().all(|item| !items(&rest).contains(item)));
        let third = site.worker().await;
        assert_eq!(request(&third).await.unwrap(), None, "nothing is free");
        site.set_work(Some(Work { open_per_worker: 2, batch: 1, ..WORK })).await.unwrap();
        site.put("another", b"scan").await;
        assert_eq!(lease(&wanda).await.items.len(), 1, "a wider setting holds at once");
    }

    async fn many_who_ask_at_once_never_get_the_same_item(db: TestDb) {
        let site = Site::with(db, 60, Work { batch: 2, open_per_worker: 20, ..WORK }).await;
        let workers = [site.worker().await, site.worker().await, site.worker().await, site.worker().await];
        let ask = |turn: usize| {
            let worker = workers[turn % workers.len()].clone();
            tokio::spawn(async move { request(&worker).await.unwrap() })
        };
        let asking: Vec<_> = (0..40).map(ask).collect();
        let (mut leased, mut nothing): (Vec<ItemId>, usize) = (Vec::new(), 0);
        for asked in asking {
            match asked.await.unwrap() {
                Some(task) => leased.extend(items(&task)),
                None => nothing += 1,
            }
        }
        assert_eq!(leased.len(), 60, "every item is out");
        assert_eq!(leased.iter().collect::<BTreeSet<_>>().len(), 60, "and each once");
        assert_eq!(nothing, 10, "who came too late is told so");
    }

    async fn the_tasks_of_a_disabled_member_end_and_their_items_are_free_at_once(db: TestDb) {
        let site = Site::with(db, 3, WORK).await;
        let (wanda, willi) = (site.worker().await, site.worker().await);
        let task = lease(&wanda).await;
        submit(&wanda, task.id, task.items[0].item).await.unwrap();
        assert_eq!(request(&willi).await.unwrap(), None, "nothing is free");
        let owner = &site.team.owner;
        site.world.custody.disable_member(&owner.credential, owner.request(), wanda.member).await.unwrap();
        assert_eq!(look(owner, task.id).await.unwrap().state, TaskState::Ended);
        let his = lease(&willi).await;
        assert_eq!(items(&his), items(&task)[1..], "what was submitted stays out");
        site.world.custody.enable_member(&owner.credential, owner.request(), wanda.member).await.unwrap();
        assert!(submit(&wanda, task.id, task.items[1].item).await.is_err(), "the lease does not come back");
        // Disabled again, she does not take away what is somebody else's by now.
        site.world.custody.disable_member(&owner.credential, owner.request(), wanda.member).await.unwrap();
        assert_eq!(look(&willi, his.id).await.unwrap().leased, 2);
    }

    async fn a_lease_ends_by_the_clock_and_its_items_are_free(db: TestDb) {
        let site = Site::with(db, 3, WORK).await;
        let (wanda, willi) = (site.worker().await, site.worker().await);
        let task = lease(&wanda).await;
        site.world.clock.advance(LEASE - Duration::from_secs(1));
        assert_eq!(request(&willi).await.unwrap(), None);
        submit(&wanda, task.id, task.items[0].item).await.unwrap();
        site.world.clock.advance(Duration::from_secs(1));
        let late = submit(&wanda, task.id, task.items[1].item).await;
        assert!(matches!(late, Err(Error::Forbidden { .. })), "{late:?}");
        assert_eq!(look(&wanda, task.id).await.unwrap().state, TaskState::Ended);
        let again = lease(&willi).await;
        assert_eq!(items(&again), items(&task)[1..], "what was submitted stays out");
        // The old lease has no say about what is now another's.
        assert!(matches!(give_back(&wanda, task.id).await, Err(Error::Forbidden { .. })));
        assert!(matches!(end(&site.team.owner, task.id).await, Err(Error::Conflict(_))));
        assert_eq!(look(&willi, again.id).await.unwrap().state, TaskState::Live);
        assert_eq!(request(&wanda).await.unwrap(), None);
    }

    async fn leases_that_ran_out_are_marked_and_told_once(db: TestDb) {
        let site = Site::with(db, 3, WORK).await;
        let wanda = site.worker().await;
        let task = lease(&wanda).await;
        assert_eq!(site.world.custody.mark_ended_tasks().await.unwrap(), 0);
        site.world.clock.advance(LEASE);
        assert_eq!(site.world.custody.mark_ended_tasks().await.unwrap(), 1);
        assert_eq!(site.world.custody.mark_ended_tasks().await.unwrap(), 0);
        let filter = TrailFilter { action: Some("task.return".into()), ..TrailFilter::default() };
        let told = site.team.owner.trail(filter).await.unwrap();
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].event["details"]["task"], task.id.to_string());
        let live = TaskFilter { live: true, ..of_scans() };
        assert_eq!(tasks(&site.team.owner, live).await.unwrap(), []);
    }

    async fn what_is_returned_or_skipped_goes_to_others(db: TestDb) {
        let site = Site::with(db, 3, WORK).await;
        let (wanda, willi) = (site.worker().await, site.worker().await);
        let task = lease(&wanda).await;
        let skipped = task.items[0].item;
        let after = skip(&wanda, task.id, skipped).await.unwrap();
        assert_eq!((after.leased, after.skipped), (2, 1));
        assert_eq!(after.items[0].reason.as_deref(), Some("too dark"));
        assert!(matches!(skip(&wanda, task.id, skipped).await, Err(Error::Conflict(_))));
        let returned = give_back(&wanda, task.id).await.unwrap();
        assert_eq!(returned.state, TaskState::Returned);
        assert!(matches!(submit(&wanda, task.id, task.items[1].item).await, Err(Error::Forbidden { .. })));
        let again = lease(&wanda).await;
        assert_eq!(items(&again), items(&task)[1..], "not what she skipped");
        let other = lease(&willi).await;
        assert_eq!(items(&other), [skipped]);
    }

    async fn a_task_whose_items_are_all_settled_is_finished(db: TestDb) {
        let site = Site::with(db, 4, WORK).await;
        let wanda = site.worker().await;
        let task = lease(&wanda).await;
        let [one, two, three] = items(&task)[..] else { panic!("three items") };
        submit(&wanda, task.id, one).await.unwrap();
        submit(&wanda, task.id, two).await.unwrap();
        assert!(matches!(submit(&wanda, task.id, two).await, Err(Error::Conflict(_))));
        let unknown = site.put("not leased", b"scan").await;
        assert!(matches!(submit(&wanda, task.id, unknown).await, Err(Error::NotFound("item"))));
        let done = skip(&wanda, task.id, three).await.unwrap();
        assert_eq!((done.state, done.leased, done.submitted, done.skipped), (TaskState::Finished, 0, 2, 1));
        assert_eq!(done.items[1].state, WorkState::Submitted);
        let next = lease(&wanda).await;
        assert_eq!(next.items.len(), 2, "a finished task makes room for the next");
    }

    async fn a_manager_assigns_and_takes_away(db: TestDb) {
        let site = Site::with(db, 5, WORK).await;
        let (mia, wanda, willi) = (site.granted(Class::WorkforceManager).await, site.worker().await, site.worker().await);
        let picked = site.put("picked", b"scan").await;
        let task = assign(&mia, &wanda, Share::Items(vec![picked])).await.unwrap().unwrap();
        assert_eq!((task.member, items(&task)), (wanda.member, vec![picked]));
        let twice = assign(&mia, &willi, Share::Items(vec![picked])).await;
        assert!(matches!(twice, Err(Error::Conflict(_))), "{twice:?}");
        let beyond = assign(&mia, &wanda, Share::Next(1)).await;
        assert!(matches!(beyond, Err(Error::Conflict(_))), "the cap holds for managers too: {beyond:?}");
        for share in [Share::Next(0), Share::Next(4), Share::Items(vec![]), Share::Items(vec![picked; 4])] {
            assert!(matches!(assign(&mia, &willi, share).await, Err(Error::Invalid { .. })));
        }
        let ended = end(&mia, task.id).await.unwrap();
        assert_eq!((ended.state, ended.reason.as_deref()), (TaskState::Ended, Some("shift is over")));
        assert!(matches!(end(&mia, task.id).await, Err(Error::Conflict(_))));
        assert!(matches!(submit(&wanda, task.id, picked).await, Err(Error::Forbidden { .. })));
        assert_eq!(assign(&mia, &willi, Share::Next(2)).await.unwrap().unwrap().items.len(), 2);
        let user = site.granted(Class::User).await;
        assert!(matches!(assign(&mia, &user, Share::Next(1)).await, Err(Error::Conflict(_))), "workers alone");
        let stranger = site.team.member(Class::Worker).await;
        assert!(matches!(assign(&mia, &stranger, Share::Next(1)).await, Err(Error::Conflict(_))), "who was given it");
        assert!(matches!(assign(&wanda, &willi, Share::Next(1)).await, Err(Error::Forbidden { .. })));
    }

    async fn members_see_their_own_tasks_and_managers_their_datasets(db: TestDb) {
        let site = Site::with(db, 6, WORK).await;
        let (mia, wanda, willi) = (site.granted(Class::WorkforceManager).await, site.worker().await, site.worker().await);
        let (hers, his) = (lease(&wanda).await, lease(&willi).await);
        let ids = |tasks: Vec<custody::task::Task>| tasks.into_iter().map(|task| task.id).collect::<Vec<_>>();
        for person in [&mia, &site.team.owner] {
            assert_eq!(ids(tasks(person, of_scans()).await.unwrap()), [hers.id, his.id]);
            assert_eq!(look(person, hers.id).await.unwrap(), hers);
        }
        assert_eq!(ids(tasks(&wanda, of_scans()).await.unwrap()), [hers.id]);
        assert_eq!(ids(tasks(&willi, TaskFilter::default()).await.unwrap()), [his.id]);
        assert_eq!(tasks(&mia, TaskFilter::default()).await.unwrap(), []);
        assert!(matches!(look(&wanda, his.id).await, Err(Error::NotFound(_))), "a colleague's task is unknown");
        assert!(matches!(give_back(&wanda, his.id).await, Err(Error::NotFound(_))));
        // Whoever was not given the dataset does not learn that it is there.
        for class in [Class::Worker, Class::WorkforceManager] {
            let stranger = site.team.member(class).await;
            assert!(matches!(tasks(&stranger, of_scans()).await, Err(Error::NotFound(_))), "{class}");
            assert!(matches!(request(&stranger).await, Err(Error::NotFound(_))), "{class}");
            assert!(matches!(look(&stranger, hers.id).await, Err(Error::NotFound(_))), "{class}");
        }
    }

    async fn another_tenants_tasks_are_unknown(db: TestDb) {
        let site = Site::with(db, 3, WORK).await;
        let wanda = site.worker().await;
        let task = lease(&wanda).await;
        let rival = site.world.team("rival").await;
        rival.owner.dataset("scans").await.unwrap();
        assert!(matches!(look(&rival.owner, task.id).await, Err(Error::NotFound(_))));
        assert!(matches!(end(&rival.owner, task.id).await, Err(Error::NotFound(_))));
        assert!(matches!(submit(&rival.owner, task.id, task.items[0].item).await, Err(Error::NotFound(_))));
        assert_eq!(tasks(&rival.owner, of_scans()).await.unwrap(), []);
        let foreign = assign(&site.team.owner, &rival.owner, Share::Next(1)).await;
        assert!(matches!(foreign, Err(Error::NotFound("member"))), "{foreign:?}");
    }

    async fn a_dataset_hands_out_work_only_where_it_says_so(db: TestDb) {
        let site = Site::with(db, 3, WORK).await;
        let wanda = site.worker().await;
        assert!(site.set_work(Some(Work { batch: 101, ..WORK })).await.is_err());
        let task = lease(&wanda).await;
        assert_eq!(site.set_work(None).await.unwrap(), None);
        assert!(matches!(request(&wanda).await, Err(Error::Conflict(_))));
        submit(&wanda, task.id, task.items[0].item).await.unwrap();
        let user = site.team.member(Class::User).await;
        assert!(matches!(request(&user).await, Err(Error::Forbidden { .. })));
    }

    async fn archived_items_are_not_handed_out_and_deleted_ones_leave_their_task(db: TestDb) {
        let site = Site::with(db, 2, WORK).await;
        let (wanda, owner) = (site.worker().await, &site.team.owner);
        let archived = site.put("archived", b"scan").await;
        owner.change(archived, Verb::Archive).await.unwrap();
        let task = lease(&wanda).await;
        assert_eq!(task.items.len(), 2);
        let gone = task.items[0].item;
        owner.change(gone, Verb::Archive).await.unwrap();
        owner.change(gone, Verb::Delete).await.unwrap();
        assert_eq!(look(&wanda, task.id).await.unwrap().leased, 1);
        assert_eq!(submit(&wanda, task.id, task.items[1].item).await.unwrap().state, TaskState::Finished);
    }

    async fn asking_again_with_the_same_key_gives_the_same_task(db: TestDb) {
        let site = Site::with(db, 6, Work { open_per_worker: 5, ..WORK }).await;
        let wanda = site.worker().await;
        let key = || Some(IdempotencyKey::new("monday", &[b"task please"]));
        let first = request_once(&wanda, key()).await.unwrap();
        assert_eq!(request_once(&wanda, key()).await.unwrap(), first);
        assert_eq!(tasks(&wanda, TaskFilter::default()).await.unwrap().len(), 1);
        let other = Some(IdempotencyKey::new("monday", &[b"another request"]));
        assert!(matches!(request_once(&wanda, other).await, Err(Error::ReplayMismatch)));
    }
}
