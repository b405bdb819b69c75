//! `bailee`: one binary for the server, its operator and its clients.

use std::process::ExitCode;

use bailee::{cli, out};
use clap::Parser as _;

/// Most of what a small request costs beside the disk is short-lived memory.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Before anything else: the process of a page has one thread, and nothing open that it was not given.
    if confined::is_one(std::env::args_os()) {
        return confined::one();
    }
    let cli = cli::Cli::parse();
    // Every TLS connection of this process uses the one cryptographic library; a second call changes nothing.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            out::note(format_args!("bailee: cannot start threads: {error}"));
            return ExitCode::FAILURE;
        }
    };
    runtime.block_on(cli::run(cli)).unwrap_or_else(|failure| {
        out::note(format_args!("bailee: {failure}"));
        failure.exit_code()
    })
}
