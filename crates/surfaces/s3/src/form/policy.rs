//! Whether a form keeps to its policy, as S3 says it: what does not fit is denied, and is no fault of the policy's.
//!
//! Leaves out: whether the policy is one, is signed, has ended, and names every field, all of which `s3s` asks after this, and
//! the fields once more.

use s3s::post_policy::{PostPolicy, PostPolicyCondition};
use s3s::{S3Result, s3_error};

use super::Form;

/// Holds the fields to the policy's conditions. `bucket` is the one that the form is sent to.
pub(super) fn check(form: &Form, bucket: Option<&str>) -> S3Result<()> {
    let policy = form.field("policy").map(PostPolicy::from_base64);
    // What is no policy is refused as such later.
    let Some(Ok(policy)) = policy else { return Ok(()) };
    for condition in &policy.conditions {
        let (field, fits) = match condition {
            PostPolicyCondition::Eq { field, value } => (field, said(form, bucket, field) == Some(value)),
            PostPolicyCondition::StartsWith { field, prefix } => {
                let text = said(form, bucket, field).unwrap_or_default();
                (field, text.starts_with(prefix.as_str()))
            }
            PostPolicyCondition::ContentLengthRange { .. } => continue,
        };
        if !fits {
            return Err(s3_error!(
                AccessDenied,
                "the form does not keep to its policy: the condition for {} fails",
                field
            ));
        }
    }
    Ok(())
}

fn said<'f>(form: &'f Form, bucket: Option<&'f str>, field: &str) -> Option<&'f str> {
    match (field, bucket) {
        ("bucket", Some(bucket)) => Some(bucket),
        _ => form.field(field),
    }
}
