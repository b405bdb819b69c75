//! The process of a page, as the system sees it from outside.

use std::fs;
use std::path::{Path, PathBuf};

use rustix::process::Pid;

use crate::support::eventually;

/// A process that was started by another.
pub(crate) struct Process(PathBuf);

impl Process {
    /// The one that this server has started, when it has given up its rights.
    pub(crate) async fn of(server: Pid) -> Self {
        let parent = format!("{}", server.as_raw_nonzero());
        eventually("a process for a page", async || {
            let mut processes = fs::read_dir("/proc")
                .unwrap()
                .map(|entry| Self(entry.unwrap().path()));
            processes.find(|process| {
                process.says("PPid") == Some(parent.clone())
                    && process.says("Seccomp") == Some("2".to_owned())
            })
        })
        .await
    }

    /// What stands behind this word in `status`.
    fn says(&self, word: &str) -> Option<String> {
        let status = fs::read_to_string(self.0.join("status")).ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(word)?.strip_prefix(':').map(str::to_owned));
        Some(line?.trim().to_owned())
    }

    /// Asserts that it was given nothing and may do nothing.
    pub(crate) fn has_nothing(&self, folder: &Path) {
        assert_eq!(fs::read(self.0.join("cmdline")).unwrap(), b"bailee\0render-one\0");
        assert_eq!(fs::read(self.0.join("environ")).unwrap(), b"");
        let works_in = fs::read_link(self.0.join("cwd")).unwrap();
        assert_eq!(works_in, folder.canonicalize().unwrap());
        assert_eq!(
            fs::read_dir(folder).unwrap().count(),
            0,
            "the folder is not empty"
        );
        for file in fs::read_dir(self.0.join("fd")).unwrap() {
            let file = file.unwrap();
            let (number, leads) = (file.file_name(), fs::read_link(file.path()).unwrap());
            match number.to_str().unwrap() {
                "0" | "1" => assert!(leads.to_str().unwrap().starts_with("pipe:"), "{leads:?}"),
                "2" => assert_eq!(leads, Path::new("/dev/null")),
                // Nothing of the server's: what whoever started this test left open.
                _ => assert_eq!(
                    fs::read_link(Path::new("/proc/self/fd").join(&number)).unwrap(),
                    leads
                ),
            }
        }
        assert_eq!(
            (self.says("NoNewPrivs"), self.says("Threads")),
            (Some("1".to_owned()), Some("1".to_owned()))
        );
        let limits = fs::read_to_string(self.0.join("limits")).unwrap();
        for (what, most) in [
            ("Max cpu time", ["5", "6"]),
            ("Max address space", ["1073741824"; 2]),
            ("Max file size", ["0"; 2]),
            ("Max core file size", ["0"; 2]),
            ("Max processes", ["0"; 2]),
            ("Max open files", ["3"; 2]),
        ] {
            let line = limits.lines().find_map(|line| line.strip_prefix(what)).unwrap();
            let told: Vec<_> = line.split_whitespace().take(2).collect();
            assert_eq!(told, most, "{what}");
        }
    }

    /// Waits until it is gone.
    pub(crate) async fn is_gone(&self) {
        eventually("the end of a page's process", async || {
            (!self.0.exists()).then_some(())
        })
        .await;
    }
}
