//! What a bucket lets itself be asked.

use std::sync::Arc;

use super::*;
use crate::objects::Credentials;

fn bucket(url: &str, endpoint: &str) -> Result<Bucket, UnusableLocation> {
    behind(&Gate::unattended(), url, endpoint)
}

fn behind(gate: &Gate, url: &str, endpoint: &str) -> Result<Bucket, UnusableLocation> {
    let locator = Locator {
        url: url.into(),
        region: Some("eu-central-1".into()),
        endpoint: Some(endpoint.into()),
        credentials: Credentials::Keys {
            access_key: "id".into(),
            secret_key: "secret".into(),
        },
        plain_http: true,
        path_style: None,
    };
    locator.bucket(gate)
}

#[test]
fn a_name_is_asked_for_as_it_is_or_not_at_all() {
    let bucket = bucket("s3://scans/2026", "https://s3.example.org").unwrap();
    assert_eq!(bucket.path("a/b c+ü").unwrap().as_ref(), "2026/a/b c+ü");
    for bad in ["", "/a", "a/", "a//b", "../a", "a/./b"] {
        assert_eq!(bucket.path(bad), Err(BucketError::Name), "{bad}");
    }
}

#[test]
fn only_s3_behind_a_named_endpoint_is_a_bucket() {
    assert!(bucket("gs://scans", "https://s3.example.org").is_err());
    assert!(bucket("s3://scans", "http://s3.example.org").is_err());
}

/// A server that sends everybody on to another, and counts who came there.
#[tokio::test]
async fn nobody_is_sent_on_to_another_host() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let target = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let location = format!("http://{}/scans/a", target.local_addr().unwrap());
    let reached = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&reached);
    tokio::spawn(async move {
        while target.accept().await.is_ok() {
            count.fetch_add(1, Ordering::SeqCst);
        }
    });
    let first = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", first.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = first.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            let mut request = [0u8; 4096];
            let _ = socket.read(&mut request).await;
            let answer = format!(
                "HTTP/1.1 307 Temporary Redirect\r\nlocation: {location}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
            let _ = socket.write_all(answer.as_bytes()).await;
        }
    });
    let answer = bucket("s3://scans", &endpoint).unwrap().look("a").await;
    assert!(matches!(answer, Err(BucketError::Unavailable(_))), "{answer:?}");
    assert!(asked.load(Ordering::SeqCst) > 0);
    assert_eq!(reached.load(Ordering::SeqCst), 0);
}

/// A gate that lets nobody pass but a name, which leads inside.
struct Closed;

impl gate::Gatekeeper for Closed {
    fn pass(&self, to: &gate::Outward) -> Result<(), gate::Refused> {
        assert_eq!(to.purpose, "objects");
        match to.host.as_str() {
            "localhost" => Ok(()),
            other => Err(gate::Refused::NotListed(other.to_owned(), to.port)),
        }
    }

    fn reach(&self, to: &gate::Outward, address: std::net::IpAddr) -> Result<(), gate::Refused> {
        assert!(gate::is_inside(address));
        Err(gate::Refused::Inside(to.host.clone(), address))
    }
}

#[tokio::test]
async fn a_host_that_is_not_listed_is_not_connected_to() {
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    server.set_nonblocking(true).unwrap();
    let endpoint = format!("http://{}", server.local_addr().unwrap());
    let bucket = behind(&Gate::new(Arc::new(Closed)), "s3://scans", &endpoint).unwrap();
    let refused = |outcome: Result<(), BucketError>| {
        let told = matches!(&outcome, Err(BucketError::Unavailable(why)) if why.contains("listed"));
        assert!(told, "{outcome:?}");
    };
    refused(bucket.look("a").await.map(drop));
    refused(bucket.names("", None, 9).await.map(drop));
    refused(bucket.remove("a", "\"tag\"", Some("1")).await);
    // A name that is listed and leads inside.
    let endpoint = format!("https://localhost:{}", server.local_addr().unwrap().port());
    let bucket = behind(&Gate::new(Arc::new(Closed)), "s3://scans", &endpoint).unwrap();
    let told = bucket.look("a").await.unwrap_err().to_string();
    assert!(told.contains("inside"), "{told}");
    assert!(server.accept().is_err(), "somebody came");
}

/// A bucket of a server in this process, and the server.
fn elsewhere() -> (engines::Elsewhere, Bucket) {
    let server = engines::Elsewhere::start().unwrap();
    let (access_key, secret_key) = server.keys();
    let locator = Locator {
        url: format!("s3://{}/kept", server.bucket()),
        region: Some("us-east-1".into()),
        endpoint: Some(server.endpoint()),
        credentials: Credentials::Keys {
            access_key: access_key.into(),
            secret_key: secret_key.into(),
        },
        plain_http: true,
        path_style: Some(true),
    };
    let bucket = locator.bucket(&Gate::unattended()).unwrap();
    (server, bucket)
}

async fn write(bucket: &Bucket, key: &str, bytes: &[u8]) -> Result<Written, BucketError> {
    let mut writing = bucket.begin(key, "image/png", false)?;
    for piece in bytes.chunks(100_000) {
        writing.write_all(piece).await?;
    }
    writing.finish(key).await
}

async fn read(bucket: &Bucket, key: &str) -> Vec<u8> {
    let found = bucket.look(key).await.unwrap();
    let stream = bucket.read(key, &found, 0..found.size).await.unwrap();
    stream.try_collect::<Vec<_>>().await.unwrap().concat()
}

#[tokio::test]
async fn what_was_written_is_there_as_it_was_and_replaces_nothing() {
    let (_server, bucket) = elsewhere();
    // Nothing, a byte, exactly one piece, more than two pieces.
    for (key, size) in [
        ("none", 0),
        ("a/one", 1),
        ("piece", 8 << 20),
        ("a/large", 20 << 20),
    ] {
        let bytes: Vec<u8> = (0..size).map(|at: usize| (at % 251) as u8).collect();
        let written = write(&bucket, key, &bytes).await.unwrap();
        assert_eq!(bucket.look(key).await.unwrap().tag, written.tag, "{key}");
        assert!(read(&bucket, key).await == bytes, "{key}");
        assert_eq!(bucket.check_free(key).await, Err(BucketError::Taken));
        let mut other = bytes.clone();
        other.push(7);
        assert_eq!(
            write(&bucket, key, &other).await,
            Err(BucketError::Taken),
            "{key}"
        );
        assert!(read(&bucket, key).await == bytes, "{key}");
    }
    assert_eq!(bucket.check_free("b").await, Ok(false));
}

#[tokio::test]
async fn what_is_given_up_was_never_there() {
    let (_server, bucket) = elsewhere();
    let mut writing = bucket.begin("a", "image/png", false).unwrap();
    writing.write_all(&vec![7; 9 << 20]).await.unwrap();
    writing.abandon().await;
    assert_eq!(bucket.look("a").await, Err(BucketError::Missing));
}

#[tokio::test]
async fn a_state_is_removed_and_no_other() {
    let (_server, bucket) = elsewhere();
    let written = write(&bucket, "a b/ü", b"one state").await.unwrap();
    bucket.remove("a b/ü", "\"another\"", None).await.unwrap();
    assert_eq!(read(&bucket, "a b/ü").await, b"one state");
    bucket.remove("a b/ü", &written.tag, None).await.unwrap();
    assert_eq!(bucket.look("a b/ü").await, Err(BucketError::Missing));
    bucket.remove("a b/ü", &written.tag, None).await.unwrap();
}

#[tokio::test]
async fn a_signed_url_opens_one_object() {
    let (server, bucket) = elsewhere();
    write(&bucket, "a b/ü", b"one state").await.unwrap();
    let url = bucket
        .url("a b/ü", None, std::time::Duration::from_secs(60))
        .await
        .unwrap();
    assert!(
        url.starts_with(&server.endpoint()) && url.contains("X-Amz-Expires=60"),
        "{url}"
    );
    let get = |url: String| async {
        straight(&Gate::unattended())
            .unwrap()
            .get(url)
            .send()
            .await
            .unwrap()
    };
    assert_eq!(get(url.clone()).await.bytes().await.unwrap(), b"one state"[..]);
    assert!(!get(url.replace("a%20b", "b")).await.status().is_success());
}
