//! What the process of a page gives up before it reads a byte. None of it can be had again.
//!
//! Promises: all of it or an error. Memory, processor time, files, processes and cores are bounded by limits of resources; calls of
//! the system, by a list of those that are let through (seccomp). What is not on the list fails and does nothing, so that there is no
//! network, no file, no other process to signal and no memory that can be made to run.
//!
//! Leaves out: namespaces and Landlock, which forbid what is not on the list anyway.

/// Gives it up.
#[cfg(not(target_os = "linux"))]
pub(crate) fn give_up() -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

#[cfg(target_os = "linux")]
pub(crate) use linux::give_up;

#[cfg(target_os = "linux")]
mod linux {
    use std::io;

    use rustix::process::{Resource, Rlimit, Signal, getrlimit, set_parent_process_death_signal, setrlimit};
    use seccompiler::SeccompCmpArgLen::{Dword, Qword};
    use seccompiler::SeccompCmpOp::{Eq, MaskedEq};
    use seccompiler::{
        BackendError, BpfProgram, SeccompAction, SeccompCondition, SeccompFilter, SeccompRule,
    };

    use crate::{MEMORY, PROCESSOR_SECONDS};

    /// Standard input, output and errors.
    const FILES: u64 = 3;

    /// Calls that are let through whatever they say: about what is open already, memory, time, locks of one's own, and the end.
    const PLAIN: &[i64] = &[
        libc::SYS_read,
        libc::SYS_readv,
        libc::SYS_write,
        libc::SYS_writev,
        libc::SYS_close,
        libc::SYS_brk,
        libc::SYS_munmap,
        libc::SYS_mremap,
        libc::SYS_madvise,
        libc::SYS_clock_gettime,
        libc::SYS_futex,
        libc::SYS_getrandom,
        libc::SYS_sched_yield,
        libc::SYS_getpid,
        libc::SYS_gettid,
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_sigaltstack,
        libc::SYS_exit,
        libc::SYS_exit_group,
    ];

    /// Gives it up.
    pub(crate) fn give_up() -> io::Result<()> {
        set_parent_process_death_signal(Some(Signal::KILL))?;
        for (resource, most) in [
            (Resource::Core, 0),
            (Resource::Fsize, 0),
            (Resource::Nproc, 0),
            (Resource::Nofile, FILES),
            (Resource::As, MEMORY),
        ] {
            set(resource, most, most)?;
        }
        set(Resource::Cpu, PROCESSOR_SECONDS, PROCESSOR_SECONDS + 1)?;
        let filter = filter().map_err(io::Error::other)?;
        // It says as well that nothing which is started gains rights; and it holds for this thread, the only one.
        seccompiler::apply_filter(&filter).map_err(io::Error::other)
    }

    /// Sets a limit, or leaves a lower one that somebody set before. What is over the first is told so; what is over the second is
    /// killed.
    fn set(resource: Resource, told: u64, killed: u64) -> io::Result<()> {
        let before = getrlimit(resource).maximum;
        let lower = |most: u64| Some(before.map_or(most, |before| before.min(most)));
        let limit = Rlimit {
            current: lower(told),
            maximum: lower(killed),
        };
        Ok(setrlimit(resource, limit)?)
    }

    fn filter() -> Result<BpfProgram, BackendError> {
        let of_this_process = SeccompCondition::new(0, Dword, Eq, std::process::id().into())?;
        let not_to_run = || {
            let executable = u64::from(libc::PROT_EXEC.unsigned_abs());
            SeccompRule::new(vec![SeccompCondition::new(2, Qword, MaskedEq(executable), 0)?])
        };
        let plain = PLAIN.iter().map(|&call| (call, Vec::new()));
        let asked = [
            // How a process aborts.
            (libc::SYS_tgkill, vec![SeccompRule::new(vec![of_this_process])?]),
            (libc::SYS_mmap, vec![not_to_run()?]),
            (libc::SYS_mprotect, vec![not_to_run()?]),
        ];
        let filter = SeccompFilter::new(
            plain.chain(asked).collect(),
            SeccompAction::Errno(libc::EPERM.unsigned_abs()),
            SeccompAction::Allow,
            std::env::consts::ARCH.try_into()?,
        )?;
        filter.try_into()
    }
}
