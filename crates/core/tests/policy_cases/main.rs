//! Policy evaluation against a table: each row names the AWS documentation page (of the IAM user guide, unless it says
//! otherwise) whose example or rule it is.
//!
//! The rows are in groups that share what is written once: a page, policies, a request. A `template` is a statement whose
//! `"@"` each row replaces by its `condition`.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a row that cannot be read, or a missing member, fails the test"
)]

mod cost;
mod properties;

use std::fmt::Write as _;

use serde_json::{Map, Value, json};
use stepwell_core::iam::policy::{
    ContextKeys, Decision, DocumentKind, Evaluation, KeyValue, PolicyDocument, Principal, RequestContext,
    SessionPolicies, TrustDecision, TrustGrant, evaluate_assume_role, evaluate_trust, trust_needs_audience,
};

const ACCOUNT: &str = "111122223333";

/// A group with one of its rows laid over it.
struct Row {
    title: String,
    fields: Map<String, Value>,
}

impl Row {
    fn get(&self, field: &str) -> Option<&Value> {
        self.fields.get(field)
    }

    fn text(&self, field: &str, default: &str) -> String {
        match self.get(field) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Null) | None => default.to_owned(),
            Some(other) => panic!("{}: {other}", self.title),
        }
    }

    fn document(&self, value: &Value, kind: DocumentKind) -> PolicyDocument {
        PolicyDocument::parse(&value.to_string(), kind).unwrap_or_else(|error| panic!("{}: {error}", self.title))
    }

    fn documents(&self, value: &Value, kind: DocumentKind) -> Vec<PolicyDocument> {
        value.as_array().expect("policies").iter().map(|value| self.document(value, kind)).collect()
    }

    fn identity(&self) -> Vec<PolicyDocument> {
        let mut documents =
            self.get("identity").map(|value| self.documents(value, DocumentKind::Identity)).unwrap_or_default();
        if let Some(template) = self.get("template") {
            let statement = fill(template, self.get("condition"));
            let policy = json!({"Version": "2012-10-17", "Statement": statement});
            documents.push(self.document(&policy, DocumentKind::Identity));
        }
        documents
    }

    /// Runs a closure with the row's evaluation.
    fn evaluation<T>(&self, then: impl FnOnce(&Evaluation<'_>) -> T) -> T {
        let identity = self.identity();
        let boundary = self.get("boundary").map(|value| self.document(value, DocumentKind::Identity));
        let layers: Option<Vec<Vec<PolicyDocument>>> = self.get("session").map(|layers| {
            let layers = layers.as_array().expect("layers").iter();
            layers.map(|layer| self.documents(layer, DocumentKind::Session)).collect()
        });
        let layers: Option<Vec<&[PolicyDocument]>> =
            layers.as_ref().map(|layers| layers.iter().map(Vec::as_slice).collect());
        then(&Evaluation {
            identity: &identity,
            boundary: boundary.as_ref(),
            session: layers.as_ref().map(|layers| SessionPolicies { layers }),
        })
    }

    fn keys(&self) -> ContextKeys {
        let mut keys = ContextKeys::new();
        for (key, value) in self.get("keys").and_then(Value::as_object).into_iter().flatten() {
            match value {
                Value::String(text) => keys.set(key, text.as_str()),
                Value::Number(number) => keys.set(key, number.as_i64().expect("a whole number")),
                Value::Bool(value) => keys.set(key, *value),
                Value::Array(list) => {
                    keys.set_many(key, list.iter().map(|value| value.as_str().expect("text").to_owned()).collect());
                }
                Value::Null | Value::Object(_) => panic!("{}: {key}", self.title),
            }
        }
        keys
    }

    fn resources(&self) -> Vec<String> {
        match (self.get("resources"), self.get("resource")) {
            (Some(list), _) => {
                list.as_array().expect("list").iter().map(|value| value.as_str().expect("text").to_owned()).collect()
            }
            (None, Some(one)) => vec![one.as_str().expect("text").to_owned()],
            (None, None) => Vec::new(),
        }
    }

    fn principal(&self) -> Principal {
        let who = self.get("principal").expect("principal");
        let part = |name: &str| who.get(name).and_then(Value::as_str).map(str::to_owned);
        let account = part("account").unwrap_or_else(|| ACCOUNT.to_owned());
        if let Some(name) = part("user") {
            return user(&account, &name);
        }
        if let (Some(name), Some(session)) = (part("role"), part("session")) {
            return Principal::AssumedRole {
                role_arn: format!("arn:aws:iam::{account}:role/{name}"),
                session_arn: format!("arn:aws:sts::{account}:assumed-role/{name}/{session}"),
                account,
                role_id: "AROAEXAMPLEEXAMPLE12".to_owned(),
                session_name: session,
            };
        }
        match (part("root"), part("federated"), part("service")) {
            (Some(account), _, _) => Principal::Root { account },
            (_, Some(provider), _) => Principal::Federated { provider },
            (_, _, Some(name)) => Principal::Service { name },
            _ => Principal::Anonymous,
        }
    }

    /// The row's keys with those that follow from who asks.
    fn keys_of(&self, principal: &Principal) -> ContextKeys {
        let mut keys = ContextKeys::new();
        principal.insert_keys(&mut keys);
        keys.extend(&self.keys());
        keys
    }
}

fn user(account: &str, name: &str) -> Principal {
    Principal::User {
        arn: format!("arn:aws:iam::{account}:user/{name}"),
        account: account.to_owned(),
        user_id: "AIDAEXAMPLEEXAMPLE12".to_owned(),
        name: name.to_owned(),
    }
}

/// A template with its `"@"` replaced.
fn fill(template: &Value, with: Option<&Value>) -> Value {
    match template {
        Value::String(text) if text == "@" => with.expect("condition").clone(),
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), fill(value, with))).collect(),
        other => other.clone(),
    }
}

fn rows(table: &str) -> Vec<Row> {
    let groups: Vec<Map<String, Value>> = serde_json::from_str(table).expect("table");
    let mut rows = Vec::new();
    for mut group in groups {
        let cases = group.remove("cases").expect("cases");
        for case in cases.as_array().expect("cases") {
            let mut fields = group.clone();
            fields.extend(case.as_object().expect("case").clone());
            let title =
                format!("{} [{}]", fields["name"].as_str().expect("name"), fields["page"].as_str().expect("page"));
            rows.push(Row { title, fields });
        }
    }
    rows
}

fn shown(decision: Decision) -> String {
    match decision {
        Decision::Allow => "Allow".to_owned(),
        Decision::ExplicitDeny { layer } => format!("ExplicitDeny:{layer:?}"),
        Decision::ImplicitDeny { layer } => format!("ImplicitDeny:{layer:?}"),
    }
}

/// Compares every row, then reports all that differ; so many rows there must be.
fn check(table: &str, at_least: usize, outcome: impl Fn(&Row) -> String) {
    let rows = rows(table);
    assert!(rows.len() >= at_least, "only {} rows", rows.len());
    let mut wrong = String::new();
    for row in &rows {
        let (found, expected) = (outcome(row), row.text("expect", "null"));
        if found != expected {
            let _ = writeln!(wrong, "{}: {found}, expected {expected}", row.title);
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

fn decide(row: &Row) -> String {
    let (keys, resources) = (row.keys(), row.resources());
    let resources: Vec<&str> = resources.iter().map(String::as_str).collect();
    let action = row.text("action", "service:Operation");
    row.evaluation(|evaluation| {
        let request = RequestContext { action: &action, resources: &resources, keys: &keys };
        shown(evaluation.decide(&request))
    })
}

#[test]
fn conditions() {
    check(include_str!("conditions.json"), 120, decide);
}

#[test]
fn sets() {
    check(include_str!("sets.json"), 40, decide);
}

#[test]
fn variables() {
    check(include_str!("variables.json"), 60, decide);
}

#[test]
fn elements() {
    check(include_str!("elements.json"), 90, decide);
}

#[test]
fn layers() {
    check(include_str!("layers.json"), 25, decide);
}

#[test]
fn trust() {
    check(include_str!("trust.json"), 60, |row| {
        let trust = row.document(row.get("trust").expect("trust"), DocumentKind::Trust);
        let principal = row.principal();
        match evaluate_trust(&trust, &principal, &row.text("action", ""), &row.keys_of(&principal)) {
            TrustDecision::Allow(grant) => format!("Allow:{grant:?}"),
            TrustDecision::ExplicitDeny => "ExplicitDeny".to_owned(),
            TrustDecision::ImplicitDeny => "ImplicitDeny".to_owned(),
        }
    });
}

#[test]
fn assuming_roles() {
    check(include_str!("assume.json"), 20, |row| {
        let trust = row.document(row.get("trust").expect("trust"), DocumentKind::Trust);
        let principal = row.principal();
        let (keys, account) = (row.keys_of(&principal), row.text("role_account", ""));
        let role = format!("arn:aws:iam::{account}:role/target");
        row.evaluation(|caller| {
            let request = RequestContext { action: "sts:AssumeRole", resources: &[&role], keys: &keys };
            shown(evaluate_assume_role(&trust, &principal, &account, caller, &request))
        })
    });
}

#[test]
fn grammar() {
    check(include_str!("grammar.json"), 70, |row| {
        let text = row.get("document").map_or_else(|| row.text("text", ""), Value::to_string);
        let kind = row.text("kind", "");
        let audience = kind == "Audience";
        let kind = match kind.as_str() {
            "Identity" => DocumentKind::Identity,
            "Session" => DocumentKind::Session,
            _ => DocumentKind::Trust,
        };
        let parsed = PolicyDocument::parse(&text, kind);
        let result = match parsed {
            Ok(document) if audience => trust_needs_audience(&document, Some("id.example.com/identity")),
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        };
        match result {
            Ok(()) => "null".to_owned(),
            // AWS documents the rule about audiences without its words; so only the key is compared.
            Err(error) if audience => {
                let named = error.message().split(' ').find(|word| word.ends_with(":aud"));
                named.unwrap_or("no key named").to_owned()
            }
            Err(error) => error.message().to_owned(),
        }
    });
}

#[test]
fn reasons_are_worded_as_documented() {
    // troubleshoot_access-denied.html
    let documents = |statement: Value| {
        let policy = json!({"Version": "2012-10-17", "Statement": statement});
        vec![PolicyDocument::parse(&policy.to_string(), DocumentKind::Identity).unwrap()]
    };
    let keys = ContextKeys::new();
    let request = RequestContext { action: "codecommit:ListRepositories", resources: &[], keys: &keys };
    let all = documents(json!({"Effect": "Allow", "Action": "*", "Resource": "*"}));
    let none = documents(json!({"Effect": "Deny", "Action": "*", "Resource": "*"}));
    let other = documents(json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"}));
    let reason = |evaluation: Evaluation<'_>| evaluation.decide(&request).reason(request.action).unwrap_or_default();
    assert_eq!(
        reason(Evaluation { identity: &other, ..Evaluation::default() }),
        "because no identity-based policy allows the codecommit:ListRepositories action"
    );
    assert_eq!(
        reason(Evaluation { identity: &none, ..Evaluation::default() }),
        "with an explicit deny in an identity-based policy"
    );
    assert_eq!(
        reason(Evaluation { identity: &all, boundary: other.first(), session: None }),
        "because no permissions boundary allows the codecommit:ListRepositories action"
    );
    assert_eq!(
        reason(Evaluation { identity: &all, boundary: None, session: Some(SessionPolicies { layers: &[&other] }) }),
        "because no session policy allows the codecommit:ListRepositories action"
    );
    assert_eq!(
        reason(Evaluation { identity: &all, boundary: None, session: Some(SessionPolicies { layers: &[&none] }) }),
        "with an explicit deny in a session policy"
    );
    assert_eq!(
        TrustDecision::ImplicitDeny.decision().reason("sts:AssumeRole").as_deref(),
        Some("because no role trust policy allows the sts:AssumeRole action")
    );
}

#[test]
fn the_refused_resource_is_named() {
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": ["arn:aws:s3:::a", "arn:aws:s3:::c"]},
        {"Effect": "Deny", "Action": "*", "Resource": "arn:aws:s3:::c"},
    ]});
    let identity = [PolicyDocument::parse(&policy.to_string(), DocumentKind::Identity).unwrap()];
    let evaluation = Evaluation { identity: &identity, ..Evaluation::default() };
    let keys = ContextKeys::new();
    let explain = |resources: &[&'static str]| {
        let (decision, resource) = evaluation.explain(&RequestContext { action: "s3:Get", resources, keys: &keys });
        (shown(decision), resource.map(str::to_owned))
    };
    assert_eq!(explain(&["arn:aws:s3:::a"]), ("Allow".to_owned(), None));
    let implicit = ("ImplicitDeny:Identity".to_owned(), Some("arn:aws:s3:::b".to_owned()));
    assert_eq!(explain(&["arn:aws:s3:::a", "arn:aws:s3:::b"]), implicit);
    let explicit = ("ExplicitDeny:Identity".to_owned(), Some("arn:aws:s3:::c".to_owned()));
    assert_eq!(explain(&["arn:aws:s3:::b", "arn:aws:s3:::c"]), explicit);
}

#[test]
fn an_ambiguous_key_never_widens() {
    let mut keys = ContextKeys::new();
    keys.set_tags("aws:ResourceTag/", [("Team", "red"), ("team", "blue")]);
    let decide = |effect: &str, operator: &str, resource: &str, value: &str| {
        let allow = json!({"Effect": "Allow", "Action": "sqs:*", "Resource": "*"});
        let statement = json!({"Effect": effect, "Action": "s3:*", "Resource": resource,
            "Condition": {operator: {"aws:ResourceTag/team": value}}});
        let all = json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"});
        let policy = json!({"Version": "2012-10-17",
            "Statement": if effect == "Deny" { json!([all, statement]) } else { json!([allow, statement]) }});
        let identity = [PolicyDocument::parse(&policy.to_string(), DocumentKind::Identity).unwrap()];
        let request = RequestContext { action: "s3:Get", resources: &["arn:aws:s3:::red"], keys: &keys };
        Evaluation { identity: &identity, ..Evaluation::default() }.decide(&request).is_allowed()
    };
    for operator in ["StringEquals", "StringNotEquals", "StringEqualsIfExists", "ForAnyValue:StringEquals", "Null"] {
        for value in ["red", "blue", "green", "true", "false"] {
            for effect in ["Allow", "Deny"] {
                assert!(!decide(effect, operator, "*", value), "{effect} {operator} {value}");
            }
        }
    }
    assert!(!decide("Allow", "StringLike", "arn:aws:s3:::${aws:ResourceTag/team, 'red'}", "*"));
}

#[test]
fn a_question_that_costs_too_much_is_denied() {
    // Ours: see "What a question may cost" in decision 20.
    let hostile = format!("arn:aws:s3:::*{}c*", "a?".repeat(900));
    let resource = format!("arn:aws:s3:::{}", "a".repeat(2_000));
    let keys = ContextKeys::new();
    let decide = |statements: Value, resources: &[&str]| {
        let policy = json!({"Version": "2012-10-17", "Statement": statements});
        let identity = [PolicyDocument::parse(&policy.to_string(), DocumentKind::Identity).unwrap()];
        let request = RequestContext { action: "s3:Get", resources, keys: &keys };
        shown(Evaluation { identity: &identity, ..Evaluation::default() }.decide(&request))
    };
    let allow = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    let spent = json!({"Effect": "Allow", "Action": "*", "Resource": hostile});
    // What comes before the hostile statement counts; a `Deny` that nobody can rule out denies.
    assert_eq!(decide(json!([allow, spent]), &[&resource]), "Allow");
    assert_eq!(decide(json!([spent, allow]), &[&resource]), "ImplicitDeny:Identity");
    let unrelated = json!({"Effect": "Deny", "Action": "sqs:*", "Resource": "*"});
    assert_eq!(decide(json!([spent, unrelated]), &[&resource]), "ExplicitDeny:Identity");
    assert_eq!(
        decide(json!([{"Effect": "Deny", "Action": "*", "Resource": hostile}]), &[&resource]),
        "ExplicitDeny:Identity"
    );
    // However many resources: the steps are those of the whole question.
    let resources = vec![resource.as_str(); 100];
    let start = std::time::Instant::now();
    assert_eq!(decide(json!([spent, allow]), &resources), "ImplicitDeny:Identity");
    assert!(start.elapsed() < std::time::Duration::from_secs(2), "{:?}", start.elapsed());
}

#[test]
fn who_is_created_anew_is_not_trusted_for_a_name() {
    // reference_policies_elements_principal.html: IAM turns ARNs into unique ids when a trust policy is saved.
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT}:user/jo")}, "Action": "sts:AssumeRole"},
    ]});
    let trust = PolicyDocument::parse(&policy.to_string(), DocumentKind::Trust).unwrap();
    assert_eq!(trust.aws_principals(), [format!("arn:aws:iam::{ACCOUNT}:user/jo")]);
    let ask =
        |trust: &PolicyDocument| evaluate_trust(trust, &user(ACCOUNT, "jo"), "sts:AssumeRole", &ContextKeys::new());
    assert!(matches!(ask(&trust), TrustDecision::Allow(_)));
    let same = trust.with_principal_ids(|_| Some("AIDAEXAMPLEEXAMPLE12".to_owned()));
    assert!(matches!(ask(&same), TrustDecision::Allow(_)));
    let older = trust.with_principal_ids(|_| Some("AIDAEXAMPLEEXAMPLE99".to_owned()));
    assert_eq!(ask(&older), TrustDecision::ImplicitDeny);

    // A Deny means who was meant as well, whatever the name by now.
    let denied = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:*"},
        {"Effect": "Deny", "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT}:user/al")}, "Action": "sts:*"},
    ]});
    let denied = PolicyDocument::parse(&denied.to_string(), DocumentKind::Trust).unwrap();
    assert!(matches!(ask(&denied), TrustDecision::Allow(_)));
    let renamed = denied.with_principal_ids(|_| Some("AIDAEXAMPLEEXAMPLE12".to_owned()));
    assert_eq!(ask(&renamed), TrustDecision::ExplicitDeny);
}

#[test]
fn a_session_is_its_role_and_its_name() {
    let session_arn = |role: &str, session: &str| format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{session}");
    let named = |name: &str| {
        let policy = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": name}, "Action": "sts:AssumeRole"},
        ]});
        PolicyDocument::parse(&policy.to_string(), DocumentKind::Trust).unwrap()
    };
    let session = |role_id: &str, session: &str| Principal::AssumedRole {
        role_arn: format!("arn:aws:iam::{ACCOUNT}:role/dev/dep"),
        session_arn: session_arn("dep", session),
        account: ACCOUNT.to_owned(),
        role_id: role_id.to_owned(),
        session_name: session.to_owned(),
    };
    let ask = |trust: &PolicyDocument, principal: &Principal| {
        evaluate_trust(trust, principal, "sts:AssumeRole", &ContextKeys::new())
    };
    let trust = named(&session_arn("dep", "ci")).with_principal_ids(|_| Some("AROAOLD:ci".to_owned()));
    assert_eq!(ask(&trust, &session("AROAOLD", "ci")), TrustDecision::Allow(TrustGrant::Principal));
    // Another role of the name, and another session of the role.
    assert_eq!(ask(&trust, &session("AROANEW", "ci")), TrustDecision::ImplicitDeny);
    assert_eq!(ask(&trust, &session("AROAOLD", "cd")), TrustDecision::ImplicitDeny);
    let role = named(&format!("arn:aws:iam::{ACCOUNT}:role/dev/dep"));
    let role = role.with_principal_ids(|_| Some("AROAOLD".to_owned()));
    assert_eq!(ask(&role, &session("AROAOLD", "ci")), TrustDecision::Allow(TrustGrant::Role));
    assert_eq!(ask(&role, &session("AROANEW", "ci")), TrustDecision::ImplicitDeny);
}

#[test]
fn keys_that_follow_from_who_asks() {
    // reference_policies_variables.html#principaltable
    let keys = |principal: &Principal| {
        let mut keys = ContextKeys::new();
        principal.insert_keys(&mut keys);
        keys
    };
    let of_user = keys(&user(ACCOUNT, "jo"));
    assert_eq!(of_user.text("aws:username").as_deref(), Some("jo"));
    assert_eq!(of_user.text("aws:userid").as_deref(), Some("AIDAEXAMPLEEXAMPLE12"));
    assert_eq!(of_user.text("aws:PrincipalType").as_deref(), Some("User"));
    let of_session = keys(&Principal::AssumedRole {
        role_arn: "arn:aws:iam::111122223333:role/p/r".to_owned(),
        session_arn: "arn:aws:sts::111122223333:assumed-role/r/s".to_owned(),
        account: ACCOUNT.to_owned(),
        role_id: "AROA1".to_owned(),
        session_name: "s".to_owned(),
    });
    assert_eq!(of_session.text("AWS:USERID").as_deref(), Some("AROA1:s"));
    assert_eq!(of_session.text("aws:PrincipalArn").as_deref(), Some("arn:aws:iam::111122223333:role/p/r"));
    assert!(!of_session.contains("aws:username"));
    let mut timed = ContextKeys::new();
    timed.set("aws:CurrentTime", KeyValue::Time(1_585_699_200_123));
    assert_eq!(timed.text("aws:currenttime").as_deref(), Some("2020-04-01T00:00:00Z"));
}
