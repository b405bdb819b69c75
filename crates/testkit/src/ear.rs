//! The log of a test's process, for checks that listen to it.

use std::io::{self, Write};
use std::sync::OnceLock;

use assurance::Ear;

struct Hearing(Ear);

impl Write for Hearing {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.hear(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Where the lines of this process's log come by. They go nowhere else.
pub fn ear() -> Ear {
    static EAR: OnceLock<Ear> = OnceLock::new();
    let start = || {
        let ear = Ear::default();
        let hearing = ear.clone();
        let lines = tracing_subscriber::fmt().with_ansi(false);
        let lines = lines.with_writer(move || Hearing(hearing.clone()));
        lines.try_init().unwrap();
        ear
    };
    EAR.get_or_init(start).clone()
}
