//! Registers of a company: what is written, approved, comes to its end, and leaves as a file, on both engines.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on must fail"
)]

#[path = "activities/mod.rs"]
mod activities;
#[path = "processors/mod.rs"]
mod processors;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use access::Class;
use custody::trail::TrailFilter;
use custody::{Error, IdempotencyKey, Result};
use engines::TestDb;
use gate::{Gate, Gatekeeper};
use governance::Governance;
use governance::egress::Egress;
use governance::entry::{Covers, Entry, EntryFilter, Evidence, ImportMode, NewEntry, Standing};
use jiff::civil::{Date, date};
use kernel::PageRequest;
use testkit::{Person, Team, World};

struct Office {
    world: World,
    team: Team,
    /// Approves what the owner wrote.
    second: Person,
    governance: Governance,
}

impl Office {
    async fn on(db: TestDb) -> Self {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        let second = team.member(Class::Admin).await;
        let governance = Governance::new(world.custody.clone());
        Self {
            world,
            team,
            second,
            governance,
        }
    }

    fn today(&self) -> Date {
        let micros = self.world.custody.desk().clock.now().as_micros();
        let moment = jiff::Timestamp::from_microsecond(micros).unwrap();
        jiff::tz::TimeZone::UTC.to_datetime(moment).date()
    }

    fn policy(&self, title: &str) -> NewEntry {
        NewEntry {
            title: title.into(),
            owner: Some(self.team.owner.member),
            received_on: self.today(),
            covers: None,
            valid_until: None,
            evidence: document(),
            values: said(&[("version", "3"), ("area", "security")]),
        }
    }

    async fn add(&self, person: &Person, register: &str, new: NewEntry) -> Result<Entry> {
        let request = person.request();
        self.governance
            .add_entry(&person.credential, request, register, new, None)
            .await
    }

    async fn approve(&self, person: &Person, entry: &Entry) -> Result<Entry> {
        let request = person.request();
        self.governance
            .approve_entry(&person.credential, request, entry.id, entry.number)
            .await
    }

    async fn entry(&self, entry: &Entry) -> Entry {
        let owner = &self.team.owner;
        self.governance
            .entry(&owner.credential, owner.request(), entry.id)
            .await
            .unwrap()
    }

    async fn list(&self, register: &str) -> Vec<Entry> {
        let owner = &self.team.owner;
        let page = self.governance.list_entries(
            &owner.credential,
            owner.request(),
            register,
            EntryFilter::default(),
            PageRequest::first(100),
        );
        page.await.unwrap().items
    }

    fn pass_days(&self, days: u64) {
        self.world.clock.advance(Duration::from_secs(days * 24 * 60 * 60));
    }
}

fn document() -> Evidence {
    Evidence::Document {
        name: "policy.pdf".into(),
        sha256: "ab".repeat(32),
    }
}

fn said(values: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    values.iter().map(owned).collect()
}

#[track_caller]
fn problem(result: Result<Entry>) -> String {
    match result {
        Err(Error::Invalid { field, problem }) => format!("{field}: {problem}"),
        other => panic!("{other:?}"),
    }
}

engines::on_both! {
    async fn an_entry_counts_when_somebody_else_has_approved_it(db: TestDb) {
        let office = Office::on(db).await;
        let entry = office.add(&office.team.owner, "policies", office.policy("Security")).await.unwrap();
        assert_eq!((entry.number, entry.standing), (1, Standing::Unapproved));

        // Not even an owner approves their own words.
        let own = office.approve(&office.team.owner, &entry).await;
        assert!(matches!(own, Err(Error::Forbidden { .. })), "{own:?}");

        let approved = office.approve(&office.second, &entry).await.unwrap();
        assert_eq!(approved.standing, Standing::Current);
        assert_eq!(approved.approved.unwrap().by, office.second.member);
        assert_eq!(approved.good_until, Some(office.today().checked_add(jiff::Span::new().days(365)).unwrap()));
        let again = office.approve(&office.second, &entry).await;
        assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
    }

    async fn a_register_shows_the_best_about_the_company_and_the_worst_about_everybody_else(db: TestDb) {
        let office = Office::on(db).await;
        let shown = async || office.governance.shown(office.team.id).await.unwrap();
        let until = |days: i64| Some(office.today().checked_add(jiff::Span::new().days(days)).unwrap());
        let test = |days| NewEntry { valid_until: until(days), covers: Some(Covers { from: office.today(), to: office.today() }),
            values: said(&[("standard", "soc-2-type-2"), ("firm", "A firm"), ("opinion", "unqualified")]), ..office.policy("Audit") };
        let course = |days| NewEntry { valid_until: until(days), values: said(&[("course", "privacy")]), ..office.policy("A person") };
        for days in [10, 100] {
            for (register, new) in [("audits", test(days)), ("training", course(days))] {
                let entry = office.add(&office.team.owner, register, new).await.unwrap();
                assert!(!shown().await.iter().any(|it| it.register == register && it.entries > u64::from(days > 10)), "{register} unapproved");
                office.approve(&office.second, &entry).await.unwrap();
            }
        }
        let other = NewEntry { values: said(&[("standard", "iso-27001"), ("firm", "A firm"), ("opinion", "qualified")]), ..test(300) };
        let other = office.add(&office.team.owner, "audits", other).await.unwrap();
        office.approve(&office.second, &other).await.unwrap();
        office.pass_days(12);
        let seen = shown().await;
        let sorted: Vec<_> = seen.iter().map(|it| (it.register.as_str(), it.sort.as_deref(), it.standing.is_good(), it.entries, it.past)).collect();
        assert_eq!(sorted, [
            ("audits", Some("iso-27001"), true, 1, 0),
            ("audits", Some("soc-2-type-2"), true, 2, 1),
            ("training", None, false, 2, 1),
        ]);
        office.pass_days(100);
        assert!(shown().await.iter().all(|it| it.standing.is_good() == (it.sort.as_deref() == Some("iso-27001"))));
    }

    async fn an_approved_version_stays_in_force_until_the_next_is(db: TestDb) {
        let office = Office::on(db).await;
        let owner = &office.team.owner;
        let entry = office.add(owner, "policies", office.policy("Security")).await.unwrap();
        office.approve(&office.second, &entry).await.unwrap();
        office.pass_days(360);
        assert_eq!(office.entry(&entry).await.standing, Standing::Due);

        let change = |seen| {
            let new = office.policy("Security");
            office.governance.change_entry(&owner.credential, owner.request(), entry.id, seen, new)
        };
        let changed = change(1).await.unwrap();
        assert_eq!((changed.number, changed.standing), (2, Standing::Due));
        assert!(matches!(change(1).await, Err(Error::ConditionFailed)));
        office.pass_days(6);
        assert_eq!(office.entry(&entry).await.standing, Standing::Overdue);
        office.approve(&office.second, &changed).await.unwrap();
        assert_eq!(office.entry(&entry).await.standing, Standing::Current);

        let history = office.governance.entry_history(&owner.credential, owner.request(), entry.id).await.unwrap();
        assert_eq!(history.iter().map(|version| version.number).collect::<Vec<_>>(), [1, 2]);
        assert!(history.iter().all(|version| version.approved.is_some()));
    }

    async fn what_nobody_renews_goes_late_by_itself(db: TestDb) {
        let office = Office::on(db).await;
        let entry = office.add(&office.team.owner, "policies", office.policy("Security")).await.unwrap();
        office.approve(&office.second, &entry).await.unwrap();
        let mut seen = Vec::new();
        for days in [0, 336, 30, 14] {
            office.pass_days(days);
            let standings = office.governance.standings(office.team.id).await.unwrap();
            assert_eq!(standings.len(), 1);
            assert_eq!(office.entry(&entry).await.standing, standings[0].best);
            seen.push((standings[0].best, standings[0].late));
        }
        assert_eq!(seen, [
            (Standing::Current, 0), (Standing::Due, 0), (Standing::Overdue, 0), (Standing::Late, 1),
        ]);
    }

    async fn evidence_that_came_late_does_not_stretch_the_period_it_covers(db: TestDb) {
        let office = Office::on(db).await;
        let today = office.today();
        let test = NewEntry {
            covers: Some(Covers {
                from: today.checked_sub(jiff::Span::new().days(300)).unwrap(),
                to: today.checked_sub(jiff::Span::new().days(200)).unwrap(),
            }),
            values: said(&[("firm", "Redteam"), ("scope", "all of it"), ("open_high", "0")]),
            ..office.policy("Test of spring")
        };
        let entry = office.add(&office.team.owner, "penetration-tests", test).await.unwrap();
        assert_eq!(entry.good_until, Some(today.checked_add(jiff::Span::new().days(165)).unwrap()));
    }

    async fn what_does_not_belong_into_a_register_is_refused_with_what_would(db: TestDb) {
        let office = Office::on(db).await;
        let owner = &office.team.owner;
        let good = office.policy("Security");
        let stranger = office.world.team("other").await.owner.member;
        for (new, wanted) in [
            (NewEntry { title: "  ".into(), ..good.clone() }, "title: give"),
            (NewEntry { owner: Some(stranger), ..good.clone() }, "owner: name an active member"),
            (NewEntry { received_on: office.today().checked_add(jiff::Span::new().days(2)).unwrap(), ..good.clone() },
             "received_on: give the day"),
            (NewEntry { received_on: date(26, 1, 1), ..good.clone() }, "received_on: give the day"),
            (NewEntry { valid_until: Some(date(2001, 1, 1)), ..good.clone() }, "valid_until: the entry would"),
            (NewEntry { covers: Some(Covers { from: date(2026, 2, 1), to: date(2026, 1, 1) }), ..good.clone() },
             "covers: the period ends"),
            (NewEntry { evidence: Evidence::Statement { text: "trust me".into() }, ..good.clone() },
             "evidence: this register needs a document"),
            (NewEntry { evidence: Evidence::Document { name: "a".into(), sha256: "xy".into() }, ..good.clone() },
             "evidence: give the document's SHA-256"),
            (NewEntry { values: said(&[("version", "1")]), ..good.clone() }, "values: area is missing"),
            (NewEntry { values: said(&[("version", "1"), ("area", "weather")]), ..good.clone() }, "values: area"),
            (NewEntry { values: said(&[("colour", "red")]), ..good.clone() }, "values: this register has no such field"),
        ] {
            let text = problem(office.add(owner, "policies", new).await);
            assert!(text.starts_with(wanted), "{text} is not {wanted}");
        }
        let unknown = office.add(owner, "horoscopes", good.clone()).await;
        assert!(matches!(unknown, Err(Error::NotFound("register"))));
        let undated = office.add(owner, "penetration-tests", good).await;
        assert!(problem(undated).starts_with("covers: say which period"));
        assert_eq!(office.list("policies").await, []);
    }

    async fn an_item_of_ones_own_is_evidence_and_no_other_is(db: TestDb) {
        let office = Office::on(db).await;
        let other = office.world.team("other").await;
        let mut items = Vec::new();
        for team in [&office.team, &other] {
            team.owner.dataset("files").await.unwrap();
            items.push(team.owner.put("files", "signed.pdf", b"signed").await.unwrap().item.id);
        }
        let with = |item| NewEntry { evidence: Evidence::Item { item }, ..office.policy("Security") };
        let kept = office.add(&office.team.owner, "policies", with(items[0])).await.unwrap();
        assert_eq!(kept.says.evidence, Evidence::Item { item: items[0] });
        let foreign = office.add(&office.team.owner, "policies", with(items[1])).await;
        assert_eq!(problem(foreign), "evidence: there is no such item");
    }

    async fn another_team_and_other_classes_see_nothing(db: TestDb) {
        let office = Office::on(db).await;
        let entry = office.add(&office.team.owner, "policies", office.policy("Security")).await.unwrap();
        let stranger = office.world.team("other").await.owner;
        let read = |person: Person| {
            let governance = office.governance.clone();
            async move { governance.entry(&person.credential, person.request(), entry.id).await }
        };
        assert!(matches!(read(stranger.clone()).await, Err(Error::NotFound("entry"))));
        let approved = office.approve(&stranger, &entry).await;
        assert!(matches!(approved, Err(Error::NotFound("entry"))), "{approved:?}");
        for class in [Class::User, Class::Worker, Class::WorkforceManager] {
            let person = office.team.member(class).await;
            assert!(matches!(read(person).await, Err(Error::Forbidden { .. })), "{class:?}");
        }
        let auditor = office.team.member(Class::Auditor).await;
        assert_eq!(read(auditor.clone()).await.unwrap().says.title, "Security");
        let written = office.add(&auditor, "policies", office.policy("Another")).await;
        assert!(matches!(written, Err(Error::Forbidden { .. })));
    }

    async fn the_operator_keeps_registers_of_its_own(db: TestDb) {
        let office = Office::on(db).await;
        let operator = office.world.operator.clone();
        let new = NewEntry { owner: None, ..office.policy("Security") };
        let entry = office.add(&operator, "policies", new).await.unwrap();
        let mine = office.governance.entry(&operator.credential, operator.request(), entry.id).await.unwrap();
        assert_eq!(mine.says.title, "Security");
        assert_eq!(office.list("policies").await, []);
    }

    async fn what_is_due_comes_soonest_first(db: TestDb) {
        let office = Office::on(db).await;
        let owner = &office.team.owner;
        for (title, days) in [("later", 20), ("soon", 5), ("far", 200)] {
            let until = office.today().checked_add(jiff::Span::new().days(days)).unwrap();
            let new = NewEntry { valid_until: Some(until), ..office.policy(title) };
            let entry = office.add(owner, "policies", new).await.unwrap();
            office.approve(&office.second, &entry).await.unwrap();
        }
        office.add(owner, "policies", office.policy("draft")).await.unwrap();
        let due = office.governance.due_entries(&owner.credential, owner.request(), 30).await.unwrap();
        let titles: Vec<&str> = due.iter().map(|entry| entry.says.title.as_str()).collect();
        assert_eq!(titles, ["soon", "later", "draft"]);
    }

    async fn an_ended_entry_shows_nothing_and_stays_to_be_read(db: TestDb) {
        let office = Office::on(db).await;
        let owner = &office.team.owner;
        let entry = office.add(owner, "policies", office.policy("Security")).await.unwrap();
        office.approve(&office.second, &entry).await.unwrap();
        let end = |reason: &str| {
            office.governance.end_entry(&owner.credential, owner.request(), entry.id, reason.into())
        };
        assert!(matches!(end(" ").await, Err(Error::Invalid { field: "reason", .. })));
        assert_eq!(end("replaced").await.unwrap().standing, Standing::Ended);
        assert!(matches!(end("replaced").await, Err(Error::Conflict(_))));
        assert_eq!(office.list("policies").await, []);
        assert_eq!(office.entry(&entry).await.says.title, "Security");
        assert_eq!(office.governance.standings(office.team.id).await.unwrap(), []);
    }

    async fn a_register_that_went_out_as_csv_comes_in_again(db: TestDb) {
        let office = Office::on(db).await;
        let owner = &office.team.owner;
        let odd = NewEntry { title: "=1+1, \"quoted\"\nand more".into(), ..office.policy("") };
        office.add(owner, "policies", odd.clone()).await.unwrap();
        let tis = office.policy("'tis");
        office.add(owner, "policies", tis.clone()).await.unwrap();
        let export = || office.governance.export_register(&owner.credential, owner.request(), "policies");
        let sheet = export().await.unwrap();
        assert_eq!(sheet.entries, 2);
        let text = String::from_utf8(sheet.csv.clone()).unwrap();
        assert!(text.contains("'=1+1") && !text.contains(",=1"), "{text}");

        let import = office.governance.import_register(
            &owner.credential, owner.request(), "policies", sheet.csv, ImportMode::AllOrNothing, None,
        );
        assert_eq!(import.await.unwrap().taken, 2);
        // Those of one act are of one moment, so that their order is any.
        let mut said: Vec<NewEntry> = office.list("policies").await.into_iter().map(|entry| entry.says).collect();
        said.sort_by(|one, other| one.title.cmp(&other.title));
        assert_eq!(said, [tis.clone(), tis, odd.clone(), odd]);
    }

    async fn each_broken_row_of_a_file_is_answered(db: TestDb) {
        let office = Office::on(db).await;
        let owner = &office.team.owner;
        let (id, day) = (owner.member, office.today());
        let hash = "ab".repeat(32);
        let csv = format!(
            "title,owner,received_on,document,sha256,version,area\n\
             Good,{id},{day},p.pdf,{hash},1,security\n\
             No area,{id},{day},p.pdf,{hash},1,\n\
             Bad day,{id},yesterday,p.pdf,{hash},1,security\n\
             Short,{id}\n"
        );
        let import = |mode, csv: &str| {
            let csv = csv.as_bytes().to_vec();
            office.governance.import_register(&owner.credential, owner.request(), "policies", csv, mode, None)
        };
        let refused = import(ImportMode::AllOrNothing, &csv).await;
        let Err(Error::Invalid { problem, .. }) = refused else { panic!("{refused:?}") };
        for told in ["3 rows are broken and nothing was taken", "line 3: ", "line 4: ", "line 5: "] {
            assert!(problem.contains(told), "{problem}");
        }
        assert_eq!(office.list("policies").await, []);

        let what_fits = import(ImportMode::WhatFits, &csv).await.unwrap();
        assert_eq!(what_fits.taken, 1);
        let broken: Vec<u64> = what_fits.rows.iter().filter(|row| row.problem.is_some()).map(|row| row.line).collect();
        assert_eq!(broken, [3, 4, 5]);
        assert_eq!(office.list("policies").await[0].says.title, "Good");

        let strange = import(ImportMode::WhatFits, "title,colour\n").await;
        assert!(matches!(strange, Err(Error::Invalid { field: "csv", .. })));
        let torn = office.governance.import_register(
            &owner.credential, owner.request(), "policies", b"title\n\xff\xfe\n".to_vec(), ImportMode::WhatFits, None,
        );
        assert!(matches!(torn.await, Err(Error::Invalid { field: "csv", .. })));
    }

    async fn every_act_is_in_the_trail_and_says_nothing_of_the_content(db: TestDb) {
        let office = Office::on(db).await;
        let owner = &office.team.owner;
        let entry = office.add(owner, "policies", office.policy("MARKER-4711")).await.unwrap();
        office.approve(&office.second, &entry).await.unwrap();
        office.list("policies").await;
        office.world.sequence().await;
        let trail = owner.trail(TrailFilter::default()).await.unwrap();
        let text = format!("{trail:?}");
        for action in ["register.write", "register.approve", "register.read"] {
            assert!(text.contains(action), "{action} is missing");
        }
        assert!(!text.contains("MARKER-4711"));
    }

    async fn a_repeated_request_is_answered_and_not_repeated(db: TestDb) {
        let office = Office::on(db).await;
        let owner = &office.team.owner;
        let add = || {
            let key = IdempotencyKey::new("once", &[b"the same"]);
            let new = office.policy("Security");
            office.governance.add_entry(&owner.credential, owner.request(), "policies", new, Some(key))
        };
        assert_eq!(add().await.unwrap().id, add().await.unwrap().id);
        assert_eq!(office.list("policies").await.len(), 1);
        let import = || {
            let key = IdempotencyKey::new("twice", &[b"the same"]);
            let csv = format!("title,received_on,document,sha256,version,area\nA,{},a.pdf,{},1,security\n", office.today(), "ab".repeat(32));
            let mode = ImportMode::AllOrNothing;
            office.governance.import_register(&owner.credential, owner.request(), "policies", csv.into_bytes(), mode, Some(key))
        };
        assert_eq!(import().await.unwrap(), import().await.unwrap());
        assert_eq!(office.list("policies").await.len(), 2);
    }

    async fn a_refused_connection_stands_in_the_operators_trail_once_a_minute(db: TestDb) {
        let world = World::on(db).await;
        let clock = Arc::new(world.clock.clone());
        let egress = Arc::new(Egress::new(Vec::new(), clock));
        let gate = Gate::new(Arc::clone(&egress) as Arc<dyn Gatekeeper>);
        let try_it = || gate.pass("objects", "elsewhere.example", 443).unwrap_err();
        let record = || egress.record(&world.custody);
        try_it();
        try_it();
        assert_eq!(record().await.unwrap(), 1);
        try_it();
        assert_eq!(record().await.unwrap(), 0, "a minute is not over");
        world.clock.advance(Duration::from_secs(60));
        try_it();
        assert_eq!(record().await.unwrap(), 1);
        assert_eq!(record().await.unwrap(), 0);
        world.sequence().await;
        let wanted = TrailFilter { action: Some("egress.connect".into()), ..TrailFilter::default() };
        let trail = world.operator.trail(wanted).await.unwrap();
        let told = |index: usize| (&trail[index].event["outcome"], &trail[index].event["details"]);
        let times = |times: u64| serde_json::json!({ "host": "elsewhere.example", "port": 443, "purpose": "objects", "why": "not-listed", "times": times });
        assert_eq!(trail.len(), 2);
        assert_eq!((told(0), told(1)), ((&"refused".into(), &times(2)), (&"refused".into(), &times(2))));
    }
}
