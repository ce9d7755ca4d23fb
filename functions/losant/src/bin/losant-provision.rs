//! `Custom::LatchkeyLosantCredential`
//!
//! Makes a credential what a template of CloudFormation says, or a configuration of Terraform's.

use std::process::ExitCode;

use latchkey::serve::serve_provisioner;
use latchkey_losant::Losant;

fn main() -> ExitCode {
    serve_provisioner::<Losant>(env!("CARGO_BIN_NAME"))
}
