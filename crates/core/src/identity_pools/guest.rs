//! What guests may do at most, whatever their role says (developer guide, "IAM roles", "Services that unauthenticated
//! identities can access"). Enhanced flow only: in the basic flow AWS scopes nothing down.

use crate::iam::SessionPolicy;

/// The inline session policy. Beside it stands [`MANAGED_SESSION_POLICY`]: what either allows is within reach.
pub const INLINE_SESSION_POLICY: &str = concat!(
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["#,
    r#""cloudwatch:*","logs:*","dynamodb:*","kinesis:*","mobileanalytics:*","s3:*","ses:*","sns:*","sqs:*","lambda:*","#,
    r#""machinelearning:*","execute-api:*","iot:*","gamelift:*","cognito-identity:*","cognito-idp:*","lex:*","polly:*","#,
    r#""comprehend:*","translate:*","transcribe:*","rekognition:*","mobiletargeting:*","firehose:*","appsync:*","#,
    r#""personalize:*","sagemaker:InvokeEndpoint","cognito-sync:*","codewhisperer:*","textract:DetectDocumentText","#,
    r#""textract:AnalyzeDocument","sdb:*"],"Resource":["*"]}]}"#
);

/// The managed session policy.
pub const MANAGED_SESSION_POLICY: &str = "arn:aws:iam::aws:policy/AmazonCognitoUnAuthedIdentitiesSessionPolicy";

/// The one layer of session policies of a guest's credentials.
pub(super) fn session_policies() -> Vec<Vec<SessionPolicy>> {
    vec![vec![
        SessionPolicy::Document(INLINE_SESSION_POLICY.to_owned()),
        SessionPolicy::Managed(MANAGED_SESSION_POLICY.to_owned()),
    ]]
}
