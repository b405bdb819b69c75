//! Locks: versions that are kept from being deleted until a moment, or until somebody lifts it.
//!
//! Promises: a lock is custody's hold, so it stands whatever door somebody comes by; what a request asks for is held or
//! refused; a bucket takes locks if it was made for them. Leaves out: who may set a lock aside (custody).

use custody::Error;
use custody::dataset::{Dataset, DatasetChange};
use custody::item::{Hold, HoldChange, Retention, RetentionMode, Version};
use http::{HeaderMap, StatusCode};
use kernel::{Timestamp, VersionId};
use s3s::dto::*;
use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result, s3_error};
use std::collections::BTreeMap;

use super::moment;
use super::read::found;
use crate::bucket;
use crate::caller::Caller;
use crate::errors::{Missing, held, invalid, told};
use crate::keeper::Keeper;
use crate::versioning::{self, named};

/// The note of a bucket that takes locks.
const BUCKET_NOTE: &str = "s3.lock";
/// The note of a bucket whose default was given in years.
const YEARS_NOTE: &str = "s3.lock-years";
/// The note of a version that has been locked over S3: what holds it is worth another look.
pub(crate) const NOTE: &str = "lock";
/// What S3 allows: a hundred years.
const MOST_DAYS: i32 = 36_500;
const DAYS_OF_YEAR: i32 = 365;

/// What a write says about locks.
pub(crate) struct Asked {
    pub(crate) mode: Option<ObjectLockMode>,
    pub(crate) until: Option<s3s::dto::Timestamp>,
    pub(crate) legal: Option<ObjectLockLegalHoldStatus>,
}

/// Takes the fields out of the input of a write; three kinds of input have them.
macro_rules! asked {
    ($input:expr) => {
        $crate::object::lock::Asked {
            mode: $input.object_lock_mode.take(),
            until: $input.object_lock_retain_until_date.take(),
            legal: $input.object_lock_legal_hold_status.take(),
        }
    };
}
pub(crate) use asked;

impl Asked {
    /// The hold that the new version gets, if one was asked for. The bucket must take locks.
    pub(crate) async fn hold(self, keeper: &Keeper, caller: &Caller, bucket: &str) -> S3Result<Option<Hold>> {
        let retention = match (self.mode, self.until) {
            (None, None) => None,
            (Some(mode), Some(until)) => Some(retention(keeper, mode.as_str(), &until)?),
            _ => {
                return Err(invalid(
                    "x-amz-object-lock-mode and x-amz-object-lock-retain-until-date come together",
                ));
            }
        };
        let legal = self
            .legal
            .map(|status| is_on(&status).ok_or_else(|| invalid("x-amz-object-lock-legal-hold is ON or OFF")))
            .transpose()?;
        if retention.is_none() && legal.is_none() {
            return Ok(None);
        }
        let dataset = keeper.bucket(caller, bucket).await;
        takes_locks(&dataset.map_err(|error| told(error, Missing::Bucket))?)?;
        Ok(Some(Hold {
            retention,
            legal: legal.unwrap_or(false),
        }))
    }
}

/// S3 wants a lock on bytes that are certain.
pub(crate) fn check_certain(hold: Option<&Hold>, headers: &HeaderMap) -> S3Result<()> {
    let sum = |name: &http::HeaderName| name.as_str().starts_with("x-amz-checksum-");
    let certain = headers.contains_key("content-md5")
        || headers.contains_key("x-amz-trailer")
        || headers.keys().any(sum);
    if hold.is_none() || certain {
        return Ok(());
    }
    Err(s3_error!(
        InvalidRequest,
        "an object that is locked comes with Content-MD5 or an x-amz-checksum- header"
    ))
}

/// Whether the bucket takes locks.
pub(crate) fn is_taken(bucket: &Dataset) -> bool {
    bucket.notes.contains_key(BUCKET_NOTE)
}

fn takes_locks(dataset: &Dataset) -> S3Result<()> {
    if is_taken(dataset) {
        return Ok(());
    }
    Err(s3_error!(
        InvalidRequest,
        "the bucket takes no locks: make one with x-amz-bucket-object-lock-enabled: true"
    ))
}

fn mode_of(word: &str) -> S3Result<RetentionMode> {
    match word {
        ObjectLockRetentionMode::GOVERNANCE => Ok(RetentionMode::Governance),
        ObjectLockRetentionMode::COMPLIANCE => Ok(RetentionMode::Compliance),
        _ => Err(s3_error!(MalformedXML, "Mode is GOVERNANCE or COMPLIANCE")),
    }
}

const fn word_of(mode: RetentionMode) -> &'static str {
    match mode {
        RetentionMode::Governance => ObjectLockRetentionMode::GOVERNANCE,
        RetentionMode::Compliance => ObjectLockRetentionMode::COMPLIANCE,
    }
}

fn is_on(status: &ObjectLockLegalHoldStatus) -> Option<bool> {
    match status.as_str() {
        ObjectLockLegalHoldStatus::ON => Some(true),
        ObjectLockLegalHoldStatus::OFF => Some(false),
        _ => None,
    }
}

fn status_of(legal: bool) -> ObjectLockLegalHoldStatus {
    ObjectLockLegalHoldStatus::from_static(match legal {
        true => ObjectLockLegalHoldStatus::ON,
        false => ObjectLockLegalHoldStatus::OFF,
    })
}

fn retention(keeper: &Keeper, mode: &str, until: &s3s::dto::Timestamp) -> S3Result<Retention> {
    let until = instant(until).filter(|until| *until > keeper.now());
    let until = until.ok_or_else(|| invalid("a version is held until a date that is still to come"))?;
    Ok(Retention {
        mode: mode_of(mode)?,
        until,
    })
}

/// The moment that a client named. `s3s` hands out its text alone.
fn instant(at: &s3s::dto::Timestamp) -> Option<Timestamp> {
    let mut text = Vec::new();
    // Seconds since 1970 are the one form in which it minds the offset that the client wrote.
    at.format(TimestampFormat::EpochSeconds, &mut text).ok()?;
    let text = std::str::from_utf8(&text).ok()?;
    let (seconds, rest) = text.split_once('.').unwrap_or((text, ""));
    let seconds: i64 = seconds.parse().ok().filter(|seconds| *seconds >= 0)?;
    let micros: String = rest.chars().chain("000000".chars()).take(6).collect();
    let micros = seconds
        .checked_mul(1_000_000)?
        .checked_add(micros.parse().ok()?)?;
    Some(Timestamp::from_micros(micros))
}

/// What the answer to a read says about the lock.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Shown(Option<Hold>);

impl Shown {
    /// Looks when there is something to be seen, and the caller may.
    pub(crate) async fn of(
        keeper: &Keeper,
        caller: &Caller,
        bucket: &str,
        key: &str,
        version: &Version,
    ) -> S3Result<Self> {
        if !version.notes.contains_key(NOTE) {
            return Ok(Self(None));
        }
        match keeper.hold(caller, bucket, key, Some(version.id)).await {
            Ok(hold) => Ok(Self(Some(hold))),
            Err(Error::Forbidden { .. } | Error::NotFound(_)) => Ok(Self(None)),
            Err(error) => Err(told(error, Missing::Key)),
        }
    }

    fn retention(self) -> Option<Retention> {
        self.0.and_then(|hold| hold.retention)
    }

    pub(crate) fn mode(self) -> Option<ObjectLockMode> {
        let mode = self.retention().map(|retention| word_of(retention.mode));
        mode.map(ObjectLockMode::from_static)
    }

    pub(crate) fn until(self) -> Option<s3s::dto::Timestamp> {
        self.retention().map(|retention| moment(retention.until))
    }

    pub(crate) fn legal(self) -> Option<ObjectLockLegalHoldStatus> {
        self.0.map(|hold| status_of(hold.legal))
    }
}

/// One version that is named by a request about its lock.
struct Held {
    bucket: String,
    key: String,
    version: Option<VersionId>,
}

impl Held {
    /// Finds it, with the answers that unknown and deleted ones get.
    async fn of(
        keeper: &Keeper,
        caller: &Caller,
        bucket: String,
        key: String,
        version: Option<&str>,
    ) -> S3Result<Self> {
        let version = named(keeper, caller, &bucket, &key, version).await?;
        found(keeper, caller, &bucket, &key, version).await?;
        Ok(Self { bucket, key, version })
    }

    async fn hold(&self, keeper: &Keeper, caller: &Caller) -> S3Result<Hold> {
        let hold = keeper.hold(caller, &self.bucket, &self.key, self.version).await;
        hold.map_err(|error| told(error, Missing::Version))
    }

    /// Whether somebody has held it over S3: then what was lifted is off, and not unknown.
    async fn was_held(&self, keeper: &Keeper, caller: &Caller) -> S3Result<bool> {
        let item = found(keeper, caller, &self.bucket, &self.key, self.version).await?;
        let version = super::read::current(keeper, caller, &item, self.version).await?;
        Ok(version.notes.contains_key(NOTE))
    }

    async fn change(&self, keeper: &Keeper, caller: &Caller, change: HoldChange) -> S3Result<()> {
        let changed = keeper
            .change_hold(caller, &self.bucket, &self.key, self.version, change)
            .await;
        changed.map_err(|error| match error {
            Error::Conflict(sentence) => held(sentence),
            error => told(error, Missing::Version),
        })?;
        let note = BTreeMap::from([(NOTE.to_owned(), Some("1".to_owned()))]);
        let noted = keeper
            .change_notes(caller, &self.bucket, &self.key, self.version, note)
            .await;
        match noted {
            // What is archived is held all the same, and is not shown.
            Ok(_) | Err(Error::Forbidden { .. } | Error::Conflict(_)) => Ok(()),
            Err(error) => Err(told(error, Missing::Version)),
        }
    }
}

fn no_lock() -> S3Error {
    let mut error = s3_error!(NoSuchObjectLockConfiguration, "the object has no lock");
    error.set_status_code(StatusCode::NOT_FOUND);
    error
}

/// Answers GET ?legal-hold.
pub(crate) async fn legal_hold(
    keeper: &Keeper,
    request: S3Request<GetObjectLegalHoldInput>,
) -> S3Result<S3Response<GetObjectLegalHoldOutput>> {
    let bucket = bucket::found(keeper, &request, &request.input.bucket).await?;
    takes_locks(&bucket)?;
    let caller = Caller::of(&request)?;
    let input = request.input;
    let version = input.version_id.as_deref();
    let named = Held::of(keeper, &caller, input.bucket, input.key, version).await?;
    let hold = named.hold(keeper, &caller).await?;
    if hold == Hold::default() && !named.was_held(keeper, &caller).await? {
        return Err(no_lock());
    }
    let status = Some(status_of(hold.legal));
    Ok(S3Response::new(GetObjectLegalHoldOutput {
        legal_hold: Some(ObjectLockLegalHold { status }),
    }))
}

/// Answers PUT ?legal-hold.
pub(crate) async fn set_legal_hold(
    keeper: &Keeper,
    request: S3Request<PutObjectLegalHoldInput>,
) -> S3Result<S3Response<PutObjectLegalHoldOutput>> {
    let bucket = bucket::found(keeper, &request, &request.input.bucket).await?;
    let caller = Caller::of(&request)?;
    takes_locks(&bucket)?;
    let input = request.input;
    let status = input.legal_hold.and_then(|hold| hold.status);
    let legal = status.as_ref().and_then(is_on);
    let legal = legal.ok_or_else(|| s3_error!(MalformedXML, "Status is ON or OFF"))?;
    let version = input.version_id.as_deref();
    let named = Held::of(keeper, &caller, input.bucket, input.key, version).await?;
    named.change(keeper, &caller, HoldChange::Legal(legal)).await?;
    Ok(S3Response::new(PutObjectLegalHoldOutput::default()))
}

/// Answers GET ?retention.
pub(crate) async fn retained(
    keeper: &Keeper,
    request: S3Request<GetObjectRetentionInput>,
) -> S3Result<S3Response<GetObjectRetentionOutput>> {
    let bucket = bucket::found(keeper, &request, &request.input.bucket).await?;
    takes_locks(&bucket)?;
    let caller = Caller::of(&request)?;
    let input = request.input;
    let version = input.version_id.as_deref();
    let named = Held::of(keeper, &caller, input.bucket, input.key, version).await?;
    let hold = named.hold(keeper, &caller).await?;
    let retention = hold.retention.ok_or_else(no_lock)?;
    Ok(S3Response::new(GetObjectRetentionOutput {
        retention: Some(ObjectLockRetention {
            mode: Some(ObjectLockRetentionMode::from_static(word_of(retention.mode))),
            retain_until_date: Some(moment(retention.until)),
        }),
    }))
}

/// Answers PUT ?retention. One without mode and date takes a retention away, where that is allowed.
pub(crate) async fn set_retention(
    keeper: &Keeper,
    request: S3Request<PutObjectRetentionInput>,
) -> S3Result<S3Response<PutObjectRetentionOutput>> {
    let bucket = bucket::found(keeper, &request, &request.input.bucket).await?;
    let caller = Caller::of(&request)?;
    takes_locks(&bucket)?;
    let input = request.input;
    let asked = input.retention.map(|asked| (asked.mode, asked.retain_until_date));
    let retention = match asked {
        Some((Some(mode), Some(until))) => Some(retention(keeper, mode.as_str(), &until)?),
        Some((None, None)) => None,
        _ => return Err(s3_error!(MalformedXML, "Mode and RetainUntilDate come together")),
    };
    let bypass = input.bypass_governance_retention.unwrap_or(false);
    let version = input.version_id.as_deref();
    let named = Held::of(keeper, &caller, input.bucket, input.key, version).await?;
    named
        .change(
            keeper,
            &caller,
            HoldChange::Retention {
                to: retention,
                bypass,
            },
        )
        .await?;
    Ok(S3Response::new(PutObjectRetentionOutput::default()))
}

/// Makes a new bucket one that takes locks.
pub(crate) fn enabling() -> DatasetChange {
    DatasetChange {
        notes: BTreeMap::from([(BUCKET_NOTE.to_owned(), Some("enabled".to_owned()))]),
        ..DatasetChange::default()
    }
}

/// Answers GET ?object-lock.
pub(crate) async fn configuration(
    keeper: &Keeper,
    request: S3Request<GetObjectLockConfigurationInput>,
) -> S3Result<S3Response<GetObjectLockConfigurationOutput>> {
    let bucket = bucket::found(keeper, &request, &request.input.bucket).await?;
    if takes_locks(&bucket).is_err() {
        let sentence = "the bucket has no object lock configuration";
        let mut error = S3Error::with_message(S3ErrorCode::ObjectLockConfigurationNotFoundError, sentence);
        error.set_status_code(StatusCode::NOT_FOUND);
        return Err(error);
    }
    let enabled = ObjectLockEnabled::from_static(ObjectLockEnabled::ENABLED);
    Ok(S3Response::new(GetObjectLockConfigurationOutput {
        object_lock_configuration: Some(ObjectLockConfiguration {
            object_lock_enabled: Some(enabled),
            rule: default_of(&bucket).map(|default| ObjectLockRule {
                default_retention: Some(default),
            }),
        }),
    }))
}

fn default_of(bucket: &Dataset) -> Option<DefaultRetention> {
    let (mode, days) = bucket.hold_default.as_deref()?.split_once(':')?;
    let days: i32 = days.parse().ok()?;
    let years: Option<i32> = bucket.notes.get(YEARS_NOTE).and_then(|years| years.parse().ok());
    let years = years.filter(|years| years.checked_mul(DAYS_OF_YEAR) == Some(days));
    Some(DefaultRetention {
        mode: Some(ObjectLockRetentionMode::from(mode.to_ascii_uppercase())),
        days: Some(days).filter(|_| years.is_none()),
        years,
    })
}

/// Answers PUT ?object-lock.
pub(crate) async fn configure(
    keeper: &Keeper,
    request: S3Request<PutObjectLockConfigurationInput>,
) -> S3Result<S3Response<PutObjectLockConfigurationOutput>> {
    let bucket = bucket::found(keeper, &request, &request.input.bucket).await?;
    let caller = Caller::of(&request)?;
    if !is_taken(&bucket) && !versioning::is_enabled(&bucket) {
        return Err(s3_error!(
            InvalidBucketState,
            "a bucket takes locks when its versioning is enabled: enable that first"
        ));
    }
    let asked = request.input.object_lock_configuration.unwrap_or_default();
    let enabled = asked.object_lock_enabled.as_ref().map(ObjectLockEnabled::as_str);
    if enabled != Some(ObjectLockEnabled::ENABLED) {
        return Err(s3_error!(MalformedXML, "ObjectLockEnabled is Enabled"));
    }
    let default = asked.rule.map(read_default).transpose()?;
    let years = default.as_ref().and_then(|(_, years)| *years);
    let change = DatasetChange {
        notes: BTreeMap::from([
            (YEARS_NOTE.to_owned(), years.map(|years| years.to_string())),
            (BUCKET_NOTE.to_owned(), Some("enabled".to_owned())),
        ]),
        hold_default: Some(default.map(|(default, _)| default)),
        ..DatasetChange::default()
    };
    let changed = keeper.change_bucket(&caller, bucket.id, change).await;
    changed.map_err(|error| told(error, Missing::Bucket))?;
    Ok(S3Response::new(PutObjectLockConfigurationOutput::default()))
}

/// A default in custody's words, and its years if it was given in years.
fn read_default(rule: ObjectLockRule) -> S3Result<(String, Option<i32>)> {
    let malformed = || s3_error!(MalformedXML, "DefaultRetention has a Mode, and Days or Years");
    let default = rule.default_retention.ok_or_else(malformed)?;
    let mode = mode_of(default.mode.as_ref().ok_or_else(malformed)?.as_str())?;
    let days = match (default.days, default.years) {
        (Some(days), None) => Some(days),
        (None, Some(years)) => years.checked_mul(DAYS_OF_YEAR),
        _ => return Err(malformed()),
    };
    let days = days.filter(|days| (1..=MOST_DAYS).contains(days));
    let days = days.ok_or_else(|| {
        let sentence = "a default retention has 1 day to 100 years";
        let mut error = S3Error::with_message(S3ErrorCode::Custom("InvalidRetentionPeriod".into()), sentence);
        error.set_status_code(StatusCode::BAD_REQUEST);
        error
    })?;
    let mode = word_of(mode).to_ascii_lowercase();
    Ok((format!("{mode}:{days}"), default.years))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(mode: &str, days: Option<i32>, years: Option<i32>) -> Result<(String, Option<i32>), String> {
        let default_retention = Some(DefaultRetention {
            mode: Some(mode.to_owned().into()),
            days,
            years,
        });
        read_default(ObjectLockRule { default_retention }).map_err(|error| error.code().as_str().to_owned())
    }

    #[test]
    fn a_default_has_days_or_years() {
        assert_eq!(
            read("GOVERNANCE", Some(30), None),
            Ok(("governance:30".into(), None))
        );
        assert_eq!(
            read("COMPLIANCE", None, Some(2)),
            Ok(("compliance:730".into(), Some(2)))
        );
        for (mode, days, years, code) in [
            ("GOVERNANCE", Some(1), Some(1), "MalformedXML"),
            ("GOVERNANCE", None, None, "MalformedXML"),
            ("governance", Some(1), None, "MalformedXML"),
            ("GOVERNANCE", Some(0), None, "InvalidRetentionPeriod"),
            ("GOVERNANCE", Some(-1), None, "InvalidRetentionPeriod"),
            ("GOVERNANCE", Some(i32::MAX), None, "InvalidRetentionPeriod"),
            ("GOVERNANCE", None, Some(i32::MAX), "InvalidRetentionPeriod"),
        ] {
            assert_eq!(
                read(mode, days, years),
                Err(code.to_owned()),
                "{mode} {days:?} {years:?}"
            );
        }
    }

    #[test]
    fn moments_come_through() {
        let at = Timestamp::from_micros(1_767_603_600_250_000);
        assert_eq!(instant(&moment(at)), Some(at));
        let elsewhere = "2026-01-05T11:00:00+02:00";
        let read = s3s::dto::Timestamp::parse(TimestampFormat::DateTime, elsewhere).unwrap();
        assert_eq!(instant(&read), elsewhere.parse().ok());
    }
}
