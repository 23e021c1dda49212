//! What the program knows, without any idea of networks, screens or files.
//!
//! Everything here is plain data and pure functions. Times are handed in; nothing here asks a clock.

pub mod account;
pub mod activity;
pub mod alerts;
pub mod api_base;
pub mod clean;
pub mod credential;
pub mod failure;
pub mod filter;
pub mod forecast;
pub mod past;
pub mod quota;
pub mod snapshot;
pub mod text;
pub mod threshold;
pub mod tier;
pub mod typed;
pub mod usage;
pub mod view;
pub mod window;
pub mod wrap;
