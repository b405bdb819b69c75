//! Requests that come too fast: by which access key, and what S3 says of it.

use axum::body::Body;
use axum::response::Response;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use kernel::OperationId;

use crate::door::{REQUEST_ID, escaped};

/// The access key that a request says it is signed with, in its header or its query. It is no secret, and nothing was verified.
pub fn access_key_in<'r>(headers: &'r HeaderMap, uri: &'r Uri) -> Option<&'r str> {
    let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let signed = header
        .and_then(|text| text.split_once("Credential="))
        .map(|(_, rest)| rest);
    let query = uri.query().unwrap_or_default().split('&');
    let presigned = || {
        let mut values = query.filter_map(|pair| pair.split_once('='));
        values
            .find(|(name, _)| name.eq_ignore_ascii_case("X-Amz-Credential"))
            .map(|(_, value)| value)
    };
    let scope = signed.or_else(presigned)?;
    // In a query the slash is written as %2F.
    let end = scope.find(['/', '%', ',']).unwrap_or(scope.len());
    scope.get(..end).filter(|key| !key.is_empty())
}

/// `SlowDown`: clients wait and try again.
pub fn slow_down(path: &str, operation: OperationId, says: &str) -> Response {
    let document = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>SlowDown</Code><Message>{}</Message><Resource>{}</Resource>\
         <RequestId>{operation}</RequestId><HostId>bailee</HostId></Error>",
        escaped(says),
        escaped(path)
    );
    let mut response = Response::new(Body::from(document));
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    if let Ok(value) = HeaderValue::try_from(operation.to_string()) {
        headers.insert(REQUEST_ID, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_access_key_is_found_in_header_and_query() {
        let (mut headers, plain) = (HeaderMap::new(), Uri::from_static("/scans/a"));
        assert_eq!(access_key_in(&headers, &plain), None);
        let query = Uri::from_static(
            "/scans/a?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=BAILEEAB%2F20260301%2Feu%2Fs3%2Faws4_request",
        );
        assert_eq!(access_key_in(&headers, &query), Some("BAILEEAB"));
        let signed = "AWS4-HMAC-SHA256 Credential=BAILEECD/20260301/eu/s3/aws4_request, SignedHeaders=host, Signature=00";
        headers.insert(AUTHORIZATION, HeaderValue::from_static(signed));
        assert_eq!(
            access_key_in(&headers, &query),
            Some("BAILEECD"),
            "the header comes first"
        );
        for odd in ["", "Credential=", "AWS4-HMAC-SHA256 Credential=/x", "Bearer x"] {
            headers.insert(AUTHORIZATION, HeaderValue::from_static(odd));
            assert_eq!(access_key_in(&headers, &plain), None, "{odd}");
        }
    }
}
