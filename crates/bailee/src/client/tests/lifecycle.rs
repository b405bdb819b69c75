//! Archive, restore, rm, ls.

use super::*;

#[tokio::test]
async fn single_items_are_found_by_name() {
    let desk = Desk::new().await;
    let id = desk.keeps("2026/a.dcm", b"x");
    assert_eq!(desk.types(&["archive", "scans/2026/a.dcm"]).await.code, 0);
    assert_eq!(desk.types(&["rm", &id, "--yes"]).await.code, 0);
    assert_eq!(
        desk.asked(),
        [
            "GET /v1/datasets/scans/items?name=2026%2Fa.dcm".to_owned(),
            format!("POST /v1/items/{id}/archive"),
            format!("DELETE /v1/items/{id}")
        ]
    );
}

#[tokio::test]
async fn many_are_counted_before_they_are_deleted() {
    let desk = Desk::new().await;
    let removed = desk
        .types(&["rm", "-d", "scans", "--prefix", "old/", "--yes"])
        .await;
    assert_eq!((removed.code, &removed.told[0]["matched"]), (0, &json!(3)));
    let bodies = desk.world.lock().unwrap().bodies.clone();
    let filter = json!({ "name_prefix": "old/" });
    assert_eq!(
        bodies,
        [
            json!({ "filter": filter, "dry_run": true }),
            json!({ "filter": filter, "dry_run": false })
        ]
    );
    let dry = desk
        .types(&["rm", "-d", "scans", "--prefix", "old/", "--dry-run"])
        .await;
    assert_eq!((dry.code, &dry.told[0]["dry_run"]), (0, &json!(true)));
    assert_eq!(desk.asked().len(), 3);
}

#[tokio::test]
async fn a_whole_dataset_must_be_meant() {
    let desk = Desk::new().await;
    for words in [
        &["rm", "-d", "scans", "--yes"][..],
        &["rm", "-d", "scans", "--dry-run"],
        &["archive", "-d", "scans"],
        &["rm"],
    ] {
        assert_eq!(desk.types(words).await.code, 2, "{words:?}");
    }
    assert!(desk.asked().is_empty());
    assert_eq!(desk.types(&["archive", "-d", "scans", "--all"]).await.code, 0);
    assert_eq!(
        desk.types(&["rm", "-d", "scans", "--all", "--prefix", "x"])
            .await
            .code,
        2
    );
}

#[tokio::test]
async fn a_deletion_whose_answer_was_lost_is_not_repeated() {
    let desk = Desk::new().await;
    let id = desk.keeps("a", b"x");
    desk.will(&[Fault::Unavailable, Fault::AnswerLost]);
    let removed = desk.types(&["rm", &id, "--yes"]).await;
    assert_eq!(removed.code, 3, "{}", removed.failure);
    assert_eq!(desk.asked().len(), 2, "again after 503, not after a lost answer");
}

#[tokio::test]
async fn all_pages_are_listed() {
    let desk = Desk::new().await;
    for name in ["a", "b", "c", "d", "e"] {
        desk.keeps(name, b"x");
    }
    let listed = desk.types(&["ls", "scans"]).await;
    assert_eq!((listed.code, listed.told.len(), desk.asked().len()), (0, 5, 3));
    assert_eq!(desk.types(&["ls", "scans", "--limit", "3"]).await.told.len(), 3);
    assert_eq!(desk.types(&["ls"]).await.told[0]["name"], "scans");
}
