//! X.509 certificates: what they say about themselves, and whether a private key belongs to them.
//! See `docs/decisions/keys-made-here.md`.

use pem::Pem;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
};
use rsa::pkcs1;
use rsa::pkcs8::{AlgorithmIdentifierRef, ObjectIdentifier, PrivateKeyInfoRef};
use sec1::{EcParameters, EcPrivateKey};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use x509_cert::der::referenced::OwnedToRef as _;
use x509_cert::der::{Decode as _, Encode as _};
use x509_cert::time::Time;
use zeroize::Zeroizing;

use super::keys;
use crate::id::hex;

/// The longest name that a response can have, in characters.
const LONGEST_NAME: usize = 1_024;

const RSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");

/// A certificate.
pub(super) struct Certificate {
    der: Vec<u8>,
    parsed: x509_cert::Certificate,
}

/// What a certificate says about itself.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CertificateInfo {
    /// The subject's common name, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) common_name: Option<String>,
    /// The SHA-256 of the certificate in DER: upper-case hexadecimal digits, with colons between the bytes.
    pub(super) fingerprint: String,
    /// The issuer's whole name, as RFC 4514 writes it.
    pub(super) issuer_name: String,
    /// The time from which it is valid: ISO 8601, UTC.
    pub(super) not_valid_before: String,
    /// The time until which it is valid.
    pub(super) not_valid_after: String,
    /// The serial number, in lower-case hexadecimal digits.
    pub(super) serial_number: String,
}

impl Certificate {
    /// The first certificate in a PEM text. Those after it are its chain.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let der = first_block(text, |tag| tag == "CERTIFICATE")?.into_contents();
        let parsed = x509_cert::Certificate::from_der(&der).ok()?;
        Some(Self { der, parsed })
    }

    /// Whether a text that should be a certificate also holds a private key, which everybody would see.
    pub(super) fn holds_private_key(text: &str) -> bool {
        text.contains("PRIVATE KEY-----")
    }

    /// What it says about itself.
    pub(super) fn info(&self) -> CertificateInfo {
        let certificate = self.parsed.tbs_certificate();
        let common_name = certificate.subject().common_name().ok().flatten();
        let fingerprint: Vec<_> =
            Sha256::digest(&self.der).iter().map(|byte| format!("{byte:02X}")).collect();
        let serial_number = unsigned(certificate.serial_number().as_bytes());
        CertificateInfo {
            common_name: common_name.map(|name| shortened(&name.value())),
            fingerprint: fingerprint.join(":"),
            issuer_name: shortened(&certificate.issuer().to_string()),
            not_valid_before: iso_8601(certificate.validity().not_before),
            not_valid_after: iso_8601(certificate.validity().not_after),
            serial_number: hex(serial_number, 2 * serial_number.len()),
        }
    }

    /// Whether the first private key in a PEM text belongs to this certificate. `None` if there is none, if it is
    /// encrypted, or if its public half cannot be determined.
    pub(super) fn is_of(&self, private: &str) -> Option<bool> {
        let pem = first_block(private, |tag| tag.ends_with("PRIVATE KEY"))?;
        match pem.tag() {
            "PRIVATE KEY" => self.is_of_pkcs8(&PrivateKeyInfoRef::from_der(pem.contents()).ok()?),
            "RSA PRIVATE KEY" => self.is_of_rsa(pem.contents()),
            "EC PRIVATE KEY" => self.is_of_ec(&EcPrivateKey::from_der(pem.contents()).ok()?, None),
            _ => None,
        }
    }

    fn is_of_pkcs8(&self, key: &PrivateKeyInfoRef<'_>) -> Option<bool> {
        match key.algorithm.oid {
            pkcs1::ALGORITHM_OID | RSA_PSS => self.is_of_rsa(key.private_key.as_bytes()),
            EC => {
                let curve = key.algorithm.parameters_oid().ok();
                self.is_of_ec(&EcPrivateKey::from_der(key.private_key.as_bytes()).ok()?, curve)
            }
            ED25519 => {
                // The key is in an inner OCTET STRING, where a tag and the length precede its 32 bytes.
                let seed = key.private_key.as_bytes().strip_prefix(&[0x04, 32])?;
                let is_own = Ed25519KeyPair::from_seed_and_public_key(seed, self.public_key()).is_ok();
                Some(self.algorithm().oid == ED25519 && is_own)
            }
            _ => Some(self.algorithm().oid == key.algorithm.oid && self.has(key.public_key?.as_bytes()?)),
        }
    }

    fn is_of_rsa(&self, pkcs1: &[u8]) -> Option<bool> {
        let public = keys::rsa_public_half(pkcs1)?.to_der().ok()?;
        let is_rsa = [pkcs1::ALGORITHM_OID, RSA_PSS].contains(&self.algorithm().oid);
        Some(is_rsa && self.has(&public))
    }

    /// Compares with the public half that follows from the private number, if `ring` knows the curve. The public half
    /// in the file proves less: it might be another key's.
    fn is_of_ec(&self, key: &EcPrivateKey<'_>, curve: Option<ObjectIdentifier>) -> Option<bool> {
        let own = self.algorithm().parameters_oid().ok();
        let curve = curve.or_else(|| key.parameters.and_then(EcParameters::named_curve));
        if self.algorithm().oid != EC || curve.is_some_and(|curve| own != Some(curve)) {
            return Some(false);
        }
        let (algorithm, length) = match own {
            Some(P256) => (&ECDSA_P256_SHA256_ASN1_SIGNING, 32),
            Some(P384) => (&ECDSA_P384_SHA384_ASN1_SIGNING, 48),
            _ => return Some(self.has(key.public_key?)),
        };
        // `ring` takes no compressed points. The file may have the whole point, and `ring` checks that it fits the
        // private number.
        let public = match self.public_key() {
            whole @ [4, ..] => whole,
            short => key.public_key.filter(|public| is_short_for(short, public)).unwrap_or(short),
        };
        let (private, random) = (padded(key.private_key, length)?, SystemRandom::new());
        let pair = EcdsaKeyPair::from_private_key_and_public_key(algorithm, &private, public, &random);
        Some(pair.is_ok())
    }

    fn algorithm(&self) -> AlgorithmIdentifierRef<'_> {
        self.parsed.tbs_certificate().subject_public_key_info().algorithm.owned_to_ref()
    }

    fn public_key(&self) -> &[u8] {
        self.parsed.tbs_certificate().subject_public_key_info().subject_public_key.raw_bytes()
    }

    fn has(&self, public: &[u8]) -> bool {
        self.public_key() == public
    }
}

/// The first PEM block with such a tag, whatever surrounds it. `None` if it has headers: they say that it is
/// encrypted (RFC 1421).
fn first_block(text: &str, is_tag: impl Fn(&str) -> bool) -> Option<Pem> {
    const BEGIN: &str = "-----BEGIN ";
    let tag = |at: usize| text.get(at + BEGIN.len()..)?.split_once("-----").map(|(tag, _)| tag);
    let mut starts = text.match_indices(BEGIN).map(|(at, _)| at);
    let start = starts.find(|at| tag(*at).is_some_and(&is_tag))?;
    let found = pem::parse(text.get(start..)?).ok()?;
    found.headers().iter().next().is_none().then_some(found)
}

/// A number in as many bytes as the curve's numbers have. Some programs write it without leading zeros.
fn padded(number: &[u8], length: usize) -> Option<Zeroizing<Vec<u8>>> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let number = number.get(zeros..)?;
    let mut padded = Zeroizing::new(vec![0; length.checked_sub(number.len())?]);
    padded.extend_from_slice(number);
    Some(padded)
}

/// Whether `compressed` is the short form of the point `public`: the sign of y, then x.
fn is_short_for(compressed: &[u8], public: &[u8]) -> bool {
    let (Some((4, point)), Some((sign, x))) = (public.split_first(), compressed.split_first()) else {
        return false;
    };
    let is_odd = point.last().is_some_and(|byte| byte % 2 == 1);
    point.len() == 2 * x.len() && point.starts_with(x) && *sign == 2 + u8::from(is_odd)
}

/// A number's bytes without the zero that DER puts in front if the number would look negative.
fn unsigned(number: &[u8]) -> &[u8] {
    match number {
        [0, rest @ ..] if !rest.is_empty() => rest,
        all => all,
    }
}

fn shortened(name: &str) -> String {
    name.chars().take(LONGEST_NAME).collect()
}

/// A time as Losant writes it: with milliseconds, which certificates do not have.
fn iso_8601(time: Time) -> String {
    let time = time.to_date_time().to_string();
    format!("{}.000Z", time.trim_end_matches('Z'))
}

#[cfg(test)]
#[path = "x509_tests.rs"]
mod tests;
