//! The checks of `tests/fuzz_seeds`, for the fuzz targets.

#[path = "../../tests/fuzz_seeds/checks/mod.rs"]
mod checks;

pub use checks::*;
