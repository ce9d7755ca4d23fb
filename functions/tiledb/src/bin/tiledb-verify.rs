//! `POST /v4/credentials/verify` and `POST /tiledb/v4/actions/credentials/verify`
//!
//! Says whether a credential is well formed and, of AWS's own, whether it works. Stores nothing. The only
//! function that may call STS, and it may call nothing else.

use std::process::ExitCode;
use std::sync::LazyLock;

use latchkey::http::StatusCode;
use latchkey::{Caller, Request, Response, Result, Store};
use latchkey_tiledb::input::CredentialInput;
use latchkey_tiledb::sts::Sts;
use latchkey_tiledb::verify::check_form;
use latchkey_tiledb::{Tiledb, VIEW};

/// `None` where live verification is turned off.
static STS: LazyLock<Option<Sts>> = LazyLock::new(Sts::from_env);

fn main() -> ExitCode {
    latchkey::serve::<Tiledb, _, _>(env!("CARGO_BIN_NAME"), handle)
}

async fn handle(_store: &Store, caller: Caller, request: Request) -> Result<Response> {
    let input = CredentialInput::parse(&request)?;
    input.enter(&caller, &request, VIEW)?;
    let access = input.creation()?.access;

    check_form(&access)?;
    if let Some(sts) = &*STS {
        sts.check(&access).await?;
    }

    Ok(Response::empty(StatusCode::OK))
}
