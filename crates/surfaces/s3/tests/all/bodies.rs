//! Bodies in every frame, and bodies that are not what was said of them: those leave nothing.

use std::io;

use crate::common::{Call, Server, noise, sha256};
use axum::body::Body;
use bytes::Bytes;
use engines::TestDb;
use futures_util::stream;
use testkit::Team;

/// A team with a bucket `scans`.
async fn stage(db: TestDb) -> (Server, Team) {
    let server = Server::on(db).await;
    let team = server.world.team("clinic").await;
    team.owner.dataset("scans").await.unwrap();
    (server, team)
}

/// Sends a put that must be refused with this, and looks whether it left anything.
async fn leaves_nothing(server: &Server, team: &Team, call: Call<'_>, status: u16, code: &str) {
    call.send().await.refused(status, code);
    server
        .by(&team.owner)
        .get("/scans/a.bin")
        .send()
        .await
        .refused(404, "NoSuchKey");
    assert!(server.world.object_files().is_empty());
}

engines::on_both! {
    async fn signed_chunks_are_content(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        for size in [0, 5, 200_000] {
            let bytes = noise(size);
            let chunks: Vec<&[u8]> = bytes.chunks(65_536).collect();
            client.put("/scans/a.bin").signed_chunks(&chunks, |_| ()).send().await.expect(200);
            let got = client.get("/scans/a.bin").send().await.expect(200);
            assert_eq!(got.bytes, bytes);
            assert_eq!(got.header("content-encoding"), "", "framing is no encoding");
        }
    }

    async fn unsigned_chunks_with_a_checksum_behind_are_content(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let put = client.put("/scans/a.bin").unsigned_chunks(&[b"hel", b"lo"], "x-amz-checksum-crc32:NhCmhg==");
        let put = put.send().await.expect(200);
        assert_eq!(put.header("x-amz-checksum-crc32"), "NhCmhg==");
        let asked = client.head("/scans/a.bin").header("x-amz-checksum-mode", "ENABLED").send().await.expect(200);
        assert_eq!(asked.header("x-amz-checksum-crc32"), "NhCmhg==");
        assert_eq!(&*client.fetch("/scans/a.bin").await, b"hello");
        // Some clients say in two lines how it is framed and what it is.
        let put = client.put("/scans/c.gz").unsigned_chunks(&[b"hello"], "x-amz-checksum-crc32:NhCmhg==");
        let mut request = put.header("content-encoding", "aws-chunked,gzip").request();
        request.headers_mut().insert("content-encoding", "aws-chunked".parse().unwrap());
        request.headers_mut().append("content-encoding", "gzip".parse().unwrap());
        server.send(request).await.expect(200);
        assert_eq!(client.head("/scans/c.gz").send().await.header("content-encoding"), "gzip");
        let large = noise(1 << 20);
        let trailer = "x-amz-checksum-sha256:".to_owned() + &base64_of(&sha256(&large));
        client.put("/scans/b.bin").unsigned_chunks(&[&large], &trailer).send().await.expect(200);
        assert_eq!(client.fetch("/scans/b.bin").await, large);
    }

    async fn chunks_that_are_not_what_was_signed_leave_nothing(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let bytes = noise(200_000);
        let chunks: Vec<&[u8]> = bytes.chunks(65_536).collect();
        let put = |change: fn(&mut Vec<u8>)| client.put("/scans/a.bin").signed_chunks(&chunks, change);
        leaves_nothing(&server, &team, put(|body| body[100_000] ^= 1), 403, "SignatureDoesNotMatch").await;
        leaves_nothing(&server, &team, put(|body| body.truncate(150_000)), 400, "IncompleteBody").await;
        // The last chunk of content whole, the empty one missing.
        leaves_nothing(&server, &team, put(|body| body.truncate(body.len() - 90)), 400, "IncompleteBody").await;
        leaves_nothing(&server, &team, put(|body| body[0] = b'x'), 400, "InvalidRequest").await;
    }

    async fn trailers_must_come_and_hold(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let put = |trailer: &str| client.put("/scans/a.bin").unsigned_chunks(&[b"hello"], trailer);
        leaves_nothing(&server, &team, put("x-amz-checksum-crc32:AAAAAA=="), 400, "BadDigest").await;
        leaves_nothing(&server, &team, put("x-amz-checksum-crc32:NhCm"), 400, "InvalidRequest").await;
        let missing = put("x-amz-checksum-crc32:NhCmhg==").sending(Body::from("5\r\nhello\r\n0\r\n\r\n"));
        leaves_nothing(&server, &team, missing, 400, "IncompleteBody").await;
        let short = put("x-amz-checksum-crc32:NhCmhg==").header("x-amz-decoded-content-length", "6");
        leaves_nothing(&server, &team, short, 400, "IncompleteBody").await;
        let unknown = put("x-amz-meta-a:b");
        leaves_nothing(&server, &team, unknown, 400, "InvalidRequest").await;
    }

    async fn bodies_that_are_not_what_was_stated_leave_nothing(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        for size in [5, 300_000] {
            let bytes = noise(size);
            let put = || client.put("/scans/a.bin").bytes(&bytes);
            leaves_nothing(&server, &team, put().payload(&sha256(b"another")), 400, "XAmzContentSHA256Mismatch").await;
            leaves_nothing(&server, &team, put().header("content-md5", "AAAAAAAAAAAAAAAAAAAAAA=="), 400, "BadDigest").await;
            leaves_nothing(&server, &team, put().header("content-md5", "AAAA"), 400, "InvalidDigest").await;
            leaves_nothing(&server, &team, put().header("x-amz-checksum-crc64nvme", "AAAAAAAAAAA="), 400, "BadDigest").await;
            let two = put().header("x-amz-checksum-crc32", "AAAAAA==").header("x-amz-checksum-crc32c", "AAAAAA==");
            leaves_nothing(&server, &team, two, 400, "InvalidRequest").await;
            let short = put().payload("UNSIGNED-PAYLOAD").sending(Body::from(bytes[..size - 1].to_vec()));
            leaves_nothing(&server, &team, short, 400, "IncompleteBody").await;
        }
    }

    async fn a_connection_that_breaks_leaves_nothing(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let bytes = noise(300_000);
        for payload in ["UNSIGNED-PAYLOAD", sha256(&bytes).as_str()] {
            let half = stream::iter([Ok(Bytes::from(bytes[..150_000].to_vec())), Err(io::Error::other("gone"))]);
            let put = client.put("/scans/a.bin").bytes(&bytes).payload(payload).sending(Body::from_stream(half));
            leaves_nothing(&server, &team, put, 400, "IncompleteBody").await;
        }
    }

    async fn checksums_come_back_when_asked_for(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        for (name, value) in [("x-amz-checksum-crc32", "NhCmhg=="), ("x-amz-checksum-crc32c", "mnG7TA=="), ("x-amz-checksum-crc64nvme", "M3eFcAZSQlc=")] {
            let put = client.put("/scans/a.bin").bytes(b"hello").header(name, value).send().await.expect(200);
            assert_eq!(put.header(name), value);
            let silent = client.get("/scans/a.bin").send().await.expect(200);
            assert_eq!(silent.header(name), "");
            let asked = client.get("/scans/a.bin").header("x-amz-checksum-mode", "enabled").send().await.expect(200);
            assert_eq!((asked.header(name), asked.header("x-amz-checksum-type")), (value, "FULL_OBJECT"));
        }
    }
}

fn base64_of(hex_text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(hex::decode(hex_text).unwrap())
}
