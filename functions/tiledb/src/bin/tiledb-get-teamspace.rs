//! `GET /tiledb/v4/teamspaces/{workspace}/{teamspace}`
//!
//! Returns a teamspace that the caller's grants name. The released client needs its id.

use std::process::ExitCode;

use latchkey::http::StatusCode;
use latchkey::{Caller, Request, Response, Result};
use latchkey_tiledb::Tiledb;
use latchkey_tiledb::space::{Data, Teamspace};

fn main() -> ExitCode {
    latchkey::serve::<Tiledb, _, _, _>(env!("CARGO_BIN_NAME"), handle)
}

async fn handle((): &(), caller: Caller, request: Request) -> Result<Response> {
    let data = Teamspace::find(&caller, &request)?;

    Response::json(StatusCode::OK, &Data { data })
}
