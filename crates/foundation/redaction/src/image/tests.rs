use proptest::prelude::*;

use super::*;
use crate::Reason;

const SECRET: &[u8] = b"Johanna Doe 59.3N";

/// EXIF with an orientation, a name and a pointer.
fn exif(orientation: u8) -> Vec<u8> {
    let mut exif = exif::minimal(orientation).to_vec();
    exif.extend_from_slice(SECRET);
    exif
}

fn profile() -> Vec<u8> {
    let mut profile = vec![0; 128];
    profile.extend_from_slice(&2_u32.to_be_bytes());
    for (name, start, length) in [(b"desc", 156_u32, 25_u32), (b"rXYZ", 184, 20)] {
        profile.extend_from_slice(name);
        profile.extend_from_slice(&start.to_be_bytes());
        profile.extend_from_slice(&length.to_be_bytes());
    }
    profile.extend_from_slice(b"text\0\0\0\0");
    profile.extend_from_slice(SECRET);
    profile.resize(184, 0);
    profile.extend_from_slice(b"XYZ \0\0\0\0\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0A\x0B\x0C");
    profile
}

fn jpeg() -> Vec<u8> {
    let mut file = vec![0xFF, 0xD8];
    let mut segment = |marker: u8, parts: &[&[u8]]| {
        let body = parts.concat();
        file.extend_from_slice(&[0xFF, marker]);
        file.extend_from_slice(&u16::try_from(body.len() + 2).unwrap().to_be_bytes());
        file.extend_from_slice(&body);
    };
    segment(0xE0, &[b"JFIF\0\x01\x02\0\0\x01\0\x01\x01\x01", b"abc"]);
    segment(0xE1, &[b"Exif\0\0", &exif(6)]);
    segment(0xE1, &[b"http://ns.adobe.com/xap/1.0/\0", SECRET]);
    segment(0xE2, &[b"ICC_PROFILE\0\x01\x01", &profile()]);
    segment(0xED, &[b"Photoshop 3.0\0", SECRET]);
    segment(0xEE, &[b"Adobe\0\x64\0\0\0\0\x01"]);
    segment(0xFE, &[SECRET]);
    segment(0xC0, &[&[8, 0, 1, 0, 1, 1, 1, 0x11, 0]]);
    segment(0xDA, &[&[1, 1, 0, 0, 63, 0]]);
    file.extend_from_slice(&[1, 2, 0xFF, 0, 3, 0xFF, 0xD0, 4, 0xFF, 0xD9]);
    file.extend_from_slice(SECRET);
    file
}

fn png_chunk(file: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    let mut crc = flate2::Crc::new();
    crc.update(kind);
    crc.update(data);
    file.extend_from_slice(&u32::try_from(data.len()).unwrap().to_be_bytes());
    file.extend_from_slice(kind);
    file.extend_from_slice(data);
    file.extend_from_slice(&crc.sum().to_be_bytes());
}

fn png() -> Vec<u8> {
    use std::io::Write;
    let mut packed =
        flate2::write::ZlibEncoder::new(b"Johanna Doe 59.3N\0\0".to_vec(), flate2::Compression::fast());
    packed.write_all(&profile()).unwrap();
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    png_chunk(&mut file, b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]);
    png_chunk(&mut file, b"iCCP", &packed.finish().unwrap());
    png_chunk(&mut file, b"tEXt", &[b"Author\0", SECRET].concat());
    png_chunk(&mut file, b"eXIf", &exif(3));
    png_chunk(&mut file, b"IDAT", &[1, 2, 3]);
    png_chunk(&mut file, b"prVt", SECRET);
    png_chunk(&mut file, b"tIME", &[7; 7]);
    png_chunk(&mut file, b"IEND", &[]);
    file.extend_from_slice(SECRET);
    file
}

fn webp() -> Vec<u8> {
    let mut inside = b"WEBP".to_vec();
    let mut chunk = |kind: &[u8; 4], data: &[u8]| {
        inside.extend_from_slice(kind);
        inside.extend_from_slice(&u32::try_from(data.len()).unwrap().to_le_bytes());
        inside.extend_from_slice(data);
        inside.resize(inside.len() + data.len() % 2, 0);
    };
    chunk(b"VP8X", &[0x2C, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    chunk(b"ICCP", &profile());
    chunk(b"VP8 ", &[1, 2, 3]);
    chunk(b"EXIF", &exif(8));
    chunk(b"XMP ", SECRET);
    chunk(b"priv", SECRET);
    let length = u32::try_from(inside.len()).unwrap().to_le_bytes();
    [&b"RIFF"[..], &length, &inside, SECRET].concat()
}

fn gif() -> Vec<u8> {
    let mut file = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xFF\xFF\xFF".to_vec();
    file.extend_from_slice(b"!\xFF\x0BNETSCAPE2.0\x03\x01\0\0\0");
    file.extend_from_slice(&[&b"!\xFE\x11"[..], SECRET, b"\0"].concat());
    file.extend_from_slice(&[&b"!\xFF\x0BXMP DataXMP\x11"[..], SECRET, b"\0"].concat());
    file.extend_from_slice(b"!\xF9\x04\0\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;");
    file.extend_from_slice(SECRET);
    file
}

fn tiff(is_big: bool) -> Vec<u8> {
    let short = |it: u16| {
        if is_big {
            it.to_be_bytes()
        } else {
            it.to_le_bytes()
        }
    };
    let long = |it: u32| {
        if is_big {
            it.to_be_bytes()
        } else {
            it.to_le_bytes()
        }
    };
    let mut file = if is_big {
        b"MM\0*".to_vec()
    } else {
        b"II*\0".to_vec()
    };
    file.extend_from_slice(&long(32));
    file.extend_from_slice(b"PIXL\0\0\0");
    file.extend_from_slice(SECRET);
    let entries: [(u16, u16, u32, u32); 8] = [
        (256, 4, 1, 2),
        (257, 4, 1, 2),
        (258, 4, 1, 8),
        (262, 4, 1, 1),
        (273, 4, 1, 8),
        (274, 4, 1, 6),
        (279, 4, 1, 4),
        (315, 2, 17, 15),
    ];
    file.extend_from_slice(&short(8));
    for (tag, kind, count, value) in entries {
        file.extend_from_slice(&short(tag));
        file.extend_from_slice(&short(kind));
        file.extend_from_slice(&long(count));
        file.extend_from_slice(&long(value));
    }
    file.extend_from_slice(&long(0));
    file
}

fn all() -> Vec<Vec<u8>> {
    vec![jpeg(), png(), webp(), gif(), tiff(false), tiff(true)]
}

fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[track_caller]
fn clean(file: &[u8]) -> Vec<u8> {
    match redact(file, &Limits::default()) {
        Outcome::Clean(clean, findings) => {
            assert!(!findings.is_empty());
            clean
        }
        Outcome::Quarantine(reason, findings) => panic!("{reason} {findings:?}"),
    }
}

#[test]
fn nothing_but_the_picture_stays() {
    for file in all() {
        assert!(has(&file, b"Johanna"));
        let clean = clean(&file);
        assert!(!has(&clean, b"Johanna"), "{:?}", Format::of(&file));
        assert_eq!(Format::of(&clean), Format::of(&file));
        assert_eq!(scan(&clean, &Limits::default()), Ok(Vec::new()));
        assert!(!scan(&file, &Limits::default()).unwrap().is_empty());
    }
}

#[test]
fn pixels_are_copied_and_the_way_up_stays() {
    let jpeg = clean(&jpeg());
    assert!(has(&jpeg, &[1, 2, 0xFF, 0, 3, 0xFF, 0xD0, 4, 0xFF, 0xD9]) && has(&jpeg, &exif::minimal(6)));
    assert!(has(&jpeg, b"Adobe") && has(&jpeg, b"XYZ \0\0\0\0\x01\x02"));
    let png = clean(&png());
    assert!(has(&png, b"IDAT\x01\x02\x03") && has(&png, &exif::minimal(3)) && has(&png, b"iCCP"));
    let webp = clean(&webp());
    assert!(has(&webp, b"VP8 \x03\0\0\0\x01\x02\x03") && has(&webp, &exif::minimal(8)));
    let gif = clean(&gif());
    assert!(has(&gif, b"NETSCAPE2.0") && has(&gif, b"\x02\x02D\x01\0;"));
    assert!(has(&clean(&tiff(false)), b"PIXL") && has(&clean(&tiff(true)), b"PIXL"));
}

#[test]
fn what_is_cut_short_or_something_else_is_held_back() {
    for file in all() {
        let end = file.len() - SECRET.len() - 6;
        assert!(matches!(
            redact(&file[..end.min(60)], &Limits::default()),
            Outcome::Quarantine(Reason::Image(_), _)
        ));
    }
    for nothing in [&b""[..], b"<svg/>", b"\x89PNG\r\n\x1a\n", b"GIF89a"] {
        assert!(matches!(
            redact(nothing, &Limits::default()),
            Outcome::Quarantine(..)
        ));
    }
}

#[test]
fn a_broken_checksum_and_pages_in_a_circle_are_held_back() {
    let mut png = png();
    png[20] ^= 1;
    assert!(matches!(
        redact(&png, &Limits::default()),
        Outcome::Quarantine(Reason::Image(Refused::Broken { .. }), _)
    ));
    let mut tiff = tiff(false);
    let end = tiff.len() - 4;
    tiff[end] = 32;
    assert!(matches!(
        redact(&tiff, &Limits::default()),
        Outcome::Quarantine(Reason::Image(Refused::Broken { .. }), _)
    ));
}

proptest! {
    #[test]
    fn foreign_bytes_never_panic(bytes in any::<Vec<u8>>(), which in 0_usize..6, at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut files = all();
        let mut mutated = files.swap_remove(which);
        let place = at.index(mutated.len());
        mutated[place] = byte;
        for file in [mutated, bytes] {
            if let Outcome::Clean(clean, _) = redact(&file, &Limits::default()) {
                prop_assert_eq!(scan(&clean, &Limits::default()), Ok(Vec::new()));
            }
        }
    }
}
