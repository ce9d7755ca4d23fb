use serde_json::value::to_raw_value;
use serde_json::{Value, json};

use super::*;

fn input(body: &Value) -> Result<Input> {
    Input::parse(&json::parse(body.to_string().as_bytes())?)
}

fn post(body: &Value) -> Result<Post> {
    input(body)?.into_post()
}

/// The error message for a post that is rejected.
fn fault(body: &Value) -> String {
    match post(body) {
        Err(error @ (Error::Invalid(_) | Error::Malformed(_))) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

fn aws() -> Value {
    json!({"accessKeyId": "AKIA0123456789AB", "secretAccessKey": "the secret", "region": "eu-west-1"})
}

/// The config that a post of `config` makes, and its public part.
#[allow(clippy::needless_pass_by_value)] // Tests build it in place.
fn completed(r#type: &str, config: Value) -> Result<(Config, Value)> {
    let key = format!("{type}Config");
    let mut config = post(&json!({"name": "n", "type": r#type, key.clone(): config}))?.config;
    config.prepare()?;
    config.complete()?;
    let public = serde_json::to_value(&config).unwrap()[&key].clone();
    Ok((config, public))
}

fn secrets(config: &Config) -> Value {
    serde_json::to_value(config.secrets()).unwrap()
}

#[test]
fn a_post_has_exactly_the_config_of_its_type() {
    assert!(post(&json!({"name": "n", "type": "aws", "awsConfig": aws()})).is_ok());
    assert_eq!(fault(&json!({"type": "aws", "awsConfig": aws()})), "name: is missing");
    assert_eq!(fault(&json!({"name": "n", "awsConfig": aws()})), "type: is missing");
    assert_eq!(fault(&json!({"name": "n", "type": "aws"})), "awsConfig: is missing");
    let other = json!({"name": "n", "type": "jwt", "awsConfig": aws()});
    assert_eq!(fault(&other), "awsConfig: is not for a credential of type jwt");
    let two = json!({"name": "n", "type": "aws", "awsConfig": aws(), "azureConfig": {"accountKey": "1234"}});
    assert_eq!(fault(&two), "azureConfig: is not for a credential of type aws");
}

#[test]
fn an_error_names_the_field_and_what_it_accepts() {
    let with = |field: &str, value: Value| {
        let mut config = aws();
        config[field] = value;
        json!({"name": "n", "type": "aws", "awsConfig": config})
    };
    assert_eq!(fault(&with("region", json!(""))), "awsConfig.region: is empty");
    assert_eq!(fault(&with("region", json!(null))), "awsConfig.region: must be text");
    assert_eq!(fault(&with("more", json!(1))), "awsConfig.more: is not a documented field");
    assert_eq!(
        fault(&with("secretAccessKey", json!("123"))),
        "awsConfig.secretAccessKey: is shorter than 4 characters"
    );
    let (array, description) = (with("region", json!([])), json!({"name": "n", "awsConfig": []}));
    for list in [json!([]), json!(["n"]), array, description] {
        assert!(post(&list).is_err(), "{list}");
        assert!(input(&list).and_then(Input::into_patch).is_err(), "{list}");
    }
    let description = json!({"name": "n", "description": "x".repeat(32_768)});
    assert_eq!(fault(&description), "description: is longer than 32767 characters");
    // The limit counts characters, not bytes.
    assert!(post(&with("region", json!("\u{1f511}".repeat(128)))).is_ok());
    assert!(post(&with("region", json!("\u{1f511}".repeat(129)))).is_err());
}

#[test]
fn secrets_are_not_in_the_public_part() {
    let (config, public) = completed("aws", aws()).unwrap();
    assert_eq!(public, json!({"accessKeyId": "AKIA0123456789AB", "region": "eu-west-1"}));
    assert_eq!(secrets(&config), json!({"secretAccessKey": "the secret"}));
    assert!(!format!("{config:?}").contains("the secret"));
}

#[test]
fn a_stored_config_can_be_read_again() {
    let (config, public) = completed("aws", aws()).unwrap();
    let (public, own) = (to_raw_value(&public).unwrap(), to_raw_value(&config.secrets()).unwrap());
    let read = Config::parse_stored(CredentialType::Aws, &public, &own).unwrap();
    assert_eq!(secrets(&read), secrets(&config));
}

#[test]
fn a_null_port_is_omitted_and_any_whole_number_is_accepted() {
    let sql = |port: Value| {
        let config = json!({"system": "pg", "host": "h", "username": "u", "password": "p", "port": port});
        completed("sql", config).map(|(_, public)| public.get("port").cloned())
    };
    assert_eq!(sql(json!(null)).unwrap(), None);
    for (port, shown) in [(json!(1), 1), (json!(65_535), 65_535), (json!(5432.0), 5432), (json!(1e3), 1000)] {
        assert_eq!(sql(port).unwrap(), Some(json!(shown)));
    }
    for port in [json!(0), json!(-1), json!(65_536), json!(1.5), json!(1e300), json!("5432"), json!(true)] {
        assert!(sql(port.clone()).is_err(), "{port}");
    }
}

#[test]
fn an_http_config_always_has_a_public_value() {
    let config = json!({"uriMatch": "https://*", "authMethod": "header", "secretValue": ""});
    assert_eq!(completed("http", config).unwrap().1["publicValue"], "");
}

#[test]
fn a_key_file_is_shown_without_its_key() {
    let key_json = r#"{"type":"service_account","private_key":"hunter2","n":[1e5, 1.0]}"#;
    let (config, public) = completed("gcp", json!({"keyJson": key_json})).unwrap();
    assert_eq!(public, json!({"keyMetaJson": r#"{"n":[1e5, 1.0],"type":"service_account"}"#}));
    assert_eq!(secrets(&config), json!({"keyJson": key_json}));
    for key_json in ["x", "[]", "{", "\"text\"", "{} {}"] {
        assert!(completed("gcp", json!({"keyJson": key_json})).is_err(), "{key_json}");
    }
    assert!(completed("gcp", json!({"keyJson": "{}", "keyMetaJson": "{}"})).is_err());
}

#[test]
fn derived_fields_cannot_be_given() {
    let snowflake = json!({"host": "h", "username": "u", "generatePrivateKey": true, "publicKey": "x"});
    assert_eq!(
        completed("snowflake", snowflake).unwrap_err().to_string(),
        "snowflakeConfig.publicKey: is not a documented field"
    );
    assert!(completed("git", json!({"type": "ssh-key", "cloneUrl": "g@h:r", "publicKey": "x"})).is_err());
}

#[test]
fn a_key_is_either_made_or_given() {
    let snowflake = |more: Value| {
        let mut config = json!({"host": "h", "username": "u"});
        config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        completed("snowflake", config)
    };
    let (config, public) = snowflake(json!({"generatePrivateKey": true})).unwrap();
    assert!(public["publicKey"].as_str().unwrap().starts_with("-----BEGIN PUBLIC KEY-----\n"));
    assert_eq!(public.as_object().unwrap().len(), 3);
    let private = secrets(&config)["privateKey"].clone();
    assert!(private.as_str().unwrap().starts_with("-----BEGIN PRIVATE KEY-----\n"));

    let (_, given) = snowflake(json!({"privateKey": private, "generatePrivateKey": false})).unwrap();
    assert_eq!(given["publicKey"], public["publicKey"]);
    for rejected in [
        json!({}),
        json!({"generatePrivateKey": false}),
        json!({"privateKey": ""}),
        json!({"privateKey": "no key"}),
        json!({"privateKey": private, "generatePrivateKey": true}),
    ] {
        assert!(matches!(snowflake(rejected.clone()), Err(Error::Invalid(_))), "{rejected}");
    }
}

#[test]
fn a_private_key_never_becomes_a_password() {
    let git = |config: Value| completed("git", config).unwrap();
    let patched = |config: &Config, patch: Value| {
        let patch = input(&json!({"gitConfig": patch}))?.into_patch()?;
        let mut newer = patch.config.unwrap();
        let mut foreseen = config.clone();
        foreseen.change(newer.clone(), false)?;
        foreseen.foresee()?;
        newer.prepare()?;
        let mut config = config.clone();
        config.change(newer, false)?;
        config.complete()?;
        Ok::<_, Error>(config)
    };
    let (key, public) = git(json!({"type": "ssh-key", "cloneUrl": "g@h:r", "generatePrivateKey": true}));
    assert!(public["publicKey"].as_str().unwrap().starts_with("ssh-ed25519 "));

    let moved = patched(&key, json!({"cloneUrl": "git@example.com:r"})).unwrap();
    assert_eq!(secrets(&moved), secrets(&key));
    assert_eq!(serde_json::to_value(&moved).unwrap()["gitConfig"]["publicKey"], public["publicKey"]);

    let renewed = patched(&key, json!({"generatePrivateKey": true})).unwrap();
    assert_ne!(secrets(&renewed), secrets(&key));

    let password = patched(&key, json!({"type": "http-password"})).unwrap();
    assert_eq!(secrets(&password), json!({}));
    assert_eq!(serde_json::to_value(&password).unwrap()["gitConfig"].get("publicKey"), None);
    let password = patched(&key, json!({"type": "http-password", "secretValue": "p"})).unwrap();
    assert_eq!(secrets(&password), json!({"secretValue": "p"}));
    assert!(patched(&password, json!({"generatePrivateKey": true})).is_err());
    assert!(patched(&key, json!({"secretValue": "no key"})).is_err());
    assert!(patched(&key, json!({"secretValue": "p", "generatePrivateKey": true})).is_err());
}

#[test]
fn a_patch_changes_the_fields_it_names_and_never_the_type() {
    let mut config = completed("aws", aws()).unwrap().0;
    let patch = input(&json!({"awsConfig": {"region": "us-east-1"}})).unwrap().into_patch().unwrap();
    config.change(patch.config.unwrap(), false).unwrap();
    assert_eq!(serde_json::to_value(&config).unwrap()["awsConfig"]["region"], "us-east-1");
    assert_eq!(secrets(&config), json!({"secretAccessKey": "the secret"}));

    let patch = |body: Value| input(&body).and_then(Input::into_patch);
    assert!(patch(json!({})).is_ok());
    assert_eq!(patch(json!({"type": "aws"})).unwrap_err().to_string(), "type: cannot be changed");
    let other = patch(json!({"azureConfig": {}})).unwrap().config.unwrap();
    let rejected = config.change(other, false).unwrap_err();
    assert_eq!(rejected.to_string(), "azureConfig: is not for a credential of type aws");
    assert!(patch(json!({"azureConfig": {}, "awsConfig": {}})).is_err());
}

#[test]
fn the_same_request_has_the_same_fingerprint() {
    let fingerprint = |body: &Value| post(body).unwrap().fingerprint().unwrap();
    let body = json!({"name": "n", "type": "aws", "awsConfig": aws()});
    assert!(fingerprint(&body).matches(&fingerprint(&body)));
    for (pointer, value) in
        [("/name", "m"), ("/awsConfig/region", "x"), ("/awsConfig/secretAccessKey", "another secret")]
    {
        let mut other = body.clone();
        *other.pointer_mut(pointer).unwrap() = json!(value);
        assert!(!fingerprint(&body).matches(&fingerprint(&other)), "{pointer}");
    }
}

/// The public part of `config` after a patch.
fn patched(config: &Config, key: &str, patch: &Value) -> Result<Value> {
    let mut config = config.clone();
    config.change(input(&json!({ key: patch }))?.into_patch()?.config.unwrap(), false)?;
    config.complete()?;
    Ok(serde_json::to_value(&config).unwrap()[key].clone())
}

#[test]
fn derived_fields_follow_a_change() {
    let (gcp, _) = completed("gcp", json!({"keyJson": r#"{"a":1}"#})).unwrap();
    let changed = patched(&gcp, "gcpConfig", &json!({"keyJson": r#"{"a":2}"#})).unwrap();
    assert_eq!(changed, json!({"keyMetaJson": r#"{"a":2}"#}));

    let made = || completed("snowflake", json!({"host": "h", "username": "u", "generatePrivateKey": true}));
    let ((one, _), (other, shown)) = (made().unwrap(), made().unwrap());
    let private = &secrets(&other)["privateKey"];
    let changed = patched(&one, "snowflakeConfig", &json!({ "privateKey": private })).unwrap();
    assert_eq!(changed["publicKey"], shown["publicKey"]);

    let pair = || {
        let made = rcgen::generate_simple_self_signed(["device".to_owned()]).unwrap();
        json!({"certificate": made.cert.pem(), "privateKey": made.signing_key.serialize_pem()})
    };
    let (one, other) = (pair(), pair());
    let (config, shown) = completed("certificateKeyPair", one).unwrap();
    let key = "certificateKeyPairConfig";
    for half in ["certificate", "privateKey"] {
        let rejected = patched(&config, key, &json!({ half: other[half] })).unwrap_err();
        let says = "certificateKeyPairConfig.privateKey: is not the key of the certificate";
        assert_eq!(rejected.to_string(), says, "{half}");
    }
    let changed = patched(&config, key, &other).unwrap();
    assert_ne!(changed["info"]["fingerprint"], shown["info"]["fingerprint"]);
}

#[test]
fn a_config_that_lacks_a_field_is_never_complete() {
    let Value::Object(config) = aws() else { panic!("no object") };
    for (name, _) in config {
        let mut lacking = aws();
        lacking.as_object_mut().unwrap().remove(&name);
        let mut config = Config::parse(CredentialType::Aws, &to_raw_value(&lacking).unwrap()).unwrap();
        assert_eq!(config.complete().unwrap_err().to_string(), format!("awsConfig.{name}: is missing"));
    }
}
