//! `POST /applications/{applicationId}/credentials`
//!
//! Creates a credential, with a key pair if the request asks for one.

use std::process::ExitCode;

use latchkey::http::StatusCode;
use latchkey::{Caller, Request, Response, Result, Store};
use latchkey_losant::input::Input;
use latchkey_losant::{CREDENTIALS_POST, Losant, enter, operations};

fn main() -> ExitCode {
    latchkey::serve::<Losant, _, _, _>(env!("CARGO_BIN_NAME"), handle)
}

async fn handle(store: &Store, caller: Caller, request: Request) -> Result<Response> {
    let scope = enter(&caller, &request, CREDENTIALS_POST)?;
    let post = Input::parse(&request.json()?)?.into_post()?;
    let idempotency_key = request.idempotency_key()?;

    let created = operations::create(store, &scope, post, idempotency_key.as_ref()).await?;

    Ok(Response::json(StatusCode::CREATED, &created.credential)?.etag(&created.version))
}
