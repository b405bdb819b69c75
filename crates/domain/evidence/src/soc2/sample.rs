//! Samples that anybody can draw again.
//!
//! Every line of a population has a rank: SHA-256 of seed, name of the population and id of the line, with a zero byte between them. The
//! lines of the lowest ranks are the sample, in the order of the population. So a sample does not depend on the order in which lines are
//! read, needs no more memory than its own size, and is checked with nothing but the population and a hash.

use std::collections::BinaryHeap;

use aws_lc_rs::digest::{self, SHA256};

/// What is said of the method in a manifest.
pub(super) const METHOD: &str = "rank(line) = SHA-256(seed || 0x00 || population || 0x00 || id of the line, as text); \
     the sample is the lines of the lowest ranks, in the order of the population";

/// A sample that is being drawn.
pub(super) struct Sample {
    seed: String,
    population: &'static str,
    size: usize,
    /// The highest rank on top.
    drawn: BinaryHeap<([u8; 32], u64, Vec<String>)>,
    seen: u64,
}

impl Sample {
    pub(super) fn begin(seed: &str, population: &'static str, size: u32) -> Self {
        Self {
            seed: seed.to_owned(),
            population,
            size: size as usize,
            drawn: BinaryHeap::new(),
            seen: 0,
        }
    }

    /// The next line of the population.
    pub(super) fn see(&mut self, id: &str, line: &[String]) {
        let rank = rank(&self.seed, self.population, id);
        let number = self.seen;
        self.seen += 1;
        if self.drawn.len() == self.size && self.drawn.peek().is_some_and(|highest| highest.0 <= rank) {
            return;
        }
        self.drawn.push((rank, number, line.to_vec()));
        if self.drawn.len() > self.size {
            self.drawn.pop();
        }
    }

    /// The lines, in the order of the population.
    pub(super) fn end(self) -> Vec<Vec<String>> {
        let mut drawn = self.drawn.into_vec();
        drawn.sort_by_key(|(_, number, _)| *number);
        drawn.into_iter().map(|(_, _, line)| line).collect()
    }
}

fn rank(seed: &str, population: &str, id: &str) -> [u8; 32] {
    let mut hash = digest::Context::new(&SHA256);
    for part in [seed, "\0", population, "\0", id] {
        hash.update(part.as_bytes());
    }
    let mut rank = [0; 32];
    rank.copy_from_slice(hash.finish().as_ref());
    rank
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(seed: &str, lines: impl Iterator<Item = u32>) -> Vec<String> {
        let mut sample = Sample::begin(seed, "keys", 5);
        for line in lines {
            sample.see(&line.to_string(), &[line.to_string()]);
        }
        sample.end().into_iter().map(|mut line| line.remove(0)).collect()
    }

    #[test]
    fn the_same_seed_draws_the_same_whatever_the_order_and_another_draws_others() {
        let forwards = drawn("seed", 0..100);
        let mut backwards = drawn("seed", (0..100).rev());
        backwards.sort_by_key(|line| line.parse::<u32>().unwrap());
        assert_eq!((forwards.len(), &forwards), (5, &backwards));
        assert_ne!(forwards, drawn("another", 0..100));
        assert_eq!(drawn("seed", 0..3), ["0", "1", "2"]);
    }

    #[test]
    fn it_is_what_the_method_says() {
        // printf 'seed\0keys\0%s' N | sha256sum, for N from 0 to 99: the lowest are of these lines.
        let mut ranked: Vec<(String, u32)> = (0..100)
            .map(|line| (hex::encode(rank("seed", "keys", &line.to_string())), line))
            .collect();
        ranked.sort();
        let mut lowest: Vec<u32> = ranked.iter().take(5).map(|(_, line)| *line).collect();
        lowest.sort_unstable();
        let lowest: Vec<String> = lowest.iter().map(u32::to_string).collect();
        assert_eq!(drawn("seed", 0..100), lowest);
    }
}
