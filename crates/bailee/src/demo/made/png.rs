//! Small pictures as PNG (W3C PNG, third edition), their pixels stored without compression.

use super::noise::Noise;

const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";
/// The most bytes of one stored block (RFC 1951, section 3.2.4).
const BLOCK: usize = 0xffff;

/// A street scene of sorts: sky, road, a few coloured boxes, and grain.
pub(super) fn street(width: u32, height: u32, seed: u64) -> Vec<u8> {
    let mut noise = Noise::new(seed);
    let boxes: Vec<[u64; 3]> = (0..6)
        .map(|_| {
            [
                noise.below(width.into()),
                noise.below(height.into()),
                noise.next(),
            ]
        })
        .collect();
    let mut pixels = Vec::with_capacity((width * 3 + 1) as usize * height as usize);
    for y in 0..height {
        // Filter type 0: the row as it is.
        pixels.push(0);
        for x in 0..width {
            pixels.extend(colour(
                u64::from(x),
                u64::from(y),
                u64::from(height),
                &boxes,
                &mut noise,
            ));
        }
    }
    encode(width, height, &pixels)
}

fn colour(x: u64, y: u64, height: u64, boxes: &[[u64; 3]], noise: &mut Noise) -> [u8; 3] {
    let grain = noise.below(24) as u8;
    let inside = boxes
        .iter()
        .find(|[left, top, _]| (*left..left + 40).contains(&x) && (*top..top + 25).contains(&y));
    match inside {
        Some([_, _, paint]) => [
            *paint as u8 | grain,
            (paint >> 8) as u8 | grain,
            (paint >> 16) as u8 | grain,
        ],
        None if y * 2 < height => [120 + grain, 170 + grain, 220 + grain],
        None => [90 + grain, 90 + grain, 95 + grain],
    }
}

fn encode(width: u32, height: u32, rows: &[u8]) -> Vec<u8> {
    let mut png = SIGNATURE.to_vec();
    let mut head = Vec::with_capacity(13);
    head.extend(width.to_be_bytes());
    head.extend(height.to_be_bytes());
    // Eight bits, RGB, and the only compression, filtering and order there are without interlacing.
    head.extend([8, 2, 0, 0, 0]);
    chunk(&mut png, *b"IHDR", &head);
    chunk(&mut png, *b"IDAT", &stored(rows));
    chunk(&mut png, *b"IEND", &[]);
    png
}

fn chunk(png: &mut Vec<u8>, name: [u8; 4], data: &[u8]) {
    png.extend((data.len() as u32).to_be_bytes());
    let start = png.len();
    png.extend(name);
    png.extend(data);
    let sum = crc32(png.get(start..).unwrap_or_default());
    png.extend(sum.to_be_bytes());
}

/// A zlib stream (RFC 1950) of stored blocks.
fn stored(data: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let blocks = data.chunks(BLOCK).count();
    for (at, block) in data.chunks(BLOCK).enumerate() {
        let length = block.len() as u16;
        stream.push(u8::from(at + 1 == blocks));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(block);
    }
    stream.extend(adler32(data).to_be_bytes());
    stream
}

/// The checksum of chunks (PNG, annex D), a byte at a time.
fn crc32(data: &[u8]) -> u32 {
    static TABLE: std::sync::LazyLock<[u32; 256]> = std::sync::LazyLock::new(|| {
        std::array::from_fn(|byte| {
            (0..8).fold(byte as u32, |sum, _| {
                if sum & 1 == 1 {
                    0xedb8_8320 ^ (sum >> 1)
                } else {
                    sum >> 1
                }
            })
        })
    });
    !data.iter().fold(u32::MAX, |sum, byte| {
        TABLE[usize::from((sum as u8) ^ byte)] ^ (sum >> 8)
    })
}

/// The checksum of zlib streams (RFC 1950, section 8.2).
fn adler32(data: &[u8]) -> u32 {
    let (a, b) = data.iter().fold((1, 0), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (a + b) % 65_521)
    });
    (b << 16) | a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_the_standards() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(adler32(b"Wikipedia"), 0x11e6_0398);
    }

    #[test]
    fn a_picture_is_the_same_at_every_start_and_begins_as_a_png() {
        let picture = street(96, 64, 7);
        assert_eq!(picture, street(96, 64, 7));
        assert_ne!(picture, street(96, 64, 8));
        assert_eq!(&picture[..8], SIGNATURE);
        assert_eq!(&picture[12..16], b"IHDR");
        assert_eq!(
            &picture[picture.len() - 8..],
            [b"IEND".as_slice(), &crc32(b"IEND").to_be_bytes()].concat()
        );
    }
}
