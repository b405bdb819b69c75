//! Folders, files, disk and clock.

use std::path::Path;

use kernel::Timestamp;
use sealing::Protection;

use super::{Finding, day};
use crate::config::Settings;
use crate::files;
use crate::keys::read;
use crate::server::Wiring;

/// With less than this the server will soon refuse writes.
const FEW_BYTES: u64 = 1 << 30;
const TOO_FEW_BYTES: u64 = 64 << 20;
/// This program is younger than 2026; a clock before that was never set.
const OLDEST_NOW: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

pub(super) fn checks(settings: &Settings, wiring: &Wiring) -> Vec<Finding> {
    let mut findings = vec![clock(wiring.clock.now()), data_folder(&settings.data)];
    if !settings.data.is_dir() {
        return findings;
    }
    findings.push(free_space("free space", &settings.data));
    if settings.objects.is_dir() && !settings.objects.starts_with(&settings.data) {
        findings.push(free_space("free space for objects", &settings.objects));
    }
    findings.push(root_key_file(settings));
    findings
}

fn clock(now: Timestamp) -> Finding {
    const NAME: &str = "clock";
    if now < OLDEST_NOW {
        return Finding::fail(
            NAME,
            format!("the machine says it is {}", day(now)),
            "set the clock, and keep it set with NTP",
        );
    }
    Finding::ok(NAME, format!("{now}"))
}

fn data_folder(path: &Path) -> Finding {
    const NAME: &str = "data folder";
    let place = path.display();
    if !path.exists() {
        return Finding::ok(
            NAME,
            format!("{place} is not there yet; the first start makes it"),
        );
    }
    match files::mode(path) {
        Err(error) => Finding::fail(NAME, error.to_string(), "run as the user who owns it"),
        Ok(mode) if mode & 0o077 != 0 => Finding::fail(
            NAME,
            format!("{place} has mode {mode:04o}: others may look into it"),
            format!("chmod 700 {place}"),
        ),
        Ok(_) if !may_write(path) => Finding::fail(
            NAME,
            format!("{place} cannot be written to"),
            "run as the user who owns it, and see that the disk is not read-only",
        ),
        Ok(_) => Finding::ok(NAME, format!("{place} is its owner's alone")),
    }
}

fn may_write(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK).is_ok()
}

fn free_space(name: &'static str, path: &Path) -> Finding {
    let mend = "free some space, or move the folder to a larger disk";
    match rustix::fs::statvfs(path) {
        Err(error) => Finding::fail(
            name,
            format!("cannot look at the disk: {error}"),
            "see that the disk is there",
        ),
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            let found = format!("{} MiB are free", free >> 20);
            if free < TOO_FEW_BYTES {
                Finding::fail(name, found, mend)
            } else if free < FEW_BYTES {
                Finding::warn(name, found, mend)
            } else {
                Finding::ok(name, found)
            }
        }
    }
}

fn root_key_file(settings: &Settings) -> Finding {
    const NAME: &str = "root key file";
    let path = &settings.root.file;
    let place = path.display();
    let (file, mode) = match read(path).map(|file| file.map(|file| (file, files::mode(path)))) {
        Ok(Some((file, Ok(mode)))) => (file, mode),
        Ok(None) => {
            return Finding::ok(
                NAME,
                format!("{place} is not there; the check of the installation says whether it should be"),
            );
        }
        Ok(Some((_, Err(error)))) => {
            return Finding::fail(NAME, error.to_string(), "run as the user who owns it");
        }
        Err(error) => return Finding::fail(NAME, error.to_string(), "restore the file from its copy"),
    };
    if mode & 0o077 != 0 {
        return Finding::fail(
            NAME,
            format!("{place} has mode {mode:04o}: others may read it"),
            format!("chmod 600 {place}, and think of `bailee keys rotate`: it may have been read"),
        );
    }
    match file.protection() {
        Protection::None => Finding::warn(
            NAME,
            format!("{place} is protected by nothing but its mode"),
            "`bailee keys protect --new-passphrase-file FILE` puts it under a passphrase",
        ),
        other => Finding::ok(NAME, format!("{place} is protected by {other}")),
    }
}
