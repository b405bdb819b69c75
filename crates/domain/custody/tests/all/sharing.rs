//! Sharing with the public: behind a warning and a confirmation, for a while, on the record, and never more than meant, on both engines.

use std::time::Duration;

use crate::site::*;
use access::Class;
use custody::dataset::{DatasetChange, DatasetRef, Ingest, Reading, Redaction};
use custody::erasure::{Erased, What, erased_since};
use custody::export::{Choice, NewExport};
use custody::item::{ItemStream, PutItem, ReadItem, Target, Verb};
use custody::share::{Link, NewShare, Share, Shown, ShownItem, Warning};
use custody::trail::TrailFilter;
use custody::{Custody, Error, Result};
use image::{DynamicImage, ImageFormat, RgbImage};
use kernel::{Clock as _, ItemId, PageRequest, Timestamp};
use rendering::View;
use secrecy::ExposeSecret as _;
use serde_json::Value;
use testkit::{Person, pieces};

const HOUR: Duration = Duration::from_secs(3600);

/// Whoever this is, with a key that was made for sharing.
async fn sharer(owner: &Person, person: &Person) -> Person {
    person.with_key(&owner.issue_key_naming(person.member, &["*"]).await)
}

fn until(site: &Site, from_now: Duration) -> Timestamp {
    site.world.clock.now().plus(from_now)
}

fn looking(ends_at: Timestamp) -> NewShare {
    NewShare {
        dataset: scans(),
        export: None,
        ends_at,
        originals: false,
    }
}

fn giving(ends_at: Timestamp) -> NewShare {
    NewShare {
        originals: true,
        ..looking(ends_at)
    }
}

async fn warn(person: &Person, new: &NewShare) -> Result<Warning> {
    person
        .custody()
        .warn_of_sharing(&person.credential, person.request(), new.clone())
        .await
}

async fn confirm(person: &Person, new: &NewShare, confirmation: &str) -> Result<(Share, Link)> {
    let custody = person.custody();
    let made = custody
        .share(&person.credential, person.request(), new.clone(), confirmation)
        .await?;
    Ok((made.share, Link::parse(made.link.expose_secret()).unwrap()))
}

async fn share(person: &Person, new: NewShare) -> Result<(Share, Link)> {
    let warning = warn(person, &new).await?;
    confirm(person, &new, &warning.confirmation).await
}

async fn withdraw(person: &Person, share: &Share) -> Result<Share> {
    person
        .custody()
        .withdraw(&person.credential, person.request(), scans(), share.id)
        .await
}

async fn shown(custody: &Custody, link: &Link) -> Result<(Shown, Vec<ShownItem>)> {
    let request = custody.desk().own_request();
    let (shown, page) = custody.shown(link, request, PageRequest::first(100)).await?;
    Ok((shown, page.items))
}

async fn names(custody: &Custody, link: &Link) -> Vec<String> {
    shown(custody, link)
        .await
        .unwrap()
        .1
        .into_iter()
        .map(|item| item.name)
        .collect()
}

async fn stream(custody: &Custody, link: &Link, item: ItemId) -> Result<ItemStream> {
    let read = ReadItem::default();
    let content = custody
        .read_by_link(link, custody.desk().own_request(), item, read)
        .await?;
    Ok(content.body.unwrap())
}

async fn get(custody: &Custody, link: &Link, item: ItemId) -> Result<Vec<u8>> {
    let (mut body, mut bytes) = (stream(custody, link, item).await?, Vec::new());
    while let Some(piece) = body.next().await {
        bytes.extend_from_slice(&piece?);
    }
    Ok(bytes)
}

async fn look(custody: &Custody, link: &Link, item: ItemId) -> Result<Option<String>> {
    let looked = custody
        .look_by_link(link, custody.desk().own_request(), item, View::default())
        .await?;
    assert!(!looked.seen.bytes.is_empty());
    Ok(looked.mark)
}

async fn is_marked_open(person: &Person) -> bool {
    let custody = person.custody();
    custody
        .dataset(&person.credential, person.request(), scans())
        .await
        .unwrap()
        .shared
}

async fn trail_of(person: &Person, action: &str) -> Vec<Value> {
    let filter = TrailFilter {
        action: Some(action.into()),
        ..TrailFilter::default()
    };
    person
        .trail(filter)
        .await
        .unwrap()
        .into_iter()
        .map(|entry| entry.event)
        .collect()
}

fn picture() -> Vec<u8> {
    let mut bytes = Vec::new();
    let file = &mut std::io::Cursor::new(&mut bytes);
    DynamicImage::ImageRgb8(RgbImage::new(64, 48))
        .write_to(file, ImageFormat::Png)
        .unwrap();
    bytes
}

fn is_unknown<T: std::fmt::Debug>(answer: Result<T>) -> bool {
    matches!(answer, Err(Error::NotFound(_)))
}

engines::on_both! {
    async fn sharing_is_refused_without_the_fresh_confirmation(db: TestDb) {
        let site = Site::with(db, 1, WORK).await;
        let owner = sharer(&site.team.owner, &site.team.owner).await;
        let new = looking(until(&site, HOUR));
        for nothing in ["", "yes", "AAAA"] {
            let refused = confirm(&owner, &new, nothing).await;
            assert!(matches!(refused, Err(Error::Invalid { field: "confirmation", .. })), "{refused:?}");
        }
        let warning = warn(&owner, &new).await.unwrap();
        assert!(warning.says.iter().any(|line| line.contains("without an account")), "{warning:?}");
        assert!(!is_marked_open(&owner).await, "to be warned shares nothing");
        // For something else, by somebody else, or too late.
        for other in [NewShare { originals: true, ..new.clone() }, looking(new.ends_at.plus(HOUR))] {
            assert!(confirm(&owner, &other, &warning.confirmation).await.is_err());
        }
        let admin = sharer(&site.team.owner, &site.team.member(Class::Admin).await).await;
        assert!(confirm(&admin, &new, &warning.confirmation).await.is_err());
        let stale = warn(&owner, &new).await.unwrap();
        let (share, _) = confirm(&owner, &new, &warning.confirmation).await.unwrap();
        assert!(is_marked_open(&owner).await);
        let again = confirm(&owner, &new, &warning.confirmation).await;
        assert!(matches!(again, Err(Error::Conflict(_))), "a confirmation is good once: {again:?}");
        site.world.clock.advance(Duration::from_secs(600));
        assert!(confirm(&owner, &new, &stale.confirmation).await.is_err());
        let refused = trail_of(&site.team.owner, "share.create").await;
        let unconfirmed = refused.iter().filter(|event| event["details"]["reasons"][0] == "not-confirmed").count();
        assert_eq!(unconfirmed, 7, "every attempt stands in the trail");
        withdraw(&owner, &share).await.unwrap();
        assert!(!is_marked_open(&owner).await);
    }

    async fn a_key_that_was_not_made_for_it_shares_nothing(db: TestDb) {
        let site = Site::with(db, 1, WORK).await;
        let (owner, new) = (&site.team.owner, looking(until(&site, HOUR)));
        let refused = warn(owner, &new).await;
        assert!(matches!(&refused, Err(Error::Forbidden { reasons, .. }) if reasons.contains(&"limit.share-by-name".into())), "{refused:?}");
        let meant = sharer(owner, owner).await;
        let warning = warn(&meant, &new).await.unwrap();
        assert!(matches!(confirm(owner, &new, &warning.confirmation).await, Err(Error::Forbidden { .. })));
        for class in [Class::User, Class::WorkforceManager, Class::Worker, Class::Auditor, Class::PrivacyOfficer] {
            let person = sharer(owner, &site.granted(class).await).await;
            assert!(share(&person, new.clone()).await.is_err(), "{class}");
        }
        // Whoever made the dataset shares it, and no other.
        let uma = sharer(owner, &site.team.member(Class::User).await).await;
        uma.dataset("umas").await.unwrap();
        let hers = NewShare { dataset: DatasetRef::parse("umas"), ..new.clone() };
        assert!(share(&uma, hers).await.is_ok());
        assert!(share(&uma, new).await.is_err());
    }

    async fn whoever_has_the_link_sees_what_is_shared_and_every_look_is_recorded(db: TestDb) {
        let site = Site::with(db, 0, WORK).await;
        let (custody, owner) = (&site.world.custody, sharer(&site.team.owner, &site.team.owner).await);
        let item = site.put("scan.png", &picture()).await;
        let (seen, link) = share(&owner, looking(until(&site, HOUR))).await.unwrap();
        let (about, items) = shown(custody, &link).await.unwrap();
        assert_eq!((about.dataset.as_str(), about.export, about.originals), ("scans", None, false));
        assert_eq!((items[0].id, items[0].name.as_str(), items.len()), (item, "scan.png", 1));
        assert!(look(custody, &link, item).await.unwrap().unwrap().starts_with("public link "), "marked");
        let refused = get(custody, &link, item).await;
        assert!(matches!(refused, Err(Error::Forbidden { .. })), "looked at, and not taken: {refused:?}");
        let (taken, given) = share(&owner, giving(until(&site, HOUR))).await.unwrap();
        assert_eq!(get(custody, &given, item).await.unwrap(), picture());
        assert_eq!(look(custody, &given, item).await.unwrap(), None);
        site.put("later.png", &picture()).await;
        assert_eq!(names(custody, &link).await, ["scan.png", "later.png"], "what comes later is shared as well");

        for (action, by, outcome) in [
            ("item.browse", &seen, "done"), ("item.view", &seen, "done"), ("item.download", &seen, "refused"), ("item.download", &taken, "done"),
        ] {
            let told = trail_of(&site.team.owner, action).await;
            let wanted = told.iter().any(|event| {
                let actor = &event["actor"];
                actor["kind"] == "public" && actor["share"] == by.id.to_string() && event["class"] == "public" && event["outcome"] == outcome
            });
            assert!(wanted, "{action} {outcome}");
        }
    }

    async fn unknown_ended_and_withdrawn_links_answer_alike(db: TestDb) {
        let site = Site::with(db, 0, WORK).await;
        let (custody, owner) = (&site.world.custody, sharer(&site.team.owner, &site.team.owner).await);
        let item = site.put("scan", b"bytes").await;
        let (share_of, link) = share(&owner, giving(until(&site, HOUR))).await.unwrap();
        let (_, later) = share(&owner, giving(until(&site, HOUR * 2))).await.unwrap();
        let text = link.to_text().expose_secret().to_owned();
        let flipped = format!("{}{}", &text[..63], if text.ends_with('A') { 'Q' } else { 'A' });
        let wrong = Link::parse(&flipped).unwrap_or_else(|_| Link::parse(&"A".repeat(64)).unwrap());
        let other = Link::parse(&format!("{}{}", &text[..22], &later.to_text().expose_secret()[22..]));
        let all_refused = async |link: &Link| {
            is_unknown(shown(custody, link).await) && is_unknown(get(custody, link, item).await)
                && is_unknown(look(custody, link, item).await) && is_unknown(custody.shown_item(link, custody.desk().own_request(), item).await)
        };
        assert!(all_refused(&wrong).await);
        if let Ok(other) = other { assert!(all_refused(&other).await) }
        assert!(get(custody, &link, item).await.is_ok());
        withdraw(&owner, &share_of).await.unwrap();
        assert!(all_refused(&link).await, "withdrawn");
        assert!(matches!(withdraw(&owner, &share_of).await, Err(Error::Conflict(_))));
        assert!(get(custody, &later, item).await.is_ok(), "the other link goes on");
        custody.archive_dataset(&owner.credential, owner.request(), scans()).await.unwrap();
        assert!(all_refused(&later).await, "archived");
        custody.restore_dataset(&owner.credential, owner.request(), scans()).await.unwrap();
        site.world.clock.advance(HOUR * 2);
        assert!(all_refused(&later).await, "ended");
        assert!(!is_marked_open(&owner).await);
    }

    async fn what_is_put_aside_held_back_or_about_one_person_is_never_shown(db: TestDb) {
        let site = Site::with(db, 0, WORK).await;
        let (custody, owner) = (&site.world.custody, sharer(&site.team.owner, &site.team.owner).await);
        let open = site.put("open", b"open").await;
        let aside = site.put("aside", b"aside").await;
        let of_jane = PutItem { subject: Some("jane".into()), ..PutItem::file(Target::Name(scans(), "janes".into()), "") };
        let janes = owner.put_as(of_jane, pieces(b"hers")).await.unwrap().item.id;
        let everything = NewExport { dataset: scans(), choice: Choice::default(), format: None, idempotency: None };
        let export = custody.make_export(&owner.credential, owner.request(), everything).await.unwrap();
        assert_eq!(export.items, 3);
        owner.change(aside, Verb::Archive).await.unwrap();
        let rule = Ingest { redaction: Some(Redaction::Clean), ..Ingest::default() };
        let change = DatasetChange { ingest: Some(Some(rule)), ..DatasetChange::default() };
        custody.change_dataset(&owner.credential, owner.request(), scans(), change).await.unwrap();
        let held = owner.put("scans", "held", b"%PDF-1.7 Jane Doe").await.unwrap().item;
        assert!(held.version.quarantine.is_some());
        rival_sees_nothing(&site, custody, &owner).await;
        let (_, whole) = share(&owner, giving(until(&site, HOUR))).await.unwrap();
        let (_, part) = share(&owner, NewShare { export: Some(1), ..giving(until(&site, HOUR)) }).await.unwrap();
        for link in [&whole, &part] {
            assert_eq!(names(custody, link).await, ["open"]);
            for item in [aside, janes, held.id] {
                assert!(is_unknown(get(custody, link, item).await));
                assert!(is_unknown(look(custody, link, item).await));
            }
        }
        get(custody, &whole, open).await.unwrap();
        let rule = Reading { reasons: vec!["care".into()], note: true };
        let change = DatasetChange { reading: Some(Some(rule)), ..DatasetChange::default() };
        custody.change_dataset(&owner.credential, owner.request(), scans(), change).await.unwrap();
        for link in [&whole, &part] {
            let read = get(custody, link, open).await;
            assert!(matches!(read, Err(Error::NoReason { reason: "reading.public", .. })), "{read:?}");
        }
    }

    async fn a_shared_export_shows_exactly_its_versions(db: TestDb) {
        let site = Site::with(db, 0, WORK).await;
        let (custody, owner) = (&site.world.custody, sharer(&site.team.owner, &site.team.owner).await);
        let (a, b) = (site.put("a", b"first").await, site.put("b", b"bee").await);
        let everything = NewExport { dataset: scans(), choice: Choice::default(), format: None, idempotency: None };
        custody.make_export(&owner.credential, owner.request(), everything).await.unwrap();
        let ends = until(&site, HOUR);
        let one = |number| NewShare { export: Some(number), ..giving(ends) };
        assert!(matches!(share(&owner, one(2)).await, Err(Error::NotFound("export"))));
        let (made, link) = share(&owner, one(1)).await.unwrap();
        assert_eq!(made.export, Some(1));
        site.put("a", b"second").await;
        let later = site.put("later", b"later").await;
        assert_eq!(names(custody, &link).await, ["a", "b"]);
        assert_eq!(get(custody, &link, a).await.unwrap(), b"first");
        assert!(is_unknown(get(custody, &link, later).await));
        owner.change(b, Verb::Archive).await.unwrap();
        owner.change(b, Verb::Delete).await.unwrap();
        assert_eq!(names(custody, &link).await, ["a"]);
        custody.delete_export(&owner.credential, owner.request(), scans(), 1).await.unwrap();
        assert!(is_unknown(shown(custody, &link).await), "the export took its links along");
    }

    async fn streams_end_with_the_link_on_every_node(db: TestDb) {
        let site = Site::with(db, 0, WORK).await;
        let (custody, owner) = (&site.world.custody, sharer(&site.team.owner, &site.team.owner).await);
        let video = site.put("video", &vec![7; 20_000_000]).await;
        let other = site.world.reopened_with(site.world.root_key());
        let (first, link) = share(&owner, giving(until(&site, HOUR))).await.unwrap();
        let (_, later) = share(&owner, giving(until(&site, HOUR))).await.unwrap();
        let flowing = async |custody: &Custody, link: &Link| {
            let mut body = stream(custody, link, video).await.unwrap();
            assert!(body.next().await.unwrap().is_ok());
            body
        };
        let (mut here, mut there) = (flowing(custody, &link).await, flowing(&other, &link).await);
        let mut untouched = flowing(custody, &later).await;
        assert_eq!(other.watch_live_keys().await.unwrap(), 0);
        withdraw(&owner, &first).await.unwrap();
        assert!(matches!(here.next().await, Some(Err(_))), "withdrawn");
        assert_eq!(other.watch_live_keys().await.unwrap(), 1);
        assert!(matches!(there.next().await, Some(Err(_))), "withdrawn elsewhere");
        assert!(untouched.next().await.unwrap().is_ok());
        site.world.clock.advance(HOUR);
        assert!(matches!(untouched.next().await, Some(Err(_))), "ended");
    }

    async fn the_database_alone_opens_nothing_by_a_share(db: TestDb) {
        let site = Site::with(db, 1, WORK).await;
        let owner = sharer(&site.team.owner, &site.team.owner).await;
        let (made, link) = share(&owner, giving(until(&site, HOUR))).await.unwrap();
        let rows = async || {
            let found = site.world.database().read(|tx| tx.all("SELECT secret_hash, key_wrapped FROM share", &[]));
            let rows = found.await.unwrap();
            (rows[0].get::<Vec<u8>>(0).unwrap(), rows[0].get::<Option<Vec<u8>>>(1).unwrap())
        };
        let (hash, wrapped) = rows().await;
        // Neither the text of the link nor the bytes of its secret are in what is kept, nor does the root key open it.
        let text = link.to_text();
        assert!(!hash.windows(8).any(|part| text.expose_secret().as_bytes().windows(8).any(|other| other == part)));
        let root = site.world.root_key();
        let context = sealing::Context::new("dataset key by link").with(site.team.id.as_bytes()).with(made.dataset.as_bytes()).with(made.id.as_bytes());
        assert!(sealing::unwrap(&root, &context, &wrapped.unwrap()).is_err());
        withdraw(&owner, &made).await.unwrap();
        assert_eq!(rows().await.1, None, "what the link opened is gone with it");
    }

    async fn a_link_that_was_withdrawn_does_not_come_back_with_a_backup(db: TestDb) {
        let site = Site::with(db, 1, WORK).await;
        let (custody, owner) = (site.world.custody.clone(), sharer(&site.team.owner, &site.team.owner).await);
        let (gone, _) = share(&owner, giving(until(&site, HOUR))).await.unwrap();
        withdraw(&owner, &gone).await.unwrap();
        let listed = site.world.database().read(|tx| erased_since(tx, Timestamp::from_micros(0), None, 10)).await.unwrap();
        assert!(listed.iter().any(|line| line.what == What::Link && line.id == *gone.id.as_bytes()), "{listed:?}");
        // As in a copy from before: the line is there, and so is the link.
        let (back, link) = share(&owner, giving(until(&site, HOUR))).await.unwrap();
        let line = Erased { what: What::Link, id: *back.id.as_bytes(), tenant: site.team.id, at: back.made_at };
        let request = custody.desk().own_request();
        let replayed = custody.clone();
        let again = tokio::task::spawn_blocking(move || replayed.erase_again(request, &[line])).await.unwrap().unwrap();
        assert_eq!((again.listed, again.erased), (1, 1));
        assert!(is_unknown(shown(&custody, &link).await));
        assert!(!is_marked_open(&owner).await);
    }

    async fn what_cannot_be_shared_says_why(db: TestDb) {
        let site = Site::with(db, 1, WORK).await;
        let owner = sharer(&site.team.owner, &site.team.owner).await;
        for end in [site.world.clock.now(), until(&site, HOUR * 24 * 367)] {
            let refused = share(&owner, looking(end)).await;
            assert!(matches!(refused, Err(Error::Invalid { field: "ends_at", .. })), "{refused:?}");
        }
        let held = site.world.customer_held_team("vault").await;
        held.owner.dataset("scans").await.unwrap();
        let keeper = sharer(&held.owner, &held.owner).await;
        let refused = share(&keeper, looking(until(&site, HOUR))).await;
        assert!(matches!(&refused, Err(Error::Conflict(says)) if says.contains("holds its key itself")), "{refused:?}");
        let custody = owner.custody();
        custody.archive_dataset(&owner.credential, owner.request(), scans()).await.unwrap();
        assert!(matches!(share(&owner, looking(until(&site, HOUR))).await, Err(Error::Conflict(_))));
    }
}

/// Another team's link shows that team's items alone.
async fn rival_sees_nothing(site: &Site, custody: &Custody, owner: &Person) {
    let rival = site.world.team("rival").await;
    rival.owner.dataset("theirs").await.unwrap();
    let theirs = rival.owner.put("theirs", "x", b"x").await.unwrap().item.id;
    let (_, link) = share(owner, giving(until(site, HOUR))).await.unwrap();
    assert!(is_unknown(get(custody, &link, theirs).await));
    let foreign = rival.owner.custody().shares(
        &rival.owner.credential,
        rival.owner.request(),
        scans(),
        PageRequest::first(10),
    );
    assert!(is_unknown(foreign.await));
}
