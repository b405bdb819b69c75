//! Writes every sample page, with what it needs, into a folder: `cargo run -p console --example pages -- FOLDER`.
#![allow(clippy::unwrap_used, reason = "a chore may stop at the first fault")]

#[path = "../samples/mod.rs"]
mod samples;

use std::fs;
use std::path::PathBuf;

fn main() {
    let folder = PathBuf::from(
        std::env::args()
            .nth(1)
            .unwrap_or_else(|| "target/console-pages".to_owned()),
    );
    let put = |path: &str, bytes: &[u8]| {
        let file = folder.join(path.trim_start_matches('/'));
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, bytes).unwrap();
    };
    for sample in samples::all() {
        put(&format!("samples/{}.html", sample.name), sample.page.as_bytes());
    }
    for asset in console::assets::all() {
        put(&asset.path, asset.bytes);
    }
    for number in 0..samples::pictures::COUNT {
        put(
            &samples::pictures::path(number),
            samples::pictures::svg(number).as_bytes(),
        );
    }
    put("policy.txt", console::headers::POLICY.as_bytes());
}
