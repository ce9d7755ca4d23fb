//! `Custom::LatchkeyOrganizationsCredential`
//!
//! Makes a credential what a template of CloudFormation says, or a configuration of Terraform's.

use std::process::ExitCode;

use latchkey::serve::serve_provisioner;
use latchkey_organizations::Organizations;

fn main() -> ExitCode {
    serve_provisioner::<Organizations>(env!("CARGO_BIN_NAME"))
}
