//! Who calls, and the request as the trail will know it.

use std::sync::{Arc, OnceLock};

use custody::Credential;
use http::HeaderMap;
use http::header::USER_AGENT;
use operation::{Client, Request};
use s3s::{S3Request, S3Result, s3_error};
use secrecy::SecretString;

use crate::body::Faults;
use crate::errors::invalid;
use crate::signature::{Asking, Owner, Query, of_token, unknown_key};

/// The most characters of a stated reason.
const LONGEST_REASON: usize = 256;
/// The most characters of what a client calls itself.
const LONGEST_AGENT: usize = 200;

/// Whom an item is about, in the tenant's own words.
pub(crate) const SUBJECT: &str = "bailee-subject";
/// The class of data that an object is of.
pub(crate) const CLASS: &str = "bailee-class";
/// Why the request is made.
pub(crate) const REASON: &str = "bailee-reason";
/// What it is made for; stands before the reason in the trail.
pub(crate) const PURPOSE: &str = "bailee-purpose";

/// What the door learnt of a request before it was let in.
#[derive(Clone)]
pub(crate) struct Arrival {
    /// For custody; its reason and client are filled in.
    pub(crate) request: Request,
    /// What goes wrong with the body.
    pub(crate) faults: Faults,
    asking: Asking,
    /// Who it was, once the signature is verified.
    verified: Arc<OnceLock<Credential>>,
}

impl Arrival {
    /// Reads the head of a request.
    pub(crate) fn read(request: Request, headers: &HeaderMap, query: &Query<'_>) -> S3Result<Self> {
        let client = request.client.map(|client| Client {
            agent: agent(headers),
            ..client
        });
        let request = Request {
            client,
            reason: reason(headers)?,
            ..request
        };
        Ok(Self {
            request,
            faults: Faults::default(),
            asking: Asking {
                token: token(headers, query),
                owner: Arc::default(),
            },
            verified: Arc::default(),
        })
    }

    /// The caller, if the signature was verified.
    pub(crate) fn caller(&self) -> Option<Caller> {
        Some(Caller {
            credential: self.verified.get()?.clone(),
            owner: self.asking.owner.get()?.clone(),
            request: self.request.clone(),
            faults: self.faults.clone(),
        })
    }

    /// What is known of who signs.
    pub(crate) fn asking(&self) -> Asking {
        self.asking.clone()
    }
}

/// Somebody whose signature was verified.
pub(crate) struct Caller {
    pub(crate) credential: Credential,
    /// The caller's tenant.
    pub(crate) owner: Owner,
    pub(crate) request: Request,
    pub(crate) faults: Faults,
}

impl Caller {
    /// The caller of a request that `s3s` has let through.
    ///
    /// INVARIANT: `s3s` gives credentials only after it has verified the signature made with their secret.
    pub(crate) fn of<T>(request: &S3Request<T>) -> S3Result<Self> {
        let signed = request.credentials.as_ref().ok_or_else(unknown_key)?;
        let arrival = request.extensions.get::<Arrival>().ok_or_else(unknown_key)?;
        let owner = arrival.asking.owner.get().cloned().ok_or_else(unknown_key)?;
        check_owner(&request.headers, &owner)?;
        let credential = match &arrival.asking.token {
            Some(token) => of_token(token, &signed.access_key),
            None => Credential::signed(&signed.access_key).ok(),
        };
        let credential = credential.ok_or_else(unknown_key)?;
        arrival.verified.get_or_init(|| credential.clone());
        Ok(Self {
            credential,
            owner,
            request: arrival.request.clone(),
            faults: arrival.faults.clone(),
        })
    }
}

/// A client that wants to be sure whose bucket it is must not be told yes without a look.
pub(crate) fn check_owner(headers: &HeaderMap, owner: &Owner) -> S3Result<()> {
    let expected = [
        "x-amz-expected-bucket-owner",
        "x-amz-source-expected-bucket-owner",
    ];
    let mut named = expected.into_iter().flat_map(|name| headers.get_all(name));
    if named.all(|named| named.as_bytes() == owner.id.as_bytes()) {
        return Ok(());
    }
    // Another tenant's buckets are not to be seen, whatever the header says: so this tells nothing of them.
    Err(s3_error!(
        AccessDenied,
        "every bucket that this key can see is the tenant's own, whose id is {}",
        owner.id
    ))
}

fn token(headers: &HeaderMap, query: &Query<'_>) -> Option<SecretString> {
    let in_query = query.iter().find(|(name, _)| name == "X-Amz-Security-Token");
    let in_header = headers
        .get("x-amz-security-token")
        .and_then(|value| value.to_str().ok());
    in_header
        .or(in_query.map(|(_, value)| value.as_ref()))
        .map(SecretString::from)
}

fn agent(headers: &HeaderMap) -> Option<String> {
    let agent = headers.get(USER_AGENT)?.to_str().ok()?;
    let mut short: String = agent.chars().filter(|letter| !letter.is_control()).collect();
    short.truncate(LONGEST_AGENT);
    Some(short)
}

/// What a request says by one of our words: in a header of ours, in metadata, or in a tag of what it brings, since most S3
/// tools send one of these alone.
///
/// # Errors
/// Two of them that say different things, so that none is passed over.
pub(crate) fn said(headers: &HeaderMap, word: &str) -> S3Result<Option<String>> {
    let named = format!("x-amz-meta-{word}");
    let values = [headers.get(&named), headers.get(word)].into_iter().flatten();
    let texts = values.map(|value| std::str::from_utf8(value.as_bytes()).map(str::to_owned));
    let texts: Result<Vec<String>, _> = texts.collect();
    let mut texts = texts.map_err(|_| invalid(format!("{word} is UTF-8 text")))?;
    if let Some(tags) = headers.get("x-amz-tagging") {
        let tags = form_urlencoded::parse(tags.as_bytes());
        texts.extend(
            tags.filter(|(name, _)| name == word)
                .map(|(_, text)| text.into_owned()),
        );
    }
    let mut texts = texts
        .iter()
        .map(|text| text.trim())
        .filter(|text| !text.is_empty());
    let first = texts.next();
    if texts.any(|text| Some(text) != first) {
        return Err(invalid(format!("{word} is said twice, and differently")));
    }
    Ok(first.map(str::to_owned))
}

/// Whether metadata or a tag of this name says something to custody, and is none of the client's own.
pub(crate) fn is_ours(name: &str) -> bool {
    [SUBJECT, CLASS, REASON, PURPOSE].contains(&name)
}

/// Purpose and reason as one text.
fn reason(headers: &HeaderMap) -> S3Result<Option<String>> {
    let parts = [said(headers, PURPOSE)?, said(headers, REASON)?];
    let said = parts.into_iter().flatten().collect::<Vec<_>>().join(": ");
    if said.chars().count() > LONGEST_REASON || said.chars().any(char::is_control) {
        return Err(too_long());
    }
    Ok((!said.is_empty()).then_some(said))
}

fn too_long() -> s3s::S3Error {
    invalid(format!(
        "purpose and reason together have at most {LONGEST_REASON} characters on one line"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn purpose_and_reason_are_one_text() {
        let read = |pairs: &[(&'static str, &str)]| reason(&headers(pairs)).map_err(|_| ());
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(
            read(&[("x-amz-meta-bailee-reason", "audit of June")]),
            Ok(Some("audit of June".into()))
        );
        let both = [
            ("bailee-reason", "ticket 7"),
            ("x-amz-meta-bailee-purpose", "support"),
        ];
        assert_eq!(read(&both), Ok(Some("support: ticket 7".into())));
        let tags = "colour=red&bailee-purpose=support&bailee-reason=ticket%207";
        assert_eq!(
            read(&[("x-amz-tagging", tags)]),
            Ok(Some("support: ticket 7".into()))
        );
        assert_eq!(
            read(&[("x-amz-tagging", tags), ("bailee-reason", "ticket 8")]),
            Err(())
        );
        assert_eq!(read(&[("bailee-reason", &"x".repeat(257))]), Err(()));
    }
}
