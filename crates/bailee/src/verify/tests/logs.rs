//! Whole logs, from folders and over HTTP.

use super::*;

const SIZE: u64 = 700;

/// The verdict on a published log against a checkpoint that was kept before.
async fn against_earlier(rewritten: &Kept) -> (u8, String) {
    let desk = Desk::new();
    let before = desk.write("earlier", Kept::of(0..SIZE).checkpoint(&[]).to_string());
    rewritten.publish(desk.0.path());
    let (code, told) = verify(&["log", &desk.path(""), "--vkey", &vkey(), "--earlier", &before]).await;
    (code, told[0]["reason"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_good_log_passes_and_its_head_is_kept_for_the_next_time() {
    let desk = Desk::new();
    let (folder, head) = (desk.path(""), desk.path("head"));
    Kept::of(0..SIZE).publish(desk.0.path());
    let (code, told) = verify(&["log", &folder, "--vkey", &vkey(), "--save", &head]).await;
    assert_eq!(
        (code, &told[0]["entries"], &told[0]["size"]),
        (0, &json!(SIZE), &json!(SIZE))
    );
    Kept::of(0..SIZE + 1_000).publish(desk.0.path());
    let (code, told) = verify(&["log", &folder, "--vkey", &vkey(), "--earlier", &head]).await;
    assert_eq!((code, &told[0]["earlier"]), (0, &json!(SIZE)));
}

#[tokio::test]
async fn a_history_that_was_rewritten_and_signed_again_is_refused() {
    let untouched = Kept::of(0..SIZE + 50);
    assert_eq!(against_earlier(&untouched).await.0, 0);
    let mut changed: Vec<u64> = (0..SIZE + 50).collect();
    changed[300] = 9_999;
    let mut reordered: Vec<u64> = (0..SIZE + 50).collect();
    reordered.swap(300, 301);
    let removed = (0..SIZE + 50).filter(|number| *number != 300);
    for rewritten in [Kept::of(changed), Kept::of(reordered), Kept::of(removed)] {
        let (code, reason) = against_earlier(&rewritten).await;
        assert_eq!(code, 1);
        assert!(reason.contains("history was changed"), "{reason}");
    }
    let (code, reason) = against_earlier(&Kept::of(0..SIZE - 1)).await;
    assert!(
        code == 1 && reason.contains("earlier checkpoint"),
        "a log that has shrunk: {reason}"
    );
}

#[tokio::test]
async fn the_first_bad_part_is_named() {
    let desk = Desk::new();
    let verdict = async |damage: &dyn Fn()| {
        Kept::of(0..SIZE).publish(desk.0.path());
        damage();
        let (code, told) = verify(&["log", &desk.path(""), "--vkey", &vkey()]).await;
        assert_eq!(code, 1);
        told[0]["reason"].as_str().unwrap().to_owned()
    };
    let change = |name: &str, place: usize| {
        let mut bytes = std::fs::read(desk.at(name)).unwrap();
        bytes[place] ^= 1;
        std::fs::write(desk.at(name), bytes).unwrap();
    };
    let entry = verdict(&|| change("tile/entries/001", 44 * 34 + 5)).await;
    assert!(entry.contains("entry 300"), "{entry}");
    let hash = verdict(&|| change("tile/1/000.p/2", 32)).await;
    assert!(hash.contains("hash 1 in tile 0 of level 1"), "{hash}");
    let missing = verdict(&|| std::fs::remove_file(desk.at("tile/0/001")).unwrap()).await;
    assert!(missing.contains("tile 1 of level 0 is missing"), "{missing}");
    let signature = verdict(&|| change("checkpoint", ORIGIN.len() + 1)).await;
    assert!(
        signature.contains("signature") || signature.contains("changed"),
        "{signature}"
    );
}

#[tokio::test]
async fn a_log_is_audited_over_http_as_from_a_folder() {
    let desk = Desk::new();
    let kept = Kept::of(0..70_000);
    kept.publish(desk.0.path());
    let served = Served::start(desk.at("")).await;
    let (code, told) = verify(&["log", &served.url, "--vkey", &vkey()]).await;
    assert_eq!(
        (code, &told[0]["entries"], &told[0]["tiles"]),
        (0, &json!(70_000), &json!(277))
    );
    let mut bundle = std::fs::read(desk.at("tile/entries/100")).unwrap();
    bundle[10] ^= 1;
    std::fs::write(desk.at("tile/entries/100"), bundle).unwrap();
    let (code, told) = verify(&["log", &served.url, "--vkey", &vkey()]).await;
    assert_eq!(code, 1);
    assert!(
        told[0]["reason"].as_str().unwrap().contains("entry 25600"),
        "{told:?}"
    );
}

#[tokio::test]
async fn a_partial_tile_that_was_dropped_is_read_from_the_full_one() {
    let desk = Desk::new();
    Kept::of(0..512).publish(desk.0.path());
    std::fs::write(
        desk.at("checkpoint"),
        Kept::of(0..300).checkpoint(&[]).to_string(),
    )
    .unwrap();
    let level_one = Kept::of(0..300).tile(&"tile/1/000.p/1".parse().unwrap());
    std::fs::write(desk.at("tile/1/000.p/1"), level_one).unwrap();
    let served = Served::start(desk.at("")).await;
    for source in [&desk.path(""), &served.url] {
        assert_eq!(verify(&["log", source, "--vkey", &vkey()]).await.0, 0, "{source}");
    }
}

#[tokio::test]
async fn a_log_that_cannot_be_had_is_no_verdict() {
    let desk = Desk::new();
    assert_eq!(
        verify(&["log", &desk.path("missing"), "--vkey", &vkey()]).await.0,
        2
    );
    let served = Served::start(desk.at("")).await;
    let (code, told) = verify(&["log", &served.url, "--vkey", &vkey()]).await;
    assert_eq!((code, told.len()), (1, 0), "no checkpoint");
}
