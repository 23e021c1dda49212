//! `chutes-top`: a terminal dashboard for people who run Chutes (chutes.ai) API keys.
//!
//! The rooms of the house, in reading order, are described in `ARCHITECTURE.md`; imports between
//! them run one way, and `tests/architecture.rs` enforces it.

pub mod api;
pub mod app;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod config;
pub mod credentials;
pub mod demo;
pub mod domain;
pub mod environment;
pub mod report;
pub mod ui;
pub mod worker;
