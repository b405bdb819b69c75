//! People who prove who they are, on both engines.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on must fail"
)]

mod guessing;
mod invitations;
mod oidc;
mod passkeys;
mod provider;
mod second_factors;
mod sessions;
mod site;
mod staff;
