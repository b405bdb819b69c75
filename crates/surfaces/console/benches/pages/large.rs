//! A team with much of everything.

use access::Class;
use custody::dataset::{DatasetChange, DatasetRef, GrantTerms, Ingest, Redaction};
use custody::item::{PutItem, Target, Verb};
use custody::member::NewMember;
use custody::task::{Verdict, Work};
use custody::trail::TrailFilter;
use futures_util::stream::{self, StreamExt as _};
use kernel::{EventId, ItemId, MemberId, TaskId};
use operation::Request;
use testkit::{Person, Team, World, pieces};

const MEMBERS: usize = 1_000;
const DATASETS: usize = 300;
const KEYS: usize = 200;
const INVITED: usize = 200;
/// Members who take part in the work, and items that each of them submits.
const WORKERS: usize = 100;
const SUBMITTED: u32 = 100;
/// What is archived, and what is in quarantine.
const ASIDE: usize = 200;
const AT_ONCE: usize = 64;

/// What was made, as far as pages name it.
pub(crate) struct Made {
    member: MemberId,
    item: ItemId,
    task: TaskId,
    event: EventId,
}

/// Names of pages with their addresses; without a team those that every team has.
pub(crate) fn paths(made: Option<&Made>) -> Vec<(String, String)> {
    let all = [
        ("first page", "/console"),
        ("members", "/console/team"),
        ("inviting a member", "/console/team/invite"),
        ("API keys", "/console/keys"),
        ("issuing a key", "/console/keys/new"),
        ("datasets", "/console/datasets"),
        ("gallery", "/console/datasets/scans"),
        ("items as a list", "/console/datasets/scans?as=list"),
        ("archived items", "/console/datasets/scans/archived"),
        ("settings of a dataset", "/console/datasets/scans/settings"),
        ("tasks of a dataset", "/console/datasets/scans/tasks"),
        ("own tasks", "/console/tasks"),
        ("trail", "/console/trail"),
        ("trail of a dataset", "/console/trail?dataset=scans"),
        ("trail, one action", "/console/trail?action=dataset.delete"),
        ("trail, what was refused", "/console/trail?outcome=refused"),
        ("quarantine", "/console/datasets/study-000/quarantine"),
        ("work to review", "/console/datasets/scans/review"),
        ("figures", "/console/datasets/scans/figures"),
        ("who can see a dataset", "/console/datasets/scans/access"),
        ("how people sign in", "/console/team/sign-in"),
        ("open invitations", "/console/team/invitations"),
        ("who may do what", "/console/classes"),
        ("security", "/console/security"),
        ("sessions", "/console/sessions"),
    ];
    let owned = |(name, path): (&str, &str)| (name.to_owned(), path.to_owned());
    let mut all: Vec<_> = all.map(owned).into();
    if let Some(made) = made {
        let Made {
            member,
            item,
            task,
            event,
        } = made;
        all.extend([
            (
                "names from the middle".to_owned(),
                "/console/datasets/scans?prefix=series-0500".to_owned(),
            ),
            ("a member".to_owned(), format!("/console/team/{member}")),
            (
                "trail of a member".to_owned(),
                format!("/console/trail?member={member}"),
            ),
            (
                "trail of an item".to_owned(),
                format!("/console/trail?item={item}"),
            ),
            ("an event".to_owned(), format!("/console/trail/{event}")),
            (
                "an item, its text shown".to_owned(),
                format!("/console/items/{item}"),
            ),
            (
                "who can see an item".to_owned(),
                format!("/console/items/{item}/access"),
            ),
            (
                "what a member can see".to_owned(),
                format!("/console/team/{member}/access"),
            ),
            ("a task".to_owned(), format!("/console/tasks/{task}")),
        ]);
    }
    all
}

/// What only the large team has under these names is made by each.
pub(crate) async fn make_little(owner: &Person) {
    owner.dataset("study-000").await.unwrap();
    owner.dataset("scans").await.unwrap();
}

/// Makes it all, much of it at once.
pub(crate) async fn make(world: &World, team: &Team, items: usize) -> Made {
    let owner = &team.owner;
    datasets(owner).await;
    let members = members(world, owner).await;
    let made = puts(owner, items).await;
    for item in made.iter().take(ASIDE.min(items / 4)) {
        owner.change(*item, Verb::Archive).await.unwrap();
    }
    quarantine(owner).await;
    let task = work(world, owner, &members).await;
    for _ in 0..KEYS {
        owner.issue_key_for(members[0]).await;
    }
    for member in members.iter().take(INVITED) {
        let invited = world
            .people
            .make_invitation(&owner.credential, owner.request(), *member);
        invited.await.unwrap();
    }
    let events = owner.trail(TrailFilter::default()).await.unwrap();
    Made {
        member: members[1],
        item: made[made.len() - 1],
        task,
        event: events[0].id,
    }
}

async fn datasets(owner: &Person) {
    for number in 0..DATASETS {
        owner.dataset(&format!("study-{number:03}")).await.unwrap();
    }
    owner.dataset("scans").await.unwrap();
    let custody = owner.custody();
    let work = Work {
        batch: 100,
        lease_minutes: 120,
        open_per_worker: 1,
        originals: false,
    };
    let change = DatasetChange {
        work: Some(Some(work)),
        review: Some(true),
        ..DatasetChange::default()
    };
    let scans = DatasetRef::parse("scans");
    custody
        .change_dataset(&owner.credential, owner.request(), scans, change)
        .await
        .unwrap();
}

/// Nine of ten are workers who were given the dataset.
async fn members(world: &World, owner: &Person) -> Vec<MemberId> {
    let custody = &world.custody;
    let make = |number: usize| async move {
        let class = if number.is_multiple_of(10) {
            Class::User
        } else {
            Class::Worker
        };
        let new = NewMember {
            name: format!("Somebody Numbered {number:04}"),
            email: format!("number-{number:04}@clinic.example"),
            class,
        };
        let invited = custody.invite_member(&owner.credential, owner.request(), new, None);
        let member = invited.await.unwrap().id;
        if class == Class::Worker {
            let (scans, terms) = (DatasetRef::parse("scans"), GrantTerms::default());
            let given = custody.give_grant(&owner.credential, owner.request(), scans, member, terms);
            given.await.unwrap();
        }
        member
    };
    stream::iter(0..MEMBERS)
        .map(make)
        .buffer_unordered(AT_ONCE)
        .collect()
        .await
}

async fn puts(owner: &Person, items: usize) -> Vec<ItemId> {
    let put = |number: usize| async move {
        let name = format!("series-{:04}/note-{number:06}.txt", number / 100);
        let put = PutItem::file(Target::Name(DatasetRef::parse("scans"), name), "text/plain");
        let stored = owner.put_as(put, pieces(b"nothing of note was seen")).await;
        stored.unwrap().item.id
    };
    stream::iter(0..items)
        .map(put)
        .buffer_unordered(AT_ONCE)
        .collect()
        .await
}

/// Files that cannot be cleaned, in a dataset that cleans what it takes in.
async fn quarantine(owner: &Person) {
    let rule = Ingest {
        redaction: Some(Redaction::Clean),
        ..Ingest::default()
    };
    let change = DatasetChange {
        ingest: Some(Some(rule)),
        ..DatasetChange::default()
    };
    let custody = owner.custody();
    let dataset = DatasetRef::parse("study-000");
    custody
        .change_dataset(&owner.credential, owner.request(), dataset, change)
        .await
        .unwrap();
    for number in 0..ASIDE {
        let name = format!("letter-{number:04}.pdf");
        let put = PutItem {
            revive: true,
            ..PutItem::file(Target::Name(DatasetRef::parse("study-000"), name), "")
        };
        owner.put_as(put, pieces(b"%PDF-1.7 Jane Doe")).await.unwrap();
    }
}

/// Workers take tasks and submit what is in them; some of it is approved.
async fn work(world: &World, owner: &Person, members: &[MemberId]) -> TaskId {
    let custody = &world.custody;
    let mut last = None;
    let workers = members.iter().skip(1);
    let mut done = 0;
    for member in workers {
        let Ok(found) = custody.member(&owner.credential, owner.request(), *member).await else {
            continue;
        };
        if found.class != Class::Worker {
            continue;
        }
        let key = owner.issue_key_for(*member).await;
        let worker = Person::with(custody, key, *member, Class::Worker);
        let task = custody
            .request_task(
                &worker.credential,
                worker.request(),
                DatasetRef::parse("scans"),
                None,
            )
            .await
            .unwrap();
        let Some(task) = task else { break };
        let (id, worker) = (task.id, &worker);
        let items = task.items.iter().take(SUBMITTED as usize).map(|line| line.item);
        let submit = |item: ItemId| async move {
            let submitted = custody.submit(&worker.credential, worker.request(), id, item);
            submitted.await.unwrap();
        };
        stream::iter(items).for_each_concurrent(AT_ONCE, submit).await;
        let first = task.items[0].item;
        let request: Request = owner.request();
        let approved = custody.review(&owner.credential, request, id, first, Verdict::Approve);
        approved.await.unwrap();
        last = Some(id);
        done += 1;
        if done == WORKERS {
            break;
        }
    }
    last.unwrap()
}
