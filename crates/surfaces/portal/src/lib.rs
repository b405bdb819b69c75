#![doc = include_str!("../README.md")]

mod cookies;
mod live;
pub mod pages;
mod style;
mod words;

pub use live::{PortalState, router};
pub use style::{Style, policy};
pub use words::words;

/// Where the page of a tenant is.
pub fn path_of(tenant: &str) -> String {
    format!("/privacy/{tenant}")
}
