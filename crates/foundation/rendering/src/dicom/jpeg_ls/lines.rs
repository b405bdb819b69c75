//! Line after line of a scan (T.87, annex B).
//!
//! Promises: two lines of each component are held and no more. Leaves out: what is expected of a value.

use super::Unreadable;
use super::bits::Bits;
use super::model::{Around, Model};

/// The lines of a scan. Each has one more value before it and one behind, which stand for what lies outside (A.2.1).
pub(super) struct Lines<'a> {
    model: Model,
    bits: Bits<'a>,
    columns: usize,
    before: Vec<Vec<i32>>,
    current: Vec<Vec<i32>>,
    /// How far runs went lately.
    runs: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(model: Model, bits: Bits<'a>, columns: usize, components: usize) -> Self {
        let lines = vec![vec![0; columns + 2]; components];
        Self {
            model,
            bits,
            columns,
            before: lines.clone(),
            current: lines,
            runs: vec![0; components],
        }
    }

    /// Reads the next line of every component.
    pub(super) fn next(&mut self, by_pixel: bool) -> Result<(), Unreadable> {
        std::mem::swap(&mut self.before, &mut self.current);
        for (before, current) in self.before.iter_mut().zip(&mut self.current) {
            before[self.columns + 1] = before[self.columns];
            current[0] = before[1];
        }
        if by_pixel {
            return self.pixels();
        }
        (0..self.current.len()).try_for_each(|component| self.values(component))
    }

    /// The line that was read last.
    pub(super) fn line(&self, component: usize) -> impl Iterator<Item = u16> + '_ {
        self.current[component][1..=self.columns]
            .iter()
            .map(|&value| value as u16)
    }

    /// What follows the scan.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bits.rest()
    }

    fn around(&self, component: usize, x: usize) -> Around {
        let (before, current) = (&self.before[component], &self.current[component]);
        Around {
            left: current[x - 1],
            above: before[x],
            above_left: before[x - 1],
            above_right: before[x + 1],
        }
    }

    fn values(&mut self, component: usize) -> Result<(), Unreadable> {
        let mut x = 1;
        while x <= self.columns {
            let around = self.around(component, x);
            if !self.model.is_flat(&around) {
                self.current[component][x] = self.model.value(&around, &mut self.bits)?;
                x += 1;
                continue;
            }
            let run = self
                .model
                .run(&mut self.runs[component], self.columns + 1 - x, &mut self.bits)?;
            self.current[component][x..x + run].fill(around.left);
            x += run;
            if x <= self.columns {
                self.end_run(component, x, false)?;
                self.runs[component] = self.runs[component].saturating_sub(1);
                x += 1;
            }
        }
        Ok(())
    }

    /// As [`Lines::values`], for values of one pixel beside each other: a run is one of all components.
    fn pixels(&mut self) -> Result<(), Unreadable> {
        let components = self.current.len();
        let mut x = 1;
        while x <= self.columns {
            if !(0..components).all(|component| self.model.is_flat(&self.around(component, x))) {
                for component in 0..components {
                    let around = self.around(component, x);
                    self.current[component][x] = self.model.value(&around, &mut self.bits)?;
                }
                x += 1;
                continue;
            }
            let run = self
                .model
                .run(&mut self.runs[0], self.columns + 1 - x, &mut self.bits)?;
            for current in &mut self.current {
                let left = current[x - 1];
                current[x..x + run].fill(left);
            }
            x += run;
            if x <= self.columns {
                (0..components).try_for_each(|component| self.end_run(component, x, true))?;
                self.runs[0] = self.runs[0].saturating_sub(1);
                x += 1;
            }
        }
        Ok(())
    }

    fn end_run(&mut self, component: usize, x: usize, in_pixel: bool) -> Result<(), Unreadable> {
        let around = (self.current[component][x - 1], self.before[component][x]);
        let index = self.runs[if in_pixel { 0 } else { component }];
        self.current[component][x] = self.model.end(around, in_pixel, index, &mut self.bits)?;
        Ok(())
    }
}
