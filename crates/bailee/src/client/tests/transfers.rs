//! Files there and back.

use super::*;

#[tokio::test]
async fn a_folder_goes_there_and_comes_back() {
    let desk = Desk::new().await;
    let (from, to) = (desk.path("from"), desk.path("to"));
    let large = vec![7; 300_000];
    for (name, bytes) in [
        ("from/a.txt", b"one".as_slice()),
        ("from/b/ü.dcm", &large),
        ("from/b/empty", b""),
    ] {
        desk.write(name, bytes);
    }
    let put = desk
        .types(&["put", &from, "--recursive", "--reason", "ticket 7"])
        .await;
    assert_eq!((put.code, put.told.len()), (0, 3), "{}", put.failure);
    assert_eq!(desk.header(1, "bailee-reason").unwrap(), "ticket 7");
    let got = desk.types(&["get", "scans", "--all", "-o", &to]).await;
    assert_eq!((got.code, got.told.len()), (0, 3), "{}", got.failure);
    assert_eq!(desk.files("to"), ["a.txt", "b/empty", "b/ü.dcm"]);
    assert_eq!(std::fs::read(desk.at("to/b/ü.dcm")).unwrap(), large);
    let asked = desk.asked().len();
    let again = desk.types(&["get", "scans", "--all", "-o", &to]).await;
    assert!(again.told.iter().all(|item| item["fetched"] == false));
    assert_eq!(desk.asked().len(), asked + 2, "two pages, and no content again");
}

#[tokio::test]
async fn a_put_whose_answer_was_lost_makes_one_version() {
    let desk = Desk::new().await;
    let file = desk.write("a.txt", "once");
    desk.will(&[Fault::Unavailable, Fault::AnswerLost]);
    let put = desk.types(&["put", &file, "-d", "scans"]).await;
    assert_eq!(put.code, 0, "{}", put.failure);
    assert_eq!(desk.asked().len(), 3);
    let keys: Vec<_> = (0..3)
        .map(|at| desk.header(at, "idempotency-key").unwrap())
        .collect();
    assert!(keys[0] == keys[1] && keys[1] == keys[2]);
    assert_eq!(put.told[0]["item"]["version"]["number"], 1);
    desk.types(&["put", &file, "-d", "scans"]).await;
    assert_ne!(
        desk.header(3, "idempotency-key").unwrap(),
        keys[0],
        "another put is another act"
    );
}

#[tokio::test]
async fn one_file_that_is_refused_does_not_stop_the_others() {
    let desk = Desk::new().await;
    let files = ["forbidden.txt", "a.txt", "b.txt"].map(|name| desk.write(name, name));
    let put = desk
        .types(&[
            "put",
            &files[0],
            &files[1],
            &files[2],
            "-d",
            "scans",
            "--parallel",
            "1",
        ])
        .await;
    assert_eq!((put.code, put.told.len()), (1, 2));
    assert_eq!(put.failure, "1 of 3 did not work, as said above");
    let alone = desk.types(&["put", &files[0], "-d", "scans"]).await;
    assert_eq!(alone.code, 1);
    assert!(
        alone.failure.contains("do otherwise") && alone.failure.contains("operation-1"),
        "{}",
        alone.failure
    );
}

#[tokio::test]
async fn what_goes_with_a_record_goes_as_it_was_typed() {
    let desk = Desk::new().await;
    let file = desk.write("r.json", "{\"a\":1}");
    let words = [
        "put",
        &file,
        "-d",
        "scans",
        "--record",
        "--name",
        "x/y z",
        "--subject",
        "p&1",
        "--meta",
        "Camera=front",
    ];
    assert_eq!(desk.types(&words).await.code, 0);
    assert_eq!(
        desk.asked()[0],
        "POST /v1/datasets/scans/items?name=x%2Fy+z&kind=record&subject=p%261"
    );
    assert_eq!(desk.header(0, "bailee-meta-camera").unwrap(), "front");
    assert_eq!(desk.header(0, "content-type").unwrap(), "application/json");
    assert_eq!(desk.header(0, "content-length").unwrap(), "7");
}

#[tokio::test]
async fn a_download_that_breaks_goes_on_where_it_stopped() {
    let desk = Desk::new().await;
    let bytes: Vec<u8> = (0..200_000u32).map(|number| number as u8).collect();
    let id = desk.keeps("a.bin", &bytes);
    desk.will(&[Fault::Cut(70_000)]);
    let got = desk.types(&["get", &id, "-o", &desk.path("out")]).await;
    assert_eq!(got.code, 0, "{}", got.failure);
    assert_eq!(std::fs::read(desk.at("out")).unwrap(), bytes);
    let range = desk.header(1, "range").unwrap();
    let start: usize = range
        .strip_prefix("bytes=")
        .unwrap()
        .strip_suffix('-')
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=70_000).contains(&start), "{range}");
    assert_eq!(desk.files(""), ["out"], "no part is left");
}

#[tokio::test]
async fn a_later_run_goes_on_and_a_changed_item_begins_again() {
    let desk = Desk::new().await;
    let id = desk.keeps("a.bin", &[1; 100_000]);
    let out = desk.path("out");
    desk.will(&[Fault::Cut(50_000), Fault::Cut(0), Fault::Cut(0), Fault::Cut(0)]);
    let broken = desk.types(&["get", &id, "-o", &out]).await;
    assert_eq!(broken.code, 3, "{}", broken.failure);
    assert!(!desk.at("out").exists(), "half a file is not put into place");
    assert_eq!(desk.files("").len(), 1);
    desk.world.lock().unwrap().faults.clear();
    desk.keeps("a.bin", &[2; 60_000]);
    let got = desk.types(&["get", &id, "-o", &out]).await;
    assert_eq!(got.code, 0, "{}", got.failure);
    assert_eq!(std::fs::read(&out).unwrap(), [2; 60_000]);
    assert_eq!(desk.files(""), ["out"], "no part is left");
}

#[tokio::test]
async fn altered_bytes_are_never_put_into_place() {
    let desk = Desk::new().await;
    let id = desk.keeps("a.bin", b"content");
    desk.will(&[Fault::Altered]);
    let got = desk.types(&["get", &id, "-o", &desk.path("out")]).await;
    assert_eq!(got.code, 1);
    assert!(got.failure.contains("thrown away"), "{}", got.failure);
    assert!(desk.files("").is_empty());
}

#[tokio::test]
async fn names_never_lead_out_of_the_folder() {
    let desk = Desk::new().await;
    for name in ["../../evil", "/etc/evil", "ok/../../evil", "x/..", "good"] {
        desk.keeps(name, name.as_bytes());
    }
    let got = desk
        .types(&["get", "scans", "--all", "-o", &desk.path("in")])
        .await;
    assert_eq!((got.code, got.told.len()), (0, 5), "{}", got.failure);
    assert_eq!(desk.files("in").len(), 5);
    assert_eq!(desk.files("").len(), 5, "nothing is beside the folder");
    let one = desk
        .types(&["get", "scans/../../evil", "-o", &desk.path("in")])
        .await;
    assert_eq!(one.code, 0, "{}", one.failure);
    assert!(desk.at("in/evil").is_file());
}

#[tokio::test]
async fn a_name_that_is_a_folder_too_is_said_and_the_rest_comes() {
    let desk = Desk::new().await;
    for name in ["a/b", "a", "c"] {
        desk.keeps(name, b"x");
    }
    let got = desk
        .types(&["get", "scans", "--all", "-o", &desk.path("in"), "--parallel", "1"])
        .await;
    assert_eq!((got.code, got.told.len()), (1, 2), "{}", got.failure);
}

#[tokio::test]
async fn an_existing_file_is_replaced_only_when_asked_for() {
    let desk = Desk::new().await;
    let id = desk.keeps("a.txt", b"theirs");
    let out = desk.write("out", "mine");
    let refused = desk.types(&["get", &id, "-o", &out]).await;
    assert_eq!(
        (refused.code, std::fs::read_to_string(&out).unwrap().as_str()),
        (1, "mine")
    );
    assert!(refused.failure.contains("--overwrite"), "{}", refused.failure);
    let replaced = desk
        .types(&["get", "scans/a.txt", "-o", &out, "--overwrite"])
        .await;
    assert_eq!(
        (replaced.code, std::fs::read_to_string(&out).unwrap().as_str()),
        (0, "theirs")
    );
    let there = desk.types(&["get", &id, "-o", &out]).await;
    assert_eq!((there.code, &there.told[0]["fetched"]), (0, &json!(false)));
}

#[tokio::test]
async fn what_is_not_there_is_said() {
    let desk = Desk::new().await;
    let by_name = desk.types(&["get", "scans/none", "-o", &desk.path("x")]).await;
    assert!(
        by_name.code == 1 && by_name.failure.contains("bailee ls scans"),
        "{}",
        by_name.failure
    );
    let by_id = desk
        .types(&[
            "get",
            "0198f0c2-7d3a-7c11-9b1e-5f6a7b8c9d0e",
            "-o",
            &desk.path("x"),
        ])
        .await;
    assert!(
        by_id.code == 1 && by_id.failure.contains("not-found"),
        "{}",
        by_id.failure
    );
    assert_eq!(desk.types(&["get", "neither"]).await.code, 2);
}

#[tokio::test]
async fn what_has_no_digest_is_fetched_and_that_is_said() {
    let desk = Desk::new().await;
    let (theirs, stripped) = (
        desk.keeps("theirs.bin", b"some bytes"),
        desk.keeps("stripped.bin", b"some"),
    );
    let to = desk.path("out.bin");
    let got = desk.types(&["get", &theirs, "-o", &to]).await;
    assert_eq!(
        (got.code, &got.told[0]["compared"]),
        (0, &json!(false)),
        "{}",
        got.failure
    );
    assert_eq!(std::fs::read(&to).unwrap(), b"some bytes");
    let again = desk.types(&["get", &theirs, "-o", &to]).await;
    assert!(
        again.failure.contains("--overwrite"),
        "a file of the same length may be another: {}",
        again.failure
    );
    desk.will(&[Fault::Cut(4)]);
    let resumed = desk.types(&["get", &theirs, "-o", &to, "--overwrite"]).await;
    assert_eq!(resumed.code, 0, "{}", resumed.failure);
    assert_eq!(std::fs::read(&to).unwrap(), b"some bytes");
    let refused = desk.types(&["get", &stripped, "-o", &desk.path("no")]).await;
    assert!(refused.failure.contains("Repr-Digest"), "{}", refused.failure);
}
