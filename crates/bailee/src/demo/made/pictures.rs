//! Pictures: scans of chests, and photographs of streets.

use super::{PHOTOS, Piece, dicom, png};

const PATIENTS: [&str; 4] = [
    "Notreal^Tessa",
    "Phantomsen^Ole",
    "Makebelieve^Ines",
    "Pretendova^Mira",
];

pub(super) fn scans() -> Vec<Piece> {
    let sizes = [
        (1, 1, 256),
        (1, 2, 256),
        (2, 1, 256),
        (2, 2, 256),
        (3, 1, 800),
        (4, 1, 800),
    ];
    let scan = |(case, number, side): (u32, u32, u16)| {
        let at = case as usize - 1;
        let born = ["19610412", "19780923", "19850130", "19930707"]
            .get(at)
            .copied()
            .unwrap_or_default();
        let id = ["NL-480113", "NL-480114", "NL-480115", "NL-480116"]
            .get(at)
            .copied()
            .unwrap_or_default();
        let patient = PATIENTS.get(at).copied().unwrap_or_default();
        let image = dicom::Image {
            patient,
            patient_id: id,
            born,
            case,
            number,
            rows: side,
            columns: side,
        };
        let name = format!("case-{case:04}/axial-{number:02}.dcm");
        Piece::file(
            "northlight",
            "chest-ct-2026",
            name,
            "application/dicom",
            dicom::file(&image),
        )
    };
    sizes.into_iter().map(scan).collect()
}

pub(super) fn photographs() -> Vec<Piece> {
    let picture = |name: &str, width, height, seed| {
        Piece::file(
            "northlight",
            "street-photographs",
            name,
            "image/png",
            png::street(width, height, seed),
        )
    };
    let mut pictures: Vec<Piece> = (1..=4)
        .map(|number| picture(&format!("{PHOTOS}crossing-{number:02}.png"), 160, 100, number))
        .collect();
    pictures.push(picture("batch-08/tram-stop.png", 320, 200, 5));
    pictures.push(picture("batch-08/panorama.png", 900, 500, 6));
    pictures
}
