//! What a figure was measured on.

use std::path::Path;

use crate::Outcome;

/// Cores, processor, memory, disk, date and the machine's load, one a line.
pub(crate) fn describe(folder: &Path) -> Outcome<String> {
    let memory = field("/proc/meminfo", "MemTotal").unwrap_or_default();
    let cores = std::thread::available_parallelism()?;
    let processor = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".to_owned());
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease")?;
    Ok(format!(
        "- date: {}\n- machine: {cores} cores of {processor}; memory {memory}; Linux {}\n- disk: {}\n- load average: {}",
        now().strftime("%Y-%m-%d %H:%M UTC"),
        kernel.trim(),
        disk_of(folder)?,
        load_average()?,
    ))
}

/// The machine's load over one, five and fifteen minutes.
pub(crate) fn load_average() -> Outcome<String> {
    let text = std::fs::read_to_string("/proc/loadavg")?;
    Ok(text.split_whitespace().take(3).collect::<Vec<_>>().join(" "))
}

#[allow(clippy::disallowed_methods, reason = "the date of a measurement")]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

/// The device and file system with the longest mount point above the folder.
fn disk_of(folder: &Path) -> Outcome<String> {
    let folder = folder.canonicalize()?;
    let mounts = std::fs::read_to_string("/proc/mounts")?;
    let fields = mounts.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    let above = fields.filter(|fields| fields.len() > 2 && folder.starts_with(fields[1]));
    let nearest = above
        .max_by_key(|fields| fields[1].len())
        .ok_or("the folder is on no mounted disk")?;
    Ok(format!("{} ({})", nearest[0], nearest[2]))
}

fn field(file: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
