//! Receipts and checkpoints.

use super::*;

#[tokio::test]
async fn a_receipt_is_accepted_and_told() {
    let (desk, kept) = (Desk::new(), Kept::of(0..300));
    let file = desk.write("a.receipt", kept.receipt(7, &[]));
    let (code, told) = verify(&["receipt", &file, "--vkey", &vkey()]).await;
    assert_eq!(code, 0);
    assert_eq!(told[0]["verified"], true);
    assert_eq!(told[0]["event"]["item"], "scan-7");
    assert_eq!((&told[0]["index"], &told[0]["size"]), (&json!(7), &json!(300)));
}

#[tokio::test]
async fn any_changed_byte_is_refused() {
    let (desk, kept) = (Desk::new(), Kept::of(0..5));
    let good = kept.receipt(3, &[1]).into_bytes();
    let witness = witness_key(1).verifier().to_string();
    let vkey = vkey();
    for place in 0..good.len() {
        for bit in [0, 1, 5] {
            let mut changed = good.clone();
            changed[place] ^= 1 << bit;
            let file = desk.write("changed.receipt", &changed);
            let (code, told) = verify(&["receipt", &file, "--vkey", &vkey, "--witness", &witness]).await;
            assert_eq!(
                (code, &told[0]["verified"]),
                (1, &json!(false)),
                "byte {place}, bit {bit}"
            );
        }
    }
}

#[tokio::test]
async fn one_that_is_refused_does_not_hide_the_others() {
    let (desk, kept) = (Desk::new(), Kept::of(0..5));
    let good = desk.write("good", kept.receipt(0, &[]));
    let bad = desk.write("bad", kept.receipt(1, &[]).replace("scan-1", "scan-2"));
    let (code, told) = verify(&["receipt", &good, &bad, &good, "--vkey", &vkey()]).await;
    let verdicts: Vec<_> = told
        .iter()
        .map(|verdict| verdict["verified"].as_bool().unwrap())
        .collect();
    assert_eq!((code, verdicts), (1, vec![true, false, true]));
}

#[tokio::test]
async fn every_named_witness_must_have_signed_unless_fewer_are_asked_for() {
    let (desk, kept) = (Desk::new(), Kept::of(0..5));
    let (one, two) = (
        witness_key(1).verifier().to_string(),
        witness_key(2).verifier().to_string(),
    );
    let by_one = desk.write("one", kept.receipt(0, &[1]));
    let vkey = vkey();
    let with = |more: &[&str]| {
        [&["receipt", by_one.as_str(), "--vkey", &vkey], more]
            .concat()
            .iter()
            .map(|&text| text.to_owned())
            .collect::<Vec<String>>()
    };
    let verify_with = async |more: &[&str]| {
        let arguments = with(more);
        verify(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).await
    };
    let (code, told) = verify_with(&["--witness", &one]).await;
    assert_eq!(
        (code, &told[0]["witnesses"][0]["name"]),
        (0, &json!("witness.example/1"))
    );
    assert_eq!(
        told[0]["witnesses"][0]["signed_at"],
        "2023-11-14T22:13:20.000000Z"
    );
    assert_eq!(verify_with(&["--witness", &one, "--witness", &two]).await.0, 1);
    assert_eq!(
        verify_with(&["--witness", &one, "--witness", &two, "--quorum", "1"])
            .await
            .0,
        0
    );
    assert_eq!(
        verify_with(&["--witness", &one, "--quorum", "2"]).await.0,
        2,
        "no such quorum can be"
    );
    assert_eq!(verify_with(&[]).await.0, 1, "a line that cannot be checked");
    let (code, told) = verify_with(&["--allow-unknown"]).await;
    assert_eq!((code, &told[0]["unknown"]), (0, &json!(["witness.example/1"])));
}

#[tokio::test]
async fn the_key_comes_from_outside() {
    let (desk, kept) = (Desk::new(), Kept::of(0..5));
    let file = desk.write("a.receipt", kept.receipt(0, &[]));
    let key_file = desk.write("log.vkey", format!("{}\n", vkey()));
    assert_eq!(verify(&["receipt", &file, "--vkey-file", &key_file]).await.0, 0);
    let stranger = SigningKey::from_seed(ORIGIN, KeyKind::Log, &[99; 32])
        .unwrap()
        .verifier()
        .to_string();
    assert_eq!(verify(&["receipt", &file, "--vkey", &stranger]).await.0, 1);
    assert_eq!(verify(&["receipt", &file]).await.0, 2, "no key");
    assert_eq!(verify(&["receipt", &file, "--vkey", "nonsense"]).await.0, 2);
    assert_eq!(verify(&["receipt", &file, "--vkey-file", &file]).await.0, 2);
    let witness = witness_key(1).verifier().to_string();
    assert_eq!(
        verify(&["receipt", &file, "--vkey", &witness]).await.0,
        2,
        "a key of the other kind"
    );
    assert_eq!(
        verify(&["receipt", &desk.path("missing"), "--vkey", &vkey()])
            .await
            .0,
        2
    );
}

#[tokio::test]
async fn a_checkpoint_is_accepted_and_any_changed_byte_is_refused() {
    let (desk, kept) = (Desk::new(), Kept::of(0..5));
    let good = kept.checkpoint(&[]).to_string().into_bytes();
    let vkey = vkey();
    let file = desk.write("checkpoint", &good);
    let (code, told) = verify(&["checkpoint", &file, "--vkey", &vkey]).await;
    assert_eq!(
        (code, &told[0]["log"], &told[0]["size"]),
        (0, &json!(ORIGIN), &json!(5))
    );
    for place in 0..good.len() {
        let mut changed = good.clone();
        changed[place] ^= 1;
        let file = desk.write("changed", &changed);
        assert_eq!(
            verify(&["checkpoint", &file, "--vkey", &vkey]).await.0,
            1,
            "byte {place}"
        );
    }
}
