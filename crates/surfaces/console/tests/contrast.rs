//! Text can be read in both lights: the pairs of colours that carry it keep WCAG 2.2 AA.

use std::collections::BTreeMap;

const TOKENS: &str = include_str!("../assets/tokens.css");

/// Text on its ground, and the least contrast (1.4.3: 4.5; 1.4.11, for borders of fields and the focus: 3).
const PAIRS: &[(&str, &str, f64)] = &[
    ("ink", "paper", 7.0),
    ("ink", "surface", 7.0),
    ("ink", "sunken", 7.0),
    ("ink-soft", "paper", 4.5),
    ("ink-soft", "surface", 4.5),
    ("ink-faint", "paper", 4.5),
    ("ink-faint", "surface", 4.5),
    ("ink-faint", "sunken", 4.5),
    ("ink-faint", "hover", 4.5),
    ("accent", "paper", 4.5),
    ("accent", "surface", 4.5),
    ("accent", "accent-soft", 4.5),
    ("accent-strong", "accent-soft", 4.5),
    ("on-accent", "accent", 4.5),
    ("on-accent", "accent-strong", 4.5),
    ("danger", "surface", 4.5),
    ("danger", "danger-soft", 4.5),
    ("danger-strong", "danger-soft", 4.5),
    ("on-danger", "danger", 4.5),
    ("care", "care-soft", 4.5),
    ("note", "note-soft", 4.5),
    ("on-open", "open", 7.0),
    ("ink", "care-soft", 7.0),
    ("ink", "note-soft", 7.0),
    ("ink", "danger-soft", 7.0),
    ("line-strong", "surface", 3.0),
    ("focus", "surface", 3.0),
    ("focus", "paper", 3.0),
    ("on-stage", "stage", 7.0),
    ("mark", "stage", 7.0),
];

/// Tokens that are one colour for each light.
fn colours() -> BTreeMap<&'static str, [f64; 2]> {
    let lines = TOKENS.lines().filter_map(|line| line.trim().strip_prefix("--"));
    lines
        .filter_map(|line| {
            let (name, value) = line.split_once(": light-dark(")?;
            let (light, dark) = value.strip_suffix(");")?.split_once(", ")?;
            Some((name, [luminance(light)?, luminance(dark)?]))
        })
        .collect()
}

/// Relative luminance, as WCAG defines it for sRGB.
fn luminance(hex: &str) -> Option<f64> {
    let number = u32::from_str_radix(hex.strip_prefix('#')?, 16).ok()?;
    let part = |shift: u32| {
        let value = f64::from((number >> shift) & 0xff) / 255.0;
        if value <= 0.040_45 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    Some(0.2126 * part(16) + 0.7152 * part(8) + 0.0722 * part(0))
}

fn contrast(one: f64, other: f64) -> f64 {
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn text_can_be_read_in_both_lights() {
    let colours = colours();
    for (text, ground, least) in PAIRS {
        for light in 0..2 {
            let found = contrast(colours[text][light], colours[ground][light]);
            let name = ["light", "dark"][light];
            assert!(
                found >= *least,
                "{text} on {ground} in {name}: {found:.2}, needs {least}"
            );
        }
    }
}

#[test]
fn black_on_white_is_twenty_one() {
    let found = contrast(luminance("#000000").unwrap(), luminance("#ffffff").unwrap());
    assert!((found - 21.0).abs() < 1e-9);
}
