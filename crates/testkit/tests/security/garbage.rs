//! Twenty thousand requests of noise: random targets, bodies that are JSON by half, and mutations of good requests. The
//! same ones in every run. None is answered with a server error, none panics.

use serde_json::json;
use stepwell_core::ports::rng::Rng;
use stepwell_testkit::{PASSWORD, SeededRng, TestPool};

const ROUNDS: usize = 20_000;
const TARGET: &str = "AWSCognitoIdentityProviderService";

/// Pieces that noise is made of.
const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "\\",
    "\\u0000",
    "\\ud800",
    "null",
    "true",
    "-",
    "1e999",
    "0",
    "\u{7f}",
    "\u{202e}",
    "Username",
    "UserPoolId",
    "ClientId",
    "AuthParameters",
    "SRP_A",
    "USERNAME",
    "PASSWORD",
    "Session",
    "é",
    "𝕏",
    " ",
    "\n",
];

struct Noise(SeededRng);

impl Noise {
    fn below(&self, bound: usize) -> usize {
        let rng: &dyn Rng = &self.0;
        rng.below(u32::try_from(bound).unwrap()) as usize
    }

    fn pick<'a, T: ?Sized>(&self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }

    fn bytes(&self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.0.fill(&mut bytes);
        bytes
    }

    /// A target and a body of one of the kinds.
    fn request(&self, operations: &[&str], good: &[(&str, String)]) -> (String, Vec<u8>) {
        let kind = self.below(6);
        let (operation, body) = &good[self.below(good.len())];
        let mut body = body.clone().into_bytes();
        match kind {
            0 => (self.target(operations), self.bytes(self.below(200))),
            1 => {
                let pieces: String = (0..self.below(60)).map(|_| self.pick(PIECES)).collect();
                (self.target(operations), pieces.into_bytes())
            }
            _ => {
                for _ in 0..self.below(4) {
                    self.mutate(&mut body);
                }
                (if kind == 2 { self.target(operations) } else { format!("{TARGET}.{operation}") }, body)
            }
        }
    }

    fn mutate(&self, body: &mut Vec<u8>) {
        let at = self.below(body.len().max(1));
        match self.below(5) {
            0 => body.truncate(at),
            1 => {
                let piece = self.pick(PIECES);
                body.splice(at..at, piece.bytes());
            }
            2 => {
                let end = (at + self.below(20)).min(body.len());
                body.drain(at.min(end)..end);
            }
            3 => {
                let copy = body.clone();
                body.splice(at..at, copy);
            }
            _ => {
                let with = self.bytes(1)[0];
                if let Some(byte) = body.get_mut(at) {
                    *byte = with;
                }
            }
        }
    }

    /// Mostly an operation, sometimes nearly one.
    fn target(&self, operations: &[&str]) -> String {
        let operation = self.pick(operations);
        match self.below(20) {
            0 => operation.to_owned(),
            1 => format!("{TARGET}.{}", operation.to_lowercase()),
            2 => format!("{TARGET}.{operation} "),
            3 => format!("AWSCognitoIdentityService.{operation}"),
            4 => (0..self.below(40)).map(|_| char::from(b' ' + u8::try_from(self.below(95)).unwrap())).collect(),
            _ => format!("{TARGET}.{operation}"),
        }
    }
}

#[tokio::test]
async fn never_a_server_error() {
    let pool = TestPool::new(json!({"AutoVerifiedAttributes": ["email"]}), json!({})).await;
    pool.user("jane").await;
    let token = pool.tokens("jane").await.access;
    let (id, client) = (&pool.id, &pool.client);
    let attributes = json!([{"Name": "email", "Value": "a@example.com"}, {"Name": "name", "Value": "x"}]);
    let good: Vec<(&str, String)> = [
        (
            "InitiateAuth",
            json!({"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": {"USERNAME": "jane", "PASSWORD": PASSWORD}}),
        ),
        (
            "InitiateAuth",
            json!({"ClientId": client, "AuthFlow": "USER_SRP_AUTH",
            "AuthParameters": {"USERNAME": "jane", "SRP_A": "abcdef"}}),
        ),
        (
            "RespondToAuthChallenge",
            json!({"ClientId": client, "ChallengeName": "PASSWORD_VERIFIER",
            "ChallengeResponses": {"USERNAME": "jane", "PASSWORD_CLAIM_SECRET_BLOCK": "AAAA",
            "PASSWORD_CLAIM_SIGNATURE": "AAAA", "TIMESTAMP": "x"}}),
        ),
        ("SignUp", json!({"ClientId": client, "Username": "joe", "Password": PASSWORD, "UserAttributes": attributes})),
        ("AdminUpdateUserAttributes", json!({"UserPoolId": id, "Username": "jane", "UserAttributes": attributes})),
        ("CreateGroup", json!({"UserPoolId": id, "GroupName": "staff", "Precedence": 1})),
        ("ListUsers", json!({"UserPoolId": id, "Filter": "email ^= \"j\"", "Limit": 10, "AttributesToGet": ["email"]})),
        (
            "CreateUserPoolClient",
            json!({"UserPoolId": id, "ClientName": "x", "AccessTokenValidity": 5,
            "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"], "TokenValidityUnits": {"AccessToken": "minutes"},
            "CallbackURLs": ["https://a.example/x"]}),
        ),
        (
            "UpdateUserPool",
            json!({"UserPoolId": id, "Policies": {"PasswordPolicy": {"MinimumLength": 8}},
            "MfaConfiguration": "OFF", "UserPoolTags": {"a": "b"}, "AutoVerifiedAttributes": ["email"],
            "AccountRecoverySetting": {"RecoveryMechanisms": [{"Name": "verified_email", "Priority": 1}]}}),
        ),
        ("UpdateUserAttributes", json!({"AccessToken": token, "UserAttributes": attributes})),
        ("ChangePassword", json!({"AccessToken": token, "PreviousPassword": PASSWORD, "ProposedPassword": PASSWORD})),
    ]
    .map(|(operation, body)| (operation, body.to_string()))
    .into();
    // Making keys takes a tenth of a second, and a pool that is gone ends the rest.
    let left_out = ["CreateUserPool", "DeleteUserPool", "DeleteUserPoolClient"];
    let operations: Vec<&str> = stepwell_api::wire::dispatch::built()
        .into_iter()
        .map(|(_, name)| name)
        .filter(|name| !left_out.contains(name))
        .collect();
    let noise = Noise(SeededRng::new(20_270_115));
    let mut statuses = std::collections::BTreeMap::<u16, usize>::new();
    for round in 0..ROUNDS {
        let (target, body) = noise.request(&operations, &good);
        let answer = pool.server.raw(&target, body.clone()).await;
        let status = answer.status.as_u16();
        assert!(status < 500, "round {round}: {target} {}: {}", String::from_utf8_lossy(&body), answer.body);
        assert!(status == 200 || answer.error().is_some(), "round {round}: an error without a name");
        *statuses.entry(status).or_default() += 1;
    }
    // The noise is not all noise: some of it got through to the operations.
    assert!(statuses[&200] > ROUNDS / 50 && statuses[&400] > ROUNDS / 2, "{statuses:?}");
}
