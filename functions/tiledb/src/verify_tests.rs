use serde_json::{Value, json};

use super::*;

/// The fields that have a fault, each with the message.
fn faults(access: Value) -> Vec<(String, String)> {
    let access: Access<StoredSecret> = serde_json::from_value(access).unwrap();
    match check_form(&access) {
        Ok(()) => Vec::new(),
        Err(Error::Invalid(faults)) => faults.into_iter().map(|fault| (fault.field, fault.message)).collect(),
        Err(error) => panic!("{error}"),
    }
}

fn fields(access: Value) -> Vec<String> {
    faults(access).into_iter().map(|(field, _)| field).collect()
}

#[test]
fn aws_keys_must_have_the_form_of_aws_unless_they_are_for_other_storage() {
    let key = |id: &str, secret: &str, endpoint: Value| {
        fields(
            json!({"credential": {"aws": {"access_key_id": id, "secret_access_key": secret, "endpoint": endpoint}}}),
        )
    };
    let (id, secret) = ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    assert_eq!(key(id, secret, Value::Null), [""; 0]);
    assert_eq!(key("minio", "a b", json!("https://minio.example:9000")), [""; 0]);
    assert_eq!(
        key("short", "a b", Value::Null),
        ["credential.aws.access_key_id", "credential.aws.secret_access_key"]
    );
    assert_eq!(key("short", secret, json!("s3.eu-west-1.amazonaws.com")), ["credential.aws.access_key_id"]);
    for endpoint in ["ftp://x", "http://", "a b", "https:///path"] {
        assert_eq!(key(id, secret, json!(endpoint)), ["credential.aws.endpoint"], "{endpoint}");
    }
}

#[test]
fn only_the_host_tells_whose_storage_it_is() {
    for endpoint in
        ["https://s3.amazonaws.com", "S3.Amazonaws.com", "https://x.s3.cn-north-1.amazonaws.com.cn/"]
    {
        assert!(is_of_aws(Some(endpoint)), "{endpoint}");
    }
    for endpoint in
        ["https://evil.example/?.amazonaws.com", "https://amazonaws.com.evil.example", "evilamazonaws.com"]
    {
        assert!(!is_of_aws(Some(endpoint)), "{endpoint}");
    }
}

#[test]
fn a_role_must_be_one_of_iam() {
    let role = |arn: &str, id: &str| fields(json!({"role": {"aws": {"role_arn": arn, "external_id": id}}}));
    for arn in ["arn:aws:iam::123456789012:role/a", "arn:aws-us-gov:iam::123456789012:role/p/q/a_+=,.@-b"] {
        assert_eq!(role(arn, "e1"), [""; 0], "{arn}");
    }
    for arn in [
        "role",
        "arn:aws:iam::123456789012:user/a",
        "arn:aws:iam::12345678901:role/a",
        "arn:aws:iam:eu-west-1:123456789012:role/a",
        "arn:aws:iam::123456789012:role/",
        "arn:aws:iam::123456789012:role/a b",
        "arn:aws:sts::123456789012:role/a",
        "arn:other:iam::123456789012:role/a",
    ] {
        assert_eq!(role(arn, "e1"), ["role.aws.role_arn"], "{arn}");
    }
    assert_eq!(role("role", "e"), ["role.aws.role_arn", "role.aws.external_id"]);
    assert_eq!(role("arn:aws:iam::123456789012:role/a", "a b"), ["role.aws.external_id"]);
}

#[test]
fn account_keys_must_be_base64() {
    let key = |name: &str, key: &str, endpoint: Value| {
        let azure = json!({"account_name": name, "account_key": key, "blob_endpoint": endpoint});
        fields(json!({"credential": {"azure": azure}}))
    };
    assert_eq!(key("account1", "c2VjcmV0", Value::Null), [""; 0]);
    assert_eq!(key("account1", "not base64!", Value::Null), ["credential.azure.account_key"]);
    assert_eq!(key("Account", "c2VjcmV0", Value::Null), ["credential.azure.account_name"]);
    assert_eq!(key("Account", "c2VjcmV0", json!("http://127.0.0.1:10000/Account")), [""; 0]);
}

#[test]
fn hmac_keys_must_be_words_and_base64() {
    let key = |id: &str, secret: &str| {
        fields(json!({"credential": {"gcp": {"access_key_id": id, "secret_access_key": secret}}}))
    };
    assert_eq!(key("GOOG1EXAMPLE", "bGoa+V7g/yqDXvKRqq+JTFn4uQZbPiQJo4pf9RzJ"), [""; 0]);
    assert_eq!(key("GOOG 1", "?"), ["credential.gcp.access_key_id", "credential.gcp.secret_access_key"]);
}

#[test]
fn signatures_must_be_complete_and_not_expired() {
    let fault = |token: &str| {
        let mut faults =
            faults(json!({"token": {"azure": {"account_name": "account1", "sas_token": token}}}));
        assert!(faults.len() < 2);
        faults.pop().map(|(field, message)| {
            assert_eq!(field, "token.azure.sas_token");
            message
        })
    };
    let whole = "sv=2024-11-04&ss=b&srt=co&sp=rl&se=2999-01-01T00:00:00Z&sig=c2lnbmF0dXJl%2Bw%3D%3D";
    for token in [
        whole,
        &format!("?{whole}"),
        &whole.replace("T00:00:00Z", "T00%3A00Z"),
        &whole.replace("T00:00:00Z", ""),
        "sv=2024-11-04&si=policy&sr=c&sig=c2ln",
    ] {
        assert_eq!(fault(token), None, "{token}");
    }
    for (token, says) in [
        ("hunter2", "sv, sp, se, sig is missing"),
        (&whole.replace("&se=", "&xx="), "se is missing"),
        (&whole.replace("sp=rl", "sp="), "sp is missing"),
        (&whole.replace("2999", "2020"), "expired"),
        (&whole.replace("2999", "soon"), "not an ISO 8601 time"),
        (&whole.replace("sig=c2", "sig=!"), "not base64"),
    ] {
        assert!(fault(token).unwrap().contains(says), "{token}");
    }
}
