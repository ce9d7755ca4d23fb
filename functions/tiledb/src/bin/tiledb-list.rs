//! `GET /v4/credentials` and `GET /tiledb/v4/credentials/{workspace}`
//!
//! Lists credentials, page by page, in the order of their names.

use std::process::ExitCode;
use std::sync::LazyLock;

use latchkey::http::StatusCode;
use latchkey::{Caller, Request, Response, Result, Store};
use latchkey_tiledb::list::{ListQuery, Snapshots};
use latchkey_tiledb::{Tiledb, VIEW, enter};

static SNAPSHOTS: LazyLock<Snapshots> = LazyLock::new(Snapshots::default);

fn main() -> ExitCode {
    latchkey::serve::<Tiledb, _, _, _>(env!("CARGO_BIN_NAME"), handle)
}

async fn handle(store: &Store, caller: Caller, request: Request) -> Result<Response> {
    let scope = enter(&caller, &request, VIEW)?;
    let query = ListQuery::parse(&request)?;

    let page = query.run(store, &scope, &SNAPSHOTS).await?;

    Response::json(StatusCode::OK, &page)
}
