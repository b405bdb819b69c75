//! What is expected of the next value, learnt from those before (T.87, annex A).
//!
//! Promises: numbers stay in ranges that 32 bits hold, whatever the stream says. Leaves out: which values stand around it.

use super::Unreadable;
use super::bits::Bits;

/// How far a run goes on with each further bit, as a power of two (A.7.1.2).
const RUNS: [u32; 32] = [
    0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15,
];
/// Kinds of surroundings, without their sign.
const SURROUNDINGS: usize = 365;

/// Parameters of a scan, and what follows from them (A.2.1 and C.2.4.1.1).
#[derive(Clone, Copy)]
pub(super) struct Preset {
    most: i32,
    near: i32,
    steps: [i32; 3],
    reset: i32,
    range: i32,
    /// Bits of an error that is written plainly.
    plain_bits: u32,
    limit: u32,
}

impl Preset {
    pub(super) fn new(precision: u32, near: u16, said: Option<[u16; 5]>) -> Result<Self, Unreadable> {
        let [most, t1, t2, t3, reset] = said.unwrap_or_default().map(i32::from);
        let highest = (1i32 << precision) - 1;
        let most = if most == 0 { highest } else { most };
        let near = i32::from(near);
        if most > highest || near > 255.min(most / 2) {
            return Err(Unreadable);
        }
        let usual = usual_steps(most, near);
        let or_usual = |said: i32, place: usize| if said == 0 { usual[place] } else { said };
        let steps = [or_usual(t1, 0), or_usual(t2, 1), or_usual(t3, 2)];
        let ordered = near < steps[0] && steps.is_sorted() && steps[2] <= most;
        let reset = if reset == 0 { 64 } else { reset };
        if !ordered || !(3..4096).contains(&reset) {
            return Err(Unreadable);
        }
        let range = (most + 2 * near) / (2 * near + 1) + 1;
        let bits = bits_of(most + 1).max(2);
        Ok(Self {
            most,
            near,
            steps,
            reset,
            range,
            plain_bits: bits_of(range),
            limit: 2 * (bits + bits.max(8)),
        })
    }
}

/// So many bits tell this many values apart.
fn bits_of(values: i32) -> u32 {
    i32::BITS - (values - 1).leading_zeros()
}

fn usual_steps(most: i32, near: i32) -> [i32; 3] {
    let clamp = |step: i32, least: i32| if step > most || step < least { least } else { step };
    let factor = if most >= 128 {
        (most.min(4095) + 128) / 256
    } else {
        256 / (most + 1)
    };
    let step = |usual: i32, base: i32, per_near: i32| match most >= 128 {
        true => factor * (usual - base) + base + per_near * near,
        false => base.max(usual / factor + per_near * near),
    };
    let t1 = clamp(step(3, 2, 3), near + 1);
    let t2 = clamp(step(7, 3, 5), t1);
    [t1, t2, clamp(step(21, 4, 7), t2)]
}

/// What was learnt of one kind of surroundings.
#[derive(Clone, Copy)]
struct Learnt {
    errors: i32,
    bias: i32,
    correction: i32,
    count: i32,
}

/// What stands around the next value (A.3).
#[derive(Clone, Copy)]
pub(super) struct Around {
    pub(super) left: i32,
    pub(super) above: i32,
    pub(super) above_left: i32,
    pub(super) above_right: i32,
}

/// What was learnt of a scan.
pub(super) struct Model {
    preset: Preset,
    learnt: Vec<Learnt>,
    /// Of ends of runs: by whether what stands above goes on as well.
    ends: [Learnt; 2],
    negative: [i32; 2],
}

impl Model {
    pub(super) fn new(preset: Preset) -> Self {
        let start = Learnt {
            errors: ((preset.range + 32) / 64).max(2),
            bias: 0,
            correction: 0,
            count: 1,
        };
        Self {
            preset,
            learnt: vec![start; SURROUNDINGS],
            ends: [start; 2],
            negative: [0; 2],
        }
    }

    /// Whether a run begins: nothing changes around.
    pub(super) fn is_flat(&self, around: &Around) -> bool {
        self.gradients(around)
            .iter()
            .all(|change| change.abs() <= self.preset.near)
    }

    fn gradients(&self, around: &Around) -> [i32; 3] {
        [
            around.above_right - around.above,
            around.above - around.above_left,
            around.above_left - around.left,
        ]
    }

    fn step_of(&self, change: i32) -> i32 {
        let size = self
            .preset
            .steps
            .iter()
            .filter(|&&step| change.abs() >= step)
            .count() as i32;
        match change.abs() <= self.preset.near {
            true => 0,
            false => (size + 1) * change.signum(),
        }
    }

    /// The next value, in surroundings that are not flat (A.4 to A.6).
    pub(super) fn value(&mut self, around: &Around, bits: &mut Bits<'_>) -> Result<i32, Unreadable> {
        let [first, second, third] = self.gradients(around).map(|change| self.step_of(change));
        let kind = (first * 9 + second) * 9 + third;
        let sign = if kind < 0 { -1 } else { 1 };
        let place = kind.unsigned_abs() as usize;
        let learnt = *self.learnt.get(place).ok_or(Unreadable)?;
        let expected = (predicted(around) + sign * learnt.correction).clamp(0, self.preset.most);
        let width = width(learnt.count, learnt.errors);
        let coded = self.coded(width, self.preset.limit, bits)?;
        let turned = self.preset.near == 0 && width == 0 && 2 * learnt.bias <= -learnt.count;
        let error = if turned {
            !from_coded(coded)
        } else {
            from_coded(coded)
        };
        self.learnt[place] = self.learn(learnt, error);
        Ok(self.rebuilt(expected, sign * error))
    }

    /// An error as it is written: zeros, a one, and so many plain bits; or, behind too many zeros, all of it plainly (A.5.3).
    fn coded(&self, width: u32, limit: u32, bits: &mut Bits<'_>) -> Result<i32, Unreadable> {
        let most = limit - self.preset.plain_bits - 1;
        let zeros = bits.zeros(most)?;
        let coded = match zeros < most {
            true => u64::from(zeros) << width | u64::from(bits.take(width)?),
            false => u64::from(bits.take(self.preset.plain_bits)?) + 1,
        };
        // No error is as large as the range; that keeps every sum below within its bits.
        let coded = i32::try_from(coded).map_err(|_| Unreadable)?;
        if coded <= 2 * self.preset.range {
            Ok(coded)
        } else {
            Err(Unreadable)
        }
    }

    fn learn(&self, mut learnt: Learnt, error: i32) -> Learnt {
        learnt.bias += error * (2 * self.preset.near + 1);
        learnt.errors += error.abs();
        if learnt.count == self.preset.reset {
            learnt.errors >>= 1;
            learnt.bias >>= 1;
            learnt.count >>= 1;
        }
        learnt.count += 1;
        if learnt.bias <= -learnt.count {
            learnt.bias = (learnt.bias + learnt.count).max(1 - learnt.count);
            learnt.correction = (learnt.correction - 1).max(-128);
        } else if learnt.bias > 0 {
            learnt.bias = (learnt.bias - learnt.count).min(0);
            learnt.correction = (learnt.correction + 1).min(127);
        }
        learnt
    }

    /// The value that is this far from what was expected, around the end of the range and back.
    fn rebuilt(&self, expected: i32, error: i32) -> i32 {
        let Preset {
            most, near, range, ..
        } = self.preset;
        let step = 2 * near + 1;
        let value = expected + error * step;
        let value = if value < -near {
            value + range * step
        } else if value > most + near {
            value - range * step
        } else {
            value
        };
        value.clamp(0, most)
    }

    /// How many values go on as the one before, of those left in the line; and whether another ends the run (A.7.1).
    pub(super) fn run(
        &self,
        index: &mut usize,
        left: usize,
        bits: &mut Bits<'_>,
    ) -> Result<usize, Unreadable> {
        let mut run = 0;
        while bits.take(1)? == 1 {
            let whole = 1usize << RUNS[*index];
            if run + whole <= left {
                *index = (*index + 1).min(RUNS.len() - 1);
            }
            run = (run + whole).min(left);
            if run == left {
                return Ok(run);
            }
        }
        run += bits.take(RUNS[*index])? as usize;
        if run < left { Ok(run) } else { Err(Unreadable) }
    }

    /// The value that ends a run (A.7.2), from what stands to its left and above. Of several values of one pixel, each is taken
    /// for one that ends.
    pub(super) fn end(
        &mut self,
        around: (i32, i32),
        in_pixel: bool,
        index: usize,
        bits: &mut Bits<'_>,
    ) -> Result<i32, Unreadable> {
        let (left, above) = around;
        let goes_on = !in_pixel && (left - above).abs() <= self.preset.near;
        let kind = usize::from(goes_on);
        let (mut learnt, negative) = (self.ends[kind], self.negative[kind]);
        let errors = learnt.errors + if goes_on { learnt.count >> 1 } else { 0 };
        let width = width(learnt.count, errors);
        let coded = self.coded(width, self.preset.limit - RUNS[index] - 1, bits)?;
        let mapped = coded + kind as i32;
        let odd = mapped & 1;
        let size = (mapped + odd) / 2;
        let is_negative = (width != 0 || 2 * negative >= learnt.count) == (odd == 1);
        let error = if is_negative { -size } else { size };
        self.negative[kind] += i32::from(error < 0);
        learnt.errors += (coded + 1 - kind as i32) >> 1;
        if learnt.count == self.preset.reset {
            learnt.errors >>= 1;
            learnt.count >>= 1;
            self.negative[kind] >>= 1;
        }
        learnt.count += 1;
        self.ends[kind] = learnt;
        Ok(match goes_on {
            true => self.rebuilt(left, error),
            false if left > above => self.rebuilt(above, -error),
            false => self.rebuilt(above, error),
        })
    }
}

/// Goes on with an edge where there seems to be one (A.4.1).
fn predicted(around: &Around) -> i32 {
    let Around {
        left,
        above,
        above_left,
        ..
    } = *around;
    if above_left >= left.max(above) {
        left.min(above)
    } else if above_left <= left.min(above) {
        left.max(above)
    } else {
        left + above - above_left
    }
}

/// The plain bits of an error, so that it is about as long as those before (A.5.1).
fn width(count: i32, errors: i32) -> u32 {
    (0..24)
        .find(|&width| i64::from(count) << width >= i64::from(errors))
        .unwrap_or(24)
}

/// Errors are written with their sign in the lowest bit (A.5.2).
fn from_coded(coded: i32) -> i32 {
    if coded & 1 == 0 {
        coded / 2
    } else {
        -(coded / 2) - 1
    }
}
