//! Records of declared kinds: held to them, found by what they say, put right, and gone without a trace.

use std::collections::BTreeMap;

use access::{ActionSet, Class};
use custody::dataset::{DatasetChange, DatasetRef, Ingest, Redaction};
use custody::export::{Choice, NewExport, Next};
use custody::item::{Form, Kind, PutItem, Range, ReadItem, Target, Verb};
use custody::key::NewTemporary;
use custody::record::{
    Field, FieldType, MEDIA_TYPE, Mask, Match, NewKind, NewRecord, Record, RecordHead, RecordQuery,
    Rectification, Said,
};
use custody::share::{Link, NewShare};
use custody::tenant::LawfulBasis;
use custody::trail::TrailFilter;
use custody::{Credential, Error, IdempotencyKey, Result};
use engines::TestDb;
use kernel::{Clock as _, ItemId, Page, PageRequest, VersionId};
use operation::Request;
use secrecy::ExposeSecret as _;
use serde_json::{Map, Value as Json, json};
use testkit::{Person, Team, World, pieces};

fn people() -> DatasetRef {
    DatasetRef::parse("people")
}

fn field(name: &str, field_type: FieldType, find_by_value: bool, find_by_word: bool) -> Field {
    Field {
        name: name.into(),
        field_type,
        required: name == "email",
        personal: true,
        find_by_value,
        find_by_word,
        masked: None,
    }
}

fn profile() -> NewKind {
    NewKind {
        name: "profile".into(),
        fields: vec![
            field("email", FieldType::Email, true, false),
            field("phone", FieldType::Phone, true, false),
            field("about", FieldType::Text, false, true),
            field("tags", FieldType::TextList, true, true),
        ],
        subject: Some("email".into()),
    }
}

/// The same, with three of its fields masked.
fn masking() -> NewKind {
    let mut kind = profile();
    let masks = [Mask::EmailDomain, Mask::LastFour, Mask::Initials];
    for (field, mask) in kind.fields.iter_mut().zip(masks) {
        field.masked = Some(mask);
    }
    kind
}

fn is_masked<T: std::fmt::Debug>(result: Result<T>) -> bool {
    assert!(matches!(result, Err(Error::Masked(_))), "{result:?}");
    true
}

fn said(source: &str) -> Said {
    Said {
        source: source.into(),
        at: None,
        basis: Some(LawfulBasis::Contract),
    }
}

fn object(values: Json) -> Map<String, Json> {
    match values {
        Json::Object(values) => values,
        _ => Map::new(),
    }
}

fn new(name: &str, values: Json) -> NewRecord {
    NewRecord {
        kind: "profile".into(),
        name: Some(name.into()),
        subject: None,
        values: object(values),
        said: said("web form"),
        provenance: BTreeMap::new(),
    }
}

fn value(field: &str, value: Json) -> RecordQuery {
    RecordQuery {
        kind: "profile".into(),
        field: field.into(),
        matches: Match::Value(value),
    }
}

fn words(field: &str, text: &str) -> RecordQuery {
    RecordQuery {
        kind: "profile".into(),
        field: field.into(),
        matches: Match::Words(text.into()),
    }
}

struct Crm {
    team: Team,
    world: World,
}

impl Crm {
    async fn on(db: TestDb) -> Self {
        let world = World::on(db).await;
        let team = world.team("crm").await;
        Self::of(world, team).await
    }

    async fn of(world: World, team: Team) -> Self {
        team.owner.dataset("people").await.unwrap();
        let crm = Self { team, world };
        crm.declare(profile()).await.unwrap();
        crm
    }

    fn owner(&self) -> &Person {
        &self.team.owner
    }

    async fn declare(&self, kind: NewKind) -> Result<u64> {
        let owner = self.owner();
        let declared = owner
            .custody()
            .declare_kind(&owner.credential, owner.request(), people(), kind);
        declared.await.map(|kind| kind.version)
    }

    async fn create(&self, new: NewRecord) -> Result<RecordHead> {
        self.create_once(new, None).await
    }

    async fn create_once(&self, new: NewRecord, once: Option<IdempotencyKey>) -> Result<RecordHead> {
        let owner = self.owner();
        owner
            .custody()
            .create_record(&owner.credential, owner.request(), people(), new, once)
            .await
            .map(|made| made.record)
    }

    async fn read(&self, record: ItemId, version: Option<VersionId>) -> Result<Record> {
        let owner = self.owner();
        owner
            .custody()
            .record(&owner.credential, owner.request(), record, version)
            .await
    }

    async fn page(&self, query: RecordQuery, page: PageRequest) -> Result<Page<RecordHead>> {
        let owner = self.owner();
        owner
            .custody()
            .find_records(&owner.credential, owner.request(), people(), query, page)
            .await
    }

    async fn found(&self, query: RecordQuery) -> Vec<String> {
        let page = self.page(query, PageRequest::first(10)).await.unwrap();
        page.items.into_iter().map(|head| head.name).collect()
    }

    async fn rectify(&self, record: ItemId, seen: VersionId, values: Json) -> Result<Record> {
        let owner = self.owner();
        let request = Request {
            reason: Some("she called".into()),
            ..owner.request()
        };
        let change = Rectification {
            seen,
            values: object(values),
            said: said("a call"),
            provenance: BTreeMap::new(),
        };
        owner
            .custody()
            .rectify_record(&owner.credential, request, record, change)
            .await
            .map(|right| right.record)
    }

    /// How many rows there are by which a record could be found.
    async fn index_rows(&self) -> i64 {
        let counted = self
            .world
            .database()
            .read(|tx| tx.one("SELECT count(*) FROM field_index", &[])?.get(0));
        counted.await.map_err(|error: store::StoreError| error).unwrap()
    }
}

fn problem<T: std::fmt::Debug>(result: Result<T>) -> String {
    result.unwrap_err().to_string()
}

engines::on_both! {
    async fn a_record_is_held_to_its_kind_and_found_by_what_it_says(db: TestDb) {
        let crm = Crm::on(db).await;
        let ann = json!({ "email": "Ann@Example.org", "phone": "+372 5123-4567", "about": "Asked about renewal, in May.", "tags": ["gold", "New York"] });
        let once = || Some(IdempotencyKey::new("k", &[b"ann"]));
        let made = crm.create_once(new("ann", ann.clone()), once()).await.unwrap();
        assert_eq!((made.kind.as_str(), made.number, made.subject.is_some()), ("profile", 1, true));
        assert_eq!(crm.create_once(new("ann", ann.clone()), once()).await.unwrap(), made, "a repetition makes nothing");
        crm.create(new("bob", json!({ "email": "bob@example.org", "about": "renewal" }))).await.unwrap();
        let unnamed = crm.create(NewRecord { name: None, ..new("", json!({ "email": "cid@example.org" })) }).await.unwrap();
        assert!(unnamed.name.starts_with("profile/") && !unnamed.name.contains("cid"), "{}", unnamed.name);

        let read = crm.read(made.id, None).await.unwrap();
        assert_eq!((Json::Object(read.values), &read.head), (ann, &made));
        let from = &read.provenance["phone"];
        assert_eq!((from.source.as_str(), from.basis, from.at), ("web form", Some(LawfulBasis::Contract), Some(made.made_at)));

        for (query, names) in [
            (value("email", json!(" ann@example.ORG")), vec!["ann"]),
            (value("phone", json!("00372 51234567")), vec!["ann"]),
            (value("tags", json!("new york")), vec!["ann"]),
            (words("tags", "york"), vec!["ann"]),
            (words("about", "RENEWAL"), vec!["ann", "bob"]),
            (words("about", "may renewal"), vec!["ann"]),
            (words("about", "renew"), vec![]),
            (value("email", json!("nobody@example.org")), vec![]),
        ] {
            assert_eq!(crm.found(query.clone()).await, names, "{query:?}");
        }
        let first = crm.page(words("about", "renewal"), PageRequest::first(1)).await.unwrap();
        let next = PageRequest { after: first.next.clone(), ..PageRequest::first(1) };
        let second = crm.page(words("about", "renewal"), next).await.unwrap();
        assert_eq!((first.items[0].name.as_str(), second.items[0].name.as_str(), second.next), ("ann", "bob", None));
        let searches = TrailFilter { action: Some("record.search".into()), ..TrailFilter::default() };
        let entries = crm.owner().trail(searches).await.unwrap();
        assert_eq!(entries[0].event["details"], json!({ "kind": "profile", "field": "about", "found": 1 }), "one event a page, without what was asked for");

        for (values, says) in [
            (json!({ "email": "ann" }), "`email` is no e-mail address"),
            (json!({ "phone": "5123" }), "`email` is missing"),
            (json!({ "email": "a@b.example", "fax": "1" }), "`fax` is no field of profile"),
        ] {
            let told = problem(crm.create(new("bad", values)).await);
            assert!(told.starts_with("values:") && told.contains(says), "{told}");
        }
        assert!(problem(crm.create(new("ann", json!({ "email": "ann@example.org" }))).await).contains("of this name already"));
        assert!(problem(crm.create(NewRecord { kind: "note".into(), ..new("n", json!({})) }).await).contains("it has profile"));
        assert!(problem(crm.page(value("about", json!("x")), PageRequest::first(1)).await).contains("email, phone, tags"));
        assert!(problem(crm.page(words("about", "?!"), PageRequest::first(1)).await).starts_with("words:"));

        let worker = crm.team.member(Class::Worker).await;
        let asked = worker.custody().find_records(&worker.credential, worker.request(), people(), value("email", json!("ann@example.org")), PageRequest::first(1)).await;
        assert!(matches!(asked, Err(Error::Forbidden { .. } | Error::NotFound(_))), "{asked:?}");
        let rival = crm.world.team("rival").await.owner;
        let theirs = rival.custody().record(&rival.credential, rival.request(), made.id, None).await;
        assert!(matches!(theirs, Err(Error::NotFound("record"))), "{theirs:?}");
        let file = crm.owner().put("people", "file", b"x").await.unwrap().item.id;
        let disguised = PutItem::file(Target::Name(people(), "disguised".into()), &format!("{MEDIA_TYPE}; kind=profile"));
        let disguised = crm.owner().put_as(disguised, pieces(b"x")).await.unwrap().item.id;
        for none in [file, disguised] {
            assert!(matches!(crm.read(none, None).await, Err(Error::NotFound("record"))));
        }
        let owner = crm.owner();
        let listed = owner.custody().list_records(&owner.credential, owner.request(), people(), Some("profile".into()), PageRequest::first(10)).await.unwrap();
        assert_eq!(listed.items.len(), 3, "the file is none");
    }

    async fn a_record_is_put_right_by_who_has_seen_it_and_keeps_its_history(db: TestDb) {
        let crm = Crm::on(db).await;
        let ann = json!({ "email": "ann@example.org", "phone": "+372 51234567", "about": "likes tea" });
        let made = crm.create(new("ann", ann)).await.unwrap();
        let rows = crm.index_rows().await;
        assert_eq!(rows, 4, "an address, a number, two words");
        let right = crm.rectify(made.id, made.version, json!({ "phone": null, "about": "likes coffee" })).await.unwrap();
        assert_eq!((right.head.number, right.values.len(), right.reason.as_deref()), (2, 2, Some("she called")));
        assert_eq!((right.provenance["about"].source.as_str(), right.provenance["email"].source.as_str()), ("a call", "web form"));
        assert_eq!(crm.index_rows().await, 3);
        for (query, names) in [
            (words("about", "tea"), vec![]),
            (words("about", "coffee"), vec!["ann"]),
            (value("phone", json!("+372 51234567")), vec![]),
            (value("email", json!("ann@example.org")), vec!["ann"]),
        ] {
            assert_eq!(crm.found(query.clone()).await, names, "{query:?}");
        }
        let before = crm.read(made.id, Some(made.version)).await.unwrap();
        assert_eq!(before.values["about"], "likes tea");
        crm.world.sequence().await;
        let changes = TrailFilter { item: Some(made.id), action: Some("item.change".into()), ..TrailFilter::default() };
        assert_eq!(crm.owner().trail(changes).await.unwrap()[0].event["reason"], "she called");

        assert!(matches!(crm.rectify(made.id, made.version, json!({ "about": "x" })).await, Err(Error::ConditionFailed)));
        let seen = right.head.version;
        for (values, says) in [
            (json!({ "fax": "1" }), "`fax` is no field of profile"),
            (json!({ "phone": null }), "`phone` cannot be taken away"),
            (json!({ "email": null }), "`email` is missing"),
            (json!({}), "name at least one field"),
        ] {
            let told = problem(crm.rectify(made.id, seen, values).await);
            assert!(told.contains(says), "{told}");
        }
        // A new address is one more by which the person is known; another person's is refused.
        crm.create(new("bob", json!({ "email": "bob@example.org" }))).await.unwrap();
        let told = problem(crm.rectify(made.id, seen, json!({ "email": "bob@example.org" })).await);
        assert!(told.contains("somebody else"), "{told}");
        let moved = crm.rectify(made.id, seen, json!({ "email": "ann@new.example" })).await.unwrap();
        let note = crm.create(new("ann again", json!({ "email": "ann@new.example" }))).await.unwrap();
        assert_eq!(note.subject, moved.head.subject);

        // A version that is destroyed is found by nothing any more, and the one before it is again.
        let owner = crm.owner();
        let gone = owner.custody().delete_version(&owner.credential, owner.request(), people(), "ann", moved.head.version, false);
        gone.await.unwrap();
        assert_eq!(crm.found(value("email", json!("ann@new.example"))).await, ["ann again"]);
        assert_eq!(crm.found(value("email", json!("ann@example.org"))).await, ["ann"]);

        // A kind that says less: what it no longer has is taken away or declared, and the record can be read as it is.
        let mut less = profile();
        less.fields.retain(|field| field.name != "about");
        assert_eq!((crm.declare(less.clone()).await.unwrap(), crm.declare(less).await.unwrap()), (2, 2));
        assert!(problem(crm.rectify(made.id, seen, json!({ "phone": "+372 1" })).await).contains("`about` is no field"));
        crm.rectify(made.id, seen, json!({ "about": null })).await.unwrap();
    }

    async fn no_other_door_lets_in_what_is_none(db: TestDb) {
        let crm = Crm::on(db).await;
        let made = crm.create(new("ann", json!({ "email": "ann@example.org" }))).await.unwrap();
        let typed = |name: &str, media: &str| PutItem { kind: Kind::Record, ..PutItem::file(Target::Name(people(), name.into()), media) };
        let put = |item: PutItem, body: &'static str| crm.owner().put_as(item, pieces(body.as_bytes()));
        let profile = format!("{MEDIA_TYPE}; kind=profile");
        for (item, body, says) in [
            (typed("x", &profile), r#"{"kind":"profile","values":{"email":"no"},"provenance":{"email":{"source":"x"}}}"#, "`email` is no"),
            (typed("x", &profile), r#"{"kind":"profile","values":{"email":"a@b.example"},"provenance":{}}"#, "where it is from"),
            (typed("x", MEDIA_TYPE), r#"{"kind":"profile","values":{"email":"a@b.example"},"provenance":{"email":{"source":"x"}}}"#, "kind=profile"),
            (typed("x", &profile), r#"{"email":"a@b.example"}"#, "line 1"),
            (typed("ann", "application/json"), r#"{"email":"a@b.example"}"#, "a record of a declared kind"),
        ] {
            let told = problem(put(item, body).await);
            assert!(told.contains(says), "{told}");
        }
        let by_hand = put(typed("hand", &profile), r#"{"kind":"profile","values":{"email":"hand@b.example"},"provenance":{"email":{"source":"x"}}}"#);
        let by_hand = by_hand.await.unwrap().item;
        assert!(by_hand.subject.is_some());
        assert_eq!(crm.found(value("email", json!("hand@b.example"))).await, ["hand"]);

        let owner = crm.owner();
        owner.change(by_hand.id, Verb::Archive).await.unwrap();
        assert_eq!(crm.found(value("email", json!("hand@b.example"))).await.len(), 0, "what is archived is not found");
        owner.change(by_hand.id, Verb::Delete).await.unwrap();
        owner.change(made.id, Verb::Archive).await.unwrap();
        owner.change(made.id, Verb::Delete).await.unwrap();
        assert_eq!(crm.index_rows().await, 0);

        let cleans = Ingest { redaction: Some(Redaction::Clean), ..Ingest::default() };
        let change = DatasetChange { ingest: Some(Some(cleans)), ..DatasetChange::default() };
        owner.custody().change_dataset(&owner.credential, owner.request(), people(), change).await.unwrap();
        let told = problem(crm.create(new("ann", json!({ "email": "ann@example.org" }))).await);
        assert!(told.contains("another dataset for records") || told.contains("cleans"), "{told}");
        assert_eq!(crm.index_rows().await, 0);
    }

    async fn without_the_tenants_key_nothing_is_found_or_opened(db: TestDb) {
        let world = World::on(db).await;
        let team = world.customer_held_team("held").await;
        let crm = Crm::of(world, team).await;
        let made = crm.create(new("ann", json!({ "email": "ann@example.org" }))).await.unwrap();
        assert_eq!(crm.found(value("email", json!("ann@example.org"))).await, ["ann"]);
        // The same words of another tenant are other entries.
        let other = crm.world.customer_held_team("other").await;
        let other = Crm { team: other, world: crm.world };
        other.owner().dataset("people").await.unwrap();
        other.declare(profile()).await.unwrap();
        other.create(new("ann", json!({ "email": "ann@example.org" }))).await.unwrap();
        let entries = other.world.database().read(|tx| tx.one("SELECT count(DISTINCT value_blind) FROM field_index", &[])?.get::<i64>(0));
        assert_eq!(entries.await.map_err(|error: store::StoreError| error).unwrap(), 2);
        let owner = &crm.team.owner;
        owner.invalidate(&owner.credential).await.unwrap();
        let asked = owner.custody().find_records(&owner.credential, owner.request(), people(), value("email", json!("ann@example.org")), PageRequest::first(1)).await;
        assert!(matches!(asked, Err(Error::Unauthenticated)), "{asked:?}");
        assert!(matches!(owner.get_as(made.id, ReadItem::default()).await, Err(Error::Unauthenticated)));
    }

    async fn masked_fields_leave_by_no_door(db: TestDb) {
        let crm = Crm::on(db).await;
        let (owner, custody) = (crm.owner(), crm.owner().custody());
        let ann = json!({ "email": "ann@example.org", "phone": "+372 5123-4567", "about": "Ann Smith", "tags": ["gold"] });
        let before = crm.create(new("before", ann.clone())).await.unwrap();
        crm.declare(masking()).await.unwrap();
        let made = crm.create(new("ann", ann.clone())).await.unwrap();
        let user = crm.team.member(Class::User).await;
        let read = async |person: &Person, record, version| custody.record(&person.credential, person.request(), record, version).await;

        // Reads of the record, of any version: what was kept before the masks were declared is masked as well.
        let shown = json!({ "email": "***@example.org", "phone": "***4567", "about": "A. S.", "tags": ["gold"] });
        for (record, version) in [(made.id, None), (made.id, Some(made.version)), (before.id, None), (before.id, Some(before.version))] {
            let seen = read(&user, record, version).await.unwrap();
            assert_eq!((Json::Object(seen.values), seen.masked), (shown.clone(), vec!["about".into(), "email".into(), "phone".into()]));
        }
        let whole = read(owner, made.id, None).await.unwrap();
        assert_eq!((Json::Object(whole.values), whole.masked.len()), (ann.clone(), 0));
        assert_eq!(read(&crm.team.member(Class::PrivacyOfficer).await, made.id, None).await.unwrap().masked.len(), 0);
        // Keys without the action, temporary ones as well, are masked for like anybody.
        let narrow = owner.with_key(&owner.issue_key_naming(owner.member, &["item.*", "record.search", "dataset.*", "export.*"]).await);
        let actions = ActionSet::parse(["item.download", "item.browse"]).unwrap();
        let lent = NewTemporary { label: "a while".into(), actions: Some(actions), ..NewTemporary::default() };
        let lent = custody.lend_key(&owner.credential, owner.request(), lent, None).await.unwrap();
        let lent = owner.with_key(&Credential::parse(lent.secret.expose_secret()).unwrap());
        for person in [&narrow, &lent] {
            assert_eq!(Json::Object(read(person, made.id, None).await.unwrap().values), shown);
        }

        // One field, with a reason, and the trail has both.
        let reveal = async |person: &Person, field: &str, reason: Option<&str>| {
            let request = Request { reason: reason.map(Into::into), ..person.request() };
            custody.record_but(&person.credential, request, made.id, None, field.into()).await
        };
        assert!(problem(reveal(owner, "phone", None).await).starts_with("bailee-reason:"));
        assert!(problem(reveal(owner, "fax", Some("she called")).await).starts_with("reveal:"));
        let one = reveal(owner, "phone", Some("she called")).await.unwrap();
        assert_eq!((&one.values["phone"], &one.values["about"], one.masked), (&json!("+372 5123-4567"), &json!("A. S."), vec!["about".to_owned(), "email".into()]));
        assert!(is_masked(reveal(&user, "phone", Some("she called")).await));
        crm.world.sequence().await;
        let reads = async |person: &Person| {
            let filter = TrailFilter { item: Some(made.id), action: Some("item.download".into()), ..TrailFilter::default() };
            let entries = owner.trail(filter).await.unwrap();
            let of = entries.into_iter().filter(|entry| entry.event["actor"]["member"] == person.member.to_string());
            of.map(|entry| entry.event).collect::<Vec<_>>()
        };
        let told = reads(owner).await;
        let revealed = told.iter().find(|event| event["details"]["revealed"] == "phone").unwrap();
        assert_eq!(revealed["reason"], "she called");
        assert!(told.iter().any(|event| event["details"]["unmasked"] == json!(["email", "phone", "about"])));
        assert!(reads(&user).await.iter().all(|event| event["details"]["masked"] == json!(["email", "phone", "about"])));

        // Bytes as they are: content by id, by name, of a version, a part of them, an export's item and its archive, to a sub-processor.
        let everything = NewExport { dataset: people(), choice: Choice::default(), format: None, idempotency: None };
        custody.make_export(&owner.credential, owner.request(), everything).await.unwrap();
        for person in [&user, &narrow, &lent] {
            assert!(is_masked(person.get(made.id).await));
            assert!(is_masked(person.get_as(before.id, ReadItem { version: Some(before.version), ..ReadItem::default() }).await));
            assert!(is_masked(person.open(made.id, ReadItem { range: Some(Range::Last(8)), ..ReadItem::default() }).await));
            let named = custody.read_named(&person.credential, person.request(), people(), "ann", ReadItem::default());
            assert!(is_masked(named.await));
            let head = person.open(made.id, ReadItem { head: true, ..ReadItem::default() }).await.unwrap();
            assert!(head.body.is_none());
        }
        let item = custody.read_exported(&narrow.credential, narrow.request(), people(), 1, made.id, ReadItem::default());
        assert!(is_masked(item.await));
        let mut archive = custody.archive_export(&narrow.credential, narrow.request(), people(), 1).await.unwrap();
        while let Some(next) = archive.next().await.unwrap() {
            assert!(matches!(&next, Next::LeftOut { why, .. } if why.contains("masked")), "{next:?}");
        }
        let settle = |_: &mut operation::Op<'_>, _: &_, _: &_, _| Ok(json!({}));
        for form in [Form::Original, Form::Redacted] {
            let handed = custody.hand_over(&user.credential, user.request(), made.id, form, settle).await;
            assert!(handed.err().is_some_and(|error| matches!(error, Error::Masked(_))));
        }
        assert!(custody.hand_over(&owner.credential, owner.request(), made.id, Form::Original, settle).await.is_ok());
        assert!(owner.get(made.id).await.is_ok());

        // The viewer shows what is not masked, one value at a time, and neither what is nor what keeps the hash from being tried.
        let look = async |person: &Person, path: Option<&str>| {
            let request = Request { reason: Some("she called".into()), ..person.request() };
            custody.look_at_text(&person.credential, request, made.id, None, 0, path.map(Into::into)).await
        };
        let covered = look(&user, None).await.unwrap();
        assert!(covered.seen.fields.iter().all(|field| field.value.is_none()));
        assert!(look(&user, Some("/values/tags/0")).await.is_ok() && look(&user, Some("/provenance/phone/source")).await.is_ok());
        for path in ["/values/phone", "/values/email", "/values/about", "/salt"] {
            assert!(is_masked(look(&user, Some(path)).await), "{path}");
        }
        assert!(look(owner, Some("/values/phone")).await.is_ok());

        // Finding by a masked field would tell it by asking often; by others it goes on.
        let find = async |person: &Person, query| custody.find_records(&person.credential, person.request(), people(), query, PageRequest::first(10)).await;
        assert!(is_masked(find(&user, value("phone", json!("+372 51234567"))).await));
        assert!(is_masked(find(&user, words("about", "smith")).await));
        assert_eq!(find(&user, value("tags", json!("gold"))).await.unwrap().items.len(), 2);
        assert_eq!(crm.found(value("phone", json!("+372 51234567"))).await.len(), 2);
        let listed = custody.list_records(&user.credential, user.request(), people(), None, PageRequest::first(10)).await.unwrap();
        assert!(!format!("{listed:?}").contains("Smith"));

        // Put right by who does not see it, and masked in the answer.
        let change = Rectification { seen: made.version, values: object(json!({ "phone": "+372 5999-0000" })), said: said("a call"), provenance: BTreeMap::new() };
        let right = custody.rectify_record(&user.credential, user.request(), made.id, change).await.unwrap().record;
        assert_eq!((&right.values["phone"], &right.values["email"]), (&json!("***0000"), &json!("***@example.org")));
        assert_eq!(crm.read(made.id, None).await.unwrap().values["about"], "Ann Smith", "the rest stays as it was");

        // The hash of the whole is none against which a value can be tried.
        let again = crm.create(new("again", ann.clone())).await.unwrap();
        assert_ne!(owner.item(again.id).await.unwrap().version.sha256, owner.item(before.id).await.unwrap().version.sha256);
        let unsalted = PutItem { kind: Kind::Record, ..PutItem::file(Target::Name(people(), "hand".into()), &format!("{MEDIA_TYPE}; kind=profile")) };
        let body = r#"{"kind":"profile","values":{"email":"hand@b.example"},"provenance":{"email":{"source":"x"}}}"#;
        assert!(problem(owner.put_as(unsalted, pieces(body.as_bytes())).await).starts_with("salt:"));
    }

    async fn a_link_gives_no_record_with_masked_fields(db: TestDb) {
        let crm = Crm::on(db).await;
        let (owner, custody) = (crm.owner(), crm.owner().custody());
        let note = |masked| NewKind { name: "note".into(), fields: vec![Field { masked, ..field("text", FieldType::Text, false, false) }], subject: None };
        crm.declare(note(None)).await.unwrap();
        let made = NewRecord { kind: "note".into(), ..new("note", json!({ "text": "Ann called" })) };
        let made = crm.create(made).await.unwrap();
        let sharer = owner.with_key(&owner.issue_key_naming(owner.member, &["*"]).await);
        let ends_at = crm.world.clock.now().plus(std::time::Duration::from_secs(3600));
        let share = NewShare { dataset: people(), export: None, ends_at, originals: true };
        let warning = custody.warn_of_sharing(&sharer.credential, sharer.request(), share.clone()).await.unwrap();
        let shared = custody.share(&sharer.credential, sharer.request(), share, &warning.confirmation).await.unwrap();
        let link = Link::parse(shared.link.expose_secret()).unwrap();
        let take = async || custody.read_by_link(&link, custody.desk().own_request(), made.id, ReadItem::default()).await;
        assert!(take().await.is_ok());
        crm.declare(note(Some(Mask::All))).await.unwrap();
        assert!(is_masked(take().await));
        custody.remove_kind(&owner.credential, owner.request(), people(), "note".into()).await.unwrap();
        assert!(is_masked(take().await));
    }

    async fn what_is_masked_is_shown_again_by_who_may_see_it_alone(db: TestDb) {
        let crm = Crm::on(db).await;
        let (owner, custody) = (crm.owner(), crm.owner().custody());
        let ann = json!({ "email": "ann@example.org", "phone": "+372 5123-4567" });
        let made = crm.create(new("ann", ann.clone())).await.unwrap();
        assert_eq!(crm.declare(masking()).await.unwrap(), 2, "a mask is a change of the kind");
        let narrow = owner.with_key(&owner.issue_key_naming(owner.member, &["item.*", "dataset.*"]).await);
        let declare = async |person: &Person, change: fn(&mut NewKind)| {
            let mut kind = masking();
            change(&mut kind);
            custody.declare_kind(&person.credential, person.request(), people(), kind).await
        };
        let seen = async || Json::Object(custody.record(&narrow.credential, narrow.request(), made.id, None).await.unwrap().values);
        for looser in [
            (|kind: &mut NewKind| kind.fields[1].masked = None) as fn(&mut NewKind),
            |kind: &mut NewKind| kind.fields[2].masked = Some(Mask::LastFour),
            |kind: &mut NewKind| kind.fields[1] = field("phone", FieldType::Text, true, false),
        ] {
            assert!(is_masked(declare(&narrow, looser).await));
        }
        // Less may be shown, and what is taken away stays covered, whole, also when it comes back.
        declare(&narrow, |kind| kind.fields[1].masked = Some(Mask::All)).await.unwrap();
        assert_eq!(seen().await, json!({ "email": "***@example.org", "phone": "***" }));
        assert!(is_masked(declare(&narrow, |_| {}).await));
        declare(&narrow, |kind| drop(kind.fields.remove(1))).await.unwrap();
        assert_eq!(seen().await, json!({ "email": "***@example.org", "phone": "***" }));
        assert!(is_masked(declare(&narrow, |kind| kind.fields[1].masked = None).await));
        custody.remove_kind(&narrow.credential, narrow.request(), people(), "profile".into()).await.unwrap();
        assert_eq!(seen().await, json!({ "email": "***", "phone": "***" }));
        assert!(is_masked(narrow.get(made.id).await));
        assert!(is_masked(declare(&narrow, |kind| kind.fields.iter_mut().for_each(|field| field.masked = None)).await));
        assert_eq!(Json::Object(crm.read(made.id, None).await.unwrap().values), ann, "who has the right reads it as ever");

        // Shown again on purpose, for everybody.
        declare(owner, |kind| kind.fields.iter_mut().for_each(|field| field.masked = None)).await.unwrap();
        assert_eq!(seen().await, ann);
        assert!(narrow.get(made.id).await.is_ok());
        let told = problem(declare(owner, |kind| kind.fields[3].masked = Some(Mask::Year)).await);
        assert!(told.contains("`tags` is masked by one of all"), "{told}");
    }
}
