//! What waits for somebody's word: quarantine, and submitted work.

use std::time::Duration;

use access::{Action, Class};
use custody::dataset::{DatasetChange, DatasetRef, GrantTerms, Ingest, Redaction};
use custody::item::{PutItem, Target};
use custody::task::{Task, Work};
use custody::trail::TrailFilter;
use http::StatusCode;
use kernel::PageRequest;
use testkit::{Person, World, pieces};

use crate::browser::{member_in, owner_in};

fn scans() -> DatasetRef {
    DatasetRef::parse("scans")
}

async fn change(owner: &Person, change: DatasetChange) {
    let custody = owner.custody();
    custody
        .change_dataset(&owner.credential, owner.request(), scans(), change)
        .await
        .unwrap();
}

/// A dataset that cleans what comes in, and holds these; gives the paths of what can be done with each.
async fn held(owner: &Person, names: &[&str]) -> Vec<String> {
    owner.dataset("scans").await.unwrap();
    let rule = Ingest {
        redaction: Some(Redaction::Clean),
        ..Ingest::default()
    };
    let ingest = DatasetChange {
        ingest: Some(Some(rule)),
        ..DatasetChange::default()
    };
    change(owner, ingest).await;
    for name in names {
        let put = PutItem {
            revive: true,
            ..PutItem::file(Target::Name(scans(), (*name).into()), "")
        };
        // Nobody here cleans such files.
        owner.put_as(put, pieces(b"%PDF-1.7 Jane Doe")).await.unwrap();
    }
    let listed = owner.custody().list_quarantine(
        &owner.credential,
        owner.request(),
        scans(),
        PageRequest::first(10),
    );
    let path =
        |item: &custody::item::Item| format!("/console/items/{}/quarantine/{}", item.id, item.version.id);
    listed.await.unwrap().items.iter().map(path).collect()
}

/// A worker who was given the dataset, and their task of two items.
async fn at_work(world: &World, owner: &Person, member: Person) -> (Person, Task) {
    let work = Work {
        batch: 2,
        lease_minutes: 30,
        open_per_worker: 1,
        originals: false,
    };
    let work = DatasetChange {
        work: Some(Some(work)),
        review: Some(true),
        ..DatasetChange::default()
    };
    change(owner, work).await;
    let custody = &world.custody;
    let terms = GrantTerms::default();
    custody
        .give_grant(&owner.credential, owner.request(), scans(), member.member, terms)
        .await
        .unwrap();
    let task = custody.request_task(&member.credential, member.request(), scans(), None);
    let task = task.await.unwrap().unwrap();
    (member, task)
}

async fn submit(member: &Person, task: &Task) {
    for line in &task.items {
        let custody = member.custody();
        let done = custody.submit(&member.credential, member.request(), task.id, line.item);
        done.await.unwrap();
    }
}

engines::on_both! {
    async fn what_is_in_quarantine_is_released_for_a_reason_or_deleted_after_a_proof(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        let held = held(&team.owner, &["letter.pdf", "other.pdf"]).await;
        let (mut browser, app) = owner_in(&world, &team.owner).await;
        let list = "/console/datasets/scans/quarantine";
        let page = browser.go(list).await;
        assert!(page.text.contains("letter.pdf") && page.text.contains("other.pdf") && page.text.contains("2 versions"), "{}", page.text);
        assert!(page.text.contains(&format!("href=\"{}/release\"", held[0])) && page.text.contains(&format!("href=\"{}/delete\"", held[1])));
        let items = browser.go("/console/datasets/scans").await;
        assert!(items.text.contains("No items yet") && items.text.contains(&format!("href=\"{list}\"")), "nobody sees it");

        let release = format!("{}/release", held[0]);
        let page = browser.go(&release).await;
        assert_eq!(page.heading(), "Release letter.pdf?");
        let page = browser.fill(&page, &release, &[("reason", " ")]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.text.contains("Say why it is let out"), "{}", page.text);
        world.clock.advance(Duration::from_secs(11 * 60));
        let page = browser.fill(&page, &release, &[("reason", "a form without a name on it")]).await;
        assert_eq!(page.heading(), "Confirm that it is you");
        let page = browser.fill(&page, &release, &[("proof-code", &app.code(&world))]).await;
        assert_eq!(page.path, list);
        assert!(page.text.contains("letter.pdf was released.") && !page.text.contains(&held[0]), "{}", page.text);
        assert!(browser.go("/console/datasets/scans").await.text.contains("letter.pdf"));
        let filter = TrailFilter { action: Some(Action::QuarantineRelease.to_string()), ..TrailFilter::default() };
        let told = format!("{:?}", team.owner.trail(filter).await.unwrap());
        assert!(told.contains("a form without a name on it"), "{told}");
        assert_eq!(browser.go(&release).await.status, StatusCode::NOT_FOUND, "it is not held any more");

        let delete = format!("{}/delete", held[1]);
        let page = browser.go(&delete).await;
        assert_eq!(page.heading(), "Delete other.pdf for good?");
        let page = browser.fill(&page, &delete, &[]).await;
        assert!(page.text.contains("other.pdf was deleted.") && page.text.contains("Nothing is in quarantine"), "{}", page.text);
    }

    async fn what_is_in_quarantine_is_nobody_else_s_to_decide(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        let held = held(&team.owner, &["letter.pdf"]).await;
        let other = world.team("elsewhere").await;
        let (mut stranger, _) = owner_in(&world, &other.owner).await;
        for verb in ["release", "delete"] {
            assert_eq!(stranger.go(&format!("{}/{verb}", held[0])).await.status, StatusCode::NOT_FOUND);
        }
        let user = team.member(Class::User).await;
        let (mut user, _) = member_in(&world, &team.owner, &user).await;
        let page = user.go("/console/datasets/scans").await;
        assert!(!page.text.contains("/quarantine"), "who may not decide is not led there");
        assert_eq!(user.go(&format!("{}/release", held[0])).await.status, StatusCode::FORBIDDEN);
        assert_eq!(user.go("/console/datasets/scans/quarantine").await.status, StatusCode::FORBIDDEN);
    }

    async fn submitted_work_is_approved_or_given_back_and_counted(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        for name in ["a.txt", "b.txt"] {
            team.owner.put("scans", name, b"all is well").await.unwrap();
        }
        let (mut browser, _) = owner_in(&world, &team.owner).await;
        let (worker, task) = at_work(&world, &team.owner, team.member(Class::Worker).await).await;
        let list = "/console/datasets/scans/review";
        let items = browser.go("/console/datasets/scans").await;
        assert!(items.text.contains(&format!("href=\"{list}\"")) && items.text.contains("/scans/figures\""), "{}", items.text);
        assert!(browser.go(list).await.text.contains("Nothing waits for review"));
        submit(&worker, &task).await;

        let page = browser.go(list).await;
        assert!(page.text.contains("a.txt") && page.text.contains("b.txt") && page.text.contains("A worker"), "{}", page.text);
        let (first, second) = (task.items[0].item.to_string(), task.items[1].item.to_string());
        let back = format!("/console/tasks/{}/give-back", task.id);
        let field = format!("reason-{first}");
        let said = |says| [("item", first.as_str()), ("dataset", "scans"), (field.as_str(), says)];
        let nothing = browser.fill(&page, &back, &said("")).await;
        assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(nothing.text.contains("Say what is to be done"), "{}", nothing.text);
        // The form of the page names the first item already, and the first of a name counts: so this is what is sent.
        let page = browser.fill(&page, &back, &said("the left lung is not drawn")).await;
        assert!(page.text.contains("Given back.") && page.path == list, "{}", page.text);
        let approve = format!("/console/tasks/{}/approve", task.id);
        let page = browser.fill(&page, &approve, &[]).await;
        assert!(page.text.contains("Approved.") && page.text.contains("Nothing waits for review"), "{}", page.text);
        assert!(!page.text.contains(&second));

        let page = browser.go("/console/datasets/scans/figures").await;
        let row = page.between("A worker</b>", "</tr>").unwrap();
        let numbers: Vec<_> = row.split("<div>").skip(1).map(|cell| cell.split('<').next().unwrap()).collect();
        assert_eq!(numbers[..5], ["0", "2", "1", "1", "0"], "in hand, submitted, approved, given back, skipped");
    }

    async fn who_works_sees_their_own_figures_and_nobody_else_s(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        team.owner.put("scans", "a.txt", b"all is well").await.unwrap();
        let (worker, task) = at_work(&world, &team.owner, team.member(Class::Worker).await).await;
        submit(&worker, &task).await;
        let (mut browser, _) = member_in(&world, &team.owner, &worker).await;
        let page = browser.go("/console/tasks").await;
        assert!(page.text.contains("What you did") && page.text.contains("<b>1</b><span>submitted</span>"), "{}", page.text);
        for refused in ["/console/datasets/scans/figures", "/console/datasets/scans/review"] {
            assert!(browser.go(refused).await.status.is_client_error(), "{refused}");
        }
        let other = team.member(Class::Worker).await;
        let (mut other, _) = member_in(&world, &team.owner, &other).await;
        assert!(!other.go("/console/tasks").await.text.contains("What you did"));
    }
}
