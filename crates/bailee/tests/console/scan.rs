//! A scan that nobody was in: frames of round shadows with measured values, as a DICOM file.

const SIDE: u16 = 256;

/// A file of so many frames.
pub(crate) fn file(frames: u16) -> Vec<u8> {
    let mut file = [&[0; 128][..], b"DICM"].concat();
    let syntax = element(0x0002_0010, "UI", b"1.2.840.10008.1.2.1\0");
    let length = u32::try_from(syntax.len()).unwrap();
    file.extend(element(0x0002_0000, "UL", &length.to_le_bytes()));
    file.extend(syntax);
    file.extend(element(0x0008_0060, "CS", b"CT"));
    let number = |tag: u32, number: u16| element(0x0028_0000 + tag, "US", &number.to_le_bytes());
    let text = |tag: u32, vr: &str, text: &str| {
        let mut bytes = text.as_bytes().to_vec();
        bytes.resize(bytes.len().next_multiple_of(2), b' ');
        element(0x0028_0000 + tag, vr, &bytes)
    };
    for part in [
        number(0x0002, 1),
        text(0x0004, "CS", "MONOCHROME2"),
        text(0x0008, "IS", &frames.to_string()),
        number(0x0010, SIDE),
        number(0x0011, SIDE),
        number(0x0100, 16),
        number(0x0101, 12),
        number(0x0102, 11),
        number(0x0103, 0),
        text(0x0301, "CS", "NO"),
        text(0x1050, "DS", "40"),
        text(0x1051, "DS", "400"),
        text(0x1052, "DS", "-1024"),
        text(0x1053, "DS", "1"),
    ] {
        file.extend(part);
    }
    let pixels: Vec<u8> = (0..frames).flat_map(frame).flat_map(u16::to_le_bytes).collect();
    file.extend(long_element(0x7FE0_0010, "OW", &pixels));
    file
}

/// Values above −1024: air, a body, two lungs, a spine, and something that wanders from frame to frame.
fn frame(number: u16) -> impl Iterator<Item = u16> {
    let places = (0..SIDE).flat_map(|y| (0..SIDE).map(move |x| (f64::from(x), f64::from(y))));
    let turn = f64::from(number) / 12.0;
    places.map(move |(x, y)| {
        let inside =
            |cx: f64, cy: f64, rx: f64, ry: f64| ((x - cx) / rx).powi(2) + ((y - cy) / ry).powi(2) < 1.0;
        let grain = f64::from((x as u16 ^ y as u16) % 7) * 4.0;
        let value = if inside(128.0, 192.0, 13.0, 11.0) {
            700.0
        } else if inside(142.0, 112.0, 30.0, 36.0) || inside(70.0 + 12.0 * turn, 138.0, 6.0, 6.0) {
            60.0
        } else if inside(80.0, 126.0, 40.0, 60.0) || inside(180.0, 130.0, 38.0, 58.0) {
            -800.0
        } else if inside(128.0, 130.0, 118.0, 88.0) {
            30.0
        } else {
            -1000.0
        };
        (value + grain + 1024.0) as u16
    })
}

fn head(tag: u32, vr: &str) -> Vec<u8> {
    let (group, number) = ((tag >> 16) as u16, tag as u16);
    [&group.to_le_bytes()[..], &number.to_le_bytes(), vr.as_bytes()].concat()
}

fn element(tag: u32, vr: &str, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len()).unwrap().to_le_bytes();
    [&head(tag, vr)[..], &length, value].concat()
}

fn long_element(tag: u32, vr: &str, value: &[u8]) -> Vec<u8> {
    let length = u32::try_from(value.len()).unwrap().to_le_bytes();
    [&head(tag, vr)[..], &[0, 0], &length, value].concat()
}
