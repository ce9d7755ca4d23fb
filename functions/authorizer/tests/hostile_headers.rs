//! Whatever the headers hold, the function decides, and neither its log nor its errors show any of it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // Only test code.

mod support;

use fastrand::Rng;
use latchkey_stand_in::{Incident, SecretsManager, What};
use serde_json::Value;

use support::{ARN, Function, Outcome, create, event, key, secret};

const EVENTS: usize = 50_000;

/// Pieces of header values, as JSON writes them. HTTP or Rust rejects most of them.
const PIECES: [&str; 19] = [
    "\\u0000",
    "\\u0001",
    "\\u0007",
    "\\b",
    "\\n",
    "\\r\\n",
    "\\u001b[2J",
    "\\u007f",
    "\\u0085",
    "\\u2028",
    "\\ud800",
    "\\udc00x",
    "\\ud83d\\ude00",
    "é",
    "🏢",
    "\\\"",
    "\\\\",
    "\u{feff}",
    "%0d%0a",
];

const ODD_NAMES: [&str; 8] =
    ["X-Test", "host", "X-Forwarded-For", "cookie", "", "\\u0000", "\\ud800", "Authorization\\u0000"];
const ODD_VALUES: [&str; 9] =
    ["1", "-1e999", "true", "null", "[]", "{}", "[[[]]]", r#"{"a":"SECRET"}"#, r#"["SECRET"]"#];
const NO_MAPS: [&str; 6] = ["null", "0", "\"SECRET\"", "[\"SECRET\"]", "false", "{}"];

/// A client can choose the request's id.
const CONTEXTS: [&str; 5] =
    ["null", "1", "{}", r#"{"requestId":"SECRET"}"#, r#"{"requestId":["SECRET\u0000"]}"#];

/// One event: some odd headers, and perhaps one that correctly carries the token.
struct Made {
    json: String,
    has_token: bool,
}

struct Maker {
    rng: Rng,
    secret: String,
}

impl Maker {
    fn pick<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.rng.usize(..all.len())]
    }

    /// A header value that is not text, or odd text with the secret in it.
    fn odd_value(&mut self) -> String {
        if self.rng.u8(..4) == 0 {
            return self.pick(&ODD_VALUES).to_owned();
        }
        let scheme =
            self.pick(&["", "Bearer ", "Bearer administrator.", "Basic ", "administrator.", "Digest "]);
        // At least one piece, and none inside the secret, so that the test would find the secret in an output.
        let [mut before, mut between, mut after] = [""; 3];
        match self.rng.u8(..4) {
            0 => before = self.pick(&PIECES),
            1 => between = self.pick(&PIECES),
            2 => after = self.pick(&PIECES),
            _ => [before, between, after] = [(); 3].map(|()| self.pick(&PIECES)),
        }
        let mut text = format!("{before}{scheme}{between}SECRET{after}");
        if self.rng.u8(..50) == 0 {
            text += &"x".repeat(10_000);
        }
        format!("\"{text}\"")
    }

    fn odd_headers(&mut self) -> Vec<(String, String)> {
        let count = self.rng.usize(..6);
        (0..count).map(|_| (self.pick(&ODD_NAMES).to_owned(), self.odd_value())).collect()
    }

    fn event(&mut self) -> Made {
        let has_token = self.rng.u8(..4) == 0;
        let (headers, values) = if has_token { self.with_token() } else { self.without_token() };
        let resource = self.pick(&["/api/credentials", "/v4/credentials"]);
        let context = self.pick(&CONTEXTS);
        let json = format!(
            r#"{{"type":"REQUEST","methodArn":"{ARN}","resource":"{resource}","path":"/SECRET",
                {headers}{values}"queryStringParameters":{{"q":"SECRET\ud800"}},"requestContext":{context}}}"#
        );
        Made { json: json.replace("SECRET", &self.secret), has_token }
    }

    /// A header that correctly carries the token, among odd ones.
    fn with_token(&mut self) -> (String, String) {
        let name = self.pick(&["Authorization", "authorization", "AUTHORIZATION"]);
        let mut headers = self.odd_headers();
        let place = self.rng.usize(..=headers.len());
        headers.insert(place, (name.to_owned(), "\"Bearer administrator.SECRET\"".to_owned()));
        let values: Vec<_> =
            headers.iter().map(|(name, value)| (name.clone(), format!("[{value}]"))).collect();
        match self.rng.u8(..3) {
            0 => (member("headers", &headers), String::new()),
            1 => (String::new(), member("multiValueHeaders", &values)),
            _ => (member("headers", &headers), member("multiValueHeaders", &values)),
        }
    }

    /// Odd headers, some with the names that carry tokens; or no maps at all.
    fn without_token(&mut self) -> (String, String) {
        let mut maps = ["headers", "multiValueHeaders"].map(|map| {
            if self.rng.u8(..8) == 0 {
                let no_map = self.pick(&NO_MAPS);
                return if self.rng.bool() { String::new() } else { format!("\"{map}\":{no_map},") };
            }
            let mut headers = self.odd_headers();
            for _ in 0..self.rng.usize(1..4) {
                let name = self.pick(&["Authorization", "authorization", "X-TILEDB-REST-API-KEY"]);
                let value = self.odd_value();
                let value = if self.rng.bool() { format!("[{value},{value}]") } else { value };
                headers.push((name.to_owned(), value));
            }
            self.rng.shuffle(&mut headers);
            member(map, &headers)
        });
        if self.rng.u8(..20) == 0 {
            maps[0] = maps[0].repeat(2);
        }
        let [headers, values] = maps;
        (headers, values)
    }
}

fn member(name: &str, headers: &[(String, String)]) -> String {
    let headers: Vec<_> = headers.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("\"{name}\":{{{}}},", headers.join(","))
}

/// Asserts that neither half of the secret is in the function's output.
fn assert_hidden(secret: &str, output: &str) {
    for half in [&secret[..32], &secret[32..]] {
        assert!(!output.contains(half), "{}", output.lines().find(|line| line.contains(half)).unwrap());
    }
}

#[tokio::test]
async fn every_event_gets_a_decision_and_is_never_shown() {
    let sm = SecretsManager::new();
    let secret = secret("hunter2");
    create(&sm, "administrator", &key(&secret));
    let mut function = Function::start(sm.line().await.endpoint()).await;
    let mut maker = Maker { rng: Rng::with_seed(14), secret: secret.clone() };
    let mut allowed = 0;
    for number in 0..EVENTS {
        let Made { json, has_token } = maker.event();
        let outcome = function.ask(json.clone()).await;
        let Outcome::Answer(answer) = &outcome else { panic!("event {number}: {outcome:?}\n{json}") };
        assert_hidden(&secret, &answer.to_string());
        assert_eq!(outcome.effect(), if has_token { "Allow" } else { "Deny" }, "event {number}\n{json}");
        allowed += usize::from(has_token);
    }
    let output = function.end().await;
    assert_hidden(&secret, &output);
    let lines: Vec<Value> = output.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), EVENTS, "one line for each decision");
    assert!(lines.iter().all(|line| line["level"] == "INFO" && line["operation"] == "authorizer"));
    assert_eq!(lines.iter().filter(|line| line["decision"] == "allow").count(), allowed);
    assert!((EVENTS / 5..EVENTS / 3).contains(&allowed), "the events were worth something");
    assert!(lines.iter().any(|line| line["reason"] == "wrong_secret"));
}

#[tokio::test]
async fn errors_do_not_show_the_secret() {
    let sm = SecretsManager::new();
    let secret = secret("hunter2");
    create(&sm, "administrator", &key(&secret));
    let line = sm.line().await;
    let mut function = Function::start(line.endpoint()).await;
    let token = format!("Bearer administrator.{secret}");
    let broken = [
        format!(r#"{{"headers":{{"Authorization":"{token}"}}}}"#),
        format!(r#"{{"methodArn":"{token}\ud800","headers":{{"Authorization":"{token}"}}}}"#),
        format!(r#"{{"methodArn":["{token}"],"{token}":1}}"#),
        format!(r#"["{token}"]"#),
        format!(r#""{token}""#),
        format!(r#"{{"methodArn":"{token}"#),
    ];
    for event in broken {
        match function.ask(event).await {
            Outcome::Error(error) => assert_hidden(&secret, &error.to_string()),
            Outcome::Answer(answer) => panic!("{answer}"),
        }
    }
    for what in [
        What::Error { code: "AccessDeniedException", status: 400, times: 1 },
        What::Error { code: "InternalServiceError", status: 500, times: usize::MAX },
        What::Garbage { times: usize::MAX },
    ] {
        line.set_incident(Incident::new(0, what));
        let outcome = function.ask(event(&token)).await;
        let Outcome::Error(error) = outcome else { panic!("{outcome:?}") };
        assert_hidden(&secret, &error.to_string());
        assert!(
            ["internal", "unavailable"].iter().any(|outcome| error["errorMessage"] == *outcome),
            "{error}"
        );
    }
    line.set_incident(None);
    assert_eq!(function.ask(event(&token)).await.effect(), "Allow");
    let output = function.end().await;
    assert_hidden(&secret, &output);
    let lines: Vec<Value> = output.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let failed = lines.iter().filter(|line| line["message"] == "request" && line["level"] == "ERROR");
    assert!(failed.clone().all(|line| line["key_id"] == "administrator" && line["decision"].is_null()));
    assert_eq!(failed.count(), 3, "{output}");
}
