//! Items in the order of their names, and keys as S3 clients know them, on both engines.

use custody::Credential;
use custody::dataset::DatasetRef;
use custody::item::{ListNames, NamePage, Named, Verb};
use secrecy::ExposeSecret as _;
use testkit::{Person, World};

fn wanted(prefix: &str, delimiter: Option<&str>, limit: u32) -> ListNames {
    ListNames {
        prefix: prefix.into(),
        delimiter: delimiter.map(str::to_owned),
        limit,
        ..ListNames::default()
    }
}

async fn page(person: &Person, wanted: ListNames) -> NamePage {
    let listed = person
        .custody()
        .list_names(
            &person.credential,
            person.request(),
            DatasetRef::parse("scans"),
            wanted,
        )
        .await;
    listed.unwrap()
}

/// Every page of a listing, with folded prefixes in angle brackets.
async fn all(person: &Person, mut wanted: ListNames) -> Vec<String> {
    let mut names = Vec::new();
    loop {
        let page = page(person, wanted.clone()).await;
        assert!(page.entries.len() <= wanted.limit as usize);
        names.extend(page.entries.iter().map(|entry| match entry {
            Named::Item(item) => item.name.clone(),
            Named::Prefix(prefix) => format!("<{prefix}>"),
        }));
        match page.more {
            Some(more) => wanted.after = Some(more),
            None => return names,
        }
    }
}

engines::on_both! {
    async fn names_come_in_byte_order_whatever_order_they_came_in(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        let mut names = vec!["b", "a/2", "ä", "a/1", "A", "z\u{10ffff}", "a", "a//", "a/1/x", "\u{1}", "..", "🩻"];
        for name in &names {
            team.owner.put("scans", name, b"x").await.unwrap();
        }
        names.sort();
        for limit in [1, 2, 5, 1_000] {
            assert_eq!(all(&team.owner, wanted("", None, limit)).await, names, "{limit} a page");
        }
        team.owner.put("scans", "aa", b"x").await.unwrap();
        assert_eq!(all(&team.owner, wanted("a", None, 3)).await, ["a", "a//", "a/1", "a/1/x", "a/2", "aa"]);
    }

    async fn names_are_folded_at_the_delimiter_once(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        for name in ["2023/a", "2023/b", "2024/01/a", "2024/01/b", "2024/02/a", "readme", "2024/index"] {
            team.owner.put("scans", name, b"x").await.unwrap();
        }
        for limit in [1, 2, 1_000] {
            assert_eq!(all(&team.owner, wanted("", Some("/"), limit)).await, ["<2023/>", "<2024/>", "readme"], "{limit} a page");
            assert_eq!(all(&team.owner, wanted("2024/", Some("/"), limit)).await, ["<2024/01/>", "<2024/02/>", "2024/index"]);
        }
        let after = ListNames { after: Some("2024/01/a".into()), ..wanted("", None, 10) };
        assert_eq!(all(&team.owner, after).await, ["2024/01/b", "2024/02/a", "2024/index", "readme"]);
    }

    async fn what_is_archived_or_deleted_is_not_listed(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        let mut items = Vec::new();
        for name in ["a/1", "a/2", "b/1", "c"] {
            items.push(team.owner.put("scans", name, b"x").await.unwrap().item.id);
        }
        assert_eq!(all(&team.owner, wanted("", Some("/"), 10)).await, ["<a/>", "<b/>", "c"]);
        team.owner.change(items[2], Verb::Archive).await.unwrap();
        assert_eq!(all(&team.owner, wanted("", Some("/"), 10)).await, ["<a/>", "c"]);
        team.owner.change(items[2], Verb::Restore).await.unwrap();
        team.owner.change(items[0], Verb::Archive).await.unwrap();
        team.owner.change(items[0], Verb::Delete).await.unwrap();
        assert_eq!(all(&team.owner, wanted("", None, 10)).await, ["a/2", "b/1", "c"]);
        team.owner.put("scans", "a/1", b"again").await.unwrap();
        assert_eq!(all(&team.owner, wanted("", None, 10)).await, ["a/1", "a/2", "b/1", "c"]);
    }

    async fn a_foreign_dataset_and_an_unknown_one_answer_alike(db: TestDb) {
        let world = World::on(db).await;
        let (team, other) = (world.team("clinic").await, world.team("rival").await);
        team.owner.dataset("scans").await.unwrap();
        let custody = other.owner.custody();
        let asked = |dataset: &str| {
            custody.list_names(&other.owner.credential, other.owner.request(), DatasetRef::parse(dataset), wanted("", None, 10))
        };
        assert_eq!(asked("scans").await.unwrap_err().to_string(), asked("nothing").await.unwrap_err().to_string());
    }

    async fn a_signing_secret_lives_as_long_as_its_key(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        let key = team.owner.issue_key().await;
        let custody = team.owner.custody();
        let signer = || async { custody.signer(&key.access_key()).await.unwrap().unwrap() };
        let kept = signer().await;
        assert_eq!(kept.secret.unwrap().expose_secret(), key.signing_secret().unwrap().expose_secret());
        assert_eq!((kept.tenant, &*kept.slug), (team.id, "clinic"));
        let signed = team.owner.with_key(&Credential::signed(&key.access_key()).unwrap());
        signed.dataset("scans").await.unwrap();
        team.owner.invalidate(&key).await.unwrap();
        // What is remembered gives no life: the very next act is refused.
        assert!(signed.dataset("more").await.is_err());
        assert!(signer().await.secret.is_some());
        world.clock.advance(std::time::Duration::from_secs(30));
        assert!(signer().await.secret.is_none());
    }

    async fn a_signature_alone_opens_nothing_of_a_customer_held_tenant(db: TestDb) {
        let world = World::on(db).await;
        let team = world.customer_held_team("vault").await;
        let key = team.owner.issue_key().await;
        assert!(team.owner.custody().signer(&key.access_key()).await.unwrap().unwrap().secret.is_none());
        let signed = team.owner.with_key(&Credential::signed(&key.access_key()).unwrap());
        assert!(signed.dataset("scans").await.is_err());
    }
}
