//! What a signature must be before it is verified, and what it is verified with.
//!
//! Promises: version 4 alone, over the host and every `x-amz-` header that came, for S3, for the configured region; a
//! presigned URL lives for at most seven days; nobody signs twice. Leaves out: the comparison itself, the dates and the
//! hash of the body, which are `s3s`'s.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use custody::{Credential, Custody};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;
use s3s::auth::{S3Auth, SecretKey};
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};
use secrecy::{ExposeSecret as _, SecretString};

use crate::errors::{Missing, not_served, told};

tokio::task_local! {
    /// The request that this task answers: `s3s` asks for secrets by access key alone.
    pub(crate) static ASKING: Asking;
}

/// What is known of who signs, and what is found out about it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asking {
    /// The session token that came along.
    pub(crate) token: Option<SecretString>,
    /// Whose the access key is, once somebody has asked for its secret.
    pub(crate) owner: Arc<OnceLock<Owner>>,
}

/// Who owns everything that the caller can see: the tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owner {
    /// What S3 calls the account's canonical id.
    pub(crate) id: String,
    /// The tenant's short name.
    pub(crate) name: String,
}

/// The longest a presigned URL may live, in seconds.
const LONGEST_EXPIRY: u32 = 7 * 24 * 60 * 60;

/// Headers that clients add after signing and that change nothing.
const HARMLESS: [&str; 2] = ["x-amz-user-agent", "x-amz-sdk-request"];

pub(crate) const SAY_V4: &str = "version 2 signatures are not taken: sign with AWS4-HMAC-SHA256 (in boto3, Config(signature_version='s3v4'), \
     also for presigned URLs)";
const SAY_NOT_4A: &str = "asymmetric signatures (SigV4A) are not taken: sign with AWS4-HMAC-SHA256";

/// The pairs of a query string.
pub(crate) type Query<'q> = Vec<(Cow<'q, str>, Cow<'q, str>)>;

/// Reads a query string.
pub(crate) fn query_of(parts: &Parts) -> Query<'_> {
    form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).collect()
}

/// Refuses what no signature check should have to look at.
pub(crate) fn check_form(parts: &Parts, region: Option<&str>, service: &str) -> S3Result<()> {
    let query = query_of(parts);
    let in_query = |name: &str| {
        query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_ref())
    };
    let header = one(&parts.headers, AUTHORIZATION.as_str())?;
    refuse_other_schemes(parts, header, &in_query)?;
    let presigned = in_query("X-Amz-Signature").is_some();
    let scope = match (header, presigned) {
        (Some(_), true) => {
            return Err(s3_error!(
                InvalidArgument,
                "sign in the header or in the query, not in both"
            ));
        }
        (None, false) => {
            return Err(s3_error!(
                AccessDenied,
                "sign the request: nothing here is for everybody"
            ));
        }
        (Some(header), false) => Scope::of_header(header)?,
        (None, true) => Scope::of_query(&in_query)?,
    };
    scope.check(region, service)?;
    check_signed(&parts.headers, scope.signed, presigned)
}

fn refuse_other_schemes<'q>(
    parts: &Parts,
    header: Option<&str>,
    in_query: &impl Fn(&str) -> Option<&'q str>,
) -> S3Result<()> {
    let old = header.is_some_and(|header| header.starts_with("AWS "))
        || (in_query("AWSAccessKeyId").is_some() && in_query("Signature").is_some());
    if old {
        return Err(S3Error::with_message(S3ErrorCode::InvalidRequest, SAY_V4));
    }
    let hash = one(&parts.headers, "x-amz-content-sha256")?;
    let asymmetric = header.is_some_and(|header| header.starts_with("AWS4-ECDSA"))
        || in_query("X-Amz-Algorithm").is_some_and(|algorithm| algorithm.starts_with("AWS4-ECDSA"))
        || hash.is_some_and(|hash| hash.contains("ECDSA"));
    if asymmetric {
        return Err(not_served(SAY_NOT_4A));
    }
    Ok(())
}

/// What a signature says of itself.
struct Scope<'r> {
    region: &'r str,
    service: &'r str,
    signed: &'r str,
    expires: Option<&'r str>,
}

impl<'r> Scope<'r> {
    fn of_header(header: &'r str) -> S3Result<Self> {
        let rest = header.strip_prefix("AWS4-HMAC-SHA256").ok_or_else(malformed)?;
        let field = |name: &str| {
            let mut fields = rest.split(',').map(str::trim);
            fields.find_map(|field| field.strip_prefix(name)?.strip_prefix('='))
        };
        let credential = field("Credential").ok_or_else(malformed)?;
        Self::of(credential, field("SignedHeaders").ok_or_else(malformed)?, None)
    }

    fn of_query(in_query: &impl Fn(&str) -> Option<&'r str>) -> S3Result<Self> {
        let credential = in_query("X-Amz-Credential").ok_or_else(malformed)?;
        let signed = in_query("X-Amz-SignedHeaders").ok_or_else(malformed)?;
        Self::of(
            credential,
            signed,
            Some(in_query("X-Amz-Expires").ok_or_else(malformed)?),
        )
    }

    fn of(credential: &'r str, signed: &'r str, expires: Option<&'r str>) -> S3Result<Self> {
        // Access keys have no slash, so that the last four parts are date, region, service and the closing word.
        let mut parts = credential.rsplit('/');
        let (Some("aws4_request"), Some(service), Some(region), Some(_)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(malformed());
        };
        Ok(Self {
            region,
            service,
            signed,
            expires,
        })
    }

    fn check(&self, region: Option<&str>, service: &str) -> S3Result<()> {
        if self.service != service {
            return Err(s3_error!(
                AuthorizationHeaderMalformed,
                "sign for the service {}",
                service
            ));
        }
        if region.is_some_and(|region| region != self.region) {
            return Err(s3_error!(
                AuthorizationHeaderMalformed,
                "the region is wrong; expecting '{}'",
                region.unwrap_or_default()
            ));
        }
        let expires = self.expires.map(|text| text.parse::<u32>().ok());
        match expires {
            None | Some(Some(1..=LONGEST_EXPIRY)) => Ok(()),
            Some(_) => Err(s3_error!(
                AuthorizationQueryParametersError,
                "X-Amz-Expires is a number of seconds from 1 to {LONGEST_EXPIRY}"
            )),
        }
    }
}

fn malformed() -> S3Error {
    s3_error!(
        AuthorizationHeaderMalformed,
        "this is no AWS4-HMAC-SHA256 signature with Credential, SignedHeaders and Signature"
    )
}

/// Whether a header is one of those that the signature is over.
pub(crate) fn is_signed(parts: &Parts, name: &str) -> bool {
    let query = query_of(parts);
    let in_query = |name: &str| {
        let found = query.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_ref())
    };
    let header = one(&parts.headers, AUTHORIZATION.as_str()).ok().flatten();
    let scope = header.map_or_else(|| Scope::of_query(&in_query), Scope::of_header);
    // What cannot be read is refused elsewhere.
    scope.map_or(true, |scope| scope.signed.split(';').any(|signed| signed == name))
}

/// INVARIANT: who holds a presigned URL can add headers to it but not meaning. Every `x-amz-` header that came must be
/// among the signed ones.
fn check_signed(headers: &HeaderMap, signed: &str, presigned: bool) -> S3Result<()> {
    let is_signed = |name: &str| signed.split(';').any(|one| one.eq_ignore_ascii_case(name));
    if !is_signed("host") {
        return Err(s3_error!(AccessDenied, "the Host header must be signed"));
    }
    // The hash of a body only narrows what a presigned URL is good for.
    let free = |name: &str| HARMLESS.contains(&name) || (presigned && name == "x-amz-content-sha256");
    let unsigned = headers
        .keys()
        .map(http::HeaderName::as_str)
        .find(|name| name.starts_with("x-amz-") && !free(name) && !is_signed(name));
    match unsigned {
        Some(name) => Err(s3_error!(
            AccessDenied,
            "the header {} came and was not signed",
            name
        )),
        None => Ok(()),
    }
}

/// The value of a header that may come once.
fn one<'h>(headers: &'h HeaderMap, name: &str) -> S3Result<Option<&'h str>> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    match (value.to_str(), values.next()) {
        (Ok(value), None) => Ok(Some(value)),
        _ => Err(s3_error!(
            InvalidArgument,
            "send the header {} once, as visible ASCII",
            name
        )),
    }
}

/// Where the secrets come from that requests are signed with.
#[async_trait::async_trait]
pub(crate) trait Secrets: Send + Sync + 'static {
    /// The secret for this access key, if there is one.
    async fn find(&self, access_key: &str) -> S3Result<Option<SecretString>>;
}

/// The signing secrets of API keys; with a session token, the one that the token itself makes.
pub(crate) struct CustodySecrets(Custody);

impl CustodySecrets {
    pub(crate) fn new(custody: Custody) -> Self {
        Self(custody)
    }
}

#[async_trait::async_trait]
impl Secrets for CustodySecrets {
    async fn find(&self, access_key: &str) -> S3Result<Option<SecretString>> {
        let asking = ASKING.try_with(Clone::clone).unwrap_or_default();
        let signer = self.0.signer(access_key).await;
        let Some(signer) = signer.map_err(|error| told(error, Missing::Key))? else {
            return Ok(None);
        };
        asking.owner.get_or_init(|| Owner {
            id: signer.tenant.to_string(),
            name: signer.slug,
        });
        Ok(match &asking.token {
            // Whether the token is that of a live key is asked inside every act, where its secret is compared.
            Some(token) => of_token(token, access_key).and_then(|credential| credential.signing_secret()),
            None => signer.secret,
        })
    }
}

/// The credential that a session token is, if it is that of this access key.
pub(crate) fn of_token(token: &SecretString, access_key: &str) -> Option<Credential> {
    let credential = Credential::parse(token.expose_secret()).ok()?;
    (credential.access_key() == access_key).then_some(credential)
}

/// `s3s`'s side of [`Secrets`].
pub(crate) struct Auth(pub(crate) Arc<dyn Secrets>);

#[async_trait::async_trait]
impl S3Auth for Auth {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        let secret = self.0.find(access_key).await?.ok_or_else(unknown_key)?;
        Ok(SecretKey::from(secret.expose_secret()))
    }
}

/// The answer to an access key that nobody has.
pub(crate) fn unknown_key() -> S3Error {
    s3_error!(
        InvalidAccessKeyId,
        "there is no such access key, or it has ended; customers who hold their own key send its session token along"
    )
}
