//! One frame out of those that it follows from.
//!
//! Promises: no more is decoded than the frame leans on, from the nearest one before it that stands for itself; where that one does
//! not do, from the one before. Leaves out: tables, colours.

use rust_h264::decoder::{Decoder, Frame};
use rust_h264::error::DecodeError;
use rust_h264::nal::{AvccConfig, NalUnit, NalUnitType, parse_avcc, parse_avcc_config};

use super::Film;
use crate::answer::Kind;
use crate::trouble::Trouble;

/// From so many frames that stand for themselves it is tried.
const TRIES: usize = 3;

/// What has to be known before the first frame.
pub(super) struct Settings<'a>(AvccConfig<'a>);

impl<'a> Settings<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        parse_avcc_config(bytes).ok().map(Self)
    }
}

/// Decodes one frame, by its place in the order of decoding.
pub(super) fn frame(film: &Film<'_>, settings: &Settings<'_>, wanted: usize) -> Result<Frame, Trouble> {
    let mut last = Trouble::Broken;
    for start in starts(film, wanted).take(TRIES) {
        match from(film, settings, start, wanted) {
            Ok(frame) => return Ok(frame),
            Err(trouble) => last = trouble,
        }
    }
    Err(last)
}

/// Where decoding may begin, the nearest first. A frame that is shown before the one that stands for itself leans on earlier ones.
fn starts(film: &Film<'_>, wanted: usize) -> impl Iterator<Item = usize> {
    let before = film.samples.iter().take(wanted + 1).enumerate().rev();
    let whole = before.filter(move |(index, sample)| {
        sample.is_sync && sample.composition_timestamp <= film.composed(wanted) || *index == 0
    });
    whole.map(|(index, _)| index)
}

fn from(film: &Film<'_>, settings: &Settings<'_>, start: usize, wanted: usize) -> Result<Frame, Trouble> {
    let Settings(settings) = settings;
    let mut decoder = Decoder::new();
    for unit in settings.sps_nals.iter().chain(&settings.pps_nals) {
        decoder.decode_nal(unit).map_err(trouble)?;
    }
    for sample in start..wanted {
        for unit in units(film, settings, sample)? {
            // Nothing leans on it.
            if !(is_slice(&unit) && unit.nal_ref_idc == 0) {
                decoder.decode_nal(&unit).map_err(trouble)?;
            }
        }
    }
    // A frame comes out when the next begins; what comes out from here on is the wanted one.
    drop(decoder.flush());
    let mut frame = None;
    for unit in units(film, settings, wanted)? {
        frame = decoder.decode_nal(&unit).map_err(trouble)?.or(frame);
    }
    decoder.flush().or(frame).ok_or(Trouble::Broken)
}

fn units<'a>(film: &Film<'a>, settings: &AvccConfig<'_>, sample: usize) -> Result<Vec<NalUnit<'a>>, Trouble> {
    let coded = film.coded(sample).ok_or(Trouble::Broken)?;
    Ok(parse_avcc(coded, settings.length_size))
}

fn is_slice(unit: &NalUnit<'_>) -> bool {
    matches!(unit.nal_unit_type, NalUnitType::Slice | NalUnitType::SliceIdr)
}

pub(super) fn trouble(error: DecodeError) -> Trouble {
    match error {
        DecodeError::Unsupported(_) => Trouble::NotDrawn(Kind::Rare),
        _ => Trouble::Broken,
    }
}
