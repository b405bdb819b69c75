//! A team too large for lists to choose from: members are named by their address, datasets by their name.

use access::Class;
use custody::dataset::DatasetRef;
use custody::member::NewMember;
use http::StatusCode;
use kernel::PageRequest;
use testkit::{Team, World};

use crate::browser::owner_in;

/// One more than a list to choose from has.
const MANY: usize = 51;

async fn grown(world: &World, slug: &str) -> Team {
    let team = world.team(slug).await;
    let owner = &team.owner;
    for number in 0..MANY {
        let new = NewMember {
            name: format!("Worker {number}"),
            email: format!("worker-{number}@clinic.example"),
            class: Class::Worker,
        };
        let invited = world
            .custody
            .invite_member(&owner.credential, owner.request(), new, None);
        invited.await.unwrap();
        owner.dataset(&format!("study-{number:02}")).await.unwrap();
    }
    team
}

engines::on_both! {
    async fn members_and_datasets_are_typed_and_what_there_is_not_is_said(db: TestDb) {
        let world = World::on(db).await;
        let team = grown(&world, "clinic").await;
        let (owner, custody) = (&team.owner, &world.custody);
        let (mut browser, _) = owner_in(&world, owner).await;

        let page = browser.go("/console/trail").await;
        assert!(!page.text.contains("Everybody<") && page.text.contains("placeholder=\"Their e-mail address\""));
        let page = browser.go("/console/trail?member=olivia@clinic.example&action=dataset.create").await;
        assert!(page.text.contains("50 events") && page.text.contains("Olivia Owner of clinic"), "{}", page.text);
        let page = browser.go("/console/trail?member=olivia@elsewhere.example").await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.text.contains("There is no member with this address"));
        let page = browser.go(&format!("/console/trail?member={}", owner.member)).await;
        assert!(page.text.contains("value=\"olivia@clinic.example\""), "an id is told as people know it");

        let settings = "/console/datasets/study-00/settings";
        let give = "/console/datasets/study-00/grants";
        let page = browser.go(settings).await;
        let unknown = browser.fill(&page, give, &[("member", "nobody@clinic.example")]).await;
        assert!(unknown.status == StatusCode::UNPROCESSABLE_ENTITY && unknown.text.contains("There is no member with this address"));
        for number in 0..MANY {
            let address = format!("worker-{number}@clinic.example");
            let page = browser.fill(&page, give, &[("member", &address)]).await;
            assert!(page.text.contains("The dataset was given."), "{number}: {}", page.text);
        }
        let page = browser.go(settings).await;
        assert!(page.text.contains("50 grants") && page.text.contains("Worker 1"), "{}", page.text);
        let next = page.between("<a class=\"button\" href=\"/console/datasets/study-00/settings?", "\"").unwrap();
        let rest = browser.go(&format!("{settings}?{next}")).await;
        assert!(rest.text.contains("1 grant<") && rest.text.contains("First page"), "{}", rest.text);

        let page = browser.go("/console/trail?dataset=study-00&action=dataset.view").await;
        assert!(page.text.contains(">study-00</a>"), "names stand on the page: {}", page.text);

        let page = browser.go("/console/keys/new").await;
        let filled = |member, dataset| [("label", "nightly"), ("days", "30"), ("member", member), ("dataset", dataset), ("actions", "read")];
        let wrong = browser.fill(&page, "/console/keys/new", &filled("worker-7@clinic.example", "no-such")).await;
        assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.text.contains("There is no dataset of this name"));
        assert!(wrong.text.contains("value=\"worker-7@clinic.example\"") && wrong.text.contains("value=\"nightly\""), "what was typed stays");
        let issued = browser.fill(&page, "/console/keys/new", &filled("worker-7@clinic.example", "study-07")).await;
        assert_eq!(issued.status, StatusCode::OK, "{}", issued.text);
        let keys = custody.list_keys(&owner.credential, owner.request(), None, PageRequest::first(100)).await.unwrap();
        let key = keys.items.iter().find(|key| key.label == "nightly").unwrap();
        let study = custody.dataset(&owner.credential, owner.request(), DatasetRef::parse("study-07")).await.unwrap();
        assert_eq!(key.scope.datasets.as_deref(), Some(&[study.id][..]));
        let page = browser.go("/console/keys").await;
        assert!(page.text.contains("Worker 7") && page.text.contains("study-07"), "{}", page.text);
    }
}
