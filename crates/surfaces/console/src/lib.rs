#![doc = include_str!("../README.md")]

pub mod assets;
pub mod headers;
pub mod kit;
pub mod pages;
