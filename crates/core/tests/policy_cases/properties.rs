//! Properties that hold whatever the policies are: additions that restrict never widen, and no text makes parsing panic.
//!
//! Policies and requests are drawn from a small world, so that they meet often, with numbers that a seed repeats.

use serde_json::{Value, json};
use stepwell_core::iam::policy::{
    ContextKeys, DocumentKind, Evaluation, PolicyDocument, Principal, RequestContext, SessionPolicies, TrustDecision,
    evaluate_trust,
};

use super::{ACCOUNT, user};

const ROUNDS: u64 = 5_000;

/// `SplitMix64`.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % sides as u64).expect("small")
    }

    fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.roll(from.len())]
    }

    fn chance(&mut self, one_in: usize) -> bool {
        self.roll(one_in) == 0
    }

    fn some(&mut self, from: &[&str]) -> Vec<String> {
        (0..=self.roll(2)).map(|_| self.pick(from).to_owned()).collect()
    }

    fn action(&mut self) -> Value {
        json!(self.some(&["*", "s3:*", "s3:Get*", "s3:GetObject", "s3:PutObject", "sqs:*", "S3:?utObject"]))
    }

    fn resource(&mut self) -> Value {
        json!(self.some(&[
            "*",
            "arn:aws:s3:::b/*",
            "arn:aws:s3:::b/jo/*",
            "arn:aws:s3:::b/${aws:username}/*",
            "arn:aws:s3:::b/${aws:PrincipalTag/team, 'all'}/*",
            "arn:aws:s3:::?/jo/x",
        ]))
    }

    fn condition(&mut self) -> (String, Value) {
        let operator = self.pick(&[
            "StringEquals",
            "StringNotEquals",
            "StringLike",
            "StringNotLike",
            "StringEqualsIgnoreCase",
            "NumericLessThan",
            "NumericNotEquals",
            "DateGreaterThan",
            "DateNotEquals",
            "Bool",
            "BinaryEquals",
            "IpAddress",
            "NotIpAddress",
            "ArnLike",
            "ArnNotEquals",
            "Null",
        ]);
        let key = self.pick(&[
            "aws:username",
            "aws:PrincipalTag/team",
            "aws:TagKeys",
            "aws:SourceIp",
            "aws:SourceVpc",
            "aws:Nonsense",
            "s3:prefix",
            "x:n",
            "aws:CurrentTime",
            "aws:PrincipalArn",
        ]);
        let mut values = vec!["jo", "red", "j*", "${aws:username}", "10", "true", "false", "192.0.2.0/24"];
        values.extend(["arn:aws:iam::111122223333:user/*", "QUJD", "", "${aws:PrincipalTag/team}"]);
        if operator.starts_with("Date") {
            values = vec!["2020-01-01T00:00:00Z", "1600000000"];
        }
        let values = if self.chance(12) { Vec::new() } else { self.some(&values) };
        let name = if operator == "Null" {
            operator.to_owned()
        } else {
            let qualifier = self.pick(&["", "", "ForAllValues:", "ForAnyValue:"]);
            let suffix = self.pick(&["", "", "IfExists"]);
            format!("{qualifier}{operator}{suffix}")
        };
        (name, json!({ key: values }))
    }

    fn conditions(&mut self) -> Value {
        let count = self.pick::<usize>(&[&0, &0, &1, &2]);
        let mut conditions = json!({});
        for _ in 0..*count {
            let (operator, keys) = self.condition();
            conditions[operator] = keys;
        }
        conditions
    }

    fn statement(&mut self, effect: &str) -> Value {
        let action = if self.chance(5) { "NotAction" } else { "Action" };
        let resource = if self.chance(5) { "NotResource" } else { "Resource" };
        json!({"Effect": effect, action: self.action(), resource: self.resource(), "Condition": self.conditions()})
    }

    fn statements(&mut self) -> Vec<Value> {
        (0..=self.roll(3))
            .map(|_| {
                let effect = self.pick(&["Allow", "Allow", "Deny"]);
                self.statement(effect)
            })
            .collect()
    }

    fn keys(&mut self) -> ContextKeys {
        let mut keys = ContextKeys::new();
        for key in ["aws:username", "aws:PrincipalTag/team", "s3:prefix", "x:n", "aws:SourceVpc"] {
            if self.chance(2) {
                keys.set(key, self.pick(&["jo", "red", "10", "", "*", "192.0.2.1", "all"]));
            }
        }
        if self.chance(2) {
            keys.set("aws:SourceIp", self.pick(&["192.0.2.1", "2001:db8::1", "nowhere"]));
        }
        if self.chance(2) {
            keys.set("aws:CurrentTime", self.pick(&["2019-01-01T00:00:00Z", "2021-01-01T00:00:00Z", "never"]));
        }
        if self.chance(2) {
            keys.set("aws:PrincipalArn", self.pick(&["arn:aws:iam::111122223333:user/jo", "no ARN"]));
        }
        if self.chance(2) {
            let tags = if self.chance(4) { Vec::new() } else { self.some(&["red", "jo", ""]) };
            keys.set_many("aws:TagKeys", tags);
        }
        keys
    }

    fn request(&mut self) -> (String, Vec<&'static str>) {
        let action = self.pick(&["s3:GetObject", "s3:PutObject", "sqs:SendMessage"]).to_owned();
        let world = ["arn:aws:s3:::b/jo/x", "arn:aws:s3:::b/red/x", "arn:aws:s3:::c/jo/x", "*"];
        (action, (0..self.roll(3)).map(|_| world[self.roll(world.len())]).collect())
    }
}

fn parse(statements: &[Value], kind: DocumentKind) -> PolicyDocument {
    let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    PolicyDocument::parse(&text, kind).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Asks about the same request before and after a change that may only restrict. Returns how often the answers differ and
/// how often the first is yes, so that a property that is never tried shows.
fn never_widens(seed: u64, change: impl Fn(&mut Dice, &mut Vec<Value>) -> Option<Vec<Value>>) -> (u32, u32) {
    let mut dice = Dice(seed);
    let (mut narrowed, mut allowed) = (0, 0);
    for _ in 0..ROUNDS {
        let mut statements = dice.statements();
        let keys = dice.keys();
        let (action, resources) = dice.request();
        let request = RequestContext { action: &action, resources: &resources, keys: &keys };
        let before = [parse(&statements, DocumentKind::Identity)];
        let described = format!("{statements:?} {keys:?} {action} {resources:?}");
        let session = change(&mut dice, &mut statements).map(|session| [parse(&session, DocumentKind::Session)]);
        let after = [parse(&statements, DocumentKind::Identity)];
        let layers: Vec<&[PolicyDocument]> = session.as_ref().map(<[_; 1]>::as_slice).into_iter().collect();
        let first = Evaluation { identity: &before, ..Evaluation::default() }.decide(&request);
        let second = Evaluation {
            identity: &after,
            boundary: None,
            session: session.is_some().then_some(SessionPolicies { layers: &layers }),
        }
        .decide(&request);
        assert!(first.is_allowed() || !second.is_allowed(), "widened: {described} became {statements:?}");
        allowed += u32::from(first.is_allowed());
        narrowed += u32::from(first.is_allowed() != second.is_allowed());
    }
    (narrowed, allowed)
}

fn tried((narrowed, allowed): (u32, u32)) {
    assert!(narrowed > 10 && allowed > 500, "hardly tried: {narrowed} of {allowed}");
}

#[test]
fn an_added_deny_never_widens() {
    tried(never_widens(1, |dice, statements| {
        let deny = dice.statement("Deny");
        statements.insert(dice.roll(statements.len() + 1), deny);
        None
    }));
}

#[test]
fn an_added_condition_on_an_allow_never_widens() {
    tried(never_widens(2, |dice, statements| {
        for statement in statements.iter_mut().filter(|statement| statement["Effect"] == "Allow") {
            let (operator, keys) = dice.condition();
            // In place of a condition of the same operator it would be another condition, not an added one.
            if statement["Condition"].get(&operator).is_none() {
                statement["Condition"][operator] = keys;
            }
        }
        None
    }));
}

#[test]
fn a_condition_taken_from_a_deny_never_widens() {
    tried(never_widens(3, |_, statements| {
        for statement in statements.iter_mut().filter(|statement| statement["Effect"] == "Deny") {
            statement["Condition"] = json!({});
        }
        None
    }));
}

#[test]
fn an_allow_taken_away_never_widens() {
    tried(never_widens(4, |dice, statements| {
        let index = dice.roll(statements.len());
        if statements[index]["Effect"] == "Allow" {
            statements[index] = json!({"Effect": "Allow", "Action": "x:Y", "Resource": "*"});
        }
        None
    }));
}

#[test]
fn a_session_policy_never_widens() {
    tried(never_widens(5, |dice, _| Some(dice.statements())));
}

#[test]
fn a_key_that_the_request_lacks_helps_no_positive_condition() {
    let mut dice = Dice(6);
    let mut asked = 0;
    for _ in 0..ROUNDS {
        let (operator, keys) = dice.condition();
        let key = keys.as_object().unwrap().keys().next().unwrap().clone();
        if operator.contains("Not")
            || operator.contains("IfExists")
            || operator.starts_with("ForAll")
            || operator == "Null"
        {
            continue;
        }
        let statement = json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {operator: keys}});
        let mut context = dice.keys();
        context.remove(&key);
        let identity = [parse(&[statement], DocumentKind::Identity)];
        let request = RequestContext { action: "s3:GetObject", resources: &[], keys: &context };
        assert!(!Evaluation { identity: &identity, ..Evaluation::default() }.decide(&request).is_allowed());
        asked += 1;
    }
    assert!(asked > 500);
}

#[test]
fn an_added_deny_never_widens_a_trust_policy() {
    let mut dice = Dice(7);
    let (mut narrowed, mut allowed) = (0, 0);
    for _ in 0..ROUNDS {
        let mut statement = |effect: &str| {
            let element = if dice.chance(4) { "NotPrincipal" } else { "Principal" };
            let name =
                dice.pick(&["*", ACCOUNT, "arn:aws:iam::111122223333:user/jo", "arn:aws:iam::111122223333:role/r"]);
            let kind = if dice.chance(4) && name != "*" { "Federated" } else { "AWS" };
            json!({"Effect": effect, element: {kind: name}, "Action": "sts:*", "Condition": dice.conditions()})
        };
        let allow = statement("Allow");
        let deny = statement("Deny");
        let keys = dice.keys();
        let who =
            [user(ACCOUNT, "jo"), user("444455556666", "jo"), Principal::Federated { provider: ACCOUNT.to_owned() }];
        let who = &who[dice.roll(who.len())];
        let ask = |statements: &[Value]| {
            let trust = parse(statements, DocumentKind::Trust);
            matches!(evaluate_trust(&trust, who, "sts:AssumeRole", &keys), TrustDecision::Allow(_))
        };
        let (before, after) = (ask(std::slice::from_ref(&allow)), ask(&[allow.clone(), deny.clone()]));
        assert!(before || !after, "{allow} {deny} {who:?} {keys:?}");
        allowed += u32::from(before);
        narrowed += u32::from(before != after);
    }
    tried((narrowed, allowed));
}

#[test]
fn no_text_makes_parsing_panic() {
    let mut dice = Dice(8);
    let kinds = [DocumentKind::Identity, DocumentKind::Session, DocumentKind::Trust];
    let mut parsed = 0;
    for _ in 0..ROUNDS {
        let statements = dice.statements();
        let mut text: Vec<char> =
            json!({"Version": "2012-10-17", "Statement": statements}).to_string().chars().collect();
        for _ in 0..dice.roll(4) {
            let at = dice.roll(text.len());
            match dice.roll(4) {
                0 if text.len() > 1 => drop(text.remove(at)),
                1 => text.insert(at, ['$', '{', '}', '"', '*', ':', '\\', 'é', '\u{0}', '[', ','][dice.roll(11)]),
                2 => text.truncate(at.max(1)),
                _ => {
                    let from = dice.roll(text.len());
                    text.swap(at, from);
                }
            }
        }
        let text: String = text.into_iter().collect();
        parsed += u32::from(PolicyDocument::parse(&text, kinds[dice.roll(3)]).is_ok());
    }
    assert!(parsed > 250, "hardly anything parses: {parsed}");
}

#[test]
fn deep_and_large_texts_are_refused_or_read() {
    let parse = |text: &str| PolicyDocument::parse(text, DocumentKind::Identity);
    for open in ["[", "{\"a\":", "{\"Statement\":[", "{\"Statement\":{\"Condition\":"] {
        assert!(parse(&open.repeat(100_000)).is_err());
    }
    let nested = format!("{}1{}", "[".repeat(100), "]".repeat(100));
    assert!(parse(&format!("{{\"Version\":\"2012-10-17\",\"Statement\":{nested}}}")).is_err());
    let actions: Vec<String> = (0..50_000).map(|number| format!("s3:Action{number}*")).collect();
    let large = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": actions, "Resource": "*"}});
    assert!(parse(&large.to_string()).is_ok());
    let hostile = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": format!("s3:{}", "*a".repeat(5_000)), "Resource": format!("arn:aws:s3:::{}b", "*?".repeat(2_000)),
    }});
    let identity = [parse(&hostile.to_string()).unwrap()];
    let (action, resource) = (format!("s3:{}", "a".repeat(6_000)), format!("arn:aws:s3:::{}", "a".repeat(6_000)));
    let request = RequestContext { action: &action, resources: &[&resource], keys: &ContextKeys::new() };
    assert!(!Evaluation { identity: &identity, ..Evaluation::default() }.decide(&request).is_allowed());
}
