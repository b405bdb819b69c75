//! Keys, members, tenants: what is sent, and that secrets are told once.

use super::*;

const ID: &str = "0198f0c2-7d3a-7c11-9b1e-5f6a7b8c9d0e";

#[tokio::test]
async fn a_new_key_is_shown_or_written_once() {
    let desk = Desk::new().await;
    let shown = desk
        .types(&[
            "key",
            "issue",
            "--label",
            "ci",
            "--action",
            "item.*",
            "--expires",
            "2027-01-01T00:00:00Z",
        ])
        .await;
    assert_eq!(shown.told[0]["secret"], "bailee_new");
    let sent = json!({ "label": "ci", "actions": ["item.*"], "expires_at": "2027-01-01T00:00:00.000000Z" });
    assert_eq!(desk.world.lock().unwrap().bodies[0], sent);
    let file = desk.path("key");
    let written = desk
        .types(&["key", "issue", "--label", "ci", "--secret-file", &file])
        .await;
    assert_eq!((written.code, &written.told[0]["secret"]), (0, &Value::Null));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "bailee_new\n");
    let asked = desk.asked().len();
    assert_eq!(
        desk.types(&["key", "issue", "--label", "ci", "--secret-file", &file])
            .await
            .code,
        1
    );
    assert_eq!(
        desk.asked().len(),
        asked,
        "no key is issued that could not be kept"
    );
}

#[tokio::test]
async fn a_key_is_narrowed_as_typed() {
    let desk = Desk::new().await;
    let words =
        "key issue --label ci --read-only --prefix in/ --prefix out/ --address 203.0.113.0/24 --for 8h";
    desk.types(&words.split(' ').collect::<Vec<_>>()).await;
    let sent = desk.world.lock().unwrap().bodies[0].clone();
    assert_eq!(
        (&sent["prefixes"], &sent["addresses"]),
        (&json!(["in/", "out/"]), &json!(["203.0.113.0/24"]))
    );
    let actions = sent["actions"].as_array().unwrap();
    assert!(actions.contains(&json!("item.download")) && !actions.contains(&json!("item.create")));
    assert!(sent["expires_at"].as_str().is_some_and(|end| end.ends_with('Z')));
    for wrong in [
        "key issue --label a --for 8h --expires 2027-01-01T00:00:00Z",
        "key issue --label a --read-only --action item.*",
    ] {
        assert_ne!(
            desk.types(&wrong.split(' ').collect::<Vec<_>>()).await.code,
            0,
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn s3_tools_get_a_temporary_credential_where_one_is_asked_for() {
    let desk = Desk::new().await;
    desk.types(&["s3-env"]).await;
    assert!(
        desk.asked().is_empty(),
        "the key itself is in the hands of who asks"
    );
    let words = "s3-env --for 15m --dataset scans --prefix in/ --read-only";
    let told = desk.types(&words.split(' ').collect::<Vec<_>>()).await;
    assert_eq!(desk.asked(), ["POST /v1/temporary-credentials"]);
    let sent = desk.world.lock().unwrap().bodies[0].clone();
    assert_eq!(
        (&sent["seconds"], &sent["datasets"], &sent["prefixes"]),
        (&json!(900), &json!(["scans"]), &json!(["in/"]))
    );
    let token = told.told[0]["AWS_SESSION_TOKEN"].as_str().unwrap();
    assert!(
        token.starts_with("bailee_")
            && told.told[0]["AWS_ACCESS_KEY_ID"]
                .as_str()
                .unwrap()
                .starts_with("BAILEE")
    );
}

#[tokio::test]
async fn a_tenant_is_made_with_its_contract() {
    let desk = Desk::new().await;
    let contract = desk.write(
        "c.toml",
        "owner = \"Clinic\"\nregion = \"eu\"\n[basis]\ninstruction = \"DPA 4\"\n",
    );
    let (key, code) = (desk.path("key"), desk.path("code"));
    let words = [
        "tenant",
        "create",
        "clinic",
        "--name",
        "Clinic",
        "--owner-name",
        "Zoë",
        "--owner-email",
        "z@example.org",
        "--custody",
        "customer-held",
        "--contract",
        &contract,
        "--secret-file",
        &key,
        "--recovery-file",
        &code,
    ];
    let made = desk.types(&words).await;
    assert_eq!(made.code, 0, "{}", made.failure);
    let sent = desk.world.lock().unwrap().bodies[0].clone();
    assert_eq!(sent["contract"]["basis"], json!({ "instruction": "DPA 4" }));
    assert_eq!(
        (&sent["custody"], &sent["owner"]["name"]),
        (&json!("customer-held"), &json!("Zoë"))
    );
    assert_eq!(std::fs::read_to_string(&key).unwrap(), "bailee_owner\n");
    assert_eq!(std::fs::read_to_string(&code).unwrap(), "bailee_code\n");
    assert!(!made.told[0].to_string().contains("bailee_"), "{}", made.told[0]);
}

#[tokio::test]
async fn a_link_to_the_staff_is_shown_or_written_once() {
    let desk = Desk::new().await;
    let invite = ["staff", "invite", "Sam", "sam@operator.example"];
    let shown = desk.types(&invite).await;
    assert_eq!((shown.code, &shown.told[0]["token"]), (0, &json!("once")));
    let sent = desk.world.lock().unwrap().bodies[0].clone();
    assert_eq!(sent, json!({ "name": "Sam", "email": "sam@operator.example" }));
    let file = desk.path("link");
    let words = [&invite[..], &["--secret-file", &file]].concat();
    let written = desk.types(&words).await;
    assert_eq!((written.code, &written.told[0]["token"]), (0, &Value::Null));
    let link = std::fs::read_to_string(&file).unwrap();
    assert!(link.ends_with("/console/staff/invitation/once\n"), "{link}");
}

#[tokio::test]
async fn every_other_act_has_its_route() {
    let desk = Desk::new().await;
    let contract = desk.write("c.json", "{}");
    let routes: [(&[&str], &str); 28] = [
        (&["key", "invalidate", ID], "DELETE /v1/keys/<id>"),
        (
            &["members", "invite", "Zoë", "z@example.org", "--class", "worker"],
            "POST /v1/members",
        ),
        (&["members", "show", ID], "GET /v1/members/<id>"),
        (
            &["members", "change", ID, "--class", "admin"],
            "PATCH /v1/members/<id>",
        ),
        (&["members", "disable", ID], "POST /v1/members/<id>/disable"),
        (&["members", "enable", ID], "POST /v1/members/<id>/enable"),
        (&["staff"], "GET /v1/staff?limit=1000"),
        (&["staff", "disable", ID], "POST /v1/staff/<id>/disable"),
        (&["staff", "sessions", ID], "GET /v1/sessions?member=<id>"),
        (
            &["staff", "sessions", ID, "--end"],
            "DELETE /v1/sessions?member=<id>",
        ),
        (
            &["task", "list", "scans", "--live"],
            "GET /v1/tasks?limit=1000&dataset=scans&state=live",
        ),
        (&["task", "request", "scans"], "POST /v1/datasets/scans/tasks"),
        (&["task", "show", ID], "GET /v1/tasks/<id>"),
        (
            &["task", "submit", ID, ID],
            "POST /v1/tasks/<id>/items/<id>/submit",
        ),
        (
            &["task", "skip", ID, ID, "too dark"],
            "POST /v1/tasks/<id>/items/<id>/skip",
        ),
        (&["task", "return", ID], "POST /v1/tasks/<id>/return"),
        (&["task", "end", ID, "shift is over"], "POST /v1/tasks/<id>/end"),
        (
            &["datasets", "work", "scans", "--batch", "5"],
            "PATCH /v1/datasets/scans",
        ),
        (&["tenant", "show"], "GET /v1/tenant"),
        (&["tenant", "contract"], "GET /v1/tenant/contract"),
        (&["tenant", "sign", &contract], "PUT /v1/tenant/contract"),
        (&["datasets", "create", "scans"], "POST /v1/datasets"),
        (&["datasets", "show", "scans"], "GET /v1/datasets/scans"),
        (
            &["datasets", "archive", "scans"],
            "POST /v1/datasets/scans/archive",
        ),
        (
            &["datasets", "restore", "scans"],
            "POST /v1/datasets/scans/restore",
        ),
        (&["datasets", "delete", "scans"], "DELETE /v1/datasets/scans"),
        (
            &["datasets", "grant", "scans", ID],
            "PUT /v1/datasets/scans/grants/<id>",
        ),
        (
            &["datasets", "end-grant", "scans", ID],
            "DELETE /v1/datasets/scans/grants/<id>",
        ),
    ];
    for (words, route) in routes {
        desk.types(words).await;
        assert_eq!(
            desk.asked().pop().unwrap_or_default(),
            route.replace("<id>", ID),
            "{words:?}"
        );
    }
}

#[tokio::test]
async fn work_is_assigned_by_number_or_by_item() {
    let desk = Desk::new().await;
    let sent = || desk.world.lock().unwrap().bodies.last().cloned();
    desk.types(&["task", "assign", "scans", ID, "--count", "3"]).await;
    assert_eq!(sent(), Some(json!({ "member": ID, "count": 3 })));
    desk.types(&["task", "assign", "scans", ID, "--item", ID, "--item", ID])
        .await;
    assert_eq!(sent(), Some(json!({ "member": ID, "items": [ID, ID] })));
    let asked = desk.asked().len();
    for words in [
        &["task", "assign", "scans", ID][..],
        &["task", "assign", "scans", ID, "--count", "3", "--item", ID],
        &["datasets", "work", "scans", "--none", "--batch", "3"],
    ] {
        assert_eq!(desk.types(words).await.code, 2, "{words:?}");
    }
    assert_eq!(desk.asked().len(), asked);
    desk.types(&["datasets", "work", "scans", "--none"]).await;
    assert_eq!(sent(), Some(json!({ "work": null })));
}

#[tokio::test]
async fn what_is_typed_cannot_become_another_route() {
    let desk = Desk::new().await;
    desk.types(&["datasets", "show", "a/../../tenants?x=1"]).await;
    assert_eq!(desk.asked(), ["GET /v1/datasets/a%2F..%2F..%2Ftenants%3Fx=1"]);
    for name in ["..", ".", ""] {
        assert_eq!(desk.types(&["datasets", "show", name]).await.code, 2, "{name:?}");
    }
    assert_eq!(desk.asked().len(), 1);
}

#[tokio::test]
async fn a_dataset_asks_why_it_is_read() {
    let desk = Desk::new().await;
    for typed in [
        "datasets reasons scans --for care --for billing --note",
        "datasets reasons scans --none",
    ] {
        assert_eq!(desk.types(&typed.split(' ').collect::<Vec<_>>()).await.code, 0);
    }
    let rule = json!({ "reasons": ["care", "billing"], "note": true });
    assert_eq!(
        desk.world.lock().unwrap().bodies[..],
        [json!({ "reading": rule }), json!({ "reading": null })]
    );
    assert_eq!(desk.types(&["datasets", "reasons", "scans"]).await.code, 2);
}

#[tokio::test]
async fn a_datasets_rule_and_bucket_are_set_as_typed() {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = Desk::new().await;
    let takes = "datasets takes scans --type image/* --type application/pdf --max-bytes 5000 --class health \
        --redaction clean-or-refuse --purpose letters";
    assert_eq!(desk.types(&takes.split(' ').collect::<Vec<_>>()).await.code, 0);
    assert_eq!(
        desk.types(&["datasets", "takes", "scans", "--anything"])
            .await
            .code,
        0
    );
    let rule = json!({ "types": ["image/*", "application/pdf"], "max_bytes": 5000, "classes": ["health"], "redaction": "clean-or-refuse",
        "purposes": ["letters"] });
    assert_eq!(
        desk.world.lock().unwrap().bodies[..],
        [json!({ "ingest": rule }), json!({ "ingest": null })]
    );
    let file = desk.write("keys", "access_key = \"AKIA\"\nsecret_key = \"hidden\"\n");
    let set = "datasets bucket scans --url s3://scans/in --endpoint https://s3.example.org --region eu --read-write --credentials";
    let set = [set.split(' ').collect::<Vec<_>>(), vec![&*file]].concat();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(desk.types(&set).await.failure.contains("chmod 600"));
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(desk.types(&set).await.code, 0);
    let sent = desk.world.lock().unwrap().bodies[2].clone();
    assert_eq!(
        (&sent["secret_key"], &sent["mode"], &sent["delete_remote"]),
        (&json!("hidden"), &json!("read-write"), &json!(false))
    );
    for (words, asked) in [
        ("datasets bucket scans", "GET /v1/datasets/scans/own-bucket"),
        (
            "datasets bucket scans --none",
            "DELETE /v1/datasets/scans/own-bucket",
        ),
    ] {
        desk.types(&words.split(' ').collect::<Vec<_>>()).await;
        assert_eq!(desk.asked().last().unwrap(), asked);
    }
    assert_eq!(
        desk.types(&["datasets", "bucket", "scans", "--read-write"])
            .await
            .code,
        2
    );
}

#[tokio::test]
async fn what_is_in_quarantine_is_asked_for_and_decided_as_typed() {
    let desk = Desk::new().await;
    let (item, version) = (
        "0198f0c2-7d3a-7c11-9b1e-5f6a7b8c9d0e",
        "0198f0c2-7d3a-7c11-9b1e-5f6a7b8c9d0f",
    );
    for (words, asked) in [
        (
            vec!["list", "scans"],
            "GET /v1/datasets/scans/quarantine?limit=1000".to_owned(),
        ),
        (
            vec!["release", item, version, "a phantom"],
            format!("POST /v1/items/{item}/quarantine/{version}/release"),
        ),
        (
            vec!["delete", item, version],
            format!("DELETE /v1/items/{item}/quarantine/{version}"),
        ),
    ] {
        desk.types(&[vec!["quarantine"], words].concat()).await;
        assert_eq!(*desk.asked().last().unwrap(), asked);
    }
    assert_eq!(
        desk.world.lock().unwrap().bodies[..],
        [json!(null), json!({ "reason": "a phantom" }), json!(null)]
    );
    assert_eq!(
        desk.types(&["quarantine", "release", item, version]).await.code,
        2,
        "a reason is said"
    );
}

#[tokio::test]
async fn the_operator_asks_in_minutes_and_the_tenant_decides_by_a_word() {
    let desk = Desk::new().await;
    let words = [
        "operator-access",
        "ask",
        "clinic",
        "--for",
        "90s",
        "--why",
        "ticket 7",
        "--dataset",
        ID,
    ];
    assert_eq!(desk.types(&words).await.code, 0);
    let sent = desk.world.lock().unwrap().bodies[0].clone();
    let asked =
        json!({ "tenant": "clinic", "minutes": 2, "reason": "ticket 7", "originals": false, "dataset": ID });
    assert_eq!(sent, asked);
    for word in ["approve", "refuse", "end"] {
        assert_eq!(desk.types(&["operator-access", word, ID]).await.code, 0, "{word}");
        let path = format!("POST /v1/operator-access/{ID}/{word}");
        assert!(
            desk.asked().last().unwrap().starts_with(&path),
            "{:?}",
            desk.asked()
        );
    }
    let originals_of_nothing = [
        "operator-access",
        "ask",
        "clinic",
        "--for",
        "1h",
        "--why",
        "x",
        "--originals",
    ];
    assert_ne!(desk.types(&originals_of_nothing).await.code, 0);
}

#[tokio::test]
async fn what_is_asked_of_members_is_sent_as_typed() {
    let desk = Desk::new().await;
    let words = [
        "admission",
        "ask",
        "--kind",
        "training",
        "--title",
        "Health data",
        "--as-version",
        "2026",
        "--good-for",
        "365",
    ];
    assert_eq!(desk.types(&words).await.code, 0);
    let asked = json!({ "kind": "training", "title": "Health data", "version": "2026", "place": "", "good_for_days": 365 });
    assert_eq!(desk.world.lock().unwrap().bodies[0], asked);
    assert_eq!(
        desk.types(&["admission", "accept", ID, "--as-version", "3"])
            .await
            .code,
        0
    );
    assert_eq!(desk.world.lock().unwrap().bodies[1], json!({ "version": "3" }));
    let done = [
        "--as-version",
        "2026",
        "--done",
        "2026-03-02T09:00:00Z",
        "--evidence",
        "certificate 17",
    ];
    assert_eq!(
        desk.types(&[&["admission", "record", ID, ID][..], &done].concat())
            .await
            .code,
        0
    );
    let path = format!("PUT /v1/admission/steps/{ID}/members/{ID}");
    assert_eq!(desk.asked().last(), Some(&path));
}

#[tokio::test]
async fn a_record_is_sent_as_typed_and_what_it_says_comes_from_a_file() {
    let desk = Desk::new().await;
    let file = desk.write("ann.json", br#"{"email":"ann@example.org"}"#);
    let add = [
        "records", "add", "people", "profile", &file, "--from", "web form", "--basis", "contract",
    ];
    assert_eq!(desk.types(&add).await.code, 0);
    let sent = json!({
        "kind": "profile", "values": { "email": "ann@example.org" }, "from": { "source": "web form", "basis": "contract" }
    });
    assert_eq!(desk.world.lock().unwrap().bodies[0], sent);
    let fix = ["records", "fix", ID, "--seen", ID, "--from", "a call", &file];
    assert_eq!(desk.types(&fix).await.code, 0);
    assert_eq!(desk.asked()[1], format!("PATCH /v1/records/{ID}"));
    assert_eq!(desk.header(1, "if-match").unwrap(), format!("\"{ID}\""));
    let find = [
        "records",
        "find",
        "people",
        "profile",
        "about",
        "may renewal",
        "--words",
    ];
    desk.types(&find).await;
    let sent = json!({ "kind": "profile", "field": "about", "words": "may renewal" });
    assert_eq!(desk.world.lock().unwrap().bodies[2], sent);
    assert_eq!(desk.asked()[2], "POST /v1/datasets/people/records/find");
    let broken = desk.write("broken.json", b"{ann");
    assert_eq!(
        desk.types(&["records", "declare", "people", "profile", &broken])
            .await
            .code,
        2
    );
    assert_eq!(desk.asked().len(), 3, "nothing is sent of what is no JSON");
}
