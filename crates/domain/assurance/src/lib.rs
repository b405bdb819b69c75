#![doc = include_str!("../README.md")]

pub mod catalogue;

pub use catalogue::{BadCatalogue, Catalogue};
