//! Dates moved by days.
//!
//! Promises: intervals between dates of one patient stay; times of day, fractions, zones and the precision of a date
//! stay. Leaves out: what is not a date as PS3.5, 6.2 writes it; the caller then takes the value out.

use jiff::ToSpan;
use jiff::civil::Date;

use crate::dicom::vr::Vr;

/// Moves one date or date with time back. Times alone are given as they are. Nothing for what is not a date.
pub(in crate::dicom) fn shifted(vr: Vr, value: &[u8], days_back: i32) -> Option<Vec<u8>> {
    if value.is_empty() {
        return Some(Vec::new());
    }
    if vr.0 == *b"TM" {
        return is_time(value).then(|| value.to_vec());
    }
    let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (date, rest) = value.split_at_checked(digits.min(8))?;
    let is_whole = date.len() == 8;
    let rest_fits = if vr.0 == *b"DA" {
        rest.is_empty() && is_whole
    } else {
        is_time(rest)
    };
    if !rest_fits {
        return None;
    }
    let moved = parsed(date)?
        .checked_sub(days_back.days())
        .ok()
        .filter(|date| date.year() > 0)?;
    let text = format!("{:04}{:02}{:02}", moved.year(), moved.month(), moved.day());
    let mut new = text.get(..date.len())?.as_bytes().to_vec();
    new.extend_from_slice(rest);
    Some(new)
}

/// A year, month or day; what is missing is the first.
fn parsed(date: &[u8]) -> Option<Date> {
    let number = |from: usize, to: usize| -> Option<i16> {
        match date.get(from..to) {
            Some(digits) => std::str::from_utf8(digits).ok()?.parse().ok(),
            None => Some(1),
        }
    };
    if !matches!(date.len(), 4 | 6 | 8) {
        return None;
    }
    let month = i8::try_from(number(4, 6)?).ok()?;
    let day = i8::try_from(number(6, 8)?).ok()?;
    Date::new(number(0, 4)?, month, day).ok()
}

/// Digits with a fraction and perhaps a zone, or the colons of old files.
fn is_time(value: &[u8]) -> bool {
    value.len() <= 18
        && value
            .iter()
            .all(|byte| byte.is_ascii_digit() || b".+-:".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(vr: &[u8; 2], value: &str, days: i32) -> Option<String> {
        shifted(Vr(*vr), value.as_bytes(), days).map(|new| String::from_utf8(new).unwrap())
    }

    #[test]
    fn days_go_back_over_months_and_leap_years() {
        assert_eq!(moved(b"DA", "20240301", 1).as_deref(), Some("20240229"));
        assert_eq!(moved(b"DA", "20230101", 365).as_deref(), Some("20220101"));
        assert_eq!(moved(b"DA", "", 5).as_deref(), Some(""));
    }

    #[test]
    fn time_and_precision_stay() {
        assert_eq!(
            moved(b"DT", "20240301123000.25+0100", 1).as_deref(),
            Some("20240229123000.25+0100")
        );
        assert_eq!(moved(b"DT", "202403", 1).as_deref(), Some("202402"));
        assert_eq!(moved(b"TM", "123000.25", 9).as_deref(), Some("123000.25"));
    }

    #[test]
    fn what_is_not_a_date_is_not_moved() {
        for (vr, value) in [
            (b"DA", "yesterday"),
            (b"DA", "2024.03.01"),
            (b"DA", "20241301"),
            (b"DA", "2024"),
            (b"DT", "20240301 DOE"),
            (b"TM", "noon"),
            (b"DA", "00010101"),
        ] {
            assert_eq!(moved(vr, value, 400), None, "{value}");
        }
    }
}
