//! `POST /v4/credentials/verify` and `POST /tiledb/v4/actions/credentials/verify`
//!
//! Checks whether a credential is well formed and, if it is one of AWS's own, whether it works. Stores nothing.
//! This is the only function that may call STS, and it may call nothing else.

use std::process::ExitCode;

use latchkey::http::StatusCode;
use latchkey::{Caller, Request, Response, Result};
use latchkey_tiledb::input::CredentialInput;
use latchkey_tiledb::sts::LiveVerification;
use latchkey_tiledb::verify::check_form;
use latchkey_tiledb::{Tiledb, VIEW};

fn main() -> ExitCode {
    latchkey::serve::<Tiledb, _, _, _>(env!("CARGO_BIN_NAME"), handle)
}

async fn handle(live: &LiveVerification, caller: Caller, request: Request) -> Result<Response> {
    let input = CredentialInput::parse(&request)?;
    input.enter(&caller, &request, VIEW)?;
    let access = input.creation()?.access;

    check_form(&access)?;
    live.check(&access).await?;

    Ok(Response::empty(StatusCode::OK))
}
