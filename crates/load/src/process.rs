//! The server as a process: started, watched, stopped.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::Outcome;
use crate::connection::Target;

/// A server in a folder of its own, both gone when this goes.
pub(crate) struct Server {
    child: Child,
    pid: u32,
    folder: TempDir,
    url: String,
}

/// What the system says of a process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Usage {
    /// Processor time so far, in user and system mode.
    pub(crate) processor: Duration,
    /// Resident memory at most since the last reset, in bytes.
    pub(crate) resident_peak: u64,
}

impl Server {
    /// Starts the program in a fresh folder inside this one, with these variables set.
    pub(crate) async fn start(program: &Path, inside: &Path, variables: &[(&str, &str)]) -> Outcome<Self> {
        let program = program
            .canonicalize()
            .map_err(|error| format!("{}: {error}; build it with --release", program.display()))?;
        let folder = tempfile::Builder::new()
            .prefix("bailee-load-")
            .tempdir_in(inside)?;
        let mut command = Command::new(program);
        command
            .args(["serve", "--operator-key-file", "operator.key"])
            .current_dir(folder.path())
            .env_clear();
        // A line per request would measure the terminal.
        command
            .env("BAILEE_DATA", "data")
            .env("BAILEE_LISTEN", "127.0.0.1:0")
            .env("BAILEE_LOG_LEVEL", "warn")
            .env("BAILEE_CHECKS_RUN", "false")
            .envs(variables.iter().copied());
        let mut child = command.stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let pid = child.id().ok_or("the server ended at once")?;
        let mut lines = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
        let mut url = None;
        while let Some(line) = lines.next_line().await? {
            url = line.strip_prefix("Bailee serves at ").map(str::to_owned).or(url);
            if line.contains("Clients trust it") {
                let url = url.ok_or("the server named no address")?;
                return Ok(Self {
                    child,
                    pid,
                    folder,
                    url,
                });
            }
        }
        Err("the server did not start".into())
    }

    /// Its operator.
    pub(crate) fn operator(&self) -> Outcome<Target> {
        let key = std::fs::read_to_string(self.folder.path().join("operator.key"))?;
        Target::new(&self.url, &self.folder.path().join("data/tls/ca.pem"), key.trim())
    }

    /// What it has used.
    pub(crate) fn usage(&self) -> Outcome<Usage> {
        usage_of(self.pid)
    }

    /// Lets the peak of resident memory begin anew (proc_pid_clear_refs(5)).
    pub(crate) fn forget_peak(&self) -> Outcome<()> {
        Ok(std::fs::write(format!("/proc/{}/clear_refs", self.pid), "5")?)
    }

    /// Ends it in order.
    pub(crate) async fn stop(mut self) -> Outcome<()> {
        let pid = i32::try_from(self.pid)
            .ok()
            .and_then(rustix::process::Pid::from_raw)
            .ok_or("no such process")?;
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        let ended = self.child.wait().await?;
        if ended.success() {
            Ok(())
        } else {
            Err(format!("the server ended with {ended}").into())
        }
    }
}

/// What a process has used (proc_pid_stat(5), proc_pid_status(5)).
pub(crate) fn usage_of(pid: u32) -> Outcome<Usage> {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid))?;
    // The second field is the program's name, which may hold anything but ends with the last bracket.
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    let ticks = |at: usize| -> Outcome<u64> { Ok(fields.get(at).ok_or("a short /proc/…/stat")?.parse()?) };
    // Fields 14 and 15 of proc_pid_stat(5); two went with the name.
    let ticks = ticks(11)? + ticks(12)?;
    let processor = Duration::from_secs_f64(ticks as f64 / rustix::param::clock_ticks_per_second() as f64);
    let status = std::fs::read_to_string(format!("/proc/{}/status", pid))?;
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|line| line.split_whitespace().next());
    Ok(Usage {
        processor,
        resident_peak: peak.ok_or("no VmHWM")?.parse::<u64>()? * 1024,
    })
}
