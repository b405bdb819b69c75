//! Tiles have one path each, and bundles join.

use proptest::prelude::*;

use super::*;

fn hashes(level: u8, index: u64, width: u16) -> TilePath {
    TilePath {
        kind: TileKind::Hashes(level),
        index,
        width,
    }
}

#[test]
fn paths_have_one_spelling() {
    for (path, text) in [
        (hashes(0, 0, 256), "tile/0/000"),
        (hashes(0, 999, 256), "tile/0/999"),
        (hashes(1, 1_000, 256), "tile/1/x001/000"),
        (hashes(63, 1_234_067, 17), "tile/63/x001/x234/067.p/17"),
        (hashes(2, 1_000_000, 255), "tile/2/x001/x000/000.p/255"),
        (
            TilePath {
                kind: TileKind::Entries,
                index: 1,
                width: 44,
            },
            "tile/entries/001.p/44",
        ),
    ] {
        assert_eq!(path.to_string(), text);
        assert_eq!(text.parse(), Ok(path));
    }
}

#[test]
fn other_spellings_are_refused() {
    for text in [
        "",
        "tile",
        "tile/0",
        "tile/0/",
        "/tile/0/000",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/x000/001",
        "tile/00/000",
        "tile/64/000",
        "tile/8/0/000",
        "tile/data/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/001/000",
        "tile/0/x001",
        "tile/0/x001/",
        "tile/0/+01",
        "tile/0/x072/x057/x594/x037/x927/936",
        "tile/0/000/",
        "tile/0/000.p/1/",
        "tile/-1/000",
        "tile/0/000.p/1.p/1",
    ] {
        assert_eq!(text.parse::<TilePath>(), Err(BadTilePath), "{text}");
    }
}

#[test]
fn widths_at_seventy_thousand() {
    let sizes: Vec<_> = (0..4)
        .map(|level| (full_tiles(level, 70_000), partial_width(level, 70_000)))
        .collect();
    assert_eq!(sizes, [(273, 112), (1, 17), (0, 1), (0, 0)]);
    assert!(hashes(0, 273, 112).exists_at(70_000) && hashes(0, 272, 256).exists_at(70_000));
    assert!(!hashes(0, 273, 111).exists_at(70_000) && !hashes(0, 273, 256).exists_at(70_000));
    assert!(!hashes(3, 0, 1).exists_at(70_000) && !hashes(63, 0, 1).exists_at(u64::MAX));
}

#[test]
fn bundles_join_as_bytes() {
    let joined = [
        encode_bundle(&["a", ""]).unwrap(),
        encode_bundle(&["bcd"]).unwrap(),
    ]
    .concat();
    assert_eq!(decode_bundle(&joined, 3).unwrap(), [b"a".as_slice(), b"", b"bcd"]);
    assert_eq!(decode_bundle(&joined, 1).unwrap(), [b"a"]);
    assert_eq!(
        decode_bundle(&joined, 4),
        Err(BadBundle::TooShort { found: 3, wanted: 4 })
    );
    let link = Hash::from_bytes([3; 32]);
    assert_eq!(encode_links(&[link]), encode_bundle(&[link.as_bytes()]).unwrap());
    assert!(encode_bundle(&[vec![0; MAX_ENTRY_BYTES]]).is_ok());
    assert!(encode_bundle(&[vec![0; MAX_ENTRY_BYTES + 1]]).is_err());
}

proptest! {
    #[test]
    fn any_text_is_refused_or_written_back(text in "(tile/)?[0-9x./pentries]{0,40}|\\PC{0,60}") {
        if let Ok(path) = text.parse::<TilePath>() {
            prop_assert_eq!(path.to_string(), text);
        }
    }

    #[test]
    fn any_path_reads_back(level in 0u8..64, index in 0..TILES, width in 1u16..=256) {
        let path = hashes(level, index, width);
        prop_assert_eq!(path.to_string().parse(), Ok(path));
    }

    #[test]
    fn any_bytes_are_refused_or_packed_back(bytes in proptest::collection::vec(any::<u8>(), 0..600), width in 0u16..300) {
        if let Ok(entries) = decode_bundle(&bytes, width) {
            let packed = encode_bundle(&entries).unwrap();
            prop_assert_eq!(&packed[..], &bytes[..packed.len()]);
        }
    }
}
