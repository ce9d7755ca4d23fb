//! `GET /applications/{applicationId}/credentials`
//!
//! Lists an application's credentials, without their secrets.

use std::process::ExitCode;

use latchkey::{Caller, Request, Response, Result, Store};
use latchkey_losant::list::{INSTEAD, Query};
use latchkey_losant::{CREDENTIALS_GET, Losant, enter};

fn main() -> ExitCode {
    latchkey::serve::<Losant, _, _, _>(env!("CARGO_BIN_NAME"), handle)
}

async fn handle(store: &Store, caller: Caller, request: Request) -> Result<Response> {
    let scope = enter(&caller, &request, CREDENTIALS_GET)?;
    let query = Query::parse(&request)?;

    let credentials = query.run(store, &scope).await?;

    Response::list(&credentials, INSTEAD)
}
