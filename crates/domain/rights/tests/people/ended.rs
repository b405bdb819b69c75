//! The end of a contract: announced, read-only, deleted on the day that was signed, certified; undone until then; and what is on hold.

use access::Class;
use custody::ending::{Certificate, ContractEnd, Ended, NewContractEnd, NoticeKind};
use custody::legal_hold::{Covers, NewLegalHold};
use custody::{Error, Result};
use kernel::{Clock as _, PageRequest, Timestamp};
use std::time::Duration;
use store::params;
use testkit::{Person, Team, World};

use super::clinic::Clinic;

const DAY: Duration = Duration::from_secs(86_400);

async fn end(
    by: &Person,
    ends_at: Option<Timestamp>,
    days: Option<u32>,
    reason: Option<&str>,
) -> Result<ContractEnd> {
    let new = NewContractEnd {
        ends_at,
        delete_after_days: days,
        reason: reason.map(str::to_owned),
    };
    by.custody().end_contract(&by.credential, by.request(), new).await
}

async fn stands(by: &Person) -> ContractEnd {
    by.custody()
        .contract_end(&by.credential, by.request())
        .await
        .unwrap()
}

async fn round(world: &World) -> (u64, u64, u64) {
    let Ended {
        announced,
        items,
        certified,
    } = world.custody.end_contracts().await.unwrap();
    (announced, items, certified)
}

async fn certificates(by: &Person) -> Result<Vec<Certificate>> {
    let page = PageRequest::first(10);
    let listed = by
        .custody()
        .certificates(&by.credential, by.request(), page)
        .await;
    listed.map(|listed| listed.items)
}

/// Items, versions, and wraps of the tenant's key that are left.
fn left(world: &World, team: &Team) -> (i64, i64, i64) {
    let tenant = team.id;
    let count = |sql: &'static str| {
        let counted = world
            .database()
            .read_blocking(move |tx| tx.one(sql, params![tenant])?.get::<i64>(0));
        counted.unwrap()
    };
    (
        count("SELECT count(*) FROM item WHERE tenant_id = $1"),
        count("SELECT count(*) FROM item_version WHERE tenant_id = $1"),
        count("SELECT count(*) FROM tenant WHERE tenant_id = $1 AND key_wrapped IS NOT NULL")
            + count(
                "SELECT count(*) FROM api_key WHERE tenant_id = $1 AND (tenant_key_wrapped IS NOT NULL OR invalidated_at IS NULL)",
            ),
    )
}

engines::on_both! {
    async fn a_contract_ends_with_everything_under_it(db: TestDb) {
        let clinic = Clinic::on(db).await;
        let (world, team, owner) = (&clinic.world, &clinic.team, &clinic.team.owner);
        let item = clinic.put("note", "patient 1").await;
        owner.put("notes", "plain", b"bytes").await.unwrap();
        let (now, rival) = (world.clock.now(), world.team("rival").await);
        let kept = { rival.owner.dataset("notes").await.unwrap(); rival.owner.put("notes", "kept", b"theirs").await.unwrap().item.id };
        for class in [Class::Admin, Class::User, Class::PrivacyOfficer] {
            let refused = end(&team.member(class).await, Some(now.plus(20 * DAY)), None, None).await;
            assert!(matches!(refused, Err(Error::Forbidden { .. })), "{class}");
        }
        let without_reason = end(owner, Some(now.plus(20 * DAY)), Some(3), None).await;
        assert!(matches!(without_reason, Err(Error::Invalid { field: "reason", .. })));
        let signed = end(owner, Some(now.plus(20 * DAY)), None, None).await.unwrap();
        assert_eq!((signed.delete_after_days, signed.read_only), (30, false));
        assert_eq!(signed.deleted_at.unwrap(), now.plus(50 * DAY));
        assert_eq!(round(world).await, (0, 0, 0));
        // Fourteen and three days before, once each.
        for (days, kind) in [(6, NoticeKind::EndIn14), (11, NoticeKind::EndIn3), (3, NoticeKind::Ended), (16, NoticeKind::DeletionIn14), (11, NoticeKind::DeletionIn3)] {
            world.clock.advance(days * DAY + Duration::from_secs(60));
            assert_eq!(round(world).await, (1, 0, 0), "{kind:?}");
            assert_eq!(round(world).await, (0, 0, 0), "{kind:?} twice");
            assert_eq!(stands(owner).await.notices.last().unwrap().kind, kind);
            if kind == NoticeKind::Ended {
                // Nothing is taken in; everything can be taken away, and given up early.
                let refused = owner.put("notes", "late", b"x").await;
                assert!(matches!(refused, Err(Error::Forbidden { ref reasons, .. }) if reasons.contains(&"limit.contract".to_owned())), "{refused:?}");
                assert_eq!(owner.get(item).await.unwrap(), b"note");
                assert!(stands(owner).await.read_only);
            }
        }
        assert_eq!(left(world, team).0, 2, "at day 29 everything is there");
        world.clock.advance(3 * DAY);
        assert_eq!(round(world).await, (0, 2, 1));
        assert_eq!(left(world, team), (0, 0, 0));
        assert!(matches!(owner.get(item).await, Err(Error::Unauthenticated)));
        assert_eq!(rival.owner.get(kept).await.unwrap(), b"theirs");
        // What is left is the certificate, and an entry with a receipt that says the same.
        assert!(matches!(certificates(&rival.owner).await, Err(Error::Forbidden { .. })));
        let made = certificates(&world.operator).await.unwrap();
        assert_eq!((made.len(), made[0].slug.as_str(), made[0].tenant), (1, "clinic", team.id));
        assert!(made[0].statement.contains("items: 2, in 2 versions"), "{}", made[0].statement);
        world.sequence().await;
        let receipt = world.operator.receipt(made[0].event).await.unwrap();
        assert!(receipt.contains(&made[0].id.to_string()) && receipt.contains("destroyed"), "{receipt}");
        let noted = world.database().read_blocking(|tx| tx.one("SELECT count(*) FROM erasure WHERE kind = 'tenant'", &[])?.get::<i64>(0));
        assert_eq!(noted.unwrap(), 1, "a restored backup destroys the key again");
        assert_eq!(round(world).await, (0, 0, 0));
    }

    async fn until_then_it_is_undone_and_a_hold_wins(db: TestDb) {
        let clinic = Clinic::on(db).await;
        let (world, team, owner) = (&clinic.world, &clinic.team, &clinic.team.owner);
        let item = clinic.put("note", "patient 1").await;
        for number in 0..120 {
            owner.put("notes", &format!("{number}"), b"x").await.unwrap();
        }
        let now = world.clock.now();
        end(owner, Some(now.plus(DAY)), Some(0), Some("they want it gone at once")).await.unwrap();
        assert_eq!(stands(owner).await.reason.as_deref(), Some("they want it gone at once"));
        assert_eq!(round(world).await, (1, 0, 0));
        end(owner, None, None, None).await.unwrap();
        world.clock.advance(2 * DAY);
        assert_eq!(round(world).await, (0, 0, 0), "it goes on without an end");
        end(owner, Some(world.clock.now().plus(DAY)), Some(2), Some("moved elsewhere")).await.unwrap();
        world.clock.advance(2 * DAY);
        assert_eq!(round(world).await.0, 1);
        end(owner, Some(world.clock.now().plus(DAY)), Some(2), Some("after the end, too")).await.unwrap();
        let hold = NewLegalHold { covers: Covers::Item(item), reason: "letter".into(), until: None, two_people: false };
        let hold = world.custody.place_legal_hold(&owner.credential, owner.request(), hold, None).await.unwrap();
        world.clock.advance(4 * DAY);
        // Another node has begun and stopped in the middle: what it did is done, and the next goes on.
        let lease = "INSERT INTO lease (name, holder, fence, until_at) VALUES ('contract-ends', 'gone', 7, $1) \
            ON CONFLICT (name) DO UPDATE SET holder = 'gone', fence = lease.fence + 1, until_at = $1";
        world.by_sql(lease, vec![store::Value::from(world.clock.now().plus(DAY))]).await;
        assert_eq!(round(world).await, (0, 0, 0));
        world.clock.advance(DAY);
        assert_eq!(round(world).await, (0, 120, 0), "what is on hold stays, and the key with it");
        assert_eq!((left(world, team).0, stands(owner).await.notices.last().unwrap().kind), (1, NoticeKind::Held));
        assert_eq!(owner.get(item).await.unwrap(), b"note");
        world.custody.lift_legal_hold(&owner.credential, owner.request(), hold.id).await.unwrap();
        assert_eq!(round(world).await, (0, 1, 1));
        assert_eq!(left(world, team), (0, 0, 0));
        assert!(certificates(&world.operator).await.unwrap()[0].statement.contains("items: 121,"));
    }

    async fn a_tenant_that_holds_its_key_ends_as_well(db: TestDb) {
        let world = World::on(db).await;
        let lab = world.customer_held_team("lab").await;
        lab.owner.dataset("notes").await.unwrap();
        lab.owner.put("notes", "one", b"x").await.unwrap();
        end(&lab.owner, Some(world.clock.now().plus(DAY)), Some(1), Some("a trial")).await.unwrap();
        world.clock.advance(3 * DAY);
        assert_eq!(round(&world).await, (0, 1, 1));
        assert_eq!(left(&world, &lab), (0, 0, 0));
        assert!(matches!(stands_or_not(&lab.owner).await, Err(Error::Unauthenticated)));
    }
}

async fn stands_or_not(by: &Person) -> Result<ContractEnd> {
    by.custody().contract_end(&by.credential, by.request()).await
}
