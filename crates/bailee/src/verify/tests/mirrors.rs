//! Mirrors.

use super::*;

#[tokio::test]
async fn a_mirror_fetches_what_is_new_and_verifies_by_itself() {
    let (origin, copy) = (Desk::new(), Desk::new());
    Kept::of(0..1_000).publish(origin.0.path());
    let served = Served::start(origin.at("")).await;
    let (folder, vkey) = (copy.path(""), vkey());
    let (code, told) = mirror(&[&served.url, &folder, "--vkey", &vkey]).await;
    assert_eq!(
        (code, &told[0]["size"], &told[0]["new"]),
        (0, &json!(1_000), &json!(1_000))
    );
    let first = served.requests();
    assert_eq!(verify(&["log", &folder, "--vkey", &vkey]).await.0, 0);
    Kept::of(0..1_300).publish(origin.0.path());
    let (code, told) = mirror(&[&served.url, &folder, "--vkey", &vkey]).await;
    assert_eq!(
        (code, &told[0]["size"], &told[0]["new"]),
        (0, &json!(1_300), &json!(300))
    );
    let second = served.requests();
    // Two full bundles with their tiles, the partial ones of three levels, and the head.
    assert!(second < first && second <= 10, "{first}, then {second}");
    assert_eq!(verify(&["log", &folder, "--vkey", &vkey]).await.0, 0);
}

#[tokio::test]
async fn a_mirror_takes_over_nothing_that_does_not_continue_it() {
    let (origin, copy) = (Desk::new(), Desk::new());
    Kept::of(0..1_000).publish(origin.0.path());
    let (from, folder, vkey) = (origin.path(""), copy.path(""), vkey());
    assert_eq!(mirror(&[&from, &folder, "--vkey", &vkey]).await.0, 0);
    let mut rewritten: Vec<u64> = (0..1_100).collect();
    rewritten[900] = 7;
    Kept::of(rewritten).publish(origin.0.path());
    let (code, told) = mirror(&[&from, &folder, "--vkey", &vkey]).await;
    assert_eq!((code, &told[0]["verified"]), (1, &json!(false)));
    // What it had before is still whole and signed.
    Kept::of(0..1_000).publish(origin.0.path());
    let (code, told) = verify(&["log", &folder, "--vkey", &vkey]).await;
    assert_eq!((code, &told[0]["size"]), (0, &json!(1_000)), "{told:?}");
}

#[tokio::test]
async fn without_a_key_the_mirror_says_so() {
    let (origin, copy) = (Desk::new(), Desk::new());
    Kept::of(0..10).publish(origin.0.path());
    let (code, told) = mirror(&[&origin.path(""), &copy.path("")]).await;
    assert_eq!((code, &told[0]["signature_verified"]), (0, &json!(false)));
    let stranger = SigningKey::from_seed(ORIGIN, KeyKind::Log, &[99; 32])
        .unwrap()
        .verifier()
        .to_string();
    assert_eq!(
        mirror(&[&origin.path(""), &Desk::new().path("x"), "--vkey", &stranger])
            .await
            .0,
        1
    );
}
