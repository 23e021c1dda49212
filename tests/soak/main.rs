//! Thirty days of a pane that is left open, in a few seconds: the real worker, link, app and screen, under tokio's
//! paused time, against a server, a network, a clock and a user that all misbehave, from a seed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a simulation: to fail is its job"
)]

mod accounts;
mod growth;
mod herd;
mod kept;
mod month;
mod pane;
mod truth;
mod weather;
mod world;
