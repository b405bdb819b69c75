//! Lines of `name = "text"` and `name = number`: the small part of TOML that a root key file uses.
//!
//! Leaves out everything else of TOML on purpose: one value has one spelling, and the parser fits a page.

use super::BadRootFile;

/// Longer files are refused unread.
pub(super) const MAX_FILE_LEN: usize = 8 * 1024;

/// The named values of one file, each taken once.
pub(super) struct Fields<'a>(Vec<(&'a str, Value<'a>)>);

#[derive(Clone, Copy)]
enum Value<'a> {
    Text(&'a str),
    Number(u32),
}

impl<'a> Fields<'a> {
    /// Reads all lines; empty lines and lines that begin with `#` say nothing.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, BadRootFile> {
        if bytes.len() > MAX_FILE_LEN {
            return Err(BadRootFile::TooLong);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| BadRootFile::NotText)?;
        let mut fields: Vec<(&str, Value<'_>)> = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (name, value) = field(line).ok_or(BadRootFile::Line(number))?;
            if fields.iter().any(|(known, _)| *known == name) {
                return Err(BadRootFile::Line(number));
            }
            fields.push((name, value));
        }
        Ok(Self(fields))
    }

    /// Takes a text.
    pub(super) fn text(&mut self, name: &'static str) -> Result<&'a str, BadRootFile> {
        match self.take(name)? {
            Value::Text(text) => Ok(text),
            Value::Number(_) => Err(BadRootFile::Value(name)),
        }
    }

    /// Takes a number.
    pub(super) fn number(&mut self, name: &'static str) -> Result<u32, BadRootFile> {
        match self.take(name)? {
            Value::Number(number) => Ok(number),
            Value::Text(_) => Err(BadRootFile::Value(name)),
        }
    }

    /// Takes lowercase hexadecimal text of exactly `into.len()` bytes.
    pub(super) fn hex(&mut self, name: &'static str, into: &mut [u8]) -> Result<(), BadRootFile> {
        let text = self.text(name)?;
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(BadRootFile::Value(name));
        }
        hex::decode_to_slice(text, into).map_err(|_| BadRootFile::Value(name))
    }

    /// Refuses what nobody took.
    pub(super) fn finish(self) -> Result<(), BadRootFile> {
        match self.0.first() {
            None => Ok(()),
            Some((name, _)) => Err(BadRootFile::UnknownField((*name).to_owned())),
        }
    }

    fn take(&mut self, name: &'static str) -> Result<Value<'a>, BadRootFile> {
        let at = self
            .0
            .iter()
            .position(|(known, _)| *known == name)
            .ok_or(BadRootFile::Missing(name))?;
        Ok(self.0.swap_remove(at).1)
    }
}

fn field(line: &str) -> Option<(&str, Value<'_>)> {
    let (name, value) = line.split_once('=')?;
    let (name, value) = (name.trim_end(), value.trim_start());
    let named = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    let value = match value.strip_prefix('"') {
        Some(rest) => Value::Text(plain(rest.strip_suffix('"')?)?),
        None => Value::Number(number(value)?),
    };
    named.then_some((name, value))
}

fn plain(text: &str) -> Option<&str> {
    text.bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\')
        .then_some(text)
}

/// Digits only: `parse` alone would take `+5` and `007`.
fn number(text: &str) -> Option<u32> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let shortest = text == "0" || !text.starts_with('0');
    if digits && shortest {
        text.parse().ok()
    } else {
        None
    }
}
