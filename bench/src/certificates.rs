//! TLS like that of AWS's endpoints: certificates with RSA keys of 2,048 bits, and an intermediate authority.
//! See `docs/decisions/cold-start.md`.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use getrandom::SysRng;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, PKCS_RSA_SHA256,
};
use rsa::pkcs8::EncodePrivateKey as _;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::{CipherSuite, ServerConfig};

/// The name that the server's certificate is for.
pub(crate) const HOST: &str = "localhost";

const RSA_BITS: usize = 2_048;

/// The configuration of a server for [`HOST`], and the root of its certificate chain in PEM.
pub(crate) fn server() -> Result<(ServerConfig, String)> {
    let root = CertifiedIssuer::self_signed(authority("make bench, root"), rsa_key()?)?;
    let intermediate = CertifiedIssuer::signed_by(authority("make bench, intermediate"), rsa_key()?, &root)?;
    let key = rsa_key()?;
    let mut params = CertificateParams::new([HOST.to_owned()])?;
    params.distinguished_name.push(DnType::CommonName, HOST);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let certificate = params.signed_by(&key, &intermediate)?;
    // AWS's servers also send the root, which an older one has signed.
    let chain = vec![certificate.der().clone(), intermediate.der().clone(), root.der().clone()];
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let mut provider = ring::default_provider();
    // AWS's servers prefer AES with 128 bits, and with it SHA-256 instead of SHA-384.
    provider.cipher_suites.sort_by_key(|suite| suite.suite() != CipherSuite::TLS13_AES_128_GCM_SHA256);
    let mut tls = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    tls.ignore_client_order = true;
    Ok((tls, root.pem()))
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn rsa_key() -> Result<KeyPair> {
    let key = rsa::PrivateKey::new(&mut SysRng, RSA_BITS).ok().context("no RSA key could be made")?;
    let der = key.to_pkcs8_der().ok().context("an RSA key has no form")?;
    let der = PrivatePkcs8KeyDer::from(der.as_bytes().to_vec());
    Ok(KeyPair::from_pkcs8_der_and_sign_algo(&der, &PKCS_RSA_SHA256)?)
}
