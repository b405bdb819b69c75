//! Rows of fields (RFC 4180), with commas, semicolons or tabs between.

use csv::{Reader, ReaderBuilder, StringRecord, Terminator, WriterBuilder};

use super::{Refused, add, fields, masked};
use crate::text::{Detector, Kind, Mask, is_whole_mask};
use crate::{Finding, Limits, Outcome};

/// Masks a file of CSV in UTF-8. The first row is a heading where it names a kind of field.
pub fn redact(bytes: &[u8], detector: &Detector, mask: &Mask, limits: &Limits) -> Outcome {
    let held = |refused: Refused, findings| Outcome::Quarantine(refused.into(), findings);
    // The form is read once: what is masked in the first row must not change what the others mean.
    let form = match Form::of(bytes, detector) {
        Ok(form) => form,
        Err(refused) => return held(refused, Vec::new()),
    };
    let once = |bytes: &[u8]| form.rewritten(bytes, detector, mask, limits);
    let (clean, findings) = match once(bytes) {
        Ok(done) => done,
        Err(refused) => return held(refused, Vec::new()),
    };
    match once(&clean) {
        Ok((again, _)) if again == clean => Outcome::Clean(clean, findings),
        Ok((_, found)) => held(Refused::NotClean, found),
        Err(refused) => held(refused, findings),
    }
}

/// How the rows are written, and what their columns are.
struct Form {
    delimiter: u8,
    is_crlf: bool,
    columns: Vec<Option<Kind>>,
    has_heading: bool,
}

impl Form {
    fn of(bytes: &[u8], detector: &Detector) -> Result<Self, Refused> {
        let mut form = Self {
            delimiter: delimiter(bytes),
            is_crlf: first_line(bytes).ends_with(b"\r"),
            columns: Vec::new(),
            has_heading: false,
        };
        let mut first = StringRecord::new();
        let read = form.reader(bytes).read_record(&mut first);
        read.map_err(|_| Refused::NotCsv { row: 1 })?;
        form.columns = heading(&first, detector);
        form.has_heading = form.columns.iter().any(Option::is_some);
        Ok(form)
    }

    fn reader<'b>(&self, bytes: &'b [u8]) -> Reader<&'b [u8]> {
        let mut builder = ReaderBuilder::new();
        builder
            .has_headers(false)
            .flexible(true)
            .delimiter(self.delimiter);
        builder.from_reader(bytes)
    }

    fn rewritten(
        &self,
        bytes: &[u8],
        detector: &Detector,
        mask: &Mask,
        limits: &Limits,
    ) -> Result<(Vec<u8>, Vec<Finding>), Refused> {
        let mut reader = self.reader(bytes);
        let end = if self.is_crlf {
            Terminator::CRLF
        } else {
            Terminator::Any(b'\n')
        };
        let mut builder = WriterBuilder::new();
        builder.flexible(true).delimiter(self.delimiter).terminator(end);
        let mut writer = builder.from_writer(Vec::new());
        let (mut row, mut findings, mut record) = (0, Vec::new(), StringRecord::new());
        while reader
            .read_record(&mut record)
            .map_err(|_| Refused::NotCsv { row: row + 1 })?
        {
            row += 1;
            let wrong = |_| Refused::NotCsv { row };
            let is_heading = row == 1 && self.has_heading;
            for (column, value) in record.iter().enumerate() {
                let field = self.columns.get(column).copied().flatten();
                let clean = if is_heading {
                    None
                } else {
                    masked(value, field, detector, mask)?
                };
                writer
                    .write_field(clean.as_ref().map_or(value, |(clean, _)| clean))
                    .map_err(wrong)?;
                if let Some((_, kind)) = clean {
                    add(
                        &mut findings,
                        limits,
                        format!("row {row}, column {}", column + 1),
                        kind,
                    );
                }
            }
            writer.write_record(None::<&[u8]>).map_err(wrong)?;
        }
        let clean = writer.into_inner().map_err(|_| Refused::NotCsv { row })?;
        Ok((clean, findings))
    }
}

fn first_line(bytes: &[u8]) -> &[u8] {
    bytes.split(|&byte| byte == b'\n').next().unwrap_or_default()
}

/// What stands most often in the first line.
fn delimiter(bytes: &[u8]) -> u8 {
    let line = first_line(bytes);
    let count = |sign: u8| line.iter().filter(|&&byte| byte == sign).count();
    [b',', b';', b'\t']
        .into_iter()
        .rev()
        .max_by_key(|&sign| count(sign))
        .unwrap_or(b',')
}

/// What the names in the first row say. A row in which something other than a name is found, or stands masked, is no heading.
fn heading(record: &StringRecord, detector: &Detector) -> Vec<Option<Kind>> {
    let is_value =
        |cell: &str| is_whole_mask(cell) || detector.find(cell).iter().any(|it| it.kind != Kind::Person);
    if record.iter().any(is_value) {
        return Vec::new();
    }
    record
        .iter()
        .map(|name| fields::kind(name.trim_start_matches('\u{feff}')))
        .collect()
}
