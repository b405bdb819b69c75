//! AWS's published example requests, through the whole door.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use engines::TestDb;
use futures_util::StreamExt as _;
use http::Request;
use http_body_util::BodyExt as _;
use s3s::dto::*;
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};
use secrecy::SecretString;
use testkit::World;
use testkit::sign::{EMPTY, Head, Pairs, Signer, signed_chunks};
use tower::ServiceExt as _;

use crate::signature::Secrets;
use crate::{Settings, door};

/// Knows the example key.
struct Examples;

#[async_trait::async_trait]
impl Secrets for Examples {
    async fn find(&self, access_key: &str) -> S3Result<Option<SecretString>> {
        let example = Signer::example();
        Ok((access_key == example.access_key).then(|| example.secret.into()))
    }
}

/// Answers the examples; a put says how many bytes it got.
struct Answers;

#[async_trait::async_trait]
impl S3 for Answers {
    async fn get_object(&self, _: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        Ok(S3Response::new(GetObjectOutput::default()))
    }

    async fn list_objects(&self, _: S3Request<ListObjectsInput>) -> S3Result<S3Response<ListObjectsOutput>> {
        Ok(S3Response::new(ListObjectsOutput::default()))
    }

    async fn get_bucket_lifecycle_configuration(
        &self,
        _: S3Request<GetBucketLifecycleConfigurationInput>,
    ) -> S3Result<S3Response<GetBucketLifecycleConfigurationOutput>> {
        Ok(S3Response::new(GetBucketLifecycleConfigurationOutput::default()))
    }

    async fn put_object(&self, request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        let (mut body, mut length) = (request.input.body.unwrap(), 0);
        while let Some(piece) = body.next().await {
            length += piece.map_err(|error| s3_error!(InvalidRequest, "{error}"))?.len();
        }
        let trailer = request.trailing_headers.and_then(|trailers| trailers.take());
        let sum =
            trailer.and_then(|trailer| Some(trailer.get("x-amz-checksum-crc32c")?.to_str().ok()?.to_owned()));
        Ok(S3Response::new(PutObjectOutput {
            e_tag: Some(ETag::Strong(length.to_string())),
            checksum_crc32c: sum,
            ..Default::default()
        }))
    }
}

struct Examined {
    router: Router,
    _world: World,
}

impl Examined {
    async fn on(db: TestDb) -> Self {
        let world = World::on(db).await;
        let settings = Settings {
            domain: Some("s3.amazonaws.com".into()),
            // The examples are of 2013.
            clock_skew: Duration::from_secs(u32::MAX.into()),
            ..Settings::default()
        };
        let router = door::open(world.custody.desk().clone(), None, Examples, Answers, settings).unwrap();
        Self {
            router,
            _world: world,
        }
    }

    /// Status, ETag and checksum header, and body.
    async fn send(&self, request: Request<Body>) -> (u16, String, String) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let text = body.collect().await.unwrap().to_bytes();
        let header = |name: &str| head.headers.get(name).map_or("", |value| value.to_str().unwrap());
        let headers = format!("{}{}", header("etag"), header("x-amz-checksum-crc32c"));
        (
            head.status.as_u16(),
            headers,
            String::from_utf8_lossy(&text).into_owned(),
        )
    }
}

fn pairs(pairs: &[(&str, &str)]) -> Pairs {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// The example with the published signature, whatever our signer thinks.
fn example(
    method: &str,
    uri: &str,
    headers: &[(&str, &str)],
    signature: &str,
    body: Vec<u8>,
) -> Request<Body> {
    let mut names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders={},Signature={signature}",
        names.join(";")
    );
    let mut request = Request::builder()
        .method(method)
        .uri(uri)
        .header("authorization", authorization);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::from(body)).unwrap()
}

const HOST: (&str, &str) = ("host", "examplebucket.s3.amazonaws.com");
const DATE: (&str, &str) = ("x-amz-date", "20130524T000000Z");
const NOTHING: (&str, &str) = ("x-amz-content-sha256", EMPTY);

const SEED: &str = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
const TRAILER_SEED: &str = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e";

const CHUNKED: &[(&str, &str)] = &[
    ("content-encoding", "aws-chunked"),
    ("content-length", "66824"),
    ("host", "s3.amazonaws.com"),
    ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
    DATE,
    ("x-amz-decoded-content-length", "66560"),
    ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
];

const WITH_TRAILER: &[(&str, &str)] = &[
    ("content-encoding", "aws-chunked"),
    ("host", "s3.amazonaws.com"),
    (
        "x-amz-content-sha256",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
    ),
    DATE,
    ("x-amz-decoded-content-length", "66560"),
    ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
    ("x-amz-trailer", "x-amz-checksum-crc32c"),
];

fn example_body(seed: &str, trailer: Option<&str>) -> Vec<u8> {
    let content = vec![b'a'; 66_560];
    let (first, second) = content.split_at(65_536);
    signed_chunks(&Signer::example(), seed, &[first, second], trailer)
}

#[test]
fn our_signer_makes_the_published_signatures() {
    let signer = Signer::example();
    let mut headers = pairs(&[HOST, DATE, NOTHING]);
    let sign = |path: &str, query: &Pairs, headers: &Pairs| {
        signer.signature(&Head {
            method: "GET",
            path,
            query,
            headers,
            payload: EMPTY,
        })
    };
    let listing = pairs(&[("max-keys", "2"), ("prefix", "J")]);
    assert_eq!(
        sign("/", &listing, &headers),
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
    );
    headers.push(("range".into(), "bytes=0-9".into()));
    let range = sign("/test.txt", &Pairs::new(), &headers);
    assert_eq!(
        range,
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    );
    let presigned = signer.presign("GET", "/test.txt", &Pairs::new(), &pairs(&[HOST]), 86_400);
    assert!(presigned.ends_with("=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"));
    let body = String::from_utf8(example_body(SEED, None)).unwrap();
    for published in [
        "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
        "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
        "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
    ] {
        assert!(body.contains(published), "{published}");
    }
    assert_eq!(body.len(), 66_824);
    let body = String::from_utf8(example_body(TRAILER_SEED, Some("x-amz-checksum-crc32c:sOO8/Q=="))).unwrap();
    assert!(body.contains("d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435"));
}

engines::on_both! {
    async fn published_requests_are_let_in(db: TestDb) {
        let server = Examined::on(db).await;
        let range = ("range", "bytes=0-9");
        for (uri, headers, signature) in [
            ("/test.txt", vec![HOST, range, NOTHING, DATE], "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
            ("/?max-keys=2&prefix=J", vec![HOST, NOTHING, DATE], "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
            ("/?lifecycle", vec![HOST, NOTHING, DATE], "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        ] {
            let (status, _, text) = server.send(example("GET", uri, &headers, signature, Vec::new())).await;
            assert_eq!(status, 200, "{uri}: {text}");
            let forged = format!("0{}", &signature[1..]);
            let (status, _, text) = server.send(example("GET", uri, &headers, &forged, Vec::new())).await;
            assert_eq!(status, 403, "{uri}");
            assert!(text.contains("<Code>SignatureDoesNotMatch</Code>"), "{text}");
        }
    }

    async fn published_chunks_are_taken_and_changed_ones_are_not(db: TestDb) {
        let server = Examined::on(db).await;
        let put = |headers, seed, body| example("PUT", "/examplebucket/chunkObject.txt", headers, seed, body);
        let body = example_body(SEED, None);
        let (status, headers, text) = server.send(put(CHUNKED, SEED, body.clone())).await;
        assert_eq!((status, headers.as_str()), (200, "\"66560\""), "{text}");

        let trailed = example_body(TRAILER_SEED, Some("x-amz-checksum-crc32c:sOO8/Q=="));
        let (status, headers, text) = server.send(put(WITH_TRAILER, TRAILER_SEED, trailed.clone())).await;
        assert_eq!((status, headers.as_str()), (200, "\"66560\"sOO8/Q=="), "{text}");

        let mut changed = body.clone();
        changed[40_000] = b'b';
        let (status, _, text) = server.send(put(CHUNKED, SEED, changed)).await;
        assert_eq!(status, 400, "{text}");
        let mut changed = trailed;
        let end = changed.len() - 10;
        changed[end] ^= 1;
        let (status, _, text) = server.send(put(WITH_TRAILER, TRAILER_SEED, changed)).await;
        assert_eq!(status, 400, "{text}");
        let (status, _, text) = server.send(put(CHUNKED, SEED, body[..60_000].to_vec())).await;
        assert!(status == 400 && text.contains("<Code>IncompleteBody</Code>"), "{text}");
    }
}
