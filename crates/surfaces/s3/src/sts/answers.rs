//! The documents of STS.

use custody::key::{Identity, IssuedKey};
use kernel::Timestamp;
use secrecy::ExposeSecret as _;

use super::arn_of;
use super::role::Role;
use crate::door::escaped;

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

pub(super) fn identity(identity: &Identity, operation: &str) -> String {
    let result = format!(
        "<UserId>{}</UserId><Account>{}</Account><Arn>{}</Arn>",
        identity.member,
        identity.tenant,
        escaped(&arn_of(identity))
    );
    document("GetCallerIdentity", &result, operation)
}

pub(super) fn session_token(issued: &IssuedKey, operation: &str) -> String {
    document("GetSessionToken", &credentials(issued), operation)
}

pub(super) fn assumed_role(
    issued: &IssuedKey,
    identity: &Identity,
    role: &Role,
    session: &str,
    packed: Option<usize>,
    operation: &str,
) -> String {
    let arn = format!(
        "arn:aws:sts::{}:assumed-role/{}/{session}",
        identity.tenant,
        role.name()
    );
    let packed = packed.map(|percent| format!("<PackedPolicySize>{percent}</PackedPolicySize>"));
    let result = format!(
        "{}<AssumedRoleUser><AssumedRoleId>{}:{}</AssumedRoleId><Arn>{}</Arn></AssumedRoleUser>{}",
        credentials(issued),
        issued.access_key,
        escaped(session),
        escaped(&arn),
        packed.unwrap_or_default()
    );
    document("AssumeRole", &result, operation)
}

/// The document for an error that S3's own document says.
pub(crate) fn error_document(code: &str, message: &str, sender: bool, operation: &str) -> String {
    let kind = if sender { "Sender" } else { "Receiver" };
    format!(
        "<ErrorResponse xmlns=\"{NAMESPACE}\"><Error><Type>{kind}</Type><Code>{}</Code><Message>{message}</Message></Error>\
         <RequestId>{operation}</RequestId></ErrorResponse>",
        code_of(code)
    )
}

/// What STS calls errors that S3 has another word for.
fn code_of(code: &str) -> &str {
    match code {
        "InvalidAccessKeyId" => "InvalidClientTokenId",
        "AuthorizationHeaderMalformed" => "IncompleteSignature",
        "InternalError" => "InternalFailure",
        other => other,
    }
}

fn credentials(issued: &IssuedKey) -> String {
    format!(
        "<Credentials><AccessKeyId>{}</AccessKeyId><SecretAccessKey>{}</SecretAccessKey><SessionToken>{}</SessionToken>\
         <Expiration>{}</Expiration></Credentials>",
        issued.access_key,
        issued.signing_secret.expose_secret(),
        issued.secret.expose_secret(),
        issued.key.expires_at.map(whole_seconds).unwrap_or_default()
    )
}

/// A moment as clients of STS know it, never later than it is.
fn whole_seconds(moment: Timestamp) -> String {
    let text = moment.to_string();
    let seconds = text.split(['.', 'Z']).next().unwrap_or_default();
    format!("{seconds}Z")
}

fn document(call: &str, result: &str, operation: &str) -> String {
    format!(
        "<{call}Response xmlns=\"{NAMESPACE}\"><{call}Result>{result}</{call}Result>\
         <ResponseMetadata><RequestId>{operation}</RequestId></ResponseMetadata></{call}Response>"
    )
}
