//! Values as bytes: the portable form of a row, the same whichever engine it came from.
//!
//! A row is the byte 1 and its values; after the last row comes the byte 0 and the number of rows. A value is a byte for its
//! kind and, for text and bytes, a length of four bytes and as many bytes; for an integer eight. Numbers are little-endian.
//! Promises: reading never allocates more than what is left to read, and never panics.

use store::Value;

const ROW: u8 = 1;
const END: u8 = 0;

/// Why bytes are no rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("its rows cannot be read")]
pub(crate) struct NoRows;

/// Appends a row.
pub(crate) fn put_row<'v>(
    into: &mut Vec<u8>,
    values: impl IntoIterator<Item = &'v Value>,
) -> Result<(), NoRows> {
    into.push(ROW);
    values.into_iter().try_for_each(|value| put(into, value))
}

/// Appends the end of this many rows.
pub(crate) fn put_end(into: &mut Vec<u8>, rows: u64) {
    into.push(END);
    into.extend_from_slice(&rows.to_le_bytes());
}

fn put(into: &mut Vec<u8>, value: &Value) -> Result<(), NoRows> {
    match value {
        Value::Null => into.push(0),
        Value::Text(text) => return put_bytes(into, 1, text.as_bytes()),
        Value::Int(number) => {
            into.push(2);
            into.extend_from_slice(&number.to_le_bytes());
        }
        Value::Bytes(bytes) => return put_bytes(into, 3, bytes),
        Value::Bool(truth) => into.extend_from_slice(&[4, u8::from(*truth)]),
    }
    Ok(())
}

fn put_bytes(into: &mut Vec<u8>, kind: u8, bytes: &[u8]) -> Result<(), NoRows> {
    let length = u32::try_from(bytes.len()).map_err(|_| NoRows)?;
    into.push(kind);
    into.extend_from_slice(&length.to_le_bytes());
    into.extend_from_slice(bytes);
    Ok(())
}

/// Where rows are read from.
pub(crate) trait Source {
    type Error: From<NoRows>;

    /// Fills the buffer.
    fn take(&mut self, into: &mut [u8]) -> Result<(), Self::Error>;

    /// How many bytes are left.
    fn left(&self) -> u64;
}

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Row(Vec<Value>),
    /// The last; and how many there were.
    End(u64),
}

/// Reads a row of this many values, or the end.
pub(crate) fn next<S: Source>(source: &mut S, width: usize) -> Result<Next, S::Error> {
    match byte(source)? {
        ROW => (0..width)
            .map(|_| value(source))
            .collect::<Result<_, _>>()
            .map(Next::Row),
        END => {
            let rows = u64::from_le_bytes(array(source)?);
            if source.left() > 0 {
                return Err(NoRows.into());
            }
            Ok(Next::End(rows))
        }
        _ => Err(NoRows.into()),
    }
}

fn value<S: Source>(source: &mut S) -> Result<Value, S::Error> {
    Ok(match byte(source)? {
        0 => Value::Null,
        1 => Value::Text(String::from_utf8(bytes(source)?).map_err(|_| NoRows)?),
        2 => Value::Int(i64::from_le_bytes(array(source)?)),
        3 => Value::Bytes(bytes(source)?),
        4 => Value::Bool(byte(source)? == 1),
        _ => return Err(NoRows.into()),
    })
}

fn bytes<S: Source>(source: &mut S) -> Result<Vec<u8>, S::Error> {
    let length = u32::from_le_bytes(array(source)?);
    if u64::from(length) > source.left() {
        return Err(NoRows.into());
    }
    let mut bytes = vec![0; length as usize];
    source.take(&mut bytes)?;
    Ok(bytes)
}

fn byte<S: Source>(source: &mut S) -> Result<u8, S::Error> {
    array::<S, 1>(source).map(|[byte]| byte)
}

fn array<S: Source, const N: usize>(source: &mut S) -> Result<[u8; N], S::Error> {
    let mut array = [0; N];
    source.take(&mut array)?;
    Ok(array)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Slice<'a>(&'a [u8]);

    impl Source for Slice<'_> {
        type Error = NoRows;

        fn take(&mut self, into: &mut [u8]) -> Result<(), NoRows> {
            let (now, later) = self.0.split_at_checked(into.len()).ok_or(NoRows)?;
            into.copy_from_slice(now);
            self.0 = later;
            Ok(())
        }

        fn left(&self) -> u64 {
            self.0.len() as u64
        }
    }

    fn rows() -> (Vec<Value>, Vec<u8>) {
        let row = vec![
            Value::Null,
            Value::Text("Zoë".into()),
            Value::Int(i64::MIN),
            Value::Bytes(vec![0, 255]),
            Value::Bool(true),
        ];
        let mut bytes = Vec::new();
        put_row(&mut bytes, &row).unwrap();
        put_end(&mut bytes, 1);
        (row, bytes)
    }

    #[test]
    fn rows_come_back() {
        let (row, bytes) = rows();
        let mut source = Slice(&bytes);
        assert_eq!(next(&mut source, 5), Ok(Next::Row(row)));
        assert_eq!(next(&mut source, 5), Ok(Next::End(1)));
    }

    /// Whatever one byte becomes, and wherever they are cut: rows or a refusal, never a panic.
    #[test]
    fn other_bytes_are_refused_or_read() {
        let (_, bytes) = rows();
        for cut in 0..bytes.len() {
            let mut source = Slice(&bytes[..cut]);
            let read = next(&mut source, 5).and_then(|_| next(&mut source, 5));
            assert_eq!(read, Err(NoRows), "cut at {cut}");
        }
        for place in 0..bytes.len() {
            for byte in 0..=255 {
                let mut other = bytes.clone();
                other[place] = byte;
                let mut source = Slice(&other);
                while let Ok(Next::Row(_)) = next(&mut source, 5) {}
            }
        }
    }

    #[test]
    fn a_length_beyond_what_is_left_allocates_nothing() {
        let bytes = [1, 3, 255, 255, 255, 255, 0];
        assert_eq!(next(&mut Slice(&bytes), 1), Err(NoRows));
    }
}
