use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn come_to(statements: Value) -> Result<Narrowing, String> {
    let policy = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
    read(&policy).map_err(|error| error.to_string())
}

fn refused(statements: Value) -> String {
    let said = come_to(statements).unwrap_err();
    assert!(said.contains("MalformedPolicyDocument"), "{said}");
    said
}

fn actions(words: &[&str]) -> Option<ActionSet> {
    Some(ActionSet::parse(words).unwrap())
}

fn list(words: &[&str]) -> Option<Vec<String>> {
    Some(words.iter().map(ToString::to_string).collect())
}

const PREFIX: &str = "arn:aws:s3:::scans/in/*";

#[test]
fn reading_one_prefix_is_what_it_says() {
    let come = come_to(json!([
        { "Effect": "Allow", "Action": "s3:GetObject", "Resource": PREFIX },
        { "Sid": "Lists", "Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": ["arn:aws:s3:::scans"],
          "Condition": { "StringLike": { "s3:prefix": ["in/", "in/*"] } } },
    ]));
    let narrowing = Narrowing {
        actions: actions(&["item.download", "item.browse", "dataset.view"]),
        datasets: list(&["scans"]),
        prefixes: list(&["in/"]),
        addresses: None,
    };
    assert_eq!(come.unwrap(), narrowing);
}

#[test]
fn whole_buckets_and_everything_have_no_prefix() {
    let both = ["arn:aws:s3:::scans", "arn:aws:s3:::scans/*"];
    let whole =
        come_to(json!({ "Effect": "Allow", "Action": ["s3:PutObject", "s3:ListBucket"], "Resource": both }))
            .unwrap();
    assert_eq!((whole.datasets, whole.prefixes), (list(&["scans"]), None));
    assert_eq!(
        whole.actions,
        actions(&["item.create", "item.change", "item.browse", "dataset.view"])
    );
    let all = come_to(json!({ "Effect": "Allow", "Action": "s3:*", "Resource": "*" })).unwrap();
    assert_eq!((all.datasets, all.prefixes), (None, None));
    assert!(
        all.actions.unwrap().contains(Action::ItemDelete) && !all.actions.unwrap().contains(Action::KeyIssue)
    );
    let buckets = json!([
        { "Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*" },
        { "Effect": "Allow", "Action": "s3:GetObject", "Resource": PREFIX },
    ]);
    assert_eq!(
        come_to(buckets).unwrap().actions,
        actions(&["dataset.list", "item.download"])
    );
    let objects = refused(json!({ "Effect": "Allow", "Action": "s3:*", "Resource": PREFIX }));
    assert!(
        objects.contains("s3:ListBucket"),
        "a star on objects deletes, which nobody does blindly here: {objects}"
    );
}

#[test]
fn addresses_hold_for_all_statements_or_none() {
    let from = json!({ "IpAddress": { "aws:SourceIp": ["203.0.113.0/24"] } });
    let reads = |condition: Option<&Value>| {
        let mut statement = json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": PREFIX });
        if let Some(condition) = condition {
            statement["Condition"] = condition.clone();
        }
        statement
    };
    let come = come_to(reads(Some(&from))).unwrap();
    assert_eq!(come.addresses, Some(vec!["203.0.113.0/24".parse().unwrap()]));
    assert!(refused(json!([reads(Some(&from)), reads(None)])).contains("aws:SourceIp"));
}

#[test]
fn what_cannot_be_kept_to_exactly_is_refused_with_what_does_not_fit() {
    let allow =
        |action: &str, resource: &str| json!({ "Effect": "Allow", "Action": action, "Resource": resource });
    let (bucket, other) = ("arn:aws:s3:::scans", "arn:aws:s3:::other");
    for (statements, says) in [
        (
            json!([allow("s3:GetObject", PREFIX), allow("s3:ListBucket", bucket)]),
            "s3:prefix",
        ),
        (
            json!([
                allow("s3:GetObject", PREFIX),
                allow("s3:PutObject", "arn:aws:s3:::scans/out/*")
            ]),
            "same actions",
        ),
        (
            json!([
                allow("s3:GetObject", PREFIX),
                allow("s3:GetObject", "arn:aws:s3:::other/out/*")
            ]),
            "same prefixes",
        ),
        (
            json!([
                allow("s3:GetObject", PREFIX),
                allow("s3:GetBucketLocation", other)
            ]),
            "same buckets",
        ),
        (
            json!([allow("s3:GetObject", PREFIX), allow("s3:GetBucketLocation", "*")]),
            "same buckets",
        ),
        (allow("s3:ListBucketVersions", bucket), "s3:ListBucket"),
        (allow("s3:AbortMultipartUpload", PREFIX), "s3:PutObject"),
    ] {
        let said = refused(statements);
        assert!(said.contains(says), "{said}");
    }
}

#[test]
fn what_is_not_understood_is_named() {
    let statement = |change: &dyn Fn(&mut Value)| {
        let mut statement = json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": PREFIX });
        change(&mut statement);
        refused(statement)
    };
    assert!(statement(&|it| it["Effect"] = json!("Deny")).contains("Allow"));
    assert!(statement(&|it| it["Action"] = json!("s3:Get*")).contains("s3:Get*"));
    assert!(statement(&|it| it["Action"] = json!("iam:PassRole")).contains("iam:PassRole"));
    assert!(statement(&|it| it["Action"] = json!([])).contains("empty"));
    assert!(statement(&|it| it["NotAction"] = json!("s3:GetObject")).contains("NotAction"));
    assert!(statement(&|it| it["Principal"] = json!("*")).contains("Principal"));
    for resource in [
        "arn:aws:s3:::scans/one",
        "arn:aws:s3:::sc*/in/*",
        "arn:aws:s3:::scans/${aws:username}/*",
        "scans",
        "arn:aws:s3:::scans/a?/*",
    ] {
        assert!(statement(&|it| it["Resource"] = json!(resource)).contains(resource));
    }
    assert!(statement(&|it| it["Resource"] = json!("arn:aws:s3:::scans")).contains("s3:GetObject"));
    assert!(statement(&|it| it["Resource"] = json!([PREFIX, "arn:aws:s3:::scans"])).contains("Bucket"));
    assert!(
        statement(&|it| it["Condition"] = json!({ "Bool": { "aws:SecureTransport": "true" } }))
            .contains("aws:SecureTransport")
    );
    assert!(
        statement(&|it| it["Condition"] = json!({ "StringLike": { "s3:prefix": "in/*" } }))
            .contains("s3:GetObject")
    );
    let twice = r#"{"Statement":{"Effect":"Allow","Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}"#;
    assert!(read(twice).unwrap_err().to_string().contains("duplicate field"));
    let long = format!(r#"{{"Statement":{{"Sid":"{}"}}}}"#, "a".repeat(2_048));
    assert!(
        read(&long)
            .unwrap_err()
            .to_string()
            .contains("PackedPolicyTooLarge")
    );
}

/// Statements out of words that are understood, so that many of them come to something.
fn any_statement() -> impl Strategy<Value = Value> {
    let words = WORDS
        .iter()
        .map(|word| word.0)
        .chain(["s3:*"])
        .collect::<Vec<_>>();
    let places = [
        "*",
        "arn:aws:s3:::a",
        "arn:aws:s3:::b",
        "arn:aws:s3:::a/*",
        "arn:aws:s3:::a/x*",
        "arn:aws:s3:::a/xy*",
        "arn:aws:s3:::b/x*",
    ];
    let some = |of: Vec<&'static str>| proptest::sample::subsequence(of, 1..3);
    let listed = proptest::option::of(some(vec!["x*", "xy*", "*"]));
    (some(words), some(places.to_vec()), listed).prop_map(|(actions, places, listed)| {
        let mut statement = json!({ "Effect": "Allow", "Action": actions, "Resource": places });
        if let Some(listed) = listed {
            statement["Condition"] = json!({ "StringLike": { "s3:prefix": listed } });
        }
        statement
    })
}

/// Whether a statement allows this action of S3 on this name, as AWS would say.
fn allows(statement: &Value, word: &Word, bucket: &str, name: &str) -> bool {
    let texts = |field: &str| {
        statement[field]
            .as_array()
            .unwrap()
            .iter()
            .map(|text| text.as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let done = texts("Action")
        .iter()
        .any(|action| action == "s3:*" || action == word.0);
    let place = match word.1 {
        Of::Objects => format!("arn:aws:s3:::{bucket}/{name}"),
        Of::Bucket => format!("arn:aws:s3:::{bucket}"),
        Of::Everything => return done && texts("Resource").iter().any(|resource| resource == "*"),
    };
    let like = |pattern: &str, text: &str| match pattern.strip_suffix('*') {
        Some(beginning) => text.starts_with(beginning),
        None => pattern == text,
    };
    let there = texts("Resource").iter().any(|resource| like(resource, &place));
    let listed = statement["Condition"]["StringLike"]["s3:prefix"].as_array();
    let listed =
        listed.is_none_or(|listed| listed.iter().any(|pattern| like(pattern.as_str().unwrap(), name)));
    done && there && (listed || word.0 != LIST)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn what_a_narrowing_gives_the_policy_allows(
        statements in proptest::collection::vec(any_statement(), 1..4),
        bucket in proptest::sample::select(vec!["a", "b", "c"]),
        name in "[xyz]{0,3}",
    ) {
        let Ok(narrowing) = come_to(json!(statements)) else { return Ok(()) };
        let reached = narrowing.datasets.as_ref().is_none_or(|datasets| datasets.iter().any(|dataset| dataset == bucket));
        let begins = narrowing.prefixes.as_ref().is_none_or(|prefixes| prefixes.iter().any(|prefix| name.starts_with(prefix.as_str())));
        for word in WORDS.iter().filter(|word| matches!(word.1, Of::Objects) || word.0 == LIST) {
            let given = reached && begins && word.2.iter().all(|action| narrowing.actions.unwrap().contains(*action));
            let allowed = statements.iter().any(|statement| allows(statement, word, bucket, &name));
            // A part of an action comes with the whole.
            let part = word.3.is_some();
            prop_assert!(allowed || !given || part, "{} on {bucket}/{name}: {statements:?}", word.0);
            prop_assert!(given || !allowed, "{} on {bucket}/{name} is lost: {statements:?}", word.0);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,200}") {
        let _ = read(&text);
    }
}
