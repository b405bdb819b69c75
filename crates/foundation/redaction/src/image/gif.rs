//! GIF 87a and 89a.

use super::bytes::Reader;
use super::report::{Refused, Report};

/// Writes anew what belongs to the picture.
pub(super) fn rewrite(bytes: &[u8], report: &mut Report) -> Result<Vec<u8>, Refused> {
    let mut reader = Reader::new(bytes);
    let mut file = reader.take(13)?.to_vec();
    file.extend_from_slice(reader.take(table(file[10]))?);
    let mut has_picture = false;
    loop {
        let at = reader.at;
        report.part()?;
        match reader.byte()? {
            b';' => break,
            b',' => {
                has_picture = true;
                let head = reader.take(9)?;
                file.push(b',');
                file.extend_from_slice(head);
                file.extend_from_slice(reader.take(table(head[8]))?);
                file.push(reader.byte()?);
                file.extend_from_slice(&blocks(&mut reader, report)?);
            }
            b'!' => extension(&mut reader, at, &mut file, report)?,
            _ => {
                return Err(Refused::Broken {
                    at,
                    why: "no block begins so",
                });
            }
        }
    }
    file.push(b';');
    if !reader.rest().is_empty() {
        report.removed(reader.at, "what is appended");
    }
    match has_picture {
        true => Ok(file),
        false => Err(Refused::Broken {
            at: reader.at,
            why: "no picture",
        }),
    }
}

/// How long the table of colours is, by the byte that says so.
fn table(packed: u8) -> usize {
    if packed & 0x80 == 0 {
        0
    } else {
        3 << ((packed & 7) + 1)
    }
}

/// Blocks with a length each, up to and with the empty one.
fn blocks(reader: &mut Reader<'_>, report: &mut Report) -> Result<Vec<u8>, Refused> {
    let mut blocks = Vec::new();
    loop {
        report.part()?;
        let length = reader.byte()?;
        blocks.push(length);
        if length == 0 {
            return Ok(blocks);
        }
        blocks.extend_from_slice(reader.take(usize::from(length))?);
    }
}

fn extension(
    reader: &mut Reader<'_>,
    at: usize,
    file: &mut Vec<u8>,
    report: &mut Report,
) -> Result<(), Refused> {
    let label = reader.byte()?;
    let blocks = blocks(reader, report)?;
    let is_kept = match label {
        // How long a frame stands.
        0xF9 => blocks.len() == 6 && blocks[0] == 4,
        // How often an animation runs.
        0xFF => {
            let is_loop =
                |name: &[u8]| blocks.get(1..12) == Some(name) && blocks.get(12..14) == Some(&[3, 1]);
            blocks.len() == 17 && (is_loop(b"NETSCAPE2.0") || is_loop(b"ANIMEXTS1.0"))
        }
        _ => false,
    };
    if is_kept {
        file.extend_from_slice(&[b'!', label]);
        file.extend_from_slice(&blocks);
        return Ok(());
    }
    let name = match label {
        0xFE => "comment",
        0xFF => "application data",
        0x01 => "text",
        _ => "unknown block",
    };
    report.removed(at, name);
    Ok(())
}
