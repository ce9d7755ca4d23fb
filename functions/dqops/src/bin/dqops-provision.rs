//! `Custom::LatchkeyDqopsCredential`
//!
//! Makes a credential match a CloudFormation template or a Terraform configuration.
//! See `docs/decisions/provisioning.md`.

use std::process::ExitCode;

use latchkey::serve::serve_provisioner;
use latchkey_dqops::Dqops;

fn main() -> ExitCode {
    serve_provisioner::<Dqops>(env!("CARGO_BIN_NAME"))
}
