use std::path::Path;

use proptest::prelude::*;

use super::*;

fn load(
    file: &str,
    environment: Environment,
    flags: Vec<(&'static str, String)>,
) -> Result<Layers, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bailee.toml");
    std::fs::write(&path, file).unwrap();
    Layers::load(
        &ConfigFlags {
            file: Some(path),
            values: flags,
        },
        environment,
    )
}

fn listen(file: &str, environment: Environment, flags: Vec<(&'static str, String)>) -> (String, String) {
    let layers = load(file, environment, flags).unwrap();
    let (value, origin) = layers.get("listen").unwrap();
    (value.to_owned(), origin.to_string())
}

const FILE: &str = "listen = \"127.0.0.1:1\"";

fn refusal(file: &str) -> String {
    let loaded = load(file, Environment::default(), Vec::new());
    loaded
        .and_then(|layers| Settings::of(&layers))
        .unwrap_err()
        .to_string()
}

#[test]
fn flags_come_before_the_environment_before_the_file_before_the_defaults() {
    let variable = || Environment::of([("BAILEE_LISTEN", "127.0.0.1:2")]);
    let flag = vec![("listen", "127.0.0.1:3".to_owned())];
    let (value, origin) = listen("", Environment::default(), Vec::new());
    assert_eq!(
        (value.as_str(), origin.as_str()),
        ("127.0.0.1:8443", "the default")
    );
    let (value, origin) = listen(FILE, Environment::default(), Vec::new());
    assert!(
        value == "127.0.0.1:1" && origin.starts_with("the file"),
        "{value} {origin}"
    );
    let (value, origin) = listen(FILE, variable(), Vec::new());
    assert_eq!(
        (value.as_str(), origin.as_str()),
        ("127.0.0.1:2", "the variable BAILEE_LISTEN")
    );
    let (value, origin) = listen(FILE, variable(), flag);
    assert_eq!(
        (value.as_str(), origin.as_str()),
        ("127.0.0.1:3", "the flag --listen")
    );
}

#[test]
fn an_unknown_key_is_named_with_the_nearest_known_one() {
    let refused = refusal("listne = \"127.0.0.1:1\"");
    assert!(
        refused.contains("`listne`") && refused.contains("did you mean `listen`"),
        "{refused}"
    );
    let refused = refusal("[root]\nkeyfile = \"x\"");
    assert!(
        refused.contains("`root.keyfile`") && refused.contains("`root.key_file`"),
        "{refused}"
    );
    let refused = refusal("passphrase_file = \"x\"");
    assert!(
        refused.contains("did you mean `root.passphrase_file`"),
        "{refused}"
    );
}

#[test]
fn a_misspelt_variable_is_mentioned() {
    let environment = Environment::of([("BAILEE_LISTN", "x"), ("BAILEE_API_KEY", "y")]);
    let warnings = load("", environment, Vec::new()).unwrap().warnings;
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("BAILEE_LISTN") && warnings[0].contains("BAILEE_LISTEN"));
}

#[test]
fn values_that_do_not_fit_are_named_and_not_repeated() {
    for (file, key) in [
        ("listen = \"nowhere\"", "listen"),
        ("plain_http = \"0.0.0.0:80\"", "plain_http"),
        ("database = \"mysql://user:hunter2@host\"", "database"),
        ("database_batch = 0", "database_batch"),
        ("public_url = \"http://example.org\"", "public_url"),
        ("[log]\nformat = \"xml\"", "log.format"),
        ("[limits]\ninline_bytes = 99999999", "limits.inline_bytes"),
        ("[tls]\nkey = \"k.pem\"", "tls.key"),
        ("data = \"\"", "data"),
    ] {
        let refused = refusal(file);
        assert!(
            refused.contains(&format!("`{key}`")) && !refused.contains("hunter2"),
            "{refused}"
        );
    }
}

#[test]
fn secrets_stay_out_of_files_and_out_of_sight() {
    let refused = refusal("[root]\npassphrase = \"hunter2\"");
    assert!(
        refused.contains("BAILEE_ROOT_PASSPHRASE") && !refused.contains("hunter2"),
        "{refused}"
    );
    let refused = refusal("[root]\npassphrase = hunter2");
    assert!(
        refused.contains("line 2") && !refused.contains("hunter2"),
        "{refused}"
    );

    let environment = Environment::of([
        ("BAILEE_ROOT_PASSPHRASE", "hunter2"),
        (
            "BAILEE_DATABASE",
            "postgres://bailee:hunter2@db.example.org/bailee?password=hunter2",
        ),
    ]);
    let layers = load("", environment, Vec::new()).unwrap();
    for shown in [
        as_text(&layers),
        as_json(&layers).to_string(),
        format!("{:?}", Settings::of(&layers).unwrap()),
    ] {
        assert!(!shown.contains("hunter2"), "{shown}");
    }
    assert!(as_text(&layers).contains("postgres://bailee:(not shown)@db.example.org/bailee"));
}

#[test]
fn what_lies_in_the_data_folder_moves_with_it() {
    let settings =
        Settings::of(&load("data = \"/srv/bailee\"", Environment::default(), Vec::new()).unwrap()).unwrap();
    assert_eq!(settings.objects, Path::new("/srv/bailee/objects"));
    assert_eq!(settings.root.file, Path::new("/srv/bailee/keys/root.key"));
}

#[test]
fn places_are_tables_whose_keys_are_known() {
    let file = "[place.eu]\nurl = \"s3://bucket/prefix\"\nregion = \"eu-central-1\"\npath_style = true\n\
                [place.archive]\nurl = \"/srv/archive\"";
    let layers = load(file, Environment::default(), Vec::new()).unwrap();
    let places = Settings::of(&layers).unwrap().places;
    let labels: Vec<_> = places.iter().map(|place| place.label.as_str()).collect();
    assert_eq!(labels, ["archive", "eu"]);
    assert!(
        matches!(&places[0].whereabouts, Whereabouts::Folder(folder) if folder == Path::new("/srv/archive"))
    );
    assert!(
        matches!(&places[1].whereabouts, Whereabouts::Remote { locator, .. } if locator.path_style == Some(true))
    );
    let shown = as_text(&layers);
    assert!(
        shown.contains("place.eu.url = \"s3://bucket/prefix\"") && shown.contains("the file"),
        "{shown}"
    );
    assert_eq!(as_json(&layers)["place.eu.region"]["value"], "eu-central-1");
}

#[test]
fn places_that_do_not_fit_are_named() {
    for (file, words) in [
        ("[place.eu]\nurll = \"s3://bucket\"", "did you mean `url`"),
        ("[place.eu]\nregion = \"x\"", "`place.eu.url`"),
        ("[place.eu]\nurl = \"ftp://bucket\"", "s3://bucket/prefix"),
        (
            "[place.eu]\nurl = \"s3://bucket\"\nendpoint = \"http://10.0.0.1\"\nplain_http = true",
            "loopback",
        ),
        (
            "[place.eu]\nurl = \"s3://bucket\"\npath_style = \"maybe\"",
            "true or false",
        ),
        ("[place.EU]\nurl = \"s3://bucket\"", "lowercase"),
        ("[place]\nurl = \"s3://bucket\"", "[place.url]"),
        ("[place.eu]\nurl = [\"s3://bucket\"]", "`place.eu.url`"),
    ] {
        let refused = refusal(file);
        assert!(refused.contains(words), "{file}: {refused}");
    }
}

#[test]
fn every_flag_is_one_of_the_command_line() {
    use clap::Args as _;
    let command = ConfigFlags::augment_args(clap::Command::new("test"));
    command.clone().debug_assert();
    for key in KEYS.iter().filter(|key| !key.secret) {
        let flag = key.flag().unwrap();
        assert!(
            command
                .get_arguments()
                .any(|argument| argument.get_long() == Some(&flag)),
            "{flag}"
        );
    }
}

#[test]
fn the_page_about_configuration_is_what_the_keys_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
    if std::env::var_os("BAILEE_BLESS").is_some() {
        std::fs::write(&path, document()).unwrap();
    }
    let page = std::fs::read_to_string(&path).unwrap();
    assert!(
        page == document(),
        "keys changed: BAILEE_BLESS=1 cargo test -p bailee writes docs/configuration.md anew"
    );
}

#[test]
fn what_is_approved_is_what_counts_and_not_where_it_came_from() {
    let by_file = load(FILE, Environment::default(), Vec::new()).unwrap();
    let by_flag = load(
        "",
        Environment::default(),
        vec![("listen", "127.0.0.1:1".to_owned())],
    )
    .unwrap();
    assert_eq!(fingerprint(&by_file), fingerprint(&by_flag));
    assert_eq!(Settings::of(&by_file).unwrap().fingerprint, fingerprint(&by_file));
    let other = load(
        "",
        Environment::of([("BAILEE_LISTEN", "127.0.0.1:2")]),
        Vec::new(),
    )
    .unwrap();
    assert_ne!(fingerprint(&by_file), fingerprint(&other));
    let place = load(
        "[place.eu]\nurl = \"s3://bucket\"",
        Environment::default(),
        Vec::new(),
    )
    .unwrap();
    assert!(as_canonical(&place).contains("place.eu.url = \"s3://bucket\"\n"));

    let secret = |word| {
        load(
            "",
            Environment::of([("BAILEE_ROOT_PASSPHRASE", word)]),
            Vec::new(),
        )
        .unwrap()
    };
    assert_eq!(fingerprint(&secret("one")), fingerprint(&secret("other")));
    assert_ne!(
        fingerprint(&secret("one")),
        fingerprint(&load("", Environment::default(), Vec::new()).unwrap())
    );
    assert!(!as_canonical(&secret("hunter2")).contains("hunter2"));
    let text = as_canonical(&by_file);
    assert!(
        text.ends_with("\n") && text.contains("listen = \"127.0.0.1:1\"\n"),
        "{text}"
    );
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "([a-z_.]{0,12} ?=? ?[\"\\[{a-z0-9:/]{0,20}\n){0,6}") {
        if let Ok(layers) = load(&text, Environment::default(), Vec::new()) {
            let _ = Settings::of(&layers);
        }
    }
}
