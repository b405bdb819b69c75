//! Real S3 clients against the real binary: each goes through a whole round over TLS, against a bucket of its own, and
//! nothing of what it sent lies in clear afterwards.
//!
//! One more goes through the door of a bucket that cleans what it takes in, with every file that pydicom is tested with.
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

use house::House;
use round::{ASYNCIO, DICOM, Round, TOOLS};

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

#[test]
fn pydicom_finds_nobody_in_what_comes_back_of_its_files() {
    let house = House::shared();
    let report = house.run("dicom_door", DICOM, "plover-dicom");
    println!("{}", report.text);
    assert_eq!(report.problems, [""; 0], "{}", report.text);
    let steps = [
        "make dataset",
        "put over REST",
        "put over S3",
        "read over REST",
        "read over S3",
        "nobody is identified",
        "the search finds what is not cleaned",
        "views",
        "quarantine",
        "release and delete",
    ];
    assert_eq!(report.steps, steps);
    assert!(!house.errors().contains("panicked"), "{}", house.errors());
}
