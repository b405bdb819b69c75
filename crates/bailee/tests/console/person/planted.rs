//! People of whom every value can be found again: each ends in their own number, which nothing else has.

use kernel::{Random as _, SystemRandom};
use reqwest::Method;
use serde_json::{Value, json};

use super::calls::Caller;
use crate::server::House;

/// Where records are kept.
pub(crate) const PEOPLE: &str = "people";
/// Where files are kept.
pub(crate) const FILES: &str = "files";
/// What people have agreed to on paper.
pub(crate) const PURPOSE: &str = "newsletter";
/// What they are asked to agree to at the page.
const AT_THE_PAGE: &str = "survey";

/// Somebody, before anything is kept of them.
pub(crate) struct Person {
    /// Twelve digits.
    pub(crate) number: String,
    pub(crate) picture: Vec<u8>,
}

/// What is kept of somebody, by the ids of items.
pub(crate) struct Kept {
    pub(crate) subject: String,
    /// A profile with every kind of field.
    pub(crate) record: String,
    /// Two versions, of which the first was annotated.
    pub(crate) letter: String,
    /// With metadata in it and beside it, annotated, looked at.
    pub(crate) picture: String,
}

impl Person {
    pub(crate) fn new() -> Self {
        let mut random = [0_u8; 8];
        SystemRandom.fill(&mut random);
        // A number of a country, so that it can be a telephone's.
        let number = format!("3725{:08}", u64::from_le_bytes(random) % 100_000_000);
        Self {
            picture: photograph(&format!("exif{number}")),
            number,
        }
    }

    /// The value of theirs that this word stands for.
    pub(crate) fn mark(&self, word: &str) -> String {
        format!("{word}{}", self.number)
    }

    pub(crate) fn email(&self) -> String {
        format!("{}@person.example", self.mark("mail"))
    }

    /// As `email:…`.
    pub(crate) fn handle(&self) -> String {
        format!("email:{}", self.email())
    }

    pub(crate) fn profile(&self) -> Value {
        json!({
            "email": self.email(), "name": self.mark("name"), "phone": format!("+{}", self.number),
            "customer": self.mark("customer"), "note": format!("{} asked about renewal", self.mark("note")),
        })
    }

    pub(crate) fn first_letter(&self) -> Vec<u8> {
        format!("Dear all, this is {}", self.mark("first")).into_bytes()
    }

    /// Too large for a row of the database, so that it lies in a file.
    pub(crate) fn letter(&self) -> Vec<u8> {
        format!("Dear all, this is {}. ", self.mark("second"))
            .repeat(4_000)
            .into_bytes()
    }

    /// The name of a file of theirs.
    pub(crate) fn file(&self, word: &str) -> String {
        format!("{}.txt", self.mark(word))
    }
}

/// What somebody keeps together with somebody else.
pub(crate) fn of_both(anna: &Person, ben: &Person) -> Vec<u8> {
    format!("{} met {}", anna.mark("met"), ben.mark("met")).into_bytes()
}

/// What the team keeps anybody in, and what it asks them to agree to.
pub(crate) async fn furnish(owner: &Caller) {
    for dataset in [PEOPLE, FILES] {
        let made = json!({ "name": dataset });
        owner.act(Method::POST, "/v1/datasets", made).await;
    }
    let field = |name: &str, kind: &str, found: &str| json!({ "name": name, "type": kind, "personal": true, "required": name == "email", found: true });
    let fields = json!([
        field("email", "email", "find_by_value"),
        field("name", "text", "find_by_value"),
        field("phone", "phone", "find_by_value"),
        field("customer", "text", "find_by_value"),
        field("note", "text", "find_by_word"),
    ]);
    let profile = json!({ "subject": "email", "fields": fields });
    owner
        .act(Method::PUT, "/v1/datasets/people/kinds/profile", profile)
        .await;
    for word in [PURPOSE, AT_THE_PAGE] {
        let purpose = json!({ "word": word, "says": "We write once a month.", "basis": "consent" });
        owner.act(Method::POST, "/v1/purposes", purpose).await;
        let notice = json!({ "text": "We will write to you." });
        owner
            .act(Method::PUT, &format!("/v1/purposes/{word}/notice"), notice)
            .await;
    }
    let portal = json!({ "open": true, "name": "Northlake Imaging", "contact": "privacy@northlake.example" });
    owner.act(Method::PUT, "/v1/tenant/portal", portal).await;
}

/// Everything that is about one person alone.
pub(crate) async fn plant(house: &House, owner: &Caller, person: &Person) -> Kept {
    let record = json!({ "kind": "profile", "values": person.profile(), "from": { "source": person.mark("source"), "basis": "contract" } });
    let made = owner
        .act(Method::POST, &format!("/v1/datasets/{PEOPLE}/records"), record)
        .await;
    let (record, subject) = (text(&made["id"]), text(&made["subject"]));
    let known = json!({ "kind": "external", "value": person.mark("external") });
    let also = format!("/v1/subjects/{subject}/identifiers");
    owner.act(Method::POST, &also, known).await;

    let letter = format!(
        "/v1/datasets/{FILES}/items?name={}&subject={}",
        person.file("letter"),
        person.handle()
    );
    let first = owner.put(&letter, person.first_letter()).await;
    say(owner, &first, person, "early").await;
    let letter = owner.put(&letter, person.letter()).await;
    assert_eq!(first, letter, "a new version of the same");

    let name = format!("{}.jpg", person.mark("picture"));
    let own = [
        ("x-amz-meta-bailee-subject", person.handle()),
        ("x-amz-meta-label", person.mark("label")),
    ];
    let own: Vec<_> = [("content-type", "image/jpeg")]
        .into_iter()
        .chain(own.iter().map(|(name, value)| (*name, value.as_str())))
        .collect();
    let body = (own.as_slice(), person.picture.clone());
    let (status, said) = house
        .send_s3(Method::PUT, &format!("/{FILES}/{name}"), body, &owner.key)
        .await;
    assert_eq!(status, 200, "{said}");
    let items = owner.read(&format!("/v1/datasets/{FILES}/items?limit=100")).await;
    let found = items["items"].as_array().unwrap().iter();
    let mut pictures = found
        .filter(|item| item["name"] == name)
        .map(|item| text(&item["id"]));
    let picture = pictures.next_back().unwrap();
    say(owner, &picture, person, "said").await;

    let agrees = json!({
        "purpose": PURPOSE, "person": person.handle(), "given": true, "notice": 1, "act": "signed", "channel": "paper",
        "proof": person.mark("proof"),
    });
    owner.act(Method::POST, "/v1/consents", agrees).await;
    Kept {
        subject,
        record,
        letter,
        picture,
    }
}

/// An item about both, of this name.
pub(crate) async fn plant_together(
    owner: &Caller,
    name: &str,
    (anna, ben): (&Person, &Person),
    (of_anna, of_ben): (&Kept, &Kept),
) -> String {
    let path = format!("/v1/datasets/{FILES}/items?name={name}&subject={}", anna.handle());
    let item = owner.put(&path, of_both(anna, ben)).await;
    let about = json!({ "subjects": [of_anna.subject, of_ben.subject] });
    owner
        .act(Method::PUT, &format!("/v1/items/{item}/subjects"), about)
        .await;
    item
}

async fn say(owner: &Caller, item: &str, person: &Person, word: &str) {
    let said = json!({ "annotations": [
        { "class": person.mark("class"), "shape": { "kind": "tag" }, "text": person.mark(word) },
    ] });
    owner
        .act(Method::PUT, &format!("/v1/items/{item}/annotations"), said)
        .await;
}

/// The text of a value that is one.
pub(crate) fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no text: {value}"))
        .to_owned()
}

/// A picture as a camera makes it, with a description in its metadata.
fn photograph(description: &str) -> Vec<u8> {
    let shade = |x: u32, y: u32| {
        let grain = x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503);
        image::Rgb([grain.to_le_bytes()[0], x.to_le_bytes()[0], y.to_le_bytes()[0]])
    };
    let picture = image::RgbImage::from_fn(320, 240, shade);
    let mut file = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut file, 95);
    picture.write_with_encoder(encoder).unwrap();
    // One entry: ImageDescription, text, so long, after the table (TIFF 6.0, section 2).
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x0e\x01\x02\0".to_vec();
    exif.extend(u32::try_from(description.len() + 1).unwrap().to_le_bytes());
    exif.extend(26_u32.to_le_bytes());
    exif.extend([0; 4]);
    exif.extend(description.bytes().chain([0]));
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    let segment = [0xFF, 0xE1].into_iter().chain(length).chain(exif);
    file.splice(2..2, segment);
    file
}
