//! The joiner gate: nobody sees anything before they have done what their team asks for, and again when it runs out, on both engines.

use std::time::Duration;

use crate::site::*;
use access::Class;
use custody::admission::{NewRecord, NewStep, Standing, Step, StepKind};
use custody::dataset::DatasetRef;
use custody::item::{Filter, ReadItem};
use custody::operator_access::{Decision, NewOperatorAccess};
use custody::trail::TrailFilter;
use custody::{Credential, Error, Result};
use kernel::{AdmissionStepId, Clock as _, MemberId, PageRequest, Timestamp};
use secrecy::ExposeSecret as _;
use testkit::Person;

const DAY: Duration = Duration::from_secs(86_400);

fn policy(version: &str) -> NewStep {
    NewStep {
        kind: StepKind::Policy,
        title: "Acceptable use".into(),
        version: version.into(),
        place: "https://intranet.example/use".into(),
        good_for_days: None,
    }
}

fn training() -> NewStep {
    NewStep {
        kind: StepKind::Training,
        title: "Health data".into(),
        version: "2026".into(),
        place: String::new(),
        good_for_days: Some(365),
    }
}

async fn add(by: &Person, step: NewStep) -> Result<Step> {
    by.custody()
        .add_admission_step(&by.credential, by.request(), step)
        .await
}

async fn accept(by: &Person, step: &Step) -> Result<Vec<Standing>> {
    accept_version(by, step, &step.asks.version).await
}

async fn accept_version(by: &Person, step: &Step, version: &str) -> Result<Vec<Standing>> {
    by.custody()
        .accept_admission_step(&by.credential, by.request(), step.id, version.into())
        .await
}

fn learned(step: &Step, done_at: Timestamp) -> NewRecord {
    NewRecord {
        version: step.asks.version.clone(),
        done_at,
        good_until: None,
        evidence: "certificate 17 in the personnel file".into(),
    }
}

async fn record(by: &Person, step: &Step, of: &Person) -> Result<Vec<Standing>> {
    let record = learned(step, by.custody().desk().clock.now());
    by.custody()
        .record_admission_step(&by.credential, by.request(), (step.id, of.member), record)
        .await
}

async fn withdraw(by: &Person, step: &Step, of: &Person) -> Result<Vec<Standing>> {
    by.custody()
        .withdraw_admission_step(&by.credential, by.request(), (step.id, of.member))
        .await
}

async fn standing(by: &Person, of: Option<MemberId>) -> Result<Vec<Standing>> {
    by.custody().admission(&by.credential, by.request(), of).await
}

async fn waiting(by: &Person) -> Result<Vec<(MemberId, Vec<AdmissionStepId>)>> {
    let (mut found, mut page) = (Vec::new(), PageRequest::first(2));
    loop {
        let listed = by
            .custody()
            .waiting_for_admission(&by.credential, by.request(), page.clone())
            .await?;
        found.extend(
            listed
                .items
                .into_iter()
                .map(|waiting| (waiting.member, waiting.missing)),
        );
        match listed.next {
            Some(next) => page.after = Some(next),
            None => return Ok(found),
        }
    }
}

/// What stands between somebody and the data; nothing when they are in.
async fn missing(person: &Person) -> Vec<String> {
    match list(person, Filter::default()).await {
        Ok(_) => Vec::new(),
        Err(Error::NotAdmitted { missing, .. }) => missing,
        Err(other) => panic!("{other:?}"),
    }
}

async fn sees(by: &Person, who: &Person) -> bool {
    let dataset = DatasetRef::parse("scans");
    let page = PageRequest::first(100);
    let listed = by
        .custody()
        .who_sees_dataset(&by.credential, by.request(), dataset, page)
        .await
        .unwrap();
    listed.items.iter().any(|seer| seer.member == who.member)
}

fn is_closed<T>(result: Result<T>) -> bool {
    matches!(result, Err(Error::NotAdmitted { .. }))
}

engines::on_both! {
    async fn nobody_sees_anything_before_they_have_done_what_is_asked(db: TestDb) {
        let site = Site::with(db, 1, WORK).await;
        let owner = &site.team.owner;
        let (user, worker) = (site.team.member(Class::User).await, site.worker().await);
        let item = list(&user, Filter::default()).await.unwrap()[0].id;
        let use_policy = add(owner, policy("3")).await.unwrap();
        let course = add(owner, training()).await.unwrap();

        assert_eq!(missing(&user).await, ["accept `Acceptable use`, version 3", "have an admin record `Health data`, version 2026"]);
        // Whatever they try, with whatever right: it is asked before everything else.
        assert!(is_closed(user.get(item).await) && is_closed(user.item(item).await));
        assert!(is_closed(user.put("scans", "new", b"scan").await));
        assert!(is_closed(request(&worker).await));
        assert!(is_closed(owner.trail(TrailFilter::default()).await), "owners as well");
        let key = user.with_key(&{
            accept(owner, &use_policy).await.unwrap();
            record(owner, &course, owner).await.unwrap();
            owner.issue_key_for(user.member).await
        });
        assert!(is_closed(key.get(item).await), "by a key made since, too");
        assert!(!sees(owner, &user).await && sees(owner, owner).await);

        let standings = accept(&user, &use_policy).await.unwrap();
        assert_eq!(standings.iter().map(|it| it.good).collect::<Vec<_>>(), [true, false]);
        assert_eq!(missing(&user).await.len(), 1);
        record(owner, &course, &user).await.unwrap();
        assert_eq!(user.get(item).await.unwrap(), b"scan");
        assert!(sees(owner, &user).await);

        let waits = waiting(owner).await.unwrap();
        assert_eq!(waits, [(worker.member, vec![use_policy.id, course.id])]);
        let tried = owner.trail(TrailFilter { outcome: Some("refused".into()), ..TrailFilter::default() }).await.unwrap();
        let turned_back = tried.iter().filter(|entry| entry.event["details"]["reasons"][0] == "not-admitted");
        assert!(turned_back.count() >= 6, "and it stands in the trail");
    }

    async fn a_training_that_ends_closes_the_door_at_that_very_moment(db: TestDb) {
        let site = Site::with(db, 0, WORK).await;
        let (owner, user) = (&site.team.owner, site.team.member(Class::User).await);
        let video = site.put("video", &vec![7; 20_000_000]).await;
        let course = add(owner, training()).await.unwrap();
        record(owner, &course, owner).await.unwrap();
        let standings = record(owner, &course, &user).await.unwrap();
        let done = standings[0].done.clone().unwrap();
        let until = done.good_until.unwrap();
        assert_eq!(until, done.done_at.plus(DAY * 365));

        let left = until.as_micros() - site.world.clock.now().as_micros();
        let left = Duration::from_micros(u64::try_from(left).unwrap());
        site.world.clock.advance(left - Duration::from_secs(1));
        let mut flowing = user.open(video, ReadItem::default()).await.unwrap().body.unwrap();
        assert!(flowing.next().await.unwrap().is_ok());
        assert_eq!(site.world.custody.watch_live_keys().await.unwrap(), 0);
        site.world.clock.advance(Duration::from_secs(1));
        assert_eq!(missing(&user).await, ["have an admin record `Health data`, version 2026"]);
        assert_eq!(site.world.custody.watch_live_keys().await.unwrap(), 1);
        assert!(matches!(flowing.next().await, Some(Err(_))), "what flows ends as well");
        assert!(!standing(&user, None).await.unwrap()[0].good);
        // Whoever records may be out as well, and lets others in all the same.
        assert!(is_closed(owner.trail(TrailFilter::default()).await));
        record(owner, &course, &user).await.unwrap();
        assert!(missing(&user).await.is_empty());
    }

    async fn a_new_version_is_accepted_anew_and_nothing_else_is_asked_twice(db: TestDb) {
        let site = Site::with(db, 1, WORK).await;
        let (owner, user) = (&site.team.owner, site.team.member(Class::User).await);
        let custody = &site.world.custody;
        let step = add(owner, policy("3")).await.unwrap();
        accept(&user, &step).await.unwrap();
        let change = async |new: NewStep| custody.change_admission_step(&owner.credential, owner.request(), step.id, new).await;
        change(NewStep { title: "Use of computers".into(), ..policy("3") }).await.unwrap();
        assert!(missing(&user).await.is_empty(), "another title is no other policy");
        let newer = change(policy("4")).await.unwrap();
        assert_eq!(missing(&user).await, ["accept `Acceptable use`, version 4"]);
        assert!(matches!(accept_version(&user, &newer, "3").await, Err(Error::Conflict(_))), "nobody accepts what is not asked any more");
        accept(&user, &newer).await.unwrap();
        assert!(missing(&user).await.is_empty());
        assert!(matches!(change(NewStep { kind: StepKind::Training, ..policy("4") }).await, Err(Error::Invalid { field: "kind", .. })));
        custody.remove_admission_step(&owner.credential, owner.request(), step.id).await.unwrap();
        assert!(missing(owner).await.is_empty() && standing(&user, None).await.unwrap().is_empty());
    }

    async fn everybody_accepts_for_themselves_and_nobody_records_for_themselves(db: TestDb) {
        let site = Site::with(db, 0, WORK).await;
        let (owner, admin, user) = (&site.team.owner, site.team.member(Class::Admin).await, site.team.member(Class::User).await);
        assert!(matches!(add(&user, policy("3")).await, Err(Error::Forbidden { .. })));
        // Whoever asks is asked as well, and goes on asking all the same.
        let (use_policy, course) = (add(&admin, policy("3")).await.unwrap(), add(&admin, training()).await.unwrap());
        assert_eq!(missing(&admin).await.len(), 2);
        assert!(matches!(accept(&user, &course).await, Err(Error::Conflict(_))), "nobody says of themselves that they learned");
        assert!(matches!(record(owner, &use_policy, &user).await, Err(Error::Conflict(_))), "nobody accepts for another");
        assert!(matches!(record(&admin, &course, &admin).await, Err(Error::Forbidden { .. })));
        assert!(matches!(record(&user, &course, &admin).await, Err(Error::Forbidden { .. })));
        record(&admin, &course, &user).await.unwrap();
        record(owner, &course, owner).await.unwrap();
        let of = standing(owner, Some(user.member)).await.unwrap();
        let done = of[1].done.clone().unwrap();
        assert_eq!((done.recorded_by, done.evidence.as_deref()), (admin.member, Some("certificate 17 in the personnel file")));
        assert!(matches!(standing(&user, Some(owner.member)).await, Err(Error::Forbidden { .. })));
        assert!(matches!(waiting(&user).await, Err(Error::Forbidden { .. })));
        // What was recorded can be taken back.
        accept(&user, &use_policy).await.unwrap();
        assert!(missing(&user).await.is_empty());
        withdraw(owner, &course, &user).await.unwrap();
        assert_eq!(missing(&user).await.len(), 1);
    }

    async fn what_is_asked_is_held_to_bounds_and_to_its_team(db: TestDb) {
        let site = Site::with(db, 0, WORK).await;
        let (owner, rival) = (&site.team.owner, site.world.team("rival").await.owner);
        let step = add(owner, training()).await.unwrap();
        record(owner, &step, owner).await.unwrap();
        assert!(list(&rival, Filter::default()).await.is_err_and(|error| matches!(error, Error::NotFound(_))), "others are asked nothing");
        assert!(matches!(record(&rival, &step, owner).await, Err(Error::NotFound(_))));
        assert!(matches!(accept(&rival, &step).await, Err(Error::NotFound(_))));
        assert!(matches!(record(owner, &step, &rival).await, Err(Error::NotFound(_))));
        for bad in [
            NewStep { title: " ".into(), ..policy("1") },
            NewStep { version: "x".repeat(41), ..policy("1") },
            NewStep { good_for_days: Some(0), ..policy("1") },
        ] {
            assert!(matches!(add(owner, bad).await, Err(Error::Invalid { .. })));
        }
        let now = site.world.clock.now();
        let custody = &site.world.custody;
        for bad in [
            NewRecord { evidence: String::new(), ..learned(&step, now) },
            learned(&step, now.plus(DAY)),
            NewRecord { good_until: Some(now), ..learned(&step, now) },
        ] {
            let recorded = custody.record_admission_step(&owner.credential, owner.request(), (step.id, owner.member), bad);
            assert!(matches!(recorded.await, Err(Error::Invalid { .. })));
        }
    }

    async fn the_operators_staff_are_asked_at_home_and_are_out_in_tenants_as_well(db: TestDb) {
        let site = Site::with(db, 0, WORK).await;
        let (operator, owner) = (&site.world.operator, &site.team.owner);
        let custody = operator.custody();
        let new = NewOperatorAccess { tenant: "clinic".into(), dataset: None, originals: false, minutes: 480, reason: "ticket 7".into() };
        let asked = custody.ask_operator_access(&operator.credential, operator.request(), new).await.unwrap();
        custody.decide_operator_access(&owner.credential, owner.request(), asked.id, Decision::Approve).await.unwrap();
        let key = custody.take_operator_key(&operator.credential, operator.request(), asked.id).await.unwrap();
        let inside = operator.with_key(&Credential::parse(key.secret.expose_secret()).unwrap());
        let looks = async || {
            let page = PageRequest::first(10);
            custody.list_datasets(&inside.credential, inside.request(), page).await.map(|listed| listed.items.len())
        };
        assert_eq!(looks().await.unwrap(), 1);

        let step = add(operator, training()).await.unwrap();
        assert!(is_closed(operator.trail(TrailFilter::default()).await));
        assert!(matches!(looks().await, Err(Error::NotAdmitted { missing, .. }) if missing == ["a training at home"]));
        let now = site.world.clock.now();
        let record = NewRecord { good_until: Some(now.plus(Duration::from_secs(3_600))), ..learned(&step, now) };
        let recorded = custody.record_admission_step(&operator.credential, operator.request(), (step.id, operator.member), record);
        recorded.await.unwrap();
        assert!(operator.trail(TrailFilter::default()).await.is_ok() && looks().await.is_ok());
        site.world.clock.advance(Duration::from_secs(3_600));
        assert!(is_closed(operator.trail(TrailFilter::default()).await) && is_closed(looks().await));
    }
}
