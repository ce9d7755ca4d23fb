//! `GET /api/credentials`
//!
//! Lists all credentials by name, without their values.

use std::process::ExitCode;

use latchkey::{Caller, Request, Response, Result, Store};
use latchkey_dqops::wire::{SharedCredentialListModel, public_of};
use latchkey_dqops::{Dqops, EDIT, VIEW, namespace};

fn main() -> ExitCode {
    latchkey::serve::<Dqops, _, _, _>(env!("CARGO_BIN_NAME"), handle)
}

async fn handle(store: &Store, caller: Caller, _request: Request) -> Result<Response> {
    let scope = caller.enter(namespace(), VIEW)?;
    let can_edit = caller.may(&namespace(), EDIT);

    let listed = store.list(&scope, public_of).await?;

    let models = SharedCredentialListModel::sorted(listed, can_edit);
    Response::list(&models, "Get the credentials by their names.")
}
