//! `PATCH /applications/{applicationId}/credentials/{credentialId}`
//!
//! Changes the given fields of a credential, and leaves the others as they are.

use std::process::ExitCode;

use latchkey::http::StatusCode;
use latchkey::{Caller, Request, Response, Result, Store};
use latchkey_losant::input::Input;
use latchkey_losant::{CREDENTIAL_PATCH, Losant, credential_id, enter, operations};

fn main() -> ExitCode {
    latchkey::serve::<Losant, _, _, _>(env!("CARGO_BIN_NAME"), handle)
}

async fn handle(store: &Store, caller: Caller, request: Request) -> Result<Response> {
    let scope = enter(&caller, &request, CREDENTIAL_PATCH)?;
    let id = credential_id(&request)?;
    let patch = Input::parse(&request.json()?)?.into_patch()?;
    let precondition = request.if_match()?;

    let patched = operations::patch(store, &scope, &id, &precondition, patch).await?;

    Ok(Response::json(StatusCode::OK, &patched.credential)?.etag(&patched.version))
}
