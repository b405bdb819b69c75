//! Who can see what, as pages and as files.

use access::Class;
use custody::dataset::{DatasetChange, DatasetRef, GrantTerms};
use custody::task::Work;
use http::StatusCode;
use testkit::World;

use crate::browser::{member_in, owner_in};

engines::on_both! {
    async fn it_is_told_who_sees_a_dataset_and_an_item_and_what_a_member_sees(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        let owner = &team.owner;
        owner.dataset("scans").await.unwrap();
        let item = owner.put("scans", "a.txt", b"a").await.unwrap().item.id;
        let (mut browser, _) = owner_in(&world, owner).await;
        let worker = team.member(Class::Worker).await;
        let page = browser.go("/console/datasets/scans/access").await;
        assert!(page.text.contains("Olivia Owner of clinic") && page.text.contains("see it") && !page.text.contains("A worker"), "{}", page.text);
        let of_worker = format!("/console/team/{}/access", worker.member);
        let page = browser.go(&of_worker).await;
        assert_eq!(page.heading(), "What A worker can see");
        assert!(page.text.contains("They can do nothing in any dataset."), "{}", page.text);

        let custody = &world.custody;
        let work = Work { batch: 1, lease_minutes: 30, open_per_worker: 1, originals: false };
        let change = DatasetChange { work: Some(Some(work)), ..DatasetChange::default() };
        let scans = DatasetRef::parse("scans");
        custody.change_dataset(&owner.credential, owner.request(), scans.clone(), change).await.unwrap();
        custody.give_grant(&owner.credential, owner.request(), scans.clone(), worker.member, GrantTerms::default()).await.unwrap();
        custody.request_task(&worker.credential, worker.request(), scans, None).await.unwrap().unwrap();
        let page = browser.go(&of_worker).await;
        assert!(page.text.contains("scans") && page.text.contains("1 item by a task") && page.text.contains(&item.to_string()), "{}", page.text);
        let page = browser.go(&format!("/console/items/{item}/access")).await;
        assert_eq!(page.heading(), "Who can see a.txt");
        assert!(page.text.contains("A worker") && page.text.contains("2 members"), "{}", page.text);

        let file = browser.go(&format!("{of_worker}.csv")).await;
        assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8");
        assert!(file.text.starts_with("dataset,name,item,action\r\n") && file.text.contains(&format!(",scans,{item},item.view\r\n")), "{}", file.text);
        let file = browser.go("/console/datasets/scans/access.csv").await;
        assert!(file.text.contains(",Olivia Owner of clinic,owner,,dataset.view\r\n"), "{}", file.text);
        assert!(file.headers["content-disposition"].to_str().unwrap().contains("access-to-scans.csv"));
        let file = browser.go(&format!("/console/items/{item}/access.csv")).await;
        assert!(file.text.contains(",A worker,worker,,item.view\r\n"), "{}", file.text);
    }

    async fn an_auditor_asks_about_an_item_without_learning_its_name(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        let item = team.owner.put("scans", "jane-doe.txt", b"a").await.unwrap().item.id;
        let auditor = team.member(Class::Auditor).await;
        let (mut browser, _) = member_in(&world, &team.owner, &auditor).await;
        let page = browser.go(&format!("/console/items/{item}/access")).await;
        assert_eq!(page.heading(), "Who can see this item");
        assert!(page.text.contains("Olivia Owner of clinic") && !page.text.contains("jane-doe"), "{}", page.text);
        let file = browser.go(&format!("/console/items/{item}/access.csv")).await;
        assert!(file.text.contains("item.view") && !file.text.contains("jane-doe"), "{}", file.text);
    }

    async fn it_is_told_to_those_who_may_ask_and_of_their_own_team(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        let item = team.owner.put("scans", "a.txt", b"a").await.unwrap().item.id;
        let user = team.member(Class::User).await;
        let (mut browser, _) = member_in(&world, &team.owner, &user).await;
        let other = world.team("elsewhere").await;
        let (mut stranger, _) = owner_in(&world, &other.owner).await;
        let paths = ["/console/datasets/scans/access".to_owned(), format!("/console/items/{item}/access"), format!("/console/team/{}/access", user.member)];
        for path in paths.iter().flat_map(|path| [path.clone(), format!("{path}.csv")]) {
            assert_eq!(browser.go(&path).await.status, StatusCode::FORBIDDEN, "{path}");
            assert_eq!(stranger.go(&path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        assert!(!browser.go(&format!("/console/items/{item}")).await.text.contains("Who can see it"));
    }
}
