//! The rows against AWS's reference, and against what the model says of signatures.

use std::collections::BTreeMap;

use stepwell_model::{AuthMode, OperationMeta};

use super::{Ask, Asks, Authorized, Resource};

/// The resource types of each action in the Service Authorization Reference: `service:Action type`, or `-` for none.
const REFERENCE: &str = include_str!("testdata/service_authorization.txt");

/// Operations that the reference does not list, or gives a resource that no request of ours can name.
const OFF_THE_REFERENCE: &[&str] = &[
    // New with session tracking; on their pool as their neighbours are.
    "cognito-idp:AdminListUserSessions",
    "cognito-idp:AdminRevokeUserSession",
    "cognito-idp:GetUserPoolClientSessionConfiguration",
    "cognito-idp:GetUserPoolSessionConfiguration",
    "cognito-idp:SetUserPoolClientSessionConfiguration",
    "cognito-idp:SetUserPoolSessionConfiguration",
    "cognito-idp:DescribeTermsByClient",
    "cognito-idp:GetDerivedToken",
];

fn kind(resource: &Resource<'_>) -> &'static str {
    match resource {
        Resource::Any | Resource::Identity(_) => "-",
        Resource::UserPool(_) => "userpool",
        Resource::IdentityPool(_) => "identitypool",
        Resource::Arn(_) => "arn",
        Resource::User(_) | Resource::Renamed { .. } => "user",
        Resource::Role(_) => "role",
        Resource::Policy(_) => "policy",
        Resource::VerifiedService(_) => "service",
        Resource::New { kind, .. } => kind,
    }
}

/// What a row asks of an empty request: the way it is called, and the resource of the operation's own action.
fn row<O: Authorized<Input: Default>>() -> (OperationMeta, &'static str, Option<&'static str>) {
    let input = O::Input::default();
    match O::asks(&input) {
        Asks::Unsigned => (O::META, "unsigned", None),
        Asks::Free => (O::META, "free", None),
        Asks::Itself => (O::META, "itself", None),
        Asks::These(asks) => {
            let own = asks.iter().find(|ask| ask.action.is_none()).expect("a row asks for its own action");
            (O::META, "asks", Some(kind(&own.resource)))
        }
    }
}

macro_rules! rows {
    ($(($service:ident, $resource:ident, $file:ident, $operation:ident)),* $(,)?) => {
        fn rows() -> Vec<(OperationMeta, &'static str, Option<&'static str>)> {
            vec![$( row::<stepwell_model::$service::$operation>() ),*]
        }
    };
}
stepwell_model::for_each_operation!(rows);

fn action(meta: &OperationMeta) -> String {
    format!("{}:{}", meta.service.signing_name(), meta.name)
}

#[test]
fn whatever_is_signed_is_asked_for() {
    for (meta, how, _) in rows() {
        let action = action(&meta);
        let expected: &[&str] = match action.as_str() {
            "sts:GetCallerIdentity" | "sts:GetSessionToken" => &["free"],
            "sts:AssumeRole" => &["itself"],
            _ if meta.auth == AuthMode::Unsigned => &["unsigned"],
            _ => &["asks"],
        };
        assert!(expected.contains(&how), "{action}: {how}");
    }
}

#[test]
fn resources_are_those_of_the_reference() {
    let reference: BTreeMap<&str, &str> = REFERENCE.lines().filter_map(|line| line.split_once(' ')).collect();
    for (meta, how, resource) in rows() {
        let Some(resource) = resource.filter(|_| how == "asks") else { continue };
        let action = action(&meta);
        let Some(types) = reference.get(action.as_str()) else {
            assert!(OFF_THE_REFERENCE.contains(&action.as_str()), "{action} is not in the reference");
            continue;
        };
        let named_by_arn = resource == "arn" && *types != "-";
        assert!(named_by_arn || types.split(',').any(|kind| kind == resource), "{action}: {resource}, not {types}");
    }
}

fn asks<O: Authorized>(input: &O::Input) -> Vec<Ask<'_>> {
    match O::asks(input) {
        Asks::These(asks) => asks,
        other => panic!("{other:?}"),
    }
}

fn actions<'a>(asks: &'a [Ask<'_>]) -> Vec<&'a str> {
    asks.iter().map(|ask| ask.action.unwrap_or("own")).collect()
}

#[test]
fn roles_that_are_handed_over_are_asked_for() {
    let input = stepwell_model::idp::CreateGroupRequest {
        role_arn: Some("arn".to_owned()),
        ..stepwell_model::idp::CreateGroupRequest::default()
    };
    let asks = asks::<stepwell_model::idp::CreateGroup>(&input);
    assert_eq!(actions(&asks), ["own", "iam:PassRole"]);
    assert!(matches!(asks[1].resource, Resource::Arn(Some("arn"))));
    assert_eq!(asks[1].keys, [("iam:PassedToService", "cognito-idp.amazonaws.com")]);
}

#[test]
fn tags_given_at_creation_are_asked_for() {
    let tags: BTreeMap<String, String> = [("team".to_owned(), "a".to_owned())].into();
    let input = stepwell_model::idp::CreateUserPoolRequest {
        user_pool_tags: Some(tags),
        ..stepwell_model::idp::CreateUserPoolRequest::default()
    };
    let asks = asks::<stepwell_model::idp::CreateUserPool>(&input);
    assert_eq!(actions(&asks), ["own", "cognito-idp:TagResource"]);
    assert!(asks.iter().all(|ask| ask.request_tags == [("team", "a")]));
    let none = stepwell_model::idp::CreateUserPoolRequest::default();
    assert_eq!(actions(&self::asks::<stepwell_model::idp::CreateUserPool>(&none)), ["own"]);
}

#[test]
fn tags_that_are_replaced_are_asked_for() {
    let tags: BTreeMap<String, String> = [("team".to_owned(), "a".to_owned())].into();
    let users = stepwell_model::idp::UpdateUserPoolRequest {
        user_pool_tags: Some(tags.clone()),
        ..stepwell_model::idp::UpdateUserPoolRequest::default()
    };
    let identities = stepwell_model::identity::UpdateIdentityPoolRequest {
        identity_pool_tags: Some(tags.clone()),
        ..stepwell_model::identity::UpdateIdentityPoolRequest::default()
    };
    for asks in [
        asks::<stepwell_model::idp::UpdateUserPool>(&users),
        asks::<stepwell_model::identity::UpdateIdentityPool>(&identities),
    ] {
        let untag = asks.iter().find(|ask| ask.action.is_some_and(|action| action.ends_with(":UntagResource")));
        assert_eq!(untag.and_then(|ask| ask.replacing), Some(&tags));
    }
}
