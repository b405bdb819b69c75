#![doc = include_str!("../README.md")]

mod body;
mod bucket;
mod caller;
pub mod compatibility;
mod cors;
mod door;
mod encryption;
mod errors;
mod form;
pub mod framing;
mod host;
mod keeper;
mod labels;
mod listing;
mod multipart;
mod object;
mod pace;
mod rights;
mod settings;
mod signature;
mod stated;
mod sts;
mod stubs;
mod surface;
#[cfg(test)]
mod vectors;
mod versioning;

pub use pace::{access_key_in, slow_down};
pub use settings::{BadSettings, Settings};

use axum::Router;
use custody::Custody;

/// Every S3 route over this custody. Put `web::Kit::dress` around it, and serve it at a host or port of its own: S3
/// owns every path below `/`.
///
/// # Errors
/// [`BadSettings`], naming the setting.
pub fn service(custody: Custody, settings: Settings) -> Result<Router, BadSettings> {
    let secrets = signature::CustodySecrets::new(custody.clone());
    let keeper = keeper::Keeper::new(custody.clone());
    let surface = surface::Surface::new(keeper.clone());
    door::open(custody.desk().clone(), Some(keeper), secrets, surface, settings)
}
