//! Looking without taking: what is shown to whom, what the trail says of it, and what it may cost, on both engines.

use std::io::Cursor;

use crate::site::*;
use access::{Action, ActionSet, Class};
use custody::item::{Looked, Looks, PutItem, Target, Verb};
use custody::key::NewKey;
use custody::trail::TrailFilter;
use custody::{Credential, Error, KeyScope};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use kernel::ItemId;
use rendering::{Limits, Refused, Rendered, Sort, View};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use testkit::{Person, pieces};

fn picture() -> Vec<u8> {
    let mut bytes = Vec::new();
    let picture = RgbImage::from_fn(200, 120, |x, y| Rgb([x as u8, y as u8, 200]));
    let file = &mut Cursor::new(&mut bytes);
    DynamicImage::ImageRgb8(picture)
        .write_to(file, ImageFormat::Png)
        .unwrap();
    bytes
}

/// An ultrasound image of two pixels that does not say whether names are burned in.
fn ultrasound() -> Vec<u8> {
    let mut elements = Vec::new();
    let mut add = |tag: u32, vr: &[u8; 2], value: &[u8]| {
        elements.extend([(tag >> 16) as u8, (tag >> 24) as u8, tag as u8, (tag >> 8) as u8]);
        elements.extend(vr);
        elements.extend((value.len() as u16).to_le_bytes());
        elements.extend(value);
    };
    add(0x0008_0060, b"CS", b"US");
    for (tag, number) in [
        (0x0002, 1),
        (0x0010, 1),
        (0x0011, 2),
        (0x0100, 8),
        (0x0101, 8),
        (0x0102, 7),
        (0x0103, 0u8),
    ] {
        add(0x0028_0000 + tag, b"US", &[number, 0]);
    }
    let syntax = b"1.2.840.10008.1.2.1\0";
    let meta = [
        &[2, 0, 0x10, 0][..],
        b"UI",
        &(syntax.len() as u16).to_le_bytes(),
        syntax,
    ]
    .concat();
    let pixels = [0xE0, 0x7F, 0x10, 0, b'O', b'B', 0, 0, 2, 0, 0, 0, 10, 200];
    [&[0; 128][..], b"DICM", &meta, &elements, &pixels].concat()
}

async fn look(person: &Person, item: ItemId) -> Result<Looked<Rendered>, Error> {
    let custody = person.custody();
    custody
        .look(&person.credential, person.request(), item, None, View::default())
        .await
}

/// What the trail has of looking at this item, newest first: how it ended, and the details.
async fn looks_of(site: &Site, item: ItemId) -> Vec<(Value, Value)> {
    let filter = TrailFilter {
        item: Some(item),
        action: Some(Action::ItemView.to_string()),
        ..TrailFilter::default()
    };
    let entries = site.team.owner.trail(filter).await.unwrap();
    entries
        .iter()
        .map(|entry| (entry.event["outcome"].clone(), entry.event["details"].clone()))
        .collect()
}

engines::on_both! {
    async fn who_may_only_look_sees_their_name_all_over_it_and_never_the_bytes(db: TestDb) {
        let site = Site::with(db, 0, WORK).await;
        let item = site.put("0", &picture()).await;
        let (manager, wanda) = (site.granted(Class::WorkforceManager).await, site.worker().await);
        lease(&wanda).await;
        let plain = look(&site.team.owner, item).await.unwrap();
        assert_eq!((plain.mark.clone(), plain.seen.width, plain.seen.height), (None, 200, 120));
        for person in [&manager, &wanda] {
            let seen = look(person, item).await.unwrap();
            let mark = seen.mark.unwrap();
            let id = person.member.to_string().replace('-', "");
            assert!(mark.contains(&id[id.len() - 8..]) && mark.ends_with("UTC"), "{mark}");
            assert_ne!(seen.seen.bytes, plain.seen.bytes, "the mark is in the picture");
            assert!(matches!(person.get(item).await, Err(Error::Forbidden { .. })), "to take it is another right");
        }
        let told = looks_of(&site, item).await;
        assert_eq!(told.len(), 3);
        assert_eq!((&told[2].1["marked"], &told[0].1["marked"]), (&json!(false), &json!(true)));
        assert!(told[0].1["task"].is_string() && told[0].1["sha256"].is_string());
    }

    async fn a_key_made_for_looking_alone_gets_marked_views(db: TestDb) {
        let site = Site::with(db, 0, WORK).await;
        let item = site.put("0", &picture()).await;
        let owner = &site.team.owner;
        let scope = KeyScope { actions: Some(ActionSet::parse(["item.view"]).unwrap()), ..KeyScope::default() };
        let new = NewKey { label: "kiosk".into(), scope, ..NewKey::default() };
        let issued = site.world.custody.issue_key(&owner.credential, owner.request(), new, None).await.unwrap();
        let kiosk = owner.with_key(&Credential::parse(issued.secret.expose_secret()).unwrap());
        assert!(look(&kiosk, item).await.unwrap().mark.is_some());
        assert!(matches!(kiosk.get(item).await, Err(Error::Forbidden { .. })));
        let refused = site.team.owner.trail(TrailFilter { action: Some(Action::ItemDownload.to_string()), ..TrailFilter::default() }).await.unwrap();
        assert_eq!(refused.len(), 1, "what was not asked for is not recorded as refused");
    }

    async fn a_lease_that_ended_shows_nothing_more(db: TestDb) {
        let site = Site::with(db, 0, WORK).await;
        let item = site.put("0", &picture()).await;
        let (wanda, willi) = (site.worker().await, site.worker().await);
        lease(&wanda).await;
        assert!(look(&wanda, item).await.is_ok());
        assert!(matches!(look(&willi, item).await, Err(Error::NotFound(_))), "not theirs");
        site.world.clock.advance(LEASE);
        assert!(matches!(look(&wanda, item).await, Err(Error::NotFound(_))));
    }

    async fn archived_items_are_not_shown(db: TestDb) {
        let site = Site::with(db, 0, WORK).await;
        let item = site.put("0", &picture()).await;
        site.team.owner.change(item, Verb::Archive).await.unwrap();
        assert!(matches!(look(&site.team.owner, item).await, Err(Error::Conflict(_))));
        site.team.owner.change(item, Verb::Restore).await.unwrap();
        assert!(look(&site.team.owner, item).await.is_ok());
    }

    async fn pixels_that_may_name_people_are_shown_only_to_who_may_take_them(db: TestDb) {
        let site = Site::with(db, 0, WORK).await;
        let item = site.put("0", &ultrasound()).await;
        let manager = site.granted(Class::WorkforceManager).await;
        let refused = look(&manager, item).await;
        assert!(matches!(&refused, Err(Error::Forbidden { reasons, .. }) if reasons == &["view.pixels"]), "{refused:?}");
        let told = looks_of(&site, item).await;
        assert_eq!((&told[0].0, &told[0].1["reasons"]), (&json!("refused"), &json!(["view.pixels"])));
        assert_eq!(look(&site.team.owner, item).await.unwrap().seen.width, 2);
        let info = site.world.custody.look_into(&manager.credential, manager.request(), item, None).await.unwrap();
        assert_eq!((info.seen.sort, info.seen.frames), (Sort::Dicom, 1));
        assert!(info.seen.risk.is_some());
    }

    async fn values_of_records_are_shown_one_by_one_and_for_a_reason(db: TestDb) {
        let site = Site::with(db, 0, WORK).await;
        let target = Target::Name(scans(), "0".into());
        let put = PutItem::file(target, "application/json");
        let item = site.team.owner.put_as(put, pieces(br#"{"name":"Bart","age":10}"#)).await.unwrap().item.id;
        let manager = site.granted(Class::WorkforceManager).await;
        let read = async |reveal: Option<&str>, reason: Option<&str>| {
            let mut request = manager.request();
            request.reason = reason.map(Into::into);
            let custody = manager.custody();
            custody.look_at_text(&manager.credential, request, item, None, 0, reveal.map(Into::into)).await
        };
        let covered = read(None, None).await.unwrap();
        assert!(covered.seen.fields.iter().all(|field| field.value.is_none()));
        assert_eq!(covered.seen.fields.len(), 2);
        assert!(matches!(read(Some("/name"), None).await, Err(Error::Invalid { field: "bailee-reason", .. })));
        let shown = read(Some("/name"), Some("he called")).await.unwrap();
        let values: Vec<_> = shown.seen.fields.iter().filter_map(|field| field.value.as_deref()).collect();
        assert_eq!(values, ["Bart"]);
        assert_eq!(looks_of(&site, item).await[0].1["revealed"], "/name");
    }

    async fn tables_and_records_are_covered_whatever_their_client_called_them(db: TestDb) {
        let site = Site::with(db, 0, WORK).await;
        let owner = &site.team.owner;
        for (name, content) in [("people.CSV", &b"name,mail\nBart,b@example.org\n"[..]), ("bart.json", br#"{"name":"Bart"}"#), ("bart", br#"[{"name":"Bart"}]"#)] {
            let item = site.put(name, content).await;
            let page = site.world.custody.look_at_text(&owner.credential, owner.request(), item, None, 0, None).await.unwrap();
            assert!(!page.seen.fields.is_empty() && page.seen.text.is_none(), "{name}");
            assert!(page.seen.fields.iter().all(|field| field.value.is_none()), "{name}");
        }
    }

    async fn what_is_too_large_or_not_a_picture_says_so(db: TestDb) {
        let site = Site::with(db, 1, WORK).await;
        let item = site.put("picture", &picture()).await;
        let owner = &site.team.owner;
        let custody = site.world.custody.clone().with_looks(Looks::new(1, 10, Limits::default()));
        let refused = custody.look(&owner.credential, owner.request(), item, None, View::default()).await;
        assert!(matches!(&refused, Err(Error::NotShown(told)) if told.contains("10")), "{refused:?}");
        let text = site.put("text", b"hello").await;
        let expected = Refused::NotDrawn { sort: Sort::Text }.to_string();
        assert!(matches!(look(owner, text).await, Err(Error::NotShown(told)) if told == expected));
        let empty = site.put("empty", b"").await;
        assert!(matches!(look(owner, empty).await, Err(Error::NotShown(_))));
    }

    async fn many_views_at_once_take_their_turn(db: TestDb) {
        let site = Site::with(db, 0, WORK).await;
        let item = site.put("0", &picture()).await;
        let custody = site.world.custody.clone().with_looks(Looks::new(1, 1 << 20, Limits::default()));
        let owner = site.team.owner.at(&custody);
        let looks: Vec<_> = (0..8).map(|_| {
            let owner = owner.clone();
            tokio::spawn(async move { look(&owner, item).await.map(|seen| seen.seen.width) })
        }).collect();
        for seen in looks {
            assert_eq!(seen.await.unwrap().unwrap(), 200);
        }
    }

    async fn altered_bytes_are_not_drawn_and_the_trail_names_the_look(db: TestDb) {
        let site = Site::with(db, 0, WORK).await;
        let mut noise = picture();
        noise.resize(200_000, 7);
        let item = site.put("0", &noise).await;
        let file = &site.world.object_files()[0];
        let mut sealed = std::fs::read(file).unwrap();
        let middle = sealed.len() / 2;
        sealed[middle] ^= 1;
        std::fs::write(file, sealed).unwrap();
        assert!(matches!(look(&site.team.owner, item).await, Err(Error::Altered)));
        let told = looks_of(&site, item).await;
        assert_eq!((&told[0].0, &told[0].1["cause"]), (&json!("failed"), &json!("altered")));
    }
}
