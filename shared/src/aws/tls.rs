//! Which servers are trusted as AWS's.
//!
//! See docs/decisions/cold-start.md.

use std::error::Error as StdError;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

/// The roots that all of AWS's endpoints chain to. Parsing these five takes a moment, and the system's 145 takes
/// milliseconds. They are in DER, because decoding PEM would take a twentieth of a cold start's instructions.
/// Source: <https://www.amazontrust.com/repository/>
const AMAZON_ROOTS: [&[u8]; 5] = [
    include_bytes!("amazon-root-cas/amazon-root-ca-1.der"),
    include_bytes!("amazon-root-cas/amazon-root-ca-2.der"),
    include_bytes!("amazon-root-cas/amazon-root-ca-3.der"),
    include_bytes!("amazon-root-cas/amazon-root-ca-4.der"),
    include_bytes!("amazon-root-cas/starfield-services-root-g2.der"),
];

/// TLS 1.2 and 1.3 with ring, for servers whose certificates chain to Amazon's roots or to those in `ca_bundle`.
///
/// # Errors
/// If there is no certificate in `ca_bundle`, or one that cannot be read.
pub(super) fn client_config(ca_bundle: Option<&[u8]>) -> Result<ClientConfig, Box<dyn StdError>> {
    let mut roots = RootCertStore::empty();
    for root in AMAZON_ROOTS {
        roots.add(CertificateDer::from_slice(root))?;
    }
    if let Some(bundle) = ca_bundle {
        for certificate in CertificateDer::pem_slice_iter(bundle) {
            roots.add(certificate?)?;
        }
        if roots.len() == AMAZON_ROOTS.len() {
            return Err("no certificate".into());
        }
    }
    let provider = Arc::new(ring::default_provider());
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(versions.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;
    use crate::credential::hex;

    #[test]
    fn the_roots_are_those_that_amazon_publishes() {
        let fingerprints = AMAZON_ROOTS.map(|root| hex(&Sha256::digest(root)));
        let published = [
            "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
            "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
            "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
            "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
            "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
        ];
        assert_eq!(fingerprints, published);
        assert!(client_config(None).is_ok());
    }

    #[test]
    fn a_bundle_without_certificates_is_an_error() {
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for bundle in ["", "not PEM", broken] {
            assert!(client_config(Some(bundle.as_bytes())).is_err(), "{bundle}");
        }
    }
}
