//! `GET /applications/{applicationId}/credentials/{credentialId}`
//!
//! Returns a credential, without its secrets.

use std::process::ExitCode;

use latchkey::http::StatusCode;
use latchkey::{Caller, Request, Response, Result, Store};
use latchkey_losant::{CREDENTIAL_GET, Losant, credential_id, enter, operations};

fn main() -> ExitCode {
    latchkey::serve::<Losant, _, _, _>(env!("CARGO_BIN_NAME"), handle)
}

async fn handle(store: &Store, caller: Caller, request: Request) -> Result<Response> {
    let scope = enter(&caller, &request, CREDENTIAL_GET)?;
    let id = credential_id(&request)?;

    let found = operations::read(store, &scope, &id).await?;

    Ok(Response::json(StatusCode::OK, &found.credential)?.or_not_modified(&request, &found.version))
}
