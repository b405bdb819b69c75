//! Somebody with full access to the database, and with the log's signing key, rewrites the past. Whoever kept an earlier
//! checkpoint, or a receipt, notices; and is told what is wrong.
//!
//! The forger writes into the tables while the server runs, and even lets the server itself build and sign the forged log:
//! no checkpoint is asked to believe the server.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by these"
)]

mod house;
mod rewriting;
#[path = "../support/mod.rs"]
mod support;

use house::House;
use ledger::{Policy, Receipt};
use rewriting::{flip_hash, flip_link, flip_sealed, id_bytes, rehash, remove, renumber, swap};
use store::params;
use support::place::text;
use support::{Engine, run};

mod a_rewritten_log_is_refused_against_an_earlier_checkpoint {
    use super::*;

    #[test]
    fn sqlite() {
        run(rewritten(Engine::Sqlite));
    }

    #[test]
    fn postgres() {
        run(rewritten(Engine::Postgres));
    }
}

mod an_altered_event_is_named_and_never_shown {
    use super::*;

    #[test]
    fn sqlite() {
        run(altered_event(Engine::Sqlite));
    }

    #[test]
    fn postgres() {
        run(altered_event(Engine::Postgres));
    }
}

#[test]
fn a_receipt_with_any_byte_changed_is_refused() {
    run(changed_receipts());
}

/// Entries before the earlier checkpoint: one full tile and part of a second.
const ITEMS: usize = 300;
/// Acts between the earlier checkpoint and the forgery.
const LATER: usize = 20;
async fn rewritten(engine: Engine) {
    let mut house = House::open(engine, ITEMS).await;
    let earlier = house.keep_checkpoint().await;
    house.act(LATER).await;
    house.settled().await;
    assert!(earlier.size > 260, "{}", earlier.size);
    house.keep_tables().await;
    house.verifies("the log as it is");

    // One row changed, and nothing else.
    house
        .refuses(
            "a link is changed",
            "entry 100 and its hash in the tile differ",
            |tx| flip_link(tx, 100),
        )
        .await;
    house
        .refuses(
            "a hash in a tile is changed",
            "entry 7 and its hash in the tile differ",
            |tx| flip_hash(tx, 0, 0, 7),
        )
        .await;
    house
        .refuses(
            "a hash of a higher level is changed",
            "hash 0 in tile 0 of level 1",
            |tx| flip_hash(tx, 1, 0, 0),
        )
        .await;
    house
        .refuses("an entry is taken out", "entry bundle 0 is damaged", |tx| {
            remove(tx, 100)
        })
        .await;
    // Rows made to fit each other again.
    house
        .refuses(
            "an entry is taken out and the rest moves up",
            "entry 100 and its hash in the tile differ",
            |tx| {
                remove(tx, 100)?;
                renumber(tx, "log_index = log_index - 1", 101)
            },
        )
        .await;
    house
        .refuses(
            "two entries are swapped",
            "entry 10 and its hash in the tile differ",
            |tx| swap(tx, 10, 11),
        )
        .await;
    house
        .refuses(
            "a link is changed, and its hash with it",
            "hash 0 in tile 0 of level 1",
            |tx| {
                flip_link(tx, 100)?;
                rehash(tx, 100)
            },
        )
        .await;
    house
        .refuses(
            "a newer link is changed, and its hash with it",
            "history was changed",
            |tx| {
                flip_link(tx, 260)?;
                rehash(tx, 260)
            },
        )
        .await;
    house.a_head_signed_by_hand_is_refused().await;
    house.logs_signed_anew_are_refused(&earlier).await;
    house.verifies("the log as it was before all this");
}

async fn altered_event(engine: Engine) {
    let house = House::open(engine, 12).await;
    let (one, other) = (house.events[3].clone(), house.events[4].clone());
    let kept = house.team.owner.receipt(&one).await.unwrap();
    let swap_sealed =
        "UPDATE event SET sealed = (SELECT e.sealed FROM event e WHERE e.event_id = $2) WHERE event_id = $1";
    let (one_id, other_id) = (id_bytes(&one), id_bytes(&other));
    house
        .forge(move |tx| {
            tx.execute(swap_sealed, params![one_id.clone(), other_id.clone()])
                .map(drop)
        })
        .await;
    let flipped = id_bytes(&other);
    house.forge(move |tx| flip_sealed(tx, &flipped)).await;

    for event in [&one, &other] {
        for path in [format!("/v1/trail/{event}"), format!("/v1/trail/{event}/receipt")] {
            let refused = house.team.owner.get(&path).await.unwrap_err();
            assert_eq!(refused.status(), Some(500), "{refused:?}");
            assert!(
                format!("{refused:?}").contains("urn:bailee:problem:altered"),
                "{refused:?}"
            );
        }
    }
    // The finding is itself in the trail, with the event's id.
    let failed = house
        .team
        .owner
        .get("/v1/trail?outcome=failed&limit=10")
        .await
        .unwrap();
    assert!(
        failed["items"]
            .as_array()
            .unwrap()
            .iter()
            .any(|entry| entry["event"]["details"]["event"] == one.as_str()),
        "{failed}"
    );
    // What was handed out before the forgery stays true, and the others are shown as ever.
    assert_eq!(house.log().believe(&kept).event["id"], one.as_str());
    house
        .team
        .owner
        .get(&format!("/v1/trail/{}", house.events[5]))
        .await
        .unwrap();
}

async fn changed_receipts() {
    let house = House::open(Engine::Sqlite, 40).await;
    let receipt = house
        .team
        .owner
        .receipt(&house.events[20])
        .await
        .unwrap()
        .into_bytes();
    let vkey = std::fs::read_to_string(house.place.vkey()).unwrap();
    let policy = Policy::log_only(vkey.trim().parse().unwrap()).unwrap();
    let verdict = |bytes: &[u8]| {
        Receipt::parse(bytes)
            .and_then(|receipt| receipt.verify(&policy))
            .map(drop)
    };
    verdict(&receipt).expect("the receipt itself");
    for at in 0..receipt.len() {
        for changed in variants(&receipt, at) {
            assert!(
                verdict(&changed).is_err(),
                "byte {at} of {}: {}",
                receipt.len(),
                text(&changed)
            );
        }
    }
    house.the_program_refuses(&receipt);
}

/// The receipt with one byte changed in several ways, left out, and doubled.
fn variants(receipt: &[u8], at: usize) -> Vec<Vec<u8>> {
    let byte = receipt[at];
    let others = [byte ^ 1, byte ^ 0x20, byte ^ 0x80, b'\n', b' ', b'=', 0]
        .into_iter()
        .filter(|other| *other != byte);
    let mut made: Vec<Vec<u8>> = others
        .map(|other| {
            let mut changed = receipt.to_vec();
            changed[at] = other;
            changed
        })
        .collect();
    made.push([&receipt[..at], &receipt[at + 1..]].concat());
    made.push([&receipt[..=at], &receipt[at..]].concat());
    made
}
