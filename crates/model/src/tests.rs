//! Tests of the generated model: that it is complete, that its patterns work, and that JSON and validation behave as
//! Cognito's.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::validate::check;
use crate::{AuthMode, Blob, ErrorCode, OperationInput, OperationMeta, SecretString, Service, Timestamp, TokenRule};
use crate::{iam, identity, idp, sts};

fn parse<T: DeserializeOwned>(value: &Value) -> T {
    serde_json::from_str(&value.to_string()).expect("a request")
}

/// The message that a request is refused with.
fn refusal<T: DeserializeOwned + crate::Validate>(value: &Value) -> String {
    check(&parse::<T>(value)).expect_err("a violation")
}

fn unsigned(operations: &[OperationMeta]) -> Vec<&'static str> {
    operations.iter().filter(|meta| meta.auth == AuthMode::Unsigned).map(|meta| meta.name).collect()
}

#[test]
fn every_operation_is_there() {
    assert_eq!(idp::OPERATIONS.len(), 141);
    assert_eq!(identity::OPERATIONS.len(), 23);
    assert!(idp::OPERATIONS.iter().all(|meta| meta.service == Service::Idp));
    assert!(identity::OPERATIONS.iter().all(|meta| meta.service == Service::Identity));
    // Of these two services only what Stepwell has is generated.
    assert_eq!(sts::OPERATIONS.len(), 6);
    assert_eq!(iam::OPERATIONS.len(), 80);
    assert!(sts::OPERATIONS.iter().all(|meta| meta.service == Service::Sts));
    assert!(iam::OPERATIONS.iter().all(|meta| meta.service == Service::Iam));
    let mut resources: BTreeMap<&str, usize> = BTreeMap::new();
    for meta in idp::OPERATIONS {
        *resources.entry(meta.resource).or_default() += 1;
    }
    let expected = [
        ("admin_users", 14),
        ("auth", 4),
        ("branding", 7),
        ("clients", 10),
        ("devices", 9),
        ("domains", 4),
        ("groups", 9),
        ("identity_providers", 6),
        ("imports", 6),
        ("limits", 2),
        ("logging", 2),
        ("mfa", 7),
        ("replicas", 4),
        ("resource_servers", 5),
        ("risk", 5),
        ("self_service", 8),
        ("sessions", 6),
        ("sign_up", 5),
        ("tags", 3),
        ("terms", 6),
        ("tokens", 4),
        ("user_pools", 11),
        ("webauthn", 4),
    ];
    assert_eq!(resources, BTreeMap::from(expected));
}

#[test]
fn unsigned_operations_are_the_models_and_one_of_the_patch_list() {
    let unsigned_idp = unsigned(idp::OPERATIONS);
    assert_eq!(unsigned_idp.len(), 34 + 1);
    assert!(unsigned_idp.contains(&"GetClientToken"));
    let either = idp::OPERATIONS.iter().filter(|meta| meta.auth == AuthMode::SigV4OrClient);
    assert_eq!(either.map(|meta| meta.name).collect::<Vec<_>>(), ["GetDerivedToken"]);
    assert!(unsigned_idp.contains(&"InitiateAuth") && !unsigned_idp.contains(&"AdminInitiateAuth"));
    assert_eq!(
        unsigned(identity::OPERATIONS),
        ["GetCredentialsForIdentity", "GetId", "GetOpenIdToken", "UnlinkIdentity"]
    );
    assert_eq!(unsigned(sts::OPERATIONS), ["AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"]);
    assert_eq!(unsigned(iam::OPERATIONS), Vec::<&str>::new());
}

#[test]
fn operations_without_output_are_those_that_clients_know() {
    let silent = |operations: &[OperationMeta]| operations.iter().filter(|meta| !meta.has_output).count();
    assert_eq!(silent(idp::OPERATIONS), 13);
    assert_eq!(silent(identity::OPERATIONS), 4);
}

#[test]
fn no_operation_is_lost_between_built_and_not_built() {
    let services = [idp::OPERATIONS, identity::OPERATIONS, sts::OPERATIONS, iam::OPERATIONS];
    let all: BTreeSet<(Service, &str)> = services.into_iter().flatten().map(|meta| (meta.service, meta.name)).collect();
    assert_eq!(all.len(), 164 + 6 + 80);
    let mut left = all.clone();
    for entry in crate::NOT_BUILT {
        assert!(left.remove(entry), "{entry:?} is twice in the list or unknown");
    }
    macro_rules! built {
        ($(($service:ident, $resource:ident, $file:ident, $operation:ident),)*) => {
            vec![$((stringify!($service), stringify!($resource), stringify!($file), stringify!($operation))),*]
        };
    }
    let built: Vec<(&str, &str, &str, &str)> = crate::for_each_operation!(built);
    for (service, _, _, operation) in built {
        let service = match service {
            "idp" => Service::Idp,
            "identity" => Service::Identity,
            "sts" => Service::Sts,
            _ => Service::Iam,
        };
        assert!(left.remove(&(service, operation)), "{operation} is both built and not built");
    }
    assert_eq!(left, BTreeSet::new());
}

#[test]
fn every_pattern_compiles() {
    for pattern in crate::patterns::ALL {
        assert!(pattern.compiles(), "{}", pattern.shown);
    }
}

#[test]
fn the_bitmap_of_a_pattern_says_what_its_expression_says() {
    for pattern in crate::patterns::ALL {
        assert_eq!(pattern.matches(""), pattern.matches_expression(""), "{} of nothing", pattern.shown);
        for first in ('\0'..='\u{7f}').chain(['é', '字', '\u{2028}', '🦀', '\u{a0}']) {
            for second in ["", "a", "\n", "é"] {
                let text = format!("{first}{second}");
                assert_eq!(pattern.matches(&text), pattern.matches_expression(&text), "{} of {text:?}", pattern.shown);
            }
        }
    }
}

#[test]
fn patterns_match_the_whole_value_as_java_does() {
    use crate::idp::rules;
    let matches = |rule: &crate::constraint::Text, text: &str| rule.pattern.expect("a pattern").matches(text);
    assert!(matches(&rules::USER_POOL_ID_TYPE, "us-east-1_AbC123"));
    assert!(!matches(&rules::USER_POOL_ID_TYPE, "us-east-1_AbC123\n"));
    assert!(!matches(&rules::USER_POOL_ID_TYPE, "é_1"), r"\w is ASCII in Java");
    assert!(matches(&rules::USERNAME_TYPE, "zoë🦀"));
    assert!(!matches(&rules::USERNAME_TYPE, "zoë b"));
    assert!(matches(&rules::PASSWORD_TYPE, "pass word 1"));
    assert!(!matches(&rules::PASSWORD_TYPE, " password"));
    assert!(!matches(&rules::PASSWORD_TYPE, "pass\nword"), "a dot stops at line ends");
    assert!(matches(&rules::DOMAIN_TYPE, "auth.example.com"));
    assert!(!matches(&rules::DOMAIN_TYPE, ".example.com"));
    assert!(matches(&rules::TOKEN_MODEL_TYPE, "eyJ.a-b_c="));
    assert!(!matches(&rules::TOKEN_MODEL_TYPE, "a+b"));
    assert!(matches(&rules::SMS_INVITE_MESSAGE_TYPE, "{username}\n{####}"));
}

#[test]
fn null_map_values_and_explicit_nulls_count_as_absent() {
    let request: idp::InitiateAuthRequest = parse(&json!({
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": "abc",
        "AuthParameters": {"USERNAME": "u", "SECRET_HASH": null},
        "ClientMetadata": null,
        "SomethingNew": [1, {"a": null}],
    }));
    let parameters = request.auth_parameters.expect("parameters");
    assert_eq!(parameters.keys().collect::<Vec<_>>(), ["USERNAME"]);
    assert_eq!(parameters["USERNAME"], "u");
    assert_eq!(request.client_metadata, None);
    let request: idp::CreateGroupRequest = parse(&json!({"GroupName": null, "UserPoolId": "p_1"}));
    assert_eq!(request.group_name, None);
}

#[test]
fn wrong_types_are_errors() {
    for body in [r#"{"GroupName":1}"#, r#"{"Precedence":"1"}"#, r#"{"Precedence":1.5}"#, r#"{"Precedence":4294967296}"#]
    {
        assert!(serde_json::from_str::<idp::CreateGroupRequest>(body).is_err(), "{body}");
    }
    assert!(serde_json::from_str::<idp::InitiateAuthRequest>(r#"{"AuthParameters":[]}"#).is_err());
    // serde's derive would read an array by position.
    for body in ["[]", r#"["t"]"#, "null", "1", r#""t""#] {
        assert!(serde_json::from_str::<idp::GetUserRequest>(body).is_err(), "{body}");
    }
    let pool = r#"{"Policies":{"PasswordPolicy":[8]}}"#;
    assert!(serde_json::from_str::<idp::CreateUserPoolRequest>(pool).is_err());
    let escaped: idp::GetUserRequest = serde_json::from_str(r#"{"Access\u0054oken":"t"}"#).unwrap();
    assert_eq!(escaped.access_token(), Some("t"));
    let error = serde_json::from_str::<idp::ChangePasswordRequest>(r#"{"ProposedPassword":31415926}"#).unwrap_err();
    assert!(!error.to_string().contains("31415926"), "{error}");
}

#[test]
fn one_violation_reads_as_cognitos() {
    assert_eq!(
        refusal::<idp::AdminConfirmSignUpRequest>(&json!({"UserPoolId": "YourPoolId", "Username": "a"})),
        r"1 validation error detected: Value 'YourPoolId' at 'userPoolId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w-]+_[0-9a-zA-Z]+"
    );
    assert_eq!(
        refusal::<idp::DescribeUserPoolRequest>(&json!({})),
        "1 validation error detected: Value null at 'userPoolId' failed to satisfy constraint: Member must not be null"
    );
    assert_eq!(
        refusal::<idp::CreateUserPoolRequest>(&json!({"PoolName": "p", "MfaConfiguration": "false"})),
        "1 validation error detected: Value 'false' at 'mfaConfiguration' failed to satisfy constraint: Member must satisfy enum value set: [OPTIONAL, OFF, ON]"
    );
    assert_eq!(
        refusal::<idp::ListUserPoolsRequest>(&json!({"MaxResults": 61})),
        "1 validation error detected: Value '61' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 60"
    );
}

#[test]
fn several_violations_are_joined() {
    assert_eq!(
        refusal::<idp::SignUpRequest>(&json!({"ClientId": "abc", "Username": "", "Password": ""})),
        r"3 validation errors detected: Value at 'password' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[\S]+.*[\S]+$; Value at 'username' failed to satisfy constraint: Member must have length greater than or equal to 1; Value at 'username' failed to satisfy constraint: Member must satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}]+"
    );
}

#[test]
fn lists_and_maps_read_as_cognitos() {
    let client = json!({"UserPoolId": "p_1", "ClientName": "c", "AllowedOAuthFlows": ["code", "token"]});
    assert_eq!(
        refusal::<idp::CreateUserPoolClientRequest>(&client),
        "1 validation error detected: Value '[code, token]' at 'allowedOAuthFlows' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [implicit, client_credentials, code]]"
    );
    let pool = json!({
        "IdentityPoolName": "p",
        "AllowUnauthenticatedIdentities": false,
        "SupportedLoginProviders": {"graph.facebook.com": "12 "},
    });
    assert_eq!(
        refusal::<identity::CreateIdentityPoolRequest>(&pool),
        r"1 validation error detected: Value '{graph.facebook.com=12 }' at 'supportedLoginProviders' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\w.;_/-]+]"
    );
    let pool = json!({
        "PoolName": "p",
        "Policies": {"PasswordPolicy": {"MinimumLength": 5}},
        "Schema": [{"Name": "ok"}, {"Name": ""}],
    });
    assert_eq!(
        refusal::<idp::CreateUserPoolRequest>(&pool),
        r"3 validation errors detected: Value '5' at 'policies.passwordPolicy.minimumLength' failed to satisfy constraint: Member must have value greater than or equal to 6; Value '' at 'schema.2.member.name' failed to satisfy constraint: Member must have length greater than or equal to 1; Value '' at 'schema.2.member.name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}]+"
    );
}

#[test]
fn lengths_count_characters() {
    let group = |name: &str| parse::<idp::CreateGroupRequest>(&json!({"UserPoolId": "p_1", "GroupName": name}));
    assert_eq!(check(&group(&"é".repeat(128))), Ok(()));
    let message = check(&group(&"é".repeat(129))).unwrap_err();
    assert!(
        message.ends_with(
            "' at 'groupName' failed to satisfy constraint: Member must have length less than or equal to 128"
        )
    );
}

#[test]
fn sensitive_values_are_never_shown() {
    let planted = "pl anted\u{0}secret";
    let request = json!({
        "ClientId": planted, "SecretHash": planted, "Username": planted,
        "Password": format!("{planted} "), "UserAttributes": [{"Name": "email", "Value": planted.repeat(300)}],
    });
    let message = refusal::<idp::SignUpRequest>(&request);
    assert!(message.starts_with("5 validation errors detected: Value at 'clientId'"), "{message}");
    assert!(!message.contains("anted"), "{message}");
    let request: idp::SignUpRequest = parse(&request);
    assert!(!format!("{request:?}").contains("anted"), "{request:?}");
    let answer = json!({"ChallengeName": "SMS_MFA", "ClientId": "c", "ChallengeResponses": {"SMS_MFA_CODE": planted}});
    let request: idp::RespondToAuthChallengeRequest = parse(&answer);
    assert!(!format!("{request:?}").contains("anted"), "{request:?}");
    let context: idp::UserContextDataType = parse(&json!({"IpAddress": planted}));
    assert!(!format!("{context:?}").contains("anted"));
}

#[test]
fn a_hostile_list_has_a_bounded_answer() {
    let attributes = vec![json!({}); 10_000];
    let request = json!({"ClientId": "c", "Username": "u", "UserAttributes": attributes});
    let message = refusal::<idp::SignUpRequest>(&request);
    assert!(message.contains(" validation errors detected: Value null at 'userAttributes.1.member.name'"), "{message}");
    assert!((8_000..9_000).contains(&message.len()), "{}", message.len());
}

#[test]
fn a_long_value_is_cut() {
    let long = "é".repeat(100_000);
    let message = refusal::<idp::DescribeUserPoolRequest>(&json!({"UserPoolId": long}));
    assert!(message.contains(&format!("Value '{}...' at 'userPoolId'", "é".repeat(256))), "{message}");
    let request =
        json!({"ClientId": "c", "Username": "u", "Password": "p", "ClientMetadata": {long: "x".repeat(200_000)}});
    assert!(refusal::<idp::SignUpRequest>(&request).len() < 2_000);
}

#[test]
fn unknown_enum_values_survive_parsing_and_round_trip() {
    let flow: idp::AuthFlowType = parse(&json!("NO_SUCH_FLOW"));
    assert_eq!(flow, idp::AuthFlowType::Unknown("NO_SUCH_FLOW".to_owned()));
    assert_eq!(serde_json::to_value(&flow).unwrap(), json!("NO_SUCH_FLOW"));
    for value in idp::UserStatusType::ALL {
        assert_eq!(idp::UserStatusType::from(value.as_str()), *value);
    }
    assert_eq!(idp::UserStatusType::from("UNKNOWN"), idp::UserStatusType::UnknownValue);
    assert!(idp::ExplicitAuthFlowsType::ALL.iter().any(|flow| flow.as_str() == "ALLOW_CLIENT_TOKEN_AUTH"));
}

#[test]
fn shared_phases_find_their_members() {
    let request: idp::ConfirmSignUpRequest =
        parse(&json!({"ClientId": "c", "Username": "u", "SecretHash": "h", "ConfirmationCode": "1"}));
    assert_eq!(request.client_id(), Some("c"));
    assert_eq!(request.username(), Some("u"));
    assert_eq!(request.secret_hash(), Some("h"));
    assert_eq!(request.access_token(), None);
    assert_eq!(<idp::ConfirmSignUpRequest as OperationInput>::TAKES_ACCESS_TOKEN, TokenRule::None);
    assert_eq!(<idp::GetUserRequest as OperationInput>::TAKES_ACCESS_TOKEN, TokenRule::Required);
    assert_eq!(<idp::GetDeviceRequest as OperationInput>::TAKES_ACCESS_TOKEN, TokenRule::Required);
    assert_eq!(<idp::AssociateSoftwareTokenRequest as OperationInput>::TAKES_ACCESS_TOKEN, TokenRule::Optional);
    let request: idp::InitiateAuthRequest = parse(&json!({"ClientId": "c", "AuthParameters": {"USERNAME": "u"}}));
    assert_eq!((request.username(), request.challenge_name()), (Some("u"), None));
    let request: idp::AdminRespondToAuthChallengeRequest =
        parse(&json!({"ChallengeName": "SMS_MFA", "ChallengeResponses": {"USERNAME": "u"}}));
    assert_eq!((request.username(), request.challenge_name()), (Some("u"), Some("SMS_MFA")));
    let request: idp::GetClientTokenRequest = parse(&json!({"ClientId": "c", "Secret": "s"}));
    assert_eq!(request.client_secret(), Some("s"));
}

#[test]
fn empty_answers_are_objects_and_absent_members_are_left_out() {
    assert_eq!(serde_json::to_string(&idp::DeleteGroupResponse::default()).unwrap(), "{}");
    assert_eq!(serde_json::to_string(&idp::DescribeUserPoolResponse::default()).unwrap(), "{}");
    let group = idp::GroupType { group_name: Some("g".to_owned()), ..Default::default() };
    let answer = idp::CreateGroupResponse { group: Some(group) };
    assert_eq!(serde_json::to_string(&answer).unwrap(), r#"{"Group":{"GroupName":"g"}}"#);
}

#[test]
fn timestamps_are_numbers_of_seconds() {
    let written = |millis: i64| serde_json::to_string(&Timestamp::from_millis(millis)).unwrap();
    assert_eq!(written(1_700_000_000_000), "1700000000");
    assert_eq!(written(1_700_000_000_123), "1700000000.123");
    assert_eq!(written(1_700_000_000_120), "1700000000.12");
    assert_eq!(written(-500), "-0.5");
    for (text, millis) in [("1700000000", 1_700_000_000_000), ("1700000000.123", 1_700_000_000_123), ("0.9999", 1000)] {
        assert_eq!(serde_json::from_str::<Timestamp>(text).unwrap().millis(), millis);
    }
    assert!(serde_json::from_str::<Timestamp>("\"1700000000\"").is_err());
    assert!(serde_json::from_str::<Timestamp>("1e300").is_err());
    assert!(serde_json::from_str::<Timestamp>("18446744073709551615").is_err());
}

#[test]
fn blobs_are_base64() {
    assert_eq!(serde_json::to_string(&Blob(vec![0xff, 0])).unwrap(), "\"/wA=\"");
    assert_eq!(serde_json::from_str::<Blob>("\"/wA=\"").unwrap(), Blob(vec![0xff, 0]));
    assert!(serde_json::from_str::<Blob>("\"/wA\u{20ac}\"").is_err());
}

#[test]
fn secrets_hide_and_compare() {
    let secret = SecretString::from("hunter2");
    assert_eq!(format!("{secret:?}"), "[redacted]");
    assert_eq!(secret, SecretString::from("hunter2".to_owned()));
    assert_ne!(secret, SecretString::from("hunter3"));
    assert_ne!(secret, SecretString::from("hunter"));
    assert_eq!(serde_json::to_string(&secret).unwrap(), "\"hunter2\"");
    assert_eq!(secret.into_inner(), "hunter2");
}

#[test]
fn error_codes_have_their_names_and_statuses() {
    assert_eq!(ErrorCode::NotAuthorized.name(), "NotAuthorizedException");
    assert_eq!(ErrorCode::NotAuthorized.http_status(), 400);
    assert_eq!(ErrorCode::InternalError.http_status(), 500);
    assert_eq!(ErrorCode::UnknownOperation.http_status(), 400);
    assert_eq!(ErrorCode::RequestEntityTooLarge.http_status(), 413);
    assert!(ErrorCode::InvalidSignature.is_common() && !ErrorCode::NotAuthorized.is_common());
    let names: BTreeSet<&str> = ErrorCode::ALL.iter().map(|code| code.name()).collect();
    // Expired credentials and an expired token of a provider differ in the query protocol alone.
    assert_eq!(names.len(), ErrorCode::ALL.len() - 1);
    let meta = idp::OPERATIONS.iter().find(|meta| meta.name == "AdminCreateUser").unwrap();
    assert!(meta.errors.contains(&ErrorCode::AliasExists), "the patch list adds it");
}

#[test]
fn errors_have_the_names_of_each_protocol() {
    let query = |code: ErrorCode| (code.query_name(), code.query_status());
    assert_eq!(query(ErrorCode::NoSuchEntity), ("NoSuchEntity", 404));
    assert_eq!(query(ErrorCode::LimitExceeded), ("LimitExceeded", 409));
    assert_eq!(ErrorCode::LimitExceeded.name(), "LimitExceededException");
    assert_eq!(query(ErrorCode::IDPRejectedClaim), ("IDPRejectedClaim", 403));
    // The error of an expired web identity token is not that of expired credentials.
    assert_eq!(query(ErrorCode::ExpiredToken), ("ExpiredTokenException", 400));
    assert_eq!(query(ErrorCode::ExpiredCredentials), ("ExpiredToken", 403));
    assert_eq!(ErrorCode::ExpiredCredentials.name(), ErrorCode::ExpiredToken.name());
    assert_eq!(query(ErrorCode::AccessDenied), ("AccessDenied", 403));
    assert_eq!(query(ErrorCode::InternalError), ("InternalFailure", 500));
}
