#![doc = include_str!("../README.md")]

mod checkpoint;
mod compact;
mod db;
mod dialect;
mod driver;
mod durable;
mod error;
mod group;
mod jobs;
mod lease;
mod migrate;
mod migrations;
pub mod objects;
mod postgres;
mod row;
mod schema;
mod session;
mod sqlite;
mod threads;
mod tx;
mod value;
mod work;

pub use db::{Counters, Db, Options};
pub use dialect::Engine;
pub use error::StoreError;
pub use jobs::Job;
pub use lease::Lease;
pub use migrate::Migration;
pub use migrations::MIGRATIONS;
pub use objects::Objects;
pub use postgres::{create_database, drop_database};
pub use row::Row;
pub use schema::schema;
pub use tx::Tx;
pub use value::{FromValue, Value};
