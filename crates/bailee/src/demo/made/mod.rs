//! The made data: files and records of people who do not exist, the same at every start.
//!
//! Promises: every file is a valid one of its kind, some are larger than a megabyte, and each holds telling bytes that can be
//! looked for ([`Piece::marker`]). Leaves out: any likeness to real people or companies.

mod dicom;
mod noise;
mod pdf;
mod png;

use serde_json::json;

use noise::Noise;

/// Names that the story uses.
pub(super) const SCAN: &str = "case-0001/axial-01.dcm";
pub(super) const PHOTOS: &str = "batch-07/";
pub(super) const PERSON: &str = "person-0001.json";
pub(super) const CONVERSATION: &str = "session-0001.json";
pub(super) const LICENCE: &str = "check-0001/driving-licence.pdf";
pub(super) const PASSPORT: &str = "check-0002/passport.pdf";

/// One made file or record.
pub(super) struct Piece {
    /// Whose it is.
    pub(super) slug: &'static str,
    pub(super) dataset: &'static str,
    pub(super) name: String,
    pub(super) media: &'static str,
    /// Whether it is kept as a record.
    pub(super) record: bool,
    /// The tenant's own handle for the one person that it is about.
    pub(super) subject: Option<String>,
    pub(super) bytes: Vec<u8>,
    /// Whether the story needs it.
    pub(super) used: bool,
}

impl Piece {
    fn file(slug: &'static str, dataset: &'static str, name: impl Into<String>, media: &'static str, bytes: Vec<u8>) -> Self {
        let name = name.into();
        let used = [SCAN, PERSON, CONVERSATION, LICENCE, PASSPORT].contains(&name.as_str()) || name.starts_with(PHOTOS);
        Self { slug, dataset, name, media, record: false, subject: None, bytes, used }
    }

    fn about(self, subject: String) -> Self {
        Self { subject: Some(subject), ..self }
    }

    /// Telling bytes from the middle of the content, to be looked for where they must not be.
    pub(super) fn marker(&self) -> &[u8] {
        const LENGTH: usize = 24;
        let telling = |window: &&[u8]| {
            let mut seen = window.to_vec();
            seen.sort_unstable();
            seen.dedup();
            seen.len() >= 10
        };
        let middle = self.bytes.get(self.bytes.len() / 2..).unwrap_or_default();
        middle.windows(LENGTH).find(telling).unwrap_or(middle)
    }
}

/// Forty pieces for four companies.
pub(super) fn everything() -> Vec<Piece> {
    let mut pieces = scans();
    pieces.extend(photographs());
    pieces.extend(customers());
    pieces.push(survey());
    pieces.extend(conversations());
    pieces.extend(papers());
    pieces
}

/// An e-mail address of the person whose record is [`PERSON`].
pub(super) fn someones_address() -> String {
    address(0)
}

/// The handle of the person whose record is [`PERSON`].
pub(super) fn someones_handle() -> String {
    handle(0)
}

/// Names of the people whom the data is about.
pub(super) const CUSTOMERS: [&str; 10] = [
    "Wilhelmina Placeholder",
    "Octavian Samplesworth",
    "Petronella Mockingham",
    "Barnaby Testington",
    "Ludmilla Fauxberg",
    "Cornelius Dummyfield",
    "Ottilie Inventsen",
    "Hyacinth Madeupolis",
    "Erasmus Fictionary",
    "Philomena Exampleby",
];
const PATIENTS: [&str; 4] = ["Notreal^Tessa", "Phantomsen^Ole", "Makebelieve^Ines", "Pretendova^Mira"];
const CITIES: [&str; 5] = ["Vexford", "Little Wobbling", "Port Imaginary", "Nowhereham", "Upper Fiction"];

fn handle(customer: usize) -> String {
    format!("customer-{:04}", customer + 1)
}

/// Addresses under a name that is kept free for examples (RFC 2606).
fn address(customer: usize) -> String {
    let name = CUSTOMERS.get(customer).copied().unwrap_or_default();
    format!("{}@mail.example", name.to_lowercase().replace(' ', "."))
}

fn scans() -> Vec<Piece> {
    let sizes = [(1, 1, 256), (1, 2, 256), (2, 1, 256), (2, 2, 256), (3, 1, 800), (4, 1, 800)];
    let scan = |(case, number, side): (u32, u32, u16)| {
        let at = case as usize - 1;
        let born = ["19610412", "19780923", "19850130", "19930707"].get(at).copied().unwrap_or_default();
        let id = ["NL-480113", "NL-480114", "NL-480115", "NL-480116"].get(at).copied().unwrap_or_default();
        let patient = PATIENTS.get(at).copied().unwrap_or_default();
        let image = dicom::Image { patient, patient_id: id, born, case, number, rows: side, columns: side };
        let name = format!("case-{case:04}/axial-{number:02}.dcm");
        Piece::file("northlight", "chest-ct-2026", name, "application/dicom", dicom::file(&image))
    };
    sizes.into_iter().map(scan).collect()
}

fn photographs() -> Vec<Piece> {
    let picture = |name: &str, width, height, seed| {
        Piece::file("northlight", "street-photographs", name, "image/png", png::street(width, height, seed))
    };
    let mut pictures: Vec<Piece> =
        (1..=4).map(|number| picture(&format!("{PHOTOS}crossing-{number:02}.png"), 160, 100, number)).collect();
    pictures.push(picture("batch-08/tram-stop.png", 320, 200, 5));
    pictures.push(picture("batch-08/panorama.png", 900, 500, 6));
    pictures
}

fn customers() -> Vec<Piece> {
    let mut noise = Noise::new(3);
    let record = |(at, name): (usize, &&str)| {
        let record = json!({
            "name": name, "email": address(at), "city": noise.one_of(&CITIES), "score": noise.below(11),
            "said": noise.one_of(&["The parcel hummed all night.", "Please stop sending me umbrellas.", "Lovely, if a little square."]),
        });
        let bytes = record.to_string().into_bytes();
        let name = format!("person-{:04}.json", at + 1);
        let piece = Piece::file("kindred", "customer-feedback", name, "application/json", bytes).about(handle(at));
        Piece { record: true, ..piece }
    };
    CUSTOMERS.iter().enumerate().map(record).collect()
}

fn survey() -> Piece {
    let mut noise = Noise::new(4);
    let mut table = "answer,city,score,minutes\n".to_owned();
    for answer in 1..=400 {
        let (city, score, minutes) = (noise.one_of(&CITIES), noise.below(11), noise.below(60));
        table += &format!("{answer},{city},{score},{minutes}\n");
    }
    Piece::file("kindred", "survey-exports", "answers-2026-q1.csv", "text/csv", table.into_bytes())
}

fn conversations() -> Vec<Piece> {
    let file = |name: String, media, bytes| Piece::file("parley", "chat-transcripts", name, media, bytes);
    let mut files: Vec<Piece> = (1..=6u64)
        .map(|session| {
            let turns: Vec<_> = turns(session, 8).collect();
            let text = json!({ "session": session, "model": "parley-small", "turns": turns }).to_string();
            file(format!("session-{session:04}.json"), "application/json", text.into_bytes())
        })
        .collect();
    // A night's batch, one conversation a line: more than a megabyte.
    let lines: String = (100..1_700).map(|session| json!(turns(session, 12).collect::<Vec<_>>()).to_string() + "\n").collect();
    files.push(file("batch-2026-03-02.jsonl".to_owned(), "application/x-ndjson", lines.into_bytes()));
    files
}

fn turns(session: u64, count: u64) -> impl Iterator<Item = serde_json::Value> {
    let mut noise = Noise::new(session);
    (0..count).map(move |turn| {
        let (role, text) = if turn % 2 == 0 {
            ("user", format!("Why does my {} tick {} times?", noise.one_of(&["kettle", "hedge", "ledger", "ladder"]), noise.below(900)))
        } else {
            ("assistant", format!("Because of {} and reason {}.", noise.one_of(&["the moon", "custom", "gravity"]), noise.below(9_000)))
        };
        json!({ "role": role, "text": text })
    })
}

fn papers() -> Vec<Piece> {
    let mut noise = Noise::new(5);
    let mut papers = Vec::new();
    for check in 1..=8usize {
        let (kind, title) = if check % 2 == 1 { ("driving-licence", "DRIVING LICENCE") } else { ("passport", "PASSPORT") };
        let name = CUSTOMERS.get(check).copied().unwrap_or_default();
        let lines = [
            format!("REPUBLIC OF NOWHERE - {title}"),
            format!("Name: {name}"),
            format!("Number: RN{:08}", noise.below(100_000_000)),
            format!("Born: 19{:02}-0{}-1{}", 50 + noise.below(49), 1 + noise.below(9), noise.below(10)),
            format!("Lives in: {}", noise.one_of(&CITIES)),
            "A specimen. This person does not exist.".to_owned(),
        ];
        let name = format!("check-{check:04}/{kind}.pdf");
        let piece = Piece::file("veridian", "identity-papers", name, "application/pdf", pdf::page(&lines));
        papers.push(piece.about(format!("applicant-{check:04}")));
    }
    for check in 1..=2u64 {
        let name = format!("check-{check:04}/portrait.png");
        let piece = Piece::file("veridian", "identity-papers", name, "image/png", png::street(120, 160, 40 + check));
        papers.push(piece.about(format!("applicant-{check:04}")));
    }
    papers
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn there_are_forty_pieces_some_of_them_large_and_each_with_a_name_of_its_own() {
        let pieces = everything();
        let names: BTreeSet<_> = pieces.iter().map(|piece| (piece.dataset, &piece.name)).collect();
        assert_eq!((pieces.len(), names.len()), (40, 40));
        assert!(pieces.iter().filter(|piece| piece.bytes.len() > 1 << 20).count() >= 3);
    }

    #[test]
    fn what_the_story_uses_is_there() {
        let pieces = everything();
        let used = |slug: &str| pieces.iter().filter(|piece| piece.used && piece.slug == slug).count();
        assert_eq!([used("northlight"), used("kindred"), used("parley"), used("veridian")], [5, 1, 1, 2]);
    }

    #[test]
    fn every_piece_has_telling_bytes_of_its_content() {
        for piece in everything() {
            let marker = piece.marker();
            assert_eq!(marker.len(), 24, "{}", piece.name);
            assert!(piece.bytes.windows(24).any(|window| window == marker), "{}", piece.name);
        }
    }
}
