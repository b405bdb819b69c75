//! Draws the first frame of every file of a folder, to look at what is drawn and what is refused.
//!
//! `cargo run --release -p rendering --example draw_folder -- FROM TO`: for each file a picture of the same name with its ending
//! added, and a line that says what became of it.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "to tell, and how long it took, is what the program is for"
)]

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use rendering::{Limits, View, probe, render};

fn main() -> Result<(), Box<dyn Error>> {
    let folders: Vec<String> = std::env::args().skip(1).collect();
    let [from, to] = &folders[..] else {
        return Err("give two folders: draw_folder FROM TO".into());
    };
    std::fs::create_dir_all(to)?;
    let mut files: Vec<_> = std::fs::read_dir(from)?.collect::<Result<_, _>>()?;
    files.sort_by_key(|file| file.file_name());
    for file in files {
        if file.file_type()?.is_file() {
            draw(&file.path(), Path::new(to))?;
        }
    }
    Ok(())
}

fn draw(file: &Path, to: &Path) -> Result<(), Box<dyn Error>> {
    let bytes = std::fs::read(file)?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let start = Instant::now();
    let seen = probe(&bytes, "application/dicom", &Limits::default());
    let drawn = render(&bytes, "application/dicom", &View::default(), &Limits::default());
    let took = start.elapsed().as_millis();
    match drawn {
        Err(refused) => println!("{name}: {refused}"),
        Ok(drawn) => {
            let ending = drawn.format.media_type().rsplit('/').next().unwrap_or_default();
            std::fs::write(to.join(format!("{name}.{ending}")), &drawn.bytes)?;
            println!(
                "{name}: {} by {} in {took} ms, {seen:?}",
                drawn.width, drawn.height
            );
        }
    }
    Ok(())
}
