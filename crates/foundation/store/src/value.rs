//! The four portable kinds and NULL, and how Rust values become them and come back.

use kernel::{
    AdmissionStepId, AnnotationSetId, ConsentId, DatasetId, DeletionCertificateId, DeliveryId, EntryId,
    ErasureId, EventId, ExportId, IdentifierId, ItemId, KeyId, LegalHoldId, LetterId, MemberId, MergeId,
    ObjectId, OperationId, OperatorAccessId, PartId, PurposeId, RequestId, RetentionNoticeId, ShareId,
    SubjectId, TaskId, TenantId, Timestamp, UploadId, VersionId, VisitId, WebhookId,
};

/// What a column or a parameter holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// No value.
    Null,
    /// Text without U+0000, which PostgreSQL cannot hold.
    Text(String),
    /// A 64-bit integer; times are microseconds since 1970.
    Int(i64),
    /// Bytes; ids are sixteen of them.
    Bytes(Vec<u8>),
    /// A boolean, which comes back from SQLite as 0 or 1.
    Bool(bool),
}

impl Value {
    /// The word for the kind, as used in errors and in `schema.txt`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Text(_) => "text",
            Self::Int(_) => "int",
            Self::Bytes(_) => "bytes",
            Self::Bool(_) => "bool",
        }
    }
}

/// Makes the parameters of a statement: `tx.execute(SQL, params![tenant, name, now])`.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { &[$($crate::Value::from($value)),*][..] as &[$crate::Value] };
}

/// A Rust type that a column can be read as. Implement it for a domain's own enums by way of text.
pub trait FromValue: Sized {
    /// The word for the wanted kind, for errors.
    const KIND: &'static str;

    /// The value, or nothing when the kind does not fit. NULL fits only `Option`.
    fn from_value(value: &Value) -> Option<Self>;
}

impl<T: FromValue> FromValue for Option<T> {
    const KIND: &'static str = T::KIND;
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            other => T::from_value(other).map(Some),
        }
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

macro_rules! from_value {
    ($($target:ty, $kind:literal, $pattern:pat => $value:expr;)*) => {$(
        impl FromValue for $target {
            const KIND: &'static str = $kind;
            fn from_value(value: &Value) -> Option<Self> {
                match value { $pattern => $value, _ => None }
            }
        }
    )*};
}

from_value! {
    String, "text", Value::Text(text) => Some(text.clone());
    i64, "int", Value::Int(number) => Some(*number);
    u32, "int", Value::Int(number) => (*number).try_into().ok();
    u64, "int", Value::Int(number) => (*number).try_into().ok();
    Vec<u8>, "bytes", Value::Bytes(bytes) => Some(bytes.clone());
    Timestamp, "int", Value::Int(micros) => Some(Timestamp::from_micros(*micros));
}

impl FromValue for bool {
    const KIND: &'static str = "bool";
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(truth) => Some(*truth),
            // SQLite has no boolean: 0 and 1 are what it keeps for one.
            Value::Int(0) => Some(false),
            Value::Int(1) => Some(true),
            _ => None,
        }
    }
}

impl<const N: usize> FromValue for [u8; N] {
    const KIND: &'static str = "bytes";
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Bytes(bytes) => bytes.as_slice().try_into().ok(),
            _ => None,
        }
    }
}

macro_rules! into_value {
    ($($source:ty, $name:ident => $value:expr;)*) => {$(
        impl From<$source> for Value {
            fn from($name: $source) -> Self { $value }
        }
    )*};
}

into_value! {
    &str, text => Self::Text(text.to_owned());
    String, text => Self::Text(text);
    &String, text => Self::Text(text.clone());
    i64, number => Self::Int(number);
    i32, number => Self::Int(number.into());
    u32, number => Self::Int(number.into());
    bool, truth => Self::Bool(truth);
    &[u8], bytes => Self::Bytes(bytes.to_vec());
    Vec<u8>, bytes => Self::Bytes(bytes);
    &Vec<u8>, bytes => Self::Bytes(bytes.clone());
    Timestamp, moment => Self::Int(moment.as_micros());
}

impl<const N: usize> From<[u8; N]> for Value {
    fn from(bytes: [u8; N]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

impl<const N: usize> From<&[u8; N]> for Value {
    fn from(bytes: &[u8; N]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

macro_rules! ids {
    ($($id:ty),* $(,)?) => {$(
        impl From<$id> for Value {
            fn from(id: $id) -> Self { Self::Bytes(id.as_bytes().to_vec()) }
        }
        impl From<&$id> for Value {
            fn from(id: &$id) -> Self { Self::Bytes(id.as_bytes().to_vec()) }
        }
        impl FromValue for $id {
            const KIND: &'static str = stringify!($id);
            fn from_value(value: &Value) -> Option<Self> {
                match value { Value::Bytes(bytes) => Self::from_bytes(bytes).ok(), _ => None }
            }
        }
    )*};
}

ids!(
    TenantId,
    MemberId,
    KeyId,
    DatasetId,
    ErasureId,
    IdentifierId,
    MergeId,
    ItemId,
    VersionId,
    SubjectId,
    EventId,
    OperationId,
    LetterId,
    WebhookId,
    DeliveryId,
    VisitId,
    UploadId,
    PartId,
    TaskId,
    AnnotationSetId,
    EntryId,
    RequestId,
    PurposeId,
    ConsentId,
    ExportId,
    ShareId,
    OperatorAccessId,
    AdmissionStepId,
    LegalHoldId,
    RetentionNoticeId,
    DeletionCertificateId,
    ObjectId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_fits_only_an_option() {
        assert_eq!(<Option<i64>>::from_value(&Value::Null), Some(None));
        assert_eq!(i64::from_value(&Value::Null), None);
        assert_eq!(bool::from_value(&Value::Null), None);
        assert_eq!(String::from_value(&Value::Null), None);
    }

    #[test]
    fn only_zero_and_one_are_booleans() {
        assert_eq!(bool::from_value(&Value::Int(1)), Some(true));
        assert_eq!(bool::from_value(&Value::Int(2)), None);
    }

    #[test]
    fn numbers_that_do_not_fit_are_refused() {
        assert_eq!(u32::from_value(&Value::Int(-1)), None);
        assert_eq!(u64::from_value(&Value::Int(i64::MAX)), Some(i64::MAX as u64));
        assert_eq!(<[u8; 2]>::from_value(&Value::Bytes(vec![1, 2, 3])), None);
    }
}
