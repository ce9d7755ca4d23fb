use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, SerialNumber, date_time_ymd};

use super::*;

/// A self-signed certificate and its key, in PEM.
fn pair(algorithm: &'static rcgen::SignatureAlgorithm) -> (String, String) {
    let key = KeyPair::generate_for(algorithm).unwrap();
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "Acme, Inc.");
    params.distinguished_name.push(DnType::CommonName, "Köln");
    params.serial_number = Some(SerialNumber::from(vec![0x8f, 0x01]));
    params.not_before = date_time_ymd(1999, 12, 31);
    params.not_after = date_time_ymd(2051, 1, 2);
    (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

fn is_of(certificate: &str, private: &str) -> Option<bool> {
    Certificate::parse(certificate).unwrap().is_of(private)
}

#[test]
fn a_certificate_tells_its_names_and_its_validity() {
    let (text, _) = pair(&rcgen::PKCS_ECDSA_P256_SHA256);
    let info = Certificate::parse(&text).unwrap().info();
    assert_eq!(info.common_name.as_deref(), Some("Köln"));
    assert_eq!(info.issuer_name, "CN=Köln,O=Acme\\, Inc.");
    assert_eq!(info.not_valid_before, "1999-12-31T00:00:00.000Z");
    assert_eq!(info.not_valid_after, "2051-01-02T00:00:00.000Z");
    assert_eq!(info.serial_number, "8f01");
    assert_eq!(info.fingerprint.split(':').filter(|byte| byte.len() == 2).count(), 32);
}

#[test]
fn a_key_belongs_to_one_certificate() {
    let algorithms = [&rcgen::PKCS_ECDSA_P256_SHA256, &rcgen::PKCS_ECDSA_P384_SHA384, &rcgen::PKCS_ED25519];
    let pairs = [algorithms, algorithms].concat().into_iter().map(pair).collect::<Vec<_>>();
    for (at, (certificate, _)) in pairs.iter().enumerate() {
        for (other, (_, private)) in pairs.iter().enumerate() {
            assert_eq!(is_of(certificate, private), Some(at == other), "{at} {other}");
        }
    }
}

#[test]
fn invalid_certificates_and_keys_are_recognized() {
    let (certificate, private) = pair(&rcgen::PKCS_ED25519);
    for text in ["", "hunter2", &private, &certificate[..certificate.len() / 2]] {
        assert!(Certificate::parse(text).is_none(), "{text}");
    }
    let encrypted = private.replacen("PRIVATE KEY-----\n", "PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n", 1);
    for text in ["", "hunter2", &certificate, &private[..private.len() / 2], &encrypted] {
        assert_eq!(is_of(&certificate, text), None, "{text}");
    }
}

#[test]
fn an_ec_key_can_lack_zeros_and_a_certificate_half_of_its_point() {
    assert_eq!(*padded(&[0, 0, 1, 2], 3).unwrap(), [0, 1, 2]);
    assert_eq!(*padded(&[1, 2], 3).unwrap(), [0, 1, 2]);
    assert!(padded(&[1, 2, 3, 4], 3).is_none());

    let point = [4, 10, 20, 30, 41];
    assert!(is_short_for(&[3, 10, 20], &point));
    for other in [&[2, 10, 20][..], &[3, 10, 21], &[3, 10], &[3], &[], &point] {
        assert!(!is_short_for(other, &point), "{other:?}");
    }
}

#[test]
fn the_surrounding_text_does_not_matter() {
    let (certificate, private) = pair(&rcgen::PKCS_ECDSA_P256_SHA256);
    let (chain, other) = pair(&rcgen::PKCS_ED25519);
    let bundle = format!("subject=CN = x\n{certificate}{chain}");
    assert_eq!(is_of(&bundle, &format!("{chain}{private}{other}")), Some(true));
    assert_eq!(is_of(&bundle, &other), Some(false));
    let broken = "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
    assert_eq!(is_of(&format!("{certificate}{broken}"), &format!("{broken}{private}")), Some(true));
    assert!(Certificate::parse(&format!("{broken}{certificate}")).is_none());
}
