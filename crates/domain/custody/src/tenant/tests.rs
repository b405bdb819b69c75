use access::Class;
use kernel::PageRequest;
use sealing::RootKey as _;
use store::{StoreError, Tx, params};

use super::contract::{Basis, Contract, LawfulBasis};
use super::{CustodyMode, check_slug};
use crate::testing::{DAY, World, contract, credential, first_page, new_tenant, root};
use crate::{Credential, Error, IdempotencyKey, contexts};

engines::on_both! {
    async fn a_tenant_begins_with_an_owner_a_key_and_a_trail_of_its_own(db: TestDb) {
        let world = World::new(db).await;
        let new = new_tenant("clinic", CustodyMode::ProviderHeld);
        let made = world.custody.create_tenant(&world.operator, world.request(), new, None).await.unwrap();
        assert!(made.recovery_code.is_none());
        assert_eq!(made.owner.class, Class::Owner);
        assert_eq!(world.acts(made.tenant.id).await, ["tenant.create done"]);
        assert_eq!(world.acts(world.operator_tenant).await, ["tenant.create done", "tenant.create done"]);
        let seen = world.custody.tenant(&credential(&made.key.secret), world.request()).await.unwrap();
        assert_eq!(seen, made.tenant);
        assert_eq!(seen.name, "The clinic company");
    }

    async fn the_first_trail_entry_opens_with_the_tenants_own_keys(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team("clinic").await;
        let trail = world.custody.trail(&team.owner.key, world.request(), Default::default(), first_page()).await;
        let first = trail.unwrap().items.pop().unwrap().event;
        assert_eq!(first["actor"]["kind"], "operator");
        assert_eq!(first["details"]["owner"], team.owner.member.to_string());
    }

    async fn only_the_operator_makes_and_lists_tenants(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team("clinic").await;
        let new = new_tenant("branch", CustodyMode::ProviderHeld);
        let made = world.custody.create_tenant(&team.owner.key, world.request(), new, None).await;
        assert!(matches!(made, Err(Error::Forbidden { .. })), "{made:?}");
        let listed = world.custody.list_tenants(&team.owner.key, world.request(), first_page()).await;
        assert!(matches!(listed, Err(Error::Forbidden { .. })), "{listed:?}");
        let acts = world.acts(team.tenant).await;
        assert_eq!(acts, ["tenant.create done", "tenant.create refused", "tenant.list refused"]);
    }

    async fn the_operator_pages_through_slugs_and_reads_no_profile(db: TestDb) {
        let world = World::new(db).await;
        for slug in ["one", "two", "three"] {
            world.team_held(slug, CustodyMode::CustomerHeld).await;
        }
        let first = PageRequest::first(2);
        let first = world.custody.list_tenants(&world.operator, world.request(), first).await.unwrap();
        let rest = PageRequest { limit: 2, after: first.next.clone() };
        let rest = world.custody.list_tenants(&world.operator, world.request(), rest).await.unwrap();
        let slugs = first.items.iter().chain(&rest.items).map(|entry| entry.slug.as_str()).collect::<Vec<_>>();
        assert_eq!(slugs, ["operator", "one", "two", "three"]);
        assert!(rest.next.is_none());
        let seen = world.custody.member(&world.operator, world.request(), team_member(&world, "four").await).await;
        assert!(matches!(seen, Err(Error::NotFound("member"))), "{seen:?}");
    }

    async fn a_slug_is_given_once(db: TestDb) {
        let world = World::new(db).await;
        world.team("clinic").await;
        for slug in ["clinic", "operator"] {
            let new = new_tenant(slug, CustodyMode::ProviderHeld);
            let again = world.custody.create_tenant(&world.operator, world.request(), new, None).await;
            assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
        }
    }

    async fn a_repeated_request_makes_no_second_tenant_and_shows_no_secret(db: TestDb) {
        let world = World::new(db).await;
        let key = |body: &[u8]| Some(IdempotencyKey::new("once", &[body]));
        let new = || new_tenant("clinic", CustodyMode::CustomerHeld);
        let create = |key| world.custody.create_tenant(&world.operator, world.request(), new(), key);
        let made = create(key(b"a")).await.unwrap();
        let again = create(key(b"a")).await.unwrap_err();
        assert!(matches!(&again, Error::Conflict(says) if says.contains(&made.tenant.id.to_string())), "{again:?}");
        assert!(matches!(create(key(b"b")).await.unwrap_err(), Error::ReplayMismatch));
    }

    async fn nothing_of_the_installations_opens_a_customer_held_tenant(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team_held("lab", CustodyMode::CustomerHeld).await;
        let held = world.db.read(move |tx| key_columns(tx, team.tenant)).await.unwrap();
        assert_eq!(held, (None, None));
        let seen = world.custody.tenant(&team.owner.key, world.request()).await.unwrap();
        assert_eq!(seen.custody, CustodyMode::CustomerHeld);
    }

    async fn a_provider_held_tenants_key_is_bound_to_its_tenant(db: TestDb) {
        let world = World::new(db).await;
        let (team, other) = (world.team("clinic").await, world.team("other").await);
        let (root_id, wrapped) = world.db.read(move |tx| key_columns(tx, team.tenant)).await.unwrap();
        let (root, wrapped) = (root(1), wrapped.unwrap());
        assert_eq!(root_id, Some(root.id().to_string()));
        assert!(root.unwrap(&contexts::tenant_key(team.tenant), &wrapped).is_ok());
        assert!(root.unwrap(&contexts::tenant_key(other.tenant), &wrapped).is_err());
    }

    async fn a_contract_comes_into_force_and_ends(db: TestDb) {
        let world = World::new(db).await;
        let new = new_tenant("clinic", CustodyMode::ProviderHeld);
        let made = world.custody.create_tenant(&world.operator, world.request(), new, None).await.unwrap();
        let owner = credential(&made.key.secret);
        assert_eq!(world.custody.contract(&owner, world.request()).await.unwrap(), None);
        let until = world.custody.desk.clock.now().plus(DAY);
        let terms = Contract { ends_at: Some(until), ..contract() };
        let signed = world.custody.sign_contract(&owner, world.request(), terms.clone()).await.unwrap();
        assert_eq!((signed.version, signed.contract.owner.as_str()), (1, "Clinic Holding AG"));
        assert_eq!(world.custody.contract(&owner, world.request()).await.unwrap(), Some(signed));
        assert!(is_in_force(&world, &owner).await);
        world.clock.advance(DAY);
        assert!(!is_in_force(&world, &owner).await);
        let signed = world.custody.sign_contract(&owner, world.request(), contract()).await.unwrap();
        assert_eq!(signed.version, 2);
        assert!(is_in_force(&world, &owner).await);
    }

    async fn a_newer_contract_that_has_not_begun_takes_the_place_of_the_older(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team("clinic").await;
        let later = Contract { starts_at: Some(world.custody.desk.clock.now().plus(DAY)), ..contract() };
        world.custody.sign_contract(&team.owner.key, world.request(), later).await.unwrap();
        assert!(!is_in_force(&world, &team.owner.key).await);
        world.clock.advance(DAY);
        assert!(is_in_force(&world, &team.owner.key).await);
    }

    async fn only_an_owner_signs_and_an_auditor_reads(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team("clinic").await;
        for class in [Class::Admin, Class::User, Class::Auditor] {
            let person = world.member(&team, class.as_str(), class).await;
            let signed = world.custody.sign_contract(&person.key, world.request(), contract()).await;
            assert!(matches!(signed, Err(Error::Forbidden { .. })), "{class}: {signed:?}");
            let read = world.custody.contract(&person.key, world.request()).await;
            assert_eq!(read.is_ok(), class != Class::User, "{class}: {read:?}");
        }
    }

    async fn contract_terms_and_names_are_sealed(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team("clinic").await;
        let stored = world.db.read(move |tx| {
            let contract = tx.one("SELECT terms_sealed FROM contract WHERE tenant_id = $1", params![team.tenant])?;
            let tenant = tx.one("SELECT profile_sealed FROM tenant WHERE tenant_id = $1", params![team.tenant])?;
            Ok::<_, StoreError>([contract.get::<Vec<u8>>(0)?, tenant.get::<Vec<u8>>(0)?].concat())
        });
        let stored = String::from_utf8_lossy(&stored.await.unwrap()).into_owned();
        for word in ["Clinic", "opinions", "consent", "company"] {
            assert!(!stored.contains(word), "{word}");
        }
    }
}

#[test]
fn slugs_are_short_and_plain() {
    for good in ["abc", "clinic-7", &"a".repeat(40)] {
        assert!(check_slug(good).is_ok(), "{good}");
    }
    for bad in [
        "",
        "ab",
        "7abc",
        "-abc",
        "abc-",
        "Abc",
        "a_b",
        "ä-b",
        &"a".repeat(41),
    ] {
        assert!(check_slug(bad).is_err(), "{bad}");
    }
}

#[test]
fn contracts_that_make_no_sense_are_refused_by_field() {
    let now = kernel::Timestamp::from_micros(1_700_000_000_000_000);
    let refused = |contract: Contract| match contract.check(now) {
        Err(Error::Invalid { field, .. }) => field,
        other => panic!("{other:?}"),
    };
    assert!(contract().check(now).is_ok());
    assert!(
        Contract {
            starts_at: Some(now.minus(DAY)),
            ..contract()
        }
        .check(now)
        .is_ok()
    );
    assert_eq!(
        refused(Contract {
            owner: " ".into(),
            ..contract()
        }),
        "owner"
    );
    assert_eq!(
        refused(Contract {
            purpose: String::new(),
            ..contract()
        }),
        "purpose"
    );
    assert_eq!(
        refused(Contract {
            basis: Basis::Instruction(String::new()),
            ..contract()
        }),
        "basis"
    );
    assert_eq!(
        refused(Contract {
            retention_days: Some(0),
            ..contract()
        }),
        "retention_days"
    );
    assert_eq!(
        refused(Contract {
            starts_at: Some(now.minus(DAY * 2)),
            ..contract()
        }),
        "starts_at"
    );
    assert_eq!(
        refused(Contract {
            ends_at: Some(now),
            ..contract()
        }),
        "ends_at"
    );
    let late = Contract {
        starts_at: Some(now.plus(DAY)),
        ends_at: Some(now.plus(DAY)),
        ..contract()
    };
    assert_eq!(refused(late), "ends_at");
    for region in ["", "e", "EU", "eu central", &"e".repeat(41)] {
        assert_eq!(
            refused(Contract {
                region: region.into(),
                ..contract()
            }),
            "region",
            "{region}"
        );
    }
}

#[test]
fn the_basis_is_written_as_the_interface_says() {
    let text = |basis| serde_json::to_string(&basis).unwrap();
    assert_eq!(
        text(Basis::LawfulBasis(LawfulBasis::PublicTask)),
        r#"{"lawful-basis":"public-task"}"#
    );
    assert_eq!(
        text(Basis::Instruction("DPA 7".into())),
        r#"{"instruction":"DPA 7"}"#
    );
}

async fn is_in_force(world: &World, key: &Credential) -> bool {
    let tenant = world.custody.tenant(key, world.request()).await.unwrap();
    tenant.contract.is_some_and(|contract| contract.in_force)
}

async fn team_member(world: &World, slug: &str) -> kernel::MemberId {
    world.team(slug).await.owner.member
}

type KeyColumns = (Option<String>, Option<Vec<u8>>);

fn key_columns(tx: &mut Tx, tenant: kernel::TenantId) -> Result<KeyColumns, StoreError> {
    let row = tx.one(
        "SELECT root_id, key_wrapped FROM tenant WHERE tenant_id = $1",
        params![tenant],
    )?;
    Ok((row.get(0)?, row.get(1)?))
}
