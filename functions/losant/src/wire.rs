//! The responses that contain no credential.

use serde::Serialize;

/// `success`.
#[derive(Debug, Serialize)]
pub struct Success {
    success: bool,
}

impl Default for Success {
    fn default() -> Self {
        Self { success: true }
    }
}

/// `credentialLinkedResources`, with nothing linked.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CredentialLinkedResources {
    integrations: Collection,
    flows: Collection,
    flow_versions: Collection,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Collection {
    items: [(); 0],
    count: usize,
    total_count: usize,
}
