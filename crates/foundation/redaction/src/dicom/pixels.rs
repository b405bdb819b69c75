//! Whether people may be named in the pixels.
//!
//! Promises: what files with burned-in text have in common makes a file suspect; silence about it is not a "no".
//! Leaves out: looking at the pixels, which headers can never replace.

use super::profile::{Pixels, Profile};
use super::refused::Refused;
use super::survey::Survey;
use super::values::SEPARATOR;

/// Ultrasound, other, captured, photographed, endoscopic.
const MODALITIES: &[&[u8]] = &[b"US", b"OT", b"SC", b"XC", b"ES"];

/// Secondary capture, ultrasound, visible light (PS3.4, B.5): the classes themselves and those below.
const CLASSES: &[&[u8]] = &[
    b"1.2.840.10008.5.1.4.1.1.7",
    b"1.2.840.10008.5.1.4.1.1.3",
    b"1.2.840.10008.5.1.4.1.1.6",
    b"1.2.840.10008.5.1.4.1.1.77.1",
];

const IMAGE_TYPES: &[&[u8]] = &[b"SECONDARY", b"SAVE", b"SCREEN SAVE", b"SCREENSAVE"];

/// Refuses a file that is suspect, unless the caller has said that it looked.
pub(super) fn check(profile: &Profile, survey: &Survey<'_>) -> Result<(), Refused> {
    if profile.pixels == Pixels::Cleaned || !survey.has_pixels {
        return Ok(());
    }
    suspicion(survey).map_or(Ok(()), |why| Err(Refused::Pixels { why }))
}

pub(super) fn suspicion(survey: &Survey<'_>) -> Option<&'static str> {
    if survey.burned_in == b"YES" {
        return Some("the file says so");
    }
    if survey.recognizable == b"YES" {
        return Some("the file says that a face is recognizable");
    }
    if survey.has_hidden_overlay {
        return Some("an overlay is hidden in the pixels");
    }
    if survey.burned_in == b"NO" {
        return None;
    }
    if MODALITIES.contains(&survey.modality) {
        return Some("the modality often has text burned in");
    }
    let is_below = |class: &&[u8]| {
        survey
            .class
            .strip_prefix(*class)
            .is_some_and(|rest| matches!(rest, [] | [b'.', ..]))
    };
    if CLASSES.iter().any(is_below) {
        return Some("the class often has text burned in");
    }
    if survey.is_captured {
        return Some("it was captured from a screen or film");
    }
    let mut types = survey.image_type.split(|&byte| byte == SEPARATOR);
    types
        .any(|one| IMAGE_TYPES.contains(&one.trim_ascii()))
        .then_some("it was made from other images")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(change: impl FnOnce(&mut Survey<'static>)) -> Option<&'static str> {
        let mut survey = Survey {
            has_pixels: true,
            modality: b"CT",
            image_type: br"ORIGINAL\PRIMARY\AXIAL",
            ..Survey::default()
        };
        change(&mut survey);
        suspicion(&survey)
    }

    #[test]
    fn suspect_is_what_often_has_text_unless_it_says_no() {
        assert_eq!(file(|_| {}), None);
        assert!(file(|it| it.modality = b"US").is_some());
        assert!(file(|it| it.class = b"1.2.840.10008.5.1.4.1.1.7.2").is_some());
        assert!(file(|it| it.class = b"1.2.840.10008.5.1.4.1.1.77.1.1").is_some());
        assert!(file(|it| it.class = b"1.2.840.10008.5.1.4.1.1.78.1").is_none());
        assert!(file(|it| it.image_type = br"DERIVED\SECONDARY").is_some());
        assert!(file(|it| it.is_captured = true).is_some());
        assert!(file(|it| (it.is_captured, it.burned_in) = (true, b"NO")).is_none());
        assert!(file(|it| (it.has_hidden_overlay, it.burned_in) = (true, b"NO")).is_some());
        assert!(file(|it| it.burned_in = b"YES").is_some());
    }

    #[test]
    fn whoever_looked_answers_for_it() {
        let survey = Survey {
            has_pixels: true,
            burned_in: b"YES",
            ..Survey::default()
        };
        assert!(check(&Profile::default(), &survey).is_err());
        assert!(
            check(
                &Profile {
                    pixels: Pixels::Cleaned,
                    ..Profile::default()
                },
                &survey
            )
            .is_ok()
        );
        assert!(
            check(
                &Profile::default(),
                &Survey {
                    has_pixels: false,
                    ..survey
                }
            )
            .is_ok()
        );
    }
}
