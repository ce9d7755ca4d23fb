use rsa::pkcs1::EncodeRsaPrivateKey as _;
use rsa::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _};
use rsa::traits::PublicKeyParts as _;

use super::*;

/// An RSA key pair, and its private half as PKCS #1. Too small for real use, but quick to make.
fn small_rsa() -> (rsa::PrivateKey, String) {
    let private = rsa::PrivateKey::new(&mut SysRng, 1_024).unwrap();
    let pkcs1 = private.to_pkcs1_pem(LineEnding::LF).unwrap().to_string();
    (private, pkcs1)
}

#[test]
fn the_halves_of_a_new_rsa_pair_match() {
    let pair = new_rsa().unwrap();
    let private = rsa::PrivateKey::from_pkcs8_pem(&pair.private).unwrap();
    private.validate().unwrap();
    assert_eq!(private.size() * 8, RSA_BITS);
    assert_eq!(rsa::PublicKey::from_public_key_pem(&pair.public).unwrap(), private.to_public_key());
}

#[test]
fn every_form_of_a_private_key_has_the_same_public_half() {
    let (private, pkcs1) = small_rsa();
    let pkcs8 = private.to_pkcs8_pem(LineEnding::CRLF).unwrap().to_string();
    let in_one_line = {
        let body: Vec<_> = pkcs1.lines().filter(|line| !line.starts_with('-')).collect();
        format!("-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----", body.concat())
    };
    for form in [&pkcs1, &pkcs8, &in_one_line, &format!("\n\n{pkcs1}\n\n")] {
        let public = rsa_public_key(form).unwrap();
        assert_eq!(rsa::PublicKey::from_public_key_pem(&public).unwrap(), private.to_public_key());
        let public = PublicKey::from_openssh(&ssh_public_key(form).unwrap()).unwrap();
        let rsa = public.key_data().rsa().unwrap();
        assert_eq!(rsa.n.as_positive_bytes().unwrap(), &*private.n_bytes());
        assert_eq!(rsa.e.as_positive_bytes().unwrap(), &*private.e_bytes());
    }
}

#[test]
fn the_halves_of_a_new_ssh_pair_match() {
    let pair = new_ssh().unwrap();
    assert!(pair.public.starts_with("ssh-ed25519 "));
    assert_eq!(ssh_public_key(&pair.private).unwrap(), pair.public);
    // An Ed25519 key's public half follows from its seed.
    let private = PrivateKey::from_openssh(&*pair.private).unwrap();
    let seed = private.key_data().ed25519().unwrap().private.to_bytes();
    let from_seed = Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
    let public = PublicKey::from_openssh(&pair.public).unwrap();
    assert_eq!(public.key_data().ed25519().unwrap().as_ref(), from_seed.public_key().as_ref());
}

#[test]
fn a_truncated_or_encrypted_key_has_no_public_half() {
    let pair = new_ssh().unwrap();
    let file = parse(&pair.private).unwrap().into_contents();
    assert!(openssh_public_key(&file).is_some());
    for length in 0..file.len() {
        assert_eq!(openssh_public_key(&file[..length]), None, "{length}");
    }
    let mut encrypted = file.clone();
    let cipher = encrypted.windows(4).position(|word| word == b"none").unwrap();
    encrypted[cipher] = b'N';
    assert_eq!(openssh_public_key(&encrypted), None);
    assert_eq!(openssh_public_key(&[&file[..], b"x"].concat()), None);
}

#[test]
fn a_text_that_is_not_a_private_key_has_no_public_half() {
    let pkcs1 = small_rsa().1;
    let ssh = new_ssh().unwrap().private;
    let public = rsa_public_key(&pkcs1).unwrap();
    for text in [
        "",
        "password",
        &public,
        &pkcs1.replace("RSA PRIVATE", "EC PRIVATE"),
        &pkcs1.replace("RSA PRIVATE", "ENCRYPTED PRIVATE"),
        &pkcs1.replace("RSA PRIVATE", "PRIVATE"),
        &pkcs1.replace("RSA PRIVATE", "OPENSSH PRIVATE"),
        &pkcs1[..pkcs1.len() / 2],
    ] {
        assert_eq!(rsa_public_key(text), None, "{text}");
        assert_eq!(ssh_public_key(text), None, "{text}");
    }
    assert_eq!(rsa_public_key(&ssh), None);
}
