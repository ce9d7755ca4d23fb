//! `PATCH /v4/credentials/{name}` and `PATCH /tiledb/v4/credentials/{workspace}/{name}`
//!
//! Changes a credential; absent fields stay as they are. A new `name` renames it, or is rejected with 409 if
//! that name is taken. See `docs/decisions/rename.md`.

use std::process::ExitCode;

use latchkey::http::StatusCode;
use latchkey::{Caller, Request, Response, Result, Store};
use latchkey_tiledb::input::CredentialInput;
use latchkey_tiledb::{EDIT, Tiledb, credential_name, enter};

fn main() -> ExitCode {
    latchkey::serve::<Tiledb, _, _, _>(env!("CARGO_BIN_NAME"), handle)
}

async fn handle(store: &Store, caller: Caller, request: Request) -> Result<Response> {
    let scope = enter(&caller, &request, EDIT)?;
    let name = credential_name(&request)?;
    let change = CredentialInput::parse(&request)?.change()?;

    let version = change.carry_out(store, &scope, name, &request.if_match()?).await?;

    Ok(Response::empty(StatusCode::NO_CONTENT).etag(&version))
}
