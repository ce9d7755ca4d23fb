//! `DELETE /v4/credentials/{name}` and `DELETE /tiledb/v4/credentials/{workspace}/{name}`
//!
//! Deletes a credential. Until its recovery window ends, it can be restored in Secrets Manager.
//! See `docs/decisions/deletion.md`.

use std::process::ExitCode;

use latchkey::http::StatusCode;
use latchkey::{Caller, Request, Response, Result, Store};
use latchkey_tiledb::{EDIT, Tiledb, credential_name, enter};

fn main() -> ExitCode {
    latchkey::serve::<Tiledb, _, _, _>(env!("CARGO_BIN_NAME"), handle)
}

async fn handle(store: &Store, caller: Caller, request: Request) -> Result<Response> {
    let scope = enter(&caller, &request, EDIT)?;
    let name = credential_name(&request)?;

    store.delete(&scope, name, &request.if_match()?).await?;

    Ok(Response::empty(StatusCode::NO_CONTENT))
}
