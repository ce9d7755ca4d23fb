//! `PUT /api/credential/{credentialName}`
//!
//! Replaces a credential's value. The singular in the path is how DQOps documents it; the body must
//! name the same credential.

use std::process::ExitCode;

use latchkey::http::StatusCode;
use latchkey::{Caller, Error, Request, Response, Result, Store};
use latchkey_dqops::wire::SharedCredentialInput;
use latchkey_dqops::{Dqops, EDIT, credential_name, namespace};

fn main() -> ExitCode {
    latchkey::serve::<Dqops, _, _, _>(env!("CARGO_BIN_NAME"), handle)
}

async fn handle(store: &Store, caller: Caller, request: Request) -> Result<Response> {
    let scope = caller.enter(namespace(), EDIT)?;
    let name = credential_name(&request)?;
    let credential: SharedCredentialInput = request.json()?;
    if credential.name()? != name {
        return Err(Error::invalid(
            "credential_name",
            "is not the name in the path; credentials cannot be renamed",
        ));
    }
    let change = (credential.draft()?, ());

    let (version, ()) = store.update(&scope, name, &request.if_match()?, |_| Ok(change.clone())).await?;

    Ok(Response::empty(StatusCode::NO_CONTENT).etag(&version))
}
