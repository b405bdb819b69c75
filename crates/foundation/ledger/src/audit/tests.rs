//! Damage of every kind is found and named.

use super::*;
use crate::memory::MemoryLog;

const SIZE: u64 = 70_000;

fn links(range: std::ops::Range<u64>) -> Vec<Hash> {
    range.map(|index| Hash::leaf(&index.to_be_bytes())).collect()
}

fn log() -> MemoryLog {
    let mut log = MemoryLog::default();
    log.append_links(&links(0..SIZE));
    log
}

fn run(log: &MemoryLog, head: &Checkpoint) -> Result<AuditReport, AuditError<std::convert::Infallible>> {
    audit(log, head, None, EntryRule::Links, |_| {})
}

#[test]
fn a_good_log_passes_also_when_it_has_grown() {
    let mut log = log();
    let (empty, head) = (MemoryLog::default().checkpoint("log"), log.checkpoint("log"));
    log.append_links(&links(SIZE..SIZE + 1_000));
    let mut steps = 0;
    let report = audit(&log, &head, Some(&empty), EntryRule::Links, |_| steps += 1).unwrap();
    assert_eq!((report.entries, report.tiles, steps), (SIZE, 277, 274));
    assert!(
        audit(
            &log,
            &log.checkpoint("log"),
            Some(&head),
            EntryRule::Links,
            |_| {}
        )
        .is_ok()
    );
    assert_eq!(run(&log, &empty).unwrap(), AuditReport::default());
}

#[test]
fn a_changed_entry_is_named() {
    for entry in [0u64, 255, 256, 69_999] {
        let mut log = log();
        let head = log.checkpoint("log");
        let bundle = log.bundles.get_mut(&(entry / 256)).unwrap();
        bundle[(entry % 256) as usize * 34 + 20] ^= 1;
        assert!(matches!(run(&log, &head), Err(AuditError::EntryDiffers { entry: named }) if named == entry));
    }
}

#[test]
fn a_changed_tile_is_named() {
    for (level, index, place) in [
        (0u8, 0u64, 0usize),
        (0, 273, 111),
        (1, 0, 200),
        (1, 1, 16),
        (2, 0, 0),
    ] {
        let mut log = log();
        let head = log.checkpoint("log");
        log.tiles.get_mut(&(level, index)).unwrap()[place * 32] ^= 0x80;
        match run(&log, &head).unwrap_err() {
            AuditError::EntryDiffers { entry } => assert_eq!((0, entry), (level, index * 256 + place as u64)),
            AuditError::HashDiffers {
                level: l,
                index: i,
                place: p,
            } => assert_eq!((l, i, p), (level, index, place as u64)),
            other => panic!("{other}"),
        }
    }
}

#[test]
fn missing_and_damaged_parts_are_named() {
    let head = log().checkpoint("log");
    let damaged = |damage: fn(&mut MemoryLog)| {
        let mut log = log();
        damage(&mut log);
        run(&log, &head).unwrap_err()
    };
    assert!(matches!(
        damaged(|log| drop(log.bundles.remove(&7))),
        AuditError::BundleMissing {
            bundle: 7,
            first_entry: 1_792
        }
    ));
    assert!(matches!(
        damaged(|log| log.bundles.get_mut(&7).unwrap().truncate(100)),
        AuditError::BundleDamaged {
            bundle: 7,
            reason: BadBundle::TooShort {
                found: 2,
                wanted: 256
            }
        }
    ));
    assert!(matches!(
        damaged(|log| drop(log.tiles.remove(&(1, 1)))),
        AuditError::TileMissing { level: 1, index: 1 }
    ));
    assert!(matches!(
        damaged(|log| log.tiles.get_mut(&(1, 1)).unwrap().truncate(33)),
        AuditError::TileDamaged {
            level: 1,
            index: 1,
            bytes: 33,
            wanted: 544
        }
    ));
}

#[test]
fn a_rewritten_history_is_refused_though_it_agrees_with_itself() {
    let before = log().checkpoint("log");
    let mut rewritten = links(0..SIZE + 10);
    rewritten[500] = Hash::ZERO;
    let mut log = MemoryLog::default();
    log.append_links(&rewritten);
    let verdict = audit(
        &log,
        &log.checkpoint("log"),
        Some(&before),
        EntryRule::Links,
        |_| {},
    );
    assert!(matches!(verdict, Err(AuditError::RootDiffers { size: SIZE, .. })));
    let same_size = Checkpoint {
        root: Hash::ZERO,
        ..log.checkpoint("log")
    };
    assert!(
        audit(
            &log,
            &log.checkpoint("log"),
            Some(&same_size),
            EntryRule::Links,
            |_| {}
        )
        .is_err()
    );
    assert!(run(&log, &same_size).is_err());
}

#[test]
fn an_earlier_head_is_earlier_and_of_the_same_log() {
    let log = log();
    let head = log.checkpoint("log");
    for earlier in [
        Checkpoint {
            size: SIZE + 1,
            ..head.clone()
        },
        Checkpoint {
            origin: "other".into(),
            ..head.clone()
        },
    ] {
        let verdict = audit(&log, &head, Some(&earlier), EntryRule::Links, |_| {});
        assert!(matches!(verdict, Err(AuditError::NotEarlier { .. })));
    }
}

#[test]
fn only_links_are_entries_of_ours() {
    let mut log = MemoryLog::default();
    log.append_bytes(&["short"]).unwrap();
    let head = log.checkpoint("log");
    assert!(matches!(
        run(&log, &head),
        Err(AuditError::NotALink { entry: 0, length: 5 })
    ));
    assert!(audit(&log, &head, None, EntryRule::Any, |_| {}).is_ok());
}
