//! JSON values, and files with one a line.

use serde::de::IgnoredAny;

use super::{Refused, add, fields, masked};
use crate::text::{Detector, Kind, Mask};
use crate::{Finding, Limits, Outcome};

/// Whether all of a text is JSON, one value or one a line.
pub(crate) fn is_json(text: &str) -> bool {
    check(text).is_ok()
}

/// Masks a file of JSON in UTF-8.
pub fn redact(bytes: &[u8], detector: &Detector, mask: &Mask, limits: &Limits) -> Outcome {
    let held = |refused: Refused, findings| Outcome::Quarantine(refused.into(), findings);
    let Ok(text) = std::str::from_utf8(bytes) else {
        return held(Refused::NotJson { line: 1 }, Vec::new());
    };
    let once = |text: &str| rewritten(text, detector, mask, limits);
    let (clean, findings) = match once(text) {
        Ok(done) => done,
        Err(refused) => return held(refused, Vec::new()),
    };
    match once(&clean) {
        Ok((again, found)) if found.is_empty() && again == clean => {
            Outcome::Clean(clean.into_bytes(), findings)
        }
        Ok((_, found)) => held(Refused::NotClean, found),
        Err(refused) => held(refused, findings),
    }
}

/// serde_json bounds the depth.
fn check(text: &str) -> Result<(), Refused> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for value in serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>() {
        value.map_err(|error| Refused::NotJson { line: error.line() })?;
    }
    Ok(())
}

fn rewritten(
    text: &str,
    detector: &Detector,
    mask: &Mask,
    limits: &Limits,
) -> Result<(String, Vec<Finding>), Refused> {
    check(text)?;
    let mut walk = Walk {
        text,
        detector,
        mask,
        limits,
        at: 0,
        line: 1,
        line_start: 0,
        open: Vec::new(),
        clean: String::with_capacity(text.len()),
        findings: Vec::new(),
    };
    walk.all()?;
    Ok((walk.clean, walk.findings))
}

/// An object or array that is open.
struct Open {
    is_object: bool,
    /// What the present field's name says; that of an array holds for its values.
    field: Option<Kind>,
    is_key: bool,
}

struct Walk<'w> {
    text: &'w str,
    detector: &'w Detector,
    mask: &'w Mask,
    limits: &'w Limits,
    at: usize,
    line: usize,
    line_start: usize,
    open: Vec<Open>,
    clean: String,
    findings: Vec<Finding>,
}

impl Walk<'_> {
    /// Goes over text that is known to be JSON.
    fn all(&mut self) -> Result<(), Refused> {
        while let Some(&byte) = self.text.as_bytes().get(self.at) {
            match byte {
                b'"' => self.string()?,
                b'-' | b'0'..=b'9' => self.number()?,
                _ => self.sign(byte),
            }
        }
        Ok(())
    }

    fn sign(&mut self, byte: u8) {
        match byte {
            b'{' | b'[' => {
                let field = self.open.last().and_then(|it| it.field);
                let is_object = byte == b'{';
                self.open.push(Open {
                    is_object,
                    field: field.filter(|_| !is_object),
                    is_key: is_object,
                });
            }
            b'}' | b']' => {
                self.open.pop();
            }
            b',' => {
                if let Some(open) = self.open.last_mut() {
                    open.is_key = open.is_object;
                }
            }
            b'\n' => {
                self.line += 1;
                self.line_start = self.at + 1;
            }
            _ => {}
        }
        // Whole characters: a byte order mark may stand first.
        let length = self
            .text
            .get(self.at..)
            .and_then(|it| it.chars().next())
            .map_or(1, char::len_utf8);
        self.copy(self.at + length);
    }

    fn copy(&mut self, end: usize) {
        self.clean
            .push_str(self.text.get(self.at..end).unwrap_or_default());
        self.at = end;
    }

    fn string(&mut self) -> Result<(), Refused> {
        let bytes = self.text.as_bytes();
        let mut end = self.at + 1;
        while let Some(&byte) = bytes.get(end) {
            match byte {
                b'"' => break,
                b'\\' => end += 2,
                _ => end += 1,
            }
        }
        let end = (end + 1).min(bytes.len());
        let line = self.line;
        let value: String = serde_json::from_str(self.text.get(self.at..end).unwrap_or_default())
            .map_err(|_| Refused::NotJson { line })?;
        let is_key = self.open.last().is_some_and(|it| it.is_key);
        let field = self.open.last().and_then(|it| it.field).filter(|_| !is_key);
        if is_key && let Some(open) = self.open.last_mut() {
            open.field = fields::kind(&value);
            open.is_key = false;
        }
        self.value(&value, field, end)
    }

    fn number(&mut self) -> Result<(), Refused> {
        let is_part = |byte: &&u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let end = self.at + rest.iter().take_while(is_part).count();
        let field = self.open.last().and_then(|it| it.field);
        let value = self.text.get(self.at..end).unwrap_or_default();
        self.value(value, field, end)
    }

    /// Writes what a value becomes; a number that is masked becomes a string.
    fn value(&mut self, value: &str, field: Option<Kind>, end: usize) -> Result<(), Refused> {
        let Some((clean, kind)) = masked(value, field, self.detector, self.mask)? else {
            self.copy(end);
            return Ok(());
        };
        let place = format!("line {}, byte {}", self.line, self.at - self.line_start + 1);
        add(&mut self.findings, self.limits, place, kind);
        self.clean.push_str(&serde_json::Value::from(clean).to_string());
        self.at = end;
        Ok(())
    }
}
