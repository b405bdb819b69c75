//! Real S3 clients against the real binary: each goes through a whole round over TLS, against a bucket of its own, and
//! nothing of what it sent lies in clear afterwards.
//!
//! A round is a Python program in `rounds/`, in the client's own words; it checks bytes and listings itself. Here is which
//! steps it must have told, what it may leave out and why, and the search for its words in the server's folder.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by these, and a round that failed is shown"
)]

mod house;
mod round;
#[path = "../support/mod.rs"]
mod support;

use round::{ASYNCIO, Round, TOOLS};

#[test]
fn boto3() {
    Round::of("boto3", TOOLS).goes_well();
}

#[test]
fn aws_cli() {
    // `aws s3 presign` signs for reading only.
    Round::of("aws_cli", TOOLS)
        .without(&["presigned put"])
        .goes_well();
}

#[test]
fn s3cmd() {
    // It signs URLs with version 2 only, which its round shows to be refused, and knows no versions.
    Round::of("s3cmd", TOOLS)
        .without(&["presigned get", "presigned put", "versions"])
        .goes_well();
}

#[test]
fn rclone() {
    // `rclone link` signs for reading only.
    Round::of("rclone", TOOLS).without(&["presigned put"]).goes_well();
}

#[test]
fn minio_py() {
    Round::of("minio", TOOLS).goes_well();
}

#[test]
fn pyarrow() {
    // It signs no URLs and knows no versions.
    Round::of("pyarrow", TOOLS)
        .without(&["presigned get", "presigned put", "versions"])
        .goes_well();
}

#[test]
fn s3fs() {
    Round::of("s3fs", ASYNCIO).goes_well();
}

#[test]
fn obstore() {
    Round::of("obstore", ASYNCIO).goes_well();
}
