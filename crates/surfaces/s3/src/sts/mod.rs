//! STS, as the SDKs speak it, at the same port as S3: `POST /` with a form.
//!
//! Promises: what a temporary credential is good for is what the request says or less; a parameter that is not
//! understood is refused and never passed over; every error is a document of STS. Leaves out: signatures (`s3s`), and how
//! temporary credentials end (custody).

mod answers;
mod asked;
mod policy;
mod role;
mod statement;

use custody::Error;
use custody::dataset::DatasetRef;
use custody::key::{Identity, NewTemporary};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::request::Parts;
use http::{Extensions, HeaderMap, HeaderValue, Method, Uri};
use s3s::route::S3Route;
use s3s::{Body, S3Error, S3ErrorCode, S3Request, S3Response, S3Result, s3_error};

pub(crate) use self::answers::error_document;
use self::asked::{Asked, Call};
use self::role::Role;
use crate::caller::Caller;
use crate::errors::{Missing, told};
use crate::keeper::Keeper;

/// The most bytes of a form: parameters and a policy.
pub(crate) const LARGEST_FORM: usize = 16 << 10;

/// Whether a request is for STS and not for S3, which has no forms at its root.
pub(crate) fn is_for(method: &Method, uri: &Uri, headers: &HeaderMap) -> bool {
    let form = "application/x-www-form-urlencoded";
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.map(|kind| kind.split(';').next().unwrap_or_default().trim());
    *method == Method::POST && uri.path() == "/" && kind.is_some_and(|kind| kind.eq_ignore_ascii_case(form))
}

/// Refuses what would leave the form unsigned.
///
/// INVARIANT: the signature is over the hash of the body that came: in the header that says so, or as `s3s` computes it
/// when there is no such header.
pub(crate) fn check_signed_whole(parts: &Parts) -> S3Result<()> {
    let hash = parts
        .headers
        .get("x-amz-content-sha256")
        .map(HeaderValue::as_bytes);
    let is_hash = |hash: &[u8]| hash.len() == 64 && hash.iter().all(u8::is_ascii_hexdigit);
    match parts.headers.contains_key(AUTHORIZATION) && hash.is_none_or(is_hash) {
        true => Ok(()),
        false => Err(s3_error!(
            AccessDenied,
            "sign the form: in the Authorization header, and over its body"
        )),
    }
}

/// The route beside S3's.
pub(crate) struct Sts {
    keeper: Keeper,
}

impl Sts {
    pub(crate) fn new(keeper: Keeper) -> Self {
        Self { keeper }
    }

    async fn answer(&self, caller: &Caller, form: &[u8]) -> S3Result<String> {
        let asked = Asked::read(form)?;
        let identity = self.keeper.identity(caller).await.map_err(refused)?;
        let operation = caller.request.operation.to_string();
        match asked.call {
            Call::GetCallerIdentity => Ok(answers::identity(&identity, &operation)),
            Call::GetSessionToken => {
                let new = NewTemporary {
                    label: "a session token".into(),
                    life: asked.life,
                    ..NewTemporary::default()
                };
                let issued = self.keeper.lend(caller, new).await.map_err(refused)?;
                Ok(answers::session_token(&issued, &operation))
            }
            Call::AssumeRole {
                role,
                session,
                policy,
            } => {
                let role = Role::of(&role, &identity)?;
                let new = assumed(&role, &session, policy.as_deref())?;
                let new = NewTemporary {
                    life: asked.life,
                    ..new
                };
                let issued = self.keeper.lend(caller, new).await.map_err(refused)?;
                let packed = policy.map(|policy| policy::packed_percent(&policy));
                Ok(answers::assumed_role(
                    &issued, &identity, &role, &session, packed, &operation,
                ))
            }
        }
    }
}

#[async_trait::async_trait]
impl S3Route for Sts {
    fn is_match(&self, method: &Method, uri: &Uri, headers: &HeaderMap, _: &mut Extensions) -> bool {
        is_for(method, uri, headers)
    }

    async fn call(&self, mut request: S3Request<Body>) -> S3Result<S3Response<Body>> {
        let caller = Caller::of(&request)?;
        let form = request.input.store_all_limited(LARGEST_FORM).await;
        let form = form.map_err(|_| invalid("the form cannot be read, or has more than 16 KiB"))?;
        let answer = self.answer(&caller, &form).await?;
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/xml"));
        Ok(S3Response::with_headers(Body::from(answer), headers))
    }
}

/// What a role with a policy is narrowed to.
fn assumed(role: &Role, session: &str, policy: Option<&str>) -> S3Result<NewTemporary> {
    let narrowing = policy.map(policy::read).transpose()?.unwrap_or_default();
    let named = narrowing.datasets.map(|names| {
        names
            .iter()
            .map(|name| DatasetRef::parse(name))
            .collect::<Vec<_>>()
    });
    let (datasets, task) = match role {
        Role::Own => (named, None),
        Role::Task(task) => (named, Some(*task)),
        Role::Dataset(name) => {
            let role = DatasetRef::parse(name);
            if named.is_some_and(|named| named.iter().any(|one| *one != role)) {
                return Err(invalid(
                    "the policy names another dataset than the role: it would allow nothing",
                ));
            }
            (Some(vec![role]), None)
        }
    };
    Ok(NewTemporary {
        label: session.to_owned(),
        actions: narrowing.actions,
        prefixes: narrowing.prefixes,
        addresses: narrowing.addresses,
        datasets,
        task,
        life: None,
    })
}

/// What custody refused, in the words of STS.
fn refused(error: Error) -> S3Error {
    match error {
        Error::Invalid { .. } => invalid(error.to_string()),
        error => told(error, Missing::Key),
    }
}

/// A parameter that cannot be taken.
fn invalid(sentence: impl Into<std::borrow::Cow<'static, str>>) -> S3Error {
    fault("ValidationError", sentence)
}

/// An error of STS that S3 does not have.
fn fault(code: &'static str, sentence: impl Into<std::borrow::Cow<'static, str>>) -> S3Error {
    let mut error = S3Error::with_message(S3ErrorCode::Custom(code.into()), sentence);
    error.set_status_code(http::StatusCode::BAD_REQUEST);
    error
}

/// Amazon's name for the caller.
fn arn_of(identity: &Identity) -> String {
    match identity.parent {
        None => format!("arn:aws:iam::{}:user/{}", identity.tenant, identity.member),
        Some(_) => format!(
            "arn:aws:sts::{}:assumed-role/self/{}",
            identity.tenant, identity.key
        ),
    }
}
