//! `chutes-top`: a terminal dashboard for people who run Chutes (chutes.ai) API keys.
//!
//! The rooms of the house, in reading order, are described in `ARCHITECTURE.md`; imports between
//! them run one way, and `tests/architecture.rs` enforces it.

pub mod api;
pub mod app;
pub mod clock;
pub mod domain;
pub mod ui;
pub mod worker;
