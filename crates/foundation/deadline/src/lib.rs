//! When an answer is due: periods as the law that sets them counts.
//!
//! Promises: the last day of a period, and the moment it ends, from the day that sets it going, by
//! [Regulation 1182/71](https://eur-lex.europa.eu/eli/reg/1971/1182/oj), article 3, or by plain calendar days; pauses and
//! one extension. Public holidays are an argument. Leaves out: any clock, what the period is for, and who is reminded.

mod course;
mod holidays;
mod period;

pub use course::{Course, Pause, Term};
pub use holidays::{BadHoliday, Holidays};
pub use period::{Counting, Length, OutOfRange, Period};
