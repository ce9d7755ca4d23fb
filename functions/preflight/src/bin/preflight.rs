//! `OPTIONS` of every route, where a web page may call it.

use std::process::ExitCode;

use latchkey::cors::preflight;

fn main() -> ExitCode {
    latchkey::serve::serve_preflight(env!("CARGO_BIN_NAME"), preflight)
}
