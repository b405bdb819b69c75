//! What a profile may say, and what is said to one that says something else.

use assurance::catalogue::{BadCatalogue, Claim};
use assurance::profile::{BadProfile, Fault, Words};
use assurance::{Catalogue, Profile, Profiles};

fn catalogue() -> Catalogue {
    Catalogue::load().unwrap()
}

fn read(text: &str) -> Result<Profile, BadProfile> {
    Profile::read(&catalogue(), "ours", "ours.toml", text)
}

const SECTION: &str =
    "[[section]]\nheading = \"Keys\"\nclaims = [\n    \"second-factor\",\n    \"closed-by-default\",\n]\n";

/// What is said to a profile of one section with this after it.
fn refusal(rest: &str) -> BadProfile {
    read(&format!("{SECTION}{rest}")).unwrap_err()
}

/// The requirements of each business, by how their ids begin.
const OF: [(&str, &str); 4] = [
    ("training-data", "V7-"),
    ("crm", "VEC-"),
    ("ai-api", "SAI-"),
    ("identity", "VER-"),
];

#[test]
fn each_ready_profile_says_all_that_its_business_says_and_something_of_its_own() {
    let catalogue = catalogue();
    let profiles = Profiles::ready(&catalogue).unwrap();
    assert_eq!(profiles.all().count(), 5, "four and the whole catalogue");
    for (name, begin) in OF {
        let profile = profiles.get(name).unwrap();
        let of_business = |claim: &&Claim| claim.sources.iter().any(|source| source.starts_with(begin));
        for claim in catalogue.claims().iter().filter(of_business) {
            assert!(
                profile.find(&claim.id).is_some(),
                "{name} leaves out {}",
                claim.id
            );
        }
        let count = |is: fn(&Words) -> bool| profile.said().iter().filter(|said| is(&said.words)).count();
        assert!(count(|words| matches!(words, Words::Own { .. })) >= 5, "{name}");
        assert_eq!(count(|words| *words == Words::Added), 1, "{name}");
        assert!(profile.headings().len() >= 6, "{name}");
    }
}

#[test]
fn a_profile_leaves_out_orders_and_words_and_changes_nothing_else() {
    let profile = read(
        "[[section]]\nheading = \"Sharing\"\nclaims = [\"closed-by-default\", \"ours\"]\n\n\
         [[section]]\nheading = \"Clocks\"\nclaims = [\"sessions-end-when-idle\"]\n\n\
         [[wording]]\nclaim = \"sessions-end-when-idle\"\nstatement = \"We sign you out after {session-idle-minutes} minutes.\"\n\n\
         [[claim]]\nid = \"ours\"\nkind = \"verified\"\nstatement = \"The log is whole.\"\nchecks = [\"log-verifies\"]\ngdpr = [\"24\"]\n",
    )
    .unwrap();
    assert_eq!(profile.headings(), ["Sharing", "Clocks"]);
    let ids: Vec<&str> = profile.claims().map(|claim| claim.id.as_str()).collect();
    assert_eq!(ids, ["closed-by-default", "ours", "sessions-end-when-idle"]);
    let catalogue = catalogue();
    let (here, there) = (
        &profile.find("sessions-end-when-idle").unwrap(),
        catalogue.claim("sessions-end-when-idle").unwrap(),
    );
    assert_eq!(
        (&here.claim.checks, here.claim.kind, &here.claim.gdpr),
        (&there.checks, there.kind, &there.gdpr)
    );
    let instead_of = there.statement.to_string();
    assert!(instead_of.contains("{session-idle-minutes}"));
    assert_eq!(here.words, Words::Own { instead_of });
}

#[test]
fn what_the_installation_watches_is_the_catalogue_and_what_its_page_adds() {
    let catalogue = catalogue();
    let all = Profiles::ready(&catalogue).unwrap();
    let everything = all.watched(&catalogue);
    assert!(everything.len() == catalogue.claims().len() && everything.iter().all(|(_, public)| *public));
    let crm = all.with_front("crm").unwrap();
    let watched = crm.watched(&catalogue);
    assert_eq!(watched.len(), catalogue.claims().len() + 1);
    let public = watched.iter().filter(|(_, public)| *public).count();
    assert_eq!(public, crm.front().said().len());
    assert!(crm.with_front("nobody").is_none());
}

/// What pages of others get wrong, in an operator's own file: the rules of the catalogue are the rules here.
#[test]
fn a_fault_in_the_operators_own_file_is_noticed_and_says_where() {
    let worded = |statement: &str| {
        refusal(&format!(
            "[[wording]]\nclaim = \"second-factor\"\nstatement = \"{statement}\"\n"
        ))
    };
    let added = |statement: &str| {
        refusal(&format!(
            "[[section]]\nheading = \"Ours\"\nclaims = [\"ours\"]\n\n[[claim]]\nid = \"ours\"\nkind = \"verified\"\n\
             statement = \"{statement}\"\nchecks = [\"log-verifies\"]\n"
        ))
    };
    for (statement, because) in [
        ("Answers come typically within a month.", "typically"),
        ("Data lies mainly in Europe.", "mainly"),
        ("It may be processed by other services.", "may be processed"),
        ("We encrypt Wherever   Possible.", "wherever possible"),
        ("Access is looked at regularly.", "regularly"),
        ("We are GDPR-compliant.", "compliant"),
        (
            "Single sign-on is part of the Enterprise plan.",
            "enterprise plan",
        ),
        ("This page was changed in August 2023.", "2023"),
        ("These are the measures:", "measures:"),
        ("The officers are as in the list", "as in the list"),
    ] {
        for (said, line, claim) in [
            (worded(statement), 8, "second-factor"),
            (added(statement), 12, "ours"),
        ] {
            let told = said.to_string();
            assert!(told.starts_with(&format!("ours.toml, line {line}: ")), "{told}");
            assert!(told.contains(because) && told.contains(claim), "{told}");
        }
    }
    let heading = read("[[section]]\nheading = \"We are GDPR compliant\"\nclaims = [\"second-factor\"]\n");
    assert!(matches!(heading.unwrap_err().fault, Fault::Heading { .. }));
    let empty = refusal("\n[[section]]\nheading = \"Individuals' rights\"\nclaims = []\n");
    assert_eq!(empty.fault, Fault::Empty("Individuals' rights".into()));
    assert_eq!(empty.line, Some(9));
}

#[test]
fn what_a_profile_names_has_to_exist_and_to_stand_somewhere_once() {
    let unknown = |said: BadProfile| match said.fault {
        Fault::Claim(BadCatalogue::Unknown { what, name, .. }) => format!("{what} {name}"),
        other => panic!("{other}"),
    };
    let said = refusal("[[wording]]\nclaim = \"second-factor\"\nstatement = \"In {places}.\"\n");
    assert_eq!(unknown(said), "fact places");
    let claim = |rest: &str| {
        refusal(&format!(
            "[[section]]\nheading = \"Ours\"\nclaims = [\"ours\"]\n[[claim]]\nid = \"ours\"\nstatement = \"We say so.\"\n{rest}"
        ))
    };
    assert_eq!(
        unknown(claim("kind = \"verified\"\nchecks = [\"wishing\"]")),
        "check wishing"
    );
    assert_eq!(
        unknown(claim(
            "kind = \"verified\"\nchecks = [\"log-verifies\"]\ngdpr = [\"999\"]"
        )),
        "gdpr 999"
    );
    assert_eq!(
        claim("kind = \"enforced\"").fault,
        Fault::Claim(BadCatalogue::Unbound("ours".into()))
    );
    assert_eq!(
        claim("kind = \"attested\"\nchecks = [\"log-verifies\"]").fault,
        Fault::Claim(BadCatalogue::Unattested("ours".into()))
    );
    assert_eq!(
        claim("kind = \"verified\"\nchecks = [\"log-verifies\"]\nsources = [\"V7-01\"]").fault,
        Fault::Sources("ours".into())
    );
    for (rest, line, says) in [
        (
            "[[section]]\nheading = \"More\"\nclaims = [\"nobody\"]\n",
            9,
            "there is no claim `nobody`",
        ),
        (
            "[[section]]\nheading = \"More\"\nclaims = [\"second-factor\"]\n",
            9,
            "`second-factor` stands there twice",
        ),
        (
            "[[section]]\nheading = \"Keys\"\nclaims = [\"few-may-share\"]\n",
            8,
            "the heading “Keys” stands there twice",
        ),
        (
            "[[wording]]\nclaim = \"few-may-share\"\nstatement = \"Few may.\"\n",
            8,
            "no section shows `few-may-share`",
        ),
        (
            "[[wording]]\nclaim = \"nobody\"\nstatement = \"Few may.\"\n",
            8,
            "there is no claim `nobody`",
        ),
    ] {
        let told = refusal(rest).to_string();
        assert!(
            told.starts_with(&format!("ours.toml, line {line}: ")) && told.contains(says),
            "{told}"
        );
    }
    let twice = refusal(
        "[[claim]]\nid = \"closed-by-default\"\nkind = \"verified\"\nstatement = \"So.\"\nchecks = [\"log-verifies\"]\n",
    );
    assert_eq!(
        twice.fault,
        Fault::Claim(BadCatalogue::Twice("closed-by-default".into()))
    );
    let long = format!(
        "[[wording]]\nclaim = \"second-factor\"\nstatement = \"{}.\"\n",
        "so ".repeat(120)
    );
    assert!(matches!(refusal(&long).fault, Fault::Length { most: 300, .. }));
}

#[test]
fn what_is_no_profile_is_said_to_be_none() {
    assert_eq!(read("").unwrap_err().fault, Fault::Nothing);
    for text in [
        "[[section",
        "[[sections]]\nheading = \"A\"\n",
        "[[section]]\ntitle = \"A\"\n",
        "\u{0}",
    ] {
        assert!(matches!(read(text).unwrap_err().fault, Fault::Text(_)), "{text}");
    }
    let brace = refusal("[[wording]]\nclaim = \"second-factor\"\nstatement = \"In {places.\"\n");
    assert!(brace.to_string().contains("brace"), "{brace}");
    for name in ["", "Ours", "a/b", "a--b", "..", &"a".repeat(41)] {
        let said = Profile::read(&catalogue(), name, "ours.toml", SECTION).unwrap_err();
        assert_eq!(said.fault, Fault::Name(name.into()));
    }
}

#[test]
fn the_profile_in_the_documentation_can_be_used() {
    let page = include_str!("../../../../../docs/trust-pages.md");
    let (_, rest) = page.split_once("```toml\n").unwrap();
    let (text, _) = rest.split_once("```").unwrap();
    let profile = read(text).unwrap();
    assert_eq!(profile.said().len(), 3);
}
