//! Many people, and what is kept about them.

use custody::dataset::DatasetRef;
use custody::item::{PutItem, Target};
use custody::record::{Field, FieldType, NewKind, NewRecord, Said};
use futures_util::stream::{self, StreamExt as _};
use testkit::pieces;

use super::site::Site;

const AT_ONCE: usize = 64;
/// What a profile says beside the address: seven fields in all.
const SAID: [&str; 6] = ["first", "last", "phone", "login", "address", "birth"];

/// Datasets and the kinds of their records.
pub(crate) async fn open(site: &Site) {
    let owner = &site.team.owner;
    for name in ["customers", "people", "letters"] {
        owner.dataset(name).await.unwrap();
    }
    for (dataset, kind) in [
        ("customers", "customer"),
        ("customers", "order"),
        ("people", "profile"),
    ] {
        let fields = std::iter::once(field("email", FieldType::Email, true))
            .chain(SAID.map(|name| field(name, FieldType::Text, false)));
        let kind = NewKind {
            name: kind.into(),
            fields: fields.collect(),
            subject: Some("email".into()),
        };
        let (custody, dataset) = (&site.world.custody, DatasetRef::parse(dataset));
        let declared = custody.declare_kind(&owner.credential, owner.request(), dataset, kind);
        declared.await.unwrap();
    }
}

fn field(name: &str, field_type: FieldType, found: bool) -> Field {
    Field {
        name: name.into(),
        field_type,
        required: true,
        personal: true,
        find_by_value: found,
        find_by_word: false,
        masked: None,
    }
}

/// The address of a customer.
pub(crate) fn email(number: usize) -> String {
    format!("customer{number}@shop.example")
}

/// The address of somebody with a profile.
pub(crate) fn known(number: usize) -> String {
    format!("user{number}@people.example")
}

/// Customers with orders.
pub(crate) async fn customers(site: &Site, customers: usize, orders: usize) {
    let make = |number: usize| async move {
        let email = email(number);
        record(site, "customers", "customer", &email, number).await;
        for order in 0..orders {
            record(site, "customers", "order", &email, order).await;
        }
    };
    at_once(customers, make).await;
}

/// Profiles of so many people, dealt out evenly.
pub(crate) async fn profiles(site: &Site, records: usize, people: usize) {
    let make = |number: usize| async move {
        record(site, "people", "profile", &known(number % people), number).await;
    };
    at_once(records, make).await;
}

/// Files about the same people.
pub(crate) async fn letters(site: &Site, items: usize, people: usize) {
    let make = |number: usize| async move {
        letter(
            site,
            &format!("{number}"),
            &known(number % people),
            b"Dear customer",
        )
        .await;
    };
    at_once(items, make).await;
}

/// Files of one size that are about one person.
pub(crate) async fn own(site: &Site, email: &str, files: usize, size: usize) {
    let bytes = noise(size);
    let bytes = &bytes;
    let make = |number: usize| async move {
        letter(site, &format!("{email}/{number}"), email, bytes).await;
    };
    at_once(files, make).await;
}

async fn at_once<F: Future<Output = ()>>(count: usize, make: impl Fn(usize) -> F) {
    stream::iter(0..count)
        .map(make)
        .buffer_unordered(AT_ONCE)
        .collect::<()>()
        .await;
}

async fn letter(site: &Site, name: &str, email: &str, bytes: &[u8]) {
    let target = Target::Name(DatasetRef::parse("letters"), name.into());
    let put = PutItem {
        subject: Some(format!("email:{email}")),
        ..PutItem::file(target, "application/octet-stream")
    };
    site.team.owner.put_as(put, pieces(bytes)).await.unwrap();
}

async fn record(site: &Site, dataset: &str, kind: &str, email: &str, number: usize) {
    let said = SAID.map(|name| (name.to_owned(), format!("{name} of {number}").into()));
    let new = NewRecord {
        kind: kind.into(),
        name: None,
        subject: None,
        values: said
            .into_iter()
            .chain([("email".to_owned(), email.into())])
            .collect(),
        said: Said {
            source: "a form".into(),
            at: None,
            basis: None,
        },
        provenance: Default::default(),
    };
    let (owner, custody) = (&site.team.owner, &site.world.custody);
    let dataset = DatasetRef::parse(dataset);
    let made = custody.create_record(&owner.credential, owner.request(), dataset, new, None);
    made.await.unwrap();
}

/// Bytes that no packing makes smaller.
fn noise(size: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    std::iter::repeat_with(&mut next).flatten().take(size).collect()
}
