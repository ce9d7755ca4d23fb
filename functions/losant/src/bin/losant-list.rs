//! `GET /applications/{applicationId}/credentials`
//!
//! Lists an application's credentials, without their secrets.

use std::process::ExitCode;
use std::sync::LazyLock;

use latchkey::{Caller, Request, Response, Result, Store};
use latchkey_losant::list::{INSTEAD, Query, Snapshots};
use latchkey_losant::{CREDENTIALS_GET, Losant, enter};

static SNAPSHOTS: LazyLock<Snapshots> = LazyLock::new(Snapshots::default);

fn main() -> ExitCode {
    latchkey::serve::<Losant, _, _, _>(env!("CARGO_BIN_NAME"), handle)
}

async fn handle(store: &Store, caller: Caller, request: Request) -> Result<Response> {
    let scope = enter(&caller, &request, CREDENTIALS_GET)?;
    let query = Query::parse(&request)?;

    let credentials = query.run(store, &scope, &SNAPSHOTS).await?;

    Response::list(&credentials, INSTEAD)
}
