//! Films in H.264 (ISO 14496-10) in MP4 and QuickTime (ISO 14496-12 and -15), a frame at a time.
//!
//! Promises: frames are numbered in the order in which they are shown, from the first, whose time is zero; one is decoded from the
//! nearest frame before it that stands for itself; it is shown the way up that the film says. Leaves out: every bound on memory and
//! time, and that the crates it calls do not panic: it is for a process that has bounds of its own, and for nothing else. Of edit lists,
//! pixels that are not square, and brighter colours than a screen has, nothing is done.

mod colour;
mod decode;

use std::time::Duration;

use re_mp4::{Mp4, Sample, StsdBoxContent, TrakBox};
use rendering::{Limits, Pixels, Size, View};
use rust_h264::nal::{SpsInfo, parse_avcc_config, parse_sps_info};

use self::decode::Settings;
use crate::answer::Kind;
use crate::trouble::Trouble;

const MICROSECONDS: i128 = 1_000_000;

/// A frame that is said to last longer lasts as long as the others do.
const LONGEST_FRAME: Duration = Duration::from_hours(24);

/// A film.
pub(crate) struct Film<'a> {
    bytes: &'a [u8],
    settings: Vec<u8>,
    info: SpsInfo,
    /// In the order in which they are decoded.
    samples: Vec<Sample>,
    /// Which of them is shown when, in order, with its time.
    shown: Vec<(Duration, usize)>,
    /// How many quarters to the right it is turned.
    quarters: u8,
}

impl<'a> Film<'a> {
    /// Reads the tables of a film.
    ///
    /// # Errors
    /// [`Trouble::Broken`] and [`Trouble::NotDrawn`].
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self, Trouble> {
        let file = Mp4::read_bytes(bytes).map_err(|_| Trouble::Broken)?;
        let track = file.moov.traks.iter().find(|track| is_pictures(track));
        let track = track.ok_or(Trouble::Broken)?;
        let settings = settings(track)?;
        let samples = file.tracks().get(&track.tkhd.track_id).ok_or(Trouble::Broken)?;
        let samples = samples.samples.clone();
        Ok(Self {
            bytes,
            info: first_info(&settings)?,
            settings,
            shown: in_order(&samples).ok_or(Trouble::Broken)?,
            samples,
            quarters: quarters(track),
        })
    }

    /// How many frames it has, at least one.
    pub(crate) fn count(&self) -> u32 {
        u32::try_from(self.shown.len()).unwrap_or(u32::MAX)
    }

    /// How large they are as they are shown.
    pub(crate) fn size(&self) -> Size {
        let SpsInfo { width, height, .. } = self.info;
        match self.quarters % 2 {
            0 => Size { width, height },
            _ => Size {
                width: height,
                height: width,
            },
        }
    }

    /// From the beginning of the first frame to the end of the last.
    pub(crate) fn duration(&self) -> Duration {
        let Some(&(begin, last)) = self.shown.last() else {
            return Duration::ZERO;
        };
        let sample = &self.samples[last];
        let said = time(i128::from(sample.duration), sample.timescale).filter(|it| *it <= LONGEST_FRAME);
        let others = u32::try_from(self.shown.len() - 1).unwrap_or(u32::MAX);
        begin.saturating_add(said.unwrap_or_else(|| begin.checked_div(others).unwrap_or_default()))
    }

    /// Draws a part of a frame.
    ///
    /// # Errors
    /// Every [`Trouble`] but an encrypted one.
    pub(crate) fn draw(&self, view: &View, limits: &Limits) -> Result<Pixels, Trouble> {
        let sample = match view.at {
            None => self.numbered(view.frame)?,
            Some(at) => self.shown_at(at)?,
        };
        if u64::from(self.info.coded_width) * u64::from(self.info.coded_height) > limits.pixels {
            return Err(Trouble::TooLarge);
        }
        let settings = Settings::read(&self.settings).ok_or(Trouble::Broken)?;
        let frame = decode::frame(self, &settings, sample)?;
        let pixels = colour::pixels(&frame, &self.info).ok_or(Trouble::Broken)?;
        drop(frame);
        let whole = self.size();
        pixels
            .shown(self.quarters, view, limits)
            .map_err(|_| Trouble::NoPart(whole))
    }

    fn numbered(&self, number: u32) -> Result<usize, Trouble> {
        let number = usize::try_from(number).unwrap_or(usize::MAX);
        let found = self.shown.get(number).map(|(_, sample)| *sample);
        found.ok_or(Trouble::NoSuch(self.count()))
    }

    /// The last that begins no later.
    fn shown_at(&self, at: Duration) -> Result<usize, Trouble> {
        let after = self.shown.partition_point(|(begin, _)| *begin <= at);
        let found = after.checked_sub(1).filter(|_| at < self.duration());
        let (_, sample) = found
            .and_then(|found| self.shown.get(found))
            .ok_or(Trouble::NoTime(self.duration()))?;
        Ok(*sample)
    }

    /// The bytes of a frame.
    fn coded(&self, sample: usize) -> Option<&'a [u8]> {
        let sample = self.samples.get(sample)?;
        let start = usize::try_from(sample.offset).ok()?;
        let end = start.checked_add(usize::try_from(sample.size).ok()?)?;
        self.bytes.get(start..end)
    }

    /// When a frame is shown, in the units of the film.
    fn composed(&self, sample: usize) -> i64 {
        self.samples
            .get(sample)
            .map_or(i64::MAX, |it| it.composition_timestamp)
    }
}

fn is_pictures(track: &TrakBox) -> bool {
    &track.mdia.hdlr.handler_type.value == b"vide"
}

/// What has to be known before the first frame: `avcC`.
fn settings(track: &TrakBox) -> Result<Vec<u8>, Trouble> {
    match &track.mdia.minf.stbl.stsd.contents {
        StsdBoxContent::Avc1(described) => Ok(described.avcc.raw.clone()),
        StsdBoxContent::Unknown(codec) if &codec.value == b"avc3" => {
            Err(Trouble::NotDrawn(Kind::SettingsAmongFrames))
        }
        _ => Err(Trouble::Broken),
    }
}

fn first_info(settings: &[u8]) -> Result<SpsInfo, Trouble> {
    let read = parse_avcc_config(settings).map_err(|_| Trouble::Broken)?;
    let first = read.sps_nals.first().ok_or(Trouble::Broken)?;
    let info = parse_sps_info(first).map_err(decode::trouble)?;
    match info {
        SpsInfo { width: 0, .. } | SpsInfo { height: 0, .. } => Err(Trouble::Broken),
        // Sorted out here, so that what there is to see of it is told without decoding.
        SpsInfo { chroma_format: 3, .. } => Err(Trouble::NotDrawn(Kind::Rare)),
        SpsInfo { bit_depth_luma, .. } if !matches!(bit_depth_luma, 8 | 10) => {
            Err(Trouble::NotDrawn(Kind::Rare))
        }
        info => Ok(info),
    }
}

/// When each is shown, the first at zero. Nothing when there is none, or when the film has no measure of time.
fn in_order(samples: &[Sample]) -> Option<Vec<(Duration, usize)>> {
    let first = samples.iter().map(|sample| sample.composition_timestamp).min()?;
    let shown = samples.iter().enumerate().map(|(index, sample)| {
        let since = i128::from(sample.composition_timestamp) - i128::from(first);
        Some((time(since, sample.timescale)?, index))
    });
    let mut shown: Vec<_> = shown.collect::<Option<_>>()?;
    shown.sort_unstable();
    Some(shown)
}

/// So many parts of a second, of which there are so many.
fn time(parts: i128, per_second: u64) -> Option<Duration> {
    let microseconds = (parts * MICROSECONDS).checked_div(i128::from(per_second))?;
    u64::try_from(microseconds).ok().map(Duration::from_micros)
}

/// Films are turned by a matrix; cameras write those of quarters.
fn quarters(track: &TrakBox) -> u8 {
    let matrix = &track.tkhd.matrix;
    match [matrix.a, matrix.b, matrix.c, matrix.d].map(i32::signum) {
        [0, 1, -1, 0] => 1,
        [-1, 0, 0, -1] => 2,
        [0, -1, 1, 0] => 3,
        _ => 0,
    }
}

#[cfg(test)]
mod tests;
