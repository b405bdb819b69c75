//! Disks that can be filled up and freed again.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};

/// A small file system of its own, mounted in a folder. Takes the right to mount.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounts a file system of so many mebibytes on the folder, which is made; nothing when this process may not mount.
    pub fn mount(folder: &Path, mebibytes: u32) -> Option<Self> {
        std::fs::create_dir_all(folder).unwrap();
        let size = format!("size={mebibytes}m,mode=700");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "bailee-test"])
            .arg(folder)
            .output();
        mounted
            .is_ok_and(|mounted| mounted.status.success())
            .then(|| Self(folder.to_owned()))
    }

    /// Writes until nothing more fits.
    pub fn fill(&self) {
        let mut ballast = File::create(self.ballast()).unwrap();
        for piece in [1 << 20, 4096] {
            while ballast.write_all(&vec![0; piece]).is_ok() {}
        }
    }

    /// Makes room again.
    pub fn free(&self) {
        std::fs::remove_file(self.ballast()).unwrap();
    }

    fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}

/// Lets no file of the process grow beyond so many bytes; `None` lifts the limit again.
pub fn limit_files(process: Pid, bytes: Option<u64>) {
    let maximum = getrlimit(Resource::Fsize).maximum;
    prlimit(
        Some(process),
        Resource::Fsize,
        Rlimit {
            current: bytes.or(maximum),
            maximum,
        },
    )
    .unwrap();
}
