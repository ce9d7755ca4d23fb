//! `OPTIONS` of every route
//!
//! Tells browsers whether a web page may call that route. See `docs/decisions/web-pages.md`.

use std::process::ExitCode;

use latchkey::cors::preflight;

fn main() -> ExitCode {
    latchkey::serve::serve_preflight(env!("CARGO_BIN_NAME"), preflight)
}
