//! `POST /v4/credentials` and `POST /tiledb/v4/credentials/{workspace}`
//!
//! Creates a credential without verifying it. Responds with 409 if the name is taken.

use std::process::ExitCode;

use latchkey::http::StatusCode;
use latchkey::{Caller, Request, Response, Result, Store};
use latchkey_tiledb::input::CredentialInput;
use latchkey_tiledb::{EDIT, Tiledb, enter};

fn main() -> ExitCode {
    latchkey::serve::<Tiledb, _, _, _>(env!("CARGO_BIN_NAME"), handle)
}

async fn handle(store: &Store, caller: Caller, request: Request) -> Result<Response> {
    let scope = enter(&caller, &request, EDIT)?;
    let creation = CredentialInput::parse(&request)?.creation()?;
    let idempotency_key = request.idempotency_key()?;

    let version = creation.carry_out(store, &scope, idempotency_key.as_ref()).await?;

    Ok(Response::empty(StatusCode::CREATED).etag(&version))
}
