//! Makes key pairs, and finds the public halves of given private keys.
//! See `docs/decisions/keys-made-here.md`.

use getrandom::SysRng;
use latchkey::{Error, Result, wording};
use pem::Pem;
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use rsa::pkcs1;
use rsa::pkcs8::spki::der::asn1::BitStringRef;
use rsa::pkcs8::spki::der::{Decode as _, Encode as _, EncodePem as _};
use rsa::pkcs8::{self, EncodePrivateKey as _, LineEnding, SubjectPublicKeyInfoRef};
use ssh_key::private::{Ed25519Keypair, Ed25519PrivateKey};
use ssh_key::public::{Ed25519PublicKey, RsaPublicKey};
use ssh_key::{Mpint, PrivateKey, PublicKey};
use zeroize::Zeroizing;

/// The fewest that Snowflake accepts.
const RSA_BITS: usize = 2_048;

/// A private key and its public half, as text.
pub(super) struct KeyPair {
    pub(super) private: Zeroizing<String>,
    pub(super) public: String,
}

/// Makes an RSA key pair, in PEM: PKCS #8 and SPKI.
pub(super) fn new_rsa() -> Result<KeyPair> {
    let failed = || Error::internal("an RSA key could not be made");
    let private = rsa::PrivateKey::new(&mut SysRng, RSA_BITS).map_err(|_| failed())?;
    let private = private.to_pkcs8_pem(LineEnding::LF).map_err(|_| failed())?;
    let public = rsa_public_key(&private).ok_or_else(failed)?;
    Ok(KeyPair { private, public })
}

/// The public half of an RSA private key (PKCS #8 or PKCS #1, in PEM), as SPKI in PEM.
pub(super) fn rsa_public_key(private: &str) -> Option<String> {
    let pem = parse(private)?;
    let public = rsa_numbers(&pem)?.to_der().ok()?;
    let spki = SubjectPublicKeyInfoRef {
        algorithm: pkcs1::ALGORITHM_ID,
        subject_public_key: BitStringRef::from_bytes(&public).ok()?,
    };
    spki.to_pem(LineEnding::LF).ok()
}

/// Makes an SSH key pair in OpenSSH's form: Ed25519, which all current servers accept.
pub(super) fn new_ssh() -> Result<KeyPair> {
    let failed = || Error::internal("an SSH key could not be made");
    let mut seed = Zeroizing::new([0; 32]);
    SystemRandom::new().fill(&mut *seed).map_err(|_| failed())?;
    let pair = Ed25519KeyPair::from_seed_unchecked(&*seed).map_err(|_| failed())?;
    let public = pair.public_key().as_ref().try_into().map(Ed25519PublicKey).map_err(|_| failed())?;
    let private = PrivateKey::from(Ed25519Keypair { public, private: Ed25519PrivateKey::from_bytes(&seed) });
    let public = private.public_key().to_openssh().map_err(|_| failed())?;
    Ok(KeyPair { private: private.to_openssh(LineEnding::LF).map_err(|_| failed())?, public })
}

/// The public half of an SSH private key without a passphrase: of any kind in OpenSSH's form, or RSA in PEM.
pub(super) fn ssh_public_key(private: &str) -> Option<String> {
    let pem = parse(private)?;
    if pem.tag() == "OPENSSH PRIVATE KEY" {
        return PublicKey::from_bytes(openssh_public_key(pem.contents())?).ok()?.to_openssh().ok();
    }
    let numbers = rsa_numbers(&pem)?;
    let n = Mpint::from_positive_bytes(numbers.modulus.as_bytes()).ok()?;
    let e = Mpint::from_positive_bytes(numbers.public_exponent.as_bytes()).ok()?;
    PublicKey::from(RsaPublicKey { e, n }).to_openssh().ok()
}

/// The public key in a key file without a passphrase, in OpenSSH's form (its `PROTOCOL.key`). `ssh_key` would also
/// parse the private part, and there rejects every second P-521 key: those with a leading zero.
fn openssh_public_key(file: &[u8]) -> Option<&[u8]> {
    let rest = file.strip_prefix(b"openssh-key-v1\0")?;
    let (cipher, rest) = ssh_string(rest)?;
    let (kdf, rest) = ssh_string(rest)?;
    let (kdf_options, rest) = ssh_string(rest)?;
    let (public, rest) = ssh_string(rest.strip_prefix(&1_u32.to_be_bytes())?)?;
    let (private, rest) = ssh_string(rest)?;
    // A private part that is not encrypted begins with the same number twice.
    let (check, private) = private.split_at_checked(size_of::<u32>())?;
    let is_plain = cipher == b"none" && kdf == b"none" && kdf_options.is_empty();
    (is_plain && rest.is_empty() && private.starts_with(check)).then_some(public)
}

/// The string at the beginning, which follows its length, and the rest.
fn ssh_string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

fn parse(private: &str) -> Option<Pem> {
    pem::parse(private).ok()
}

/// The public numbers of an RSA private key. They are only read, not computed with, so keys can have any size.
fn rsa_numbers(pem: &Pem) -> Option<pkcs1::RsaPublicKeyRef<'_>> {
    let pkcs1 = match pem.tag() {
        "RSA PRIVATE KEY" => pem.contents(),
        "PRIVATE KEY" => {
            let info = pkcs8::PrivateKeyInfoRef::from_der(pem.contents()).ok()?;
            (info.algorithm.oid == pkcs1::ALGORITHM_OID).then_some(info.private_key.as_bytes())?
        }
        _ => return None,
    };
    rsa_public_half(pkcs1)
}

/// The public half of an RSA private key in PKCS #1.
pub(super) fn rsa_public_half(pkcs1: &[u8]) -> Option<pkcs1::RsaPublicKeyRef<'_>> {
    let pkcs1::RsaPrivateKeyRef { modulus, public_exponent, .. } =
        pkcs1::RsaPrivateKeyRef::from_der(pkcs1).ok()?;
    Some(pkcs1::RsaPublicKeyRef { modulus, public_exponent })
}

/// Normalizes the flag at `path` that asks for a key to be made: false becomes absent.
///
/// # Errors
/// [`Error::Invalid`] if the field `private`, which would hold that key, is given, too.
pub(super) fn settle(flag: &mut Option<bool>, path: &str, private: &str, is_given: bool) -> Result<()> {
    *flag = flag.filter(|generate| *generate);
    if flag.is_some() && is_given {
        return Err(Error::invalid(path, wording::not_together_with(&[private])));
    }
    Ok(())
}

#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;
