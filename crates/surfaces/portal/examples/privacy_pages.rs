//! Writes every sample page into a folder: `cargo run -p portal --example privacy_pages -- FOLDER`.
#![allow(clippy::unwrap_used, reason = "a chore may stop at the first fault")]

#[path = "../samples/mod.rs"]
mod samples;

use std::fs;
use std::path::PathBuf;

fn main() {
    let folder = PathBuf::from(
        std::env::args()
            .nth(1)
            .unwrap_or_else(|| "target/portal-pages".to_owned()),
    );
    fs::create_dir_all(folder.join("samples")).unwrap();
    for sample in samples::all() {
        fs::write(folder.join(format!("samples/{}.html", sample.name)), sample.page).unwrap();
    }
    fs::write(folder.join("policy.txt"), portal::policy(&samples::styles())).unwrap();
}
