//! Records of customers, and copies of the papers of some of them.

use serde_json::json;

use super::noise::Noise;
use super::{Piece, pdf, png};

/// Names of the people whom the data is about.
pub(in crate::demo) const CUSTOMERS: [&str; 10] = [
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

pub(super) fn handle(customer: usize) -> String {
    format!("customer-{:04}", customer + 1)
}

/// Addresses under a name that is kept free for examples (RFC 2606).
pub(super) fn address(customer: usize) -> String {
    let name = CUSTOMERS.get(customer).copied().unwrap_or_default();
    format!("{}@mail.example", name.to_lowercase().replace(' ', "."))
}
const CITIES: [&str; 5] = [
    "Vexford",
    "Little Wobbling",
    "Port Imaginary",
    "Nowhereham",
    "Upper Fiction",
];

pub(super) fn customers() -> Vec<Piece> {
    let mut noise = Noise::new(3);
    let record = |(at, name): (usize, &&str)| {
        let record = json!({
            "name": name, "email": address(at), "city": noise.one_of(&CITIES), "score": noise.below(11),
            "said": noise.one_of(&["The parcel hummed all night.", "Please stop sending me umbrellas.", "Lovely, if a little square."]),
        });
        let bytes = record.to_string().into_bytes();
        let name = format!("person-{:04}.json", at + 1);
        let piece =
            Piece::file("kindred", "customer-feedback", name, "application/json", bytes).about(handle(at));
        Piece {
            record: true,
            ..piece
        }
    };
    CUSTOMERS.iter().enumerate().map(record).collect()
}

pub(super) fn survey() -> Piece {
    let mut noise = Noise::new(4);
    let mut table = "answer,city,score,minutes\n".to_owned();
    for answer in 1..=400 {
        let (city, score, minutes) = (noise.one_of(&CITIES), noise.below(11), noise.below(60));
        table += &format!("{answer},{city},{score},{minutes}\n");
    }
    Piece::file(
        "kindred",
        "survey-exports",
        "answers-2026-q1.csv",
        "text/csv",
        table.into_bytes(),
    )
}

pub(super) fn papers() -> Vec<Piece> {
    let mut noise = Noise::new(5);
    let mut papers = Vec::new();
    for check in 1..=8usize {
        let (kind, title) = if check % 2 == 1 {
            ("driving-licence", "DRIVING LICENCE")
        } else {
            ("passport", "PASSPORT")
        };
        let name = CUSTOMERS.get(check).copied().unwrap_or_default();
        let lines = [
            format!("REPUBLIC OF NOWHERE - {title}"),
            format!("Name: {name}"),
            format!("Number: RN{:08}", noise.below(100_000_000)),
            format!(
                "Born: 19{:02}-0{}-1{}",
                50 + noise.below(49),
                1 + noise.below(9),
                noise.below(10)
            ),
            format!("Lives in: {}", noise.one_of(&CITIES)),
            "A specimen. This person does not exist.".to_owned(),
        ];
        let name = format!("check-{check:04}/{kind}.pdf");
        let piece = Piece::file(
            "veridian",
            "identity-papers",
            name,
            "application/pdf",
            pdf::page(&lines),
        );
        papers.push(piece.about(format!("applicant-{check:04}")));
    }
    for check in 1..=2u64 {
        let name = format!("check-{check:04}/portrait.png");
        let piece = Piece::file(
            "veridian",
            "identity-papers",
            name,
            "image/png",
            png::street(120, 160, 40 + check),
        );
        papers.push(piece.about(format!("applicant-{check:04}")));
    }
    papers
}
