//! A first look over a data set: what must be known before anything is written.
//!
//! Promises: only the data set's own elements are read, none of them copied. Leaves out: everything in sequences.

use super::part10::Opened;
use super::reader::Header;
use super::refused::Refused;
use super::tag::Tag;
use super::values::uids::trimmed;
use super::walk::{Budget, skip, top_element};
use crate::Limits;

/// What the data set says of itself; empty where it says nothing.
#[derive(Debug, Default)]
pub(super) struct Survey<'a> {
    pub(super) class: &'a [u8],
    pub(super) instance: &'a [u8],
    pub(super) study: &'a [u8],
    pub(super) patient: &'a [u8],
    pub(super) modality: &'a [u8],
    pub(super) image_type: &'a [u8],
    pub(super) burned_in: &'a [u8],
    pub(super) recognizable: &'a [u8],
    pub(super) longitudinal: &'a [u8],
    pub(super) identity_removed: &'a [u8],
    /// Methods of an earlier de-identification: the text, and the items with the codes.
    pub(super) method: &'a [u8],
    pub(super) method_codes: Option<(Header, &'a [u8])>,
    pub(super) has_pixels: bool,
    pub(super) is_captured: bool,
    /// Overlays that stand in unused bits of the pixels.
    pub(super) has_hidden_overlay: bool,
}

/// Looks over the data set of an opened file.
pub(super) fn survey<'a>(opened: &'a Opened<'_>, limits: &Limits) -> Result<Survey<'a>, Refused> {
    let mut survey = Survey::default();
    let mut budget = Budget::new(limits);
    let mut reader = opened.reader();
    while let Some(header) = top_element(&mut reader)? {
        budget.element()?;
        let value = skip(&mut reader, &header, &mut budget)?;
        survey.element(&header, value);
    }
    if survey.class.is_empty() {
        survey.class = opened.class;
    }
    if survey.instance.is_empty() {
        survey.instance = opened.instance;
    }
    Ok(survey)
}

impl<'a> Survey<'a> {
    fn element(&mut self, header: &Header, value: &'a [u8]) {
        let text = || trimmed(value);
        match header.tag {
            Tag::SOP_CLASS => self.class = text(),
            Tag::SOP_INSTANCE => self.instance = text(),
            Tag::STUDY => self.study = text(),
            Tag::PATIENT_ID => self.patient = text(),
            Tag::MODALITY => self.modality = text(),
            Tag::IMAGE_TYPE => self.image_type = text(),
            Tag::BURNED_IN => self.burned_in = text(),
            Tag::RECOGNIZABLE => self.recognizable = text(),
            Tag::LONGITUDINAL => self.longitudinal = text(),
            Tag::IDENTITY_REMOVED => self.identity_removed = text(),
            Tag::METHOD => self.method = text(),
            Tag::METHOD_CODES => self.method_codes = Some((*header, value)),
            Tag::CONVERSION_TYPE => self.is_captured = true,
            tag if tag.is_pixels() => self.has_pixels = true,
            tag if is_capture_device(tag) => self.is_captured = true,
            tag if is_overlay_place(tag) => self.has_hidden_overlay |= value.iter().any(|&byte| byte != 0),
            _ => {}
        }
    }

    /// By what the days are told by which this patient's dates move.
    pub(super) fn patient_or_study(&self) -> &'a [u8] {
        if self.patient.is_empty() {
            self.study
        } else {
            self.patient
        }
    }
}

/// Who captured an image secondarily, and when and with what.
fn is_capture_device(tag: Tag) -> bool {
    matches!(tag.0, 0x0018_1010..=0x0018_101B)
}

/// Overlay Bit Position: not zero when the overlay stands inside of the pixels (PS3.3, C.9.2, retired).
fn is_overlay_place(tag: Tag) -> bool {
    matches!(tag.group(), 0x6000..=0x60FF) && tag.element() == 0x0102
}
