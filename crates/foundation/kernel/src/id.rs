//! Typed ids: UUID version 7 (RFC 9562), made from a clock and randomness that are arguments.
//!
//! Ids sort by the moment they were made, to about a microsecond (RFC 9562, section 6.2, method 3), so
//! listings by id are listings by age.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::{Random, Timestamp};

/// Text or bytes that are not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an id: ids look like 0198f0c2-7d3a-7c11-9b1e-5f6a7b8c9d0e")]
pub struct BadId;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id for this moment.
            pub fn make(now: Timestamp, random: &dyn Random) -> Self {
                Self(make_v7(now, random))
            }

            /// The id whose sixteen bytes these are; used for reading what [`Self::as_bytes`] stored.
            pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadId> {
                Uuid::from_slice(bytes).map(Self).map_err(|_| BadId)
            }

            /// Sixteen bytes, big endian: sorted like the text form.
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0.hyphenated())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            /// Only the hyphenated form is an id, so that one id has one spelling.
            fn from_str(text: &str) -> Result<Self, BadId> {
                if text.len() != 36 {
                    return Err(BadId);
                }
                Uuid::try_parse(text).map(Self).map_err(|_| BadId)
            }
        }
    )*};
}

ids! {
    /// A customer whose data is kept apart from every other's.
    TenantId;
    /// A person of a tenant.
    MemberId;
    /// An API key.
    KeyId;
    /// A named collection of items under one key.
    DatasetId;
    /// A file or a record in a dataset.
    ItemId;
    /// One immutable state of an item's bytes.
    VersionId;
    /// A person the data is about.
    SubjectId;
    /// One of the words by which a person is known: an address, a number.
    IdentifierId;
    /// One time that two people were found to be one.
    MergeId;
    /// One erasure of what is kept about a person.
    ErasureId;
    /// One entry of the trail.
    EventId;
    /// One attempt to act, as shown in answers and log lines.
    OperationId;
    /// A letter to a person, from when it is written until nothing of it is known.
    LetterId;
    /// Bytes that are being brought in parts, until they are a version.
    UploadId;
    /// One part of such bytes.
    PartId;
    /// A lease of work: a batch of items that one member holds for a while.
    TaskId;
    /// One state of what is said about a version of an item.
    AnnotationSetId;
    /// One entry of a register that a company keeps: a policy, a training, a vendor.
    EntryId;
    /// What a person asks for about their data.
    RequestId;
    /// What personal data is processed for.
    PurposeId;
    /// One time that a person agreed to a purpose or took it back.
    ConsentId;
    /// An export: a numbered manifest of chosen versions of a dataset's items.
    ExportId;
    /// A link by which a dataset or one of its exports is shared with the public.
    ShareId;
    /// The operator's access to what a tenant keeps, for a while and because the tenant lets it happen.
    OperatorAccessId;
    /// Somebody without an account at a tenant's page for the people its data is about, until they leave.
    VisitId;
    /// Something that a tenant asks of its members before they see anything.
    AdmissionStepId;
    /// A legal hold: what it is on must not be deleted until it is lifted.
    LegalHoldId;
    /// An announcement of what a retention rule will end.
    RetentionNoticeId;
    /// Proof that nothing is left of a tenant.
    DeletionCertificateId;
    /// An address of a tenant's that is told of its events.
    WebhookId;
    /// One message to such an address, however often it is tried.
    DeliveryId;
    /// Sealed bytes at rest outside the database.
    ObjectId;
}

fn make_v7(now: Timestamp, random: &dyn Random) -> Uuid {
    let micros = now.as_micros().max(0) as u64;
    let mut tail = [0u8; 10];
    random.fill(&mut tail);
    // rand_a holds the fraction of the millisecond, scaled to twelve bits.
    let fraction = ((micros % 1_000) << 12) / 1_000;
    tail[0] = (fraction >> 8) as u8;
    tail[1] = fraction as u8;
    uuid::Builder::from_unix_timestamp_millis(micros / 1_000, &tail).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Zeroes;
    impl Random for Zeroes {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }

    #[test]
    fn ids_sort_by_the_microsecond_they_were_made_in() {
        let at = |micros| ItemId::make(Timestamp::from_micros(micros), &Zeroes);
        assert!(at(1_700_000_000_000_001) < at(1_700_000_000_000_002));
        assert!(at(1_700_000_000_000_999) < at(1_700_000_000_001_000));
        assert!(at(1_700_000_000_000_001).to_string() < at(1_700_000_000_000_002).to_string());
    }

    #[test]
    fn one_id_has_one_spelling() {
        let id = ItemId::make(Timestamp::from_micros(1_700_000_000_000_001), &Zeroes);
        assert_eq!(id.to_string().parse::<ItemId>(), Ok(id));
        assert_eq!(ItemId::from_bytes(id.as_bytes()), Ok(id));
        for other in [
            id.to_string().replace('-', ""),
            format!("{{{id}}}"),
            format!("urn:uuid:{id}"),
            String::new(),
        ] {
            assert_eq!(other.parse::<ItemId>(), Err(BadId), "{other}");
        }
    }

    #[test]
    fn ids_are_version_seven() {
        let id = ItemId::make(Timestamp::from_micros(1_700_000_000_000_001), &Zeroes).to_string();
        assert_eq!(&id[14..15], "7");
        assert!(matches!(&id[19..20], "8" | "9" | "a" | "b"));
    }
}
