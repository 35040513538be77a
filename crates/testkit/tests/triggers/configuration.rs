//! `LambdaConfig`: stored, shown, and put back to nothing by an update that leaves it out.

use serde_json::json;

use super::{RecordingLambda, config, pool};

#[tokio::test]
async fn triggers_are_shown_and_forgotten() {
    let (pool, lambda) = pool(&["PreSignUp", "PreTokenGeneration"], json!({}), json!({})).await;
    let arn = RecordingLambda::arn("PreTokenGeneration");
    let shown = pool.admin("DescribeUserPool", json!({})).await.ok()["UserPool"]["LambdaConfig"].clone();
    let expected = json!({
        "PreSignUp": RecordingLambda::arn("PreSignUp"), "PreTokenGeneration": arn,
        "PreTokenGenerationConfig": {"LambdaArn": arn, "LambdaVersion": "V1_0"},
    });
    assert_eq!(shown, expected);
    let listed = pool.server.admin("ListUserPools", &json!({"MaxResults": 10})).await;
    assert_eq!(listed.ok()["UserPools"][0]["LambdaConfig"], expected);

    pool.admin("UpdateUserPool", json!({"AutoVerifiedAttributes": ["email"]})).await.ok();
    let shown = pool.admin("DescribeUserPool", json!({})).await;
    assert_eq!(shown.ok()["UserPool"]["LambdaConfig"], json!({}));
    pool.signed_up("ann").await;
    assert!(lambda.take().is_empty());
}

#[tokio::test]
async fn what_is_no_function_is_refused() {
    let (pool, _) = pool(&[], json!({}), json!({})).await;
    for (config, error) in [
        (json!({"PreSignUp": "arn:aws:s3:us-east-1:000000000000:bucket"}), "InvalidParameterException"),
        (
            json!({"CustomEmailSender": {"LambdaArn": RecordingLambda::arn("f"), "LambdaVersion": "V1_0"}}),
            "InvalidParameterException",
        ),
        (
            json!({"InboundFederation": {"LambdaArn": RecordingLambda::arn("f"), "LambdaVersion": "V1_0"}}),
            "InvalidParameterException",
        ),
    ] {
        let answer = pool.admin("UpdateUserPool", json!({"LambdaConfig": config})).await;
        assert_eq!(answer.error(), Some(error), "{config}");
    }
    let versioned =
        json!({"PreTokenGenerationConfig": {"LambdaArn": RecordingLambda::arn("f"), "LambdaVersion": "V2_0"}});
    let answer = pool.admin("UpdateUserPool", json!({"LambdaConfig": versioned, "UserPoolTier": "LITE"})).await;
    assert_eq!(answer.error(), Some("FeatureUnavailableInTierException"));
    pool.admin("UpdateUserPool", json!({"LambdaConfig": versioned, "UserPoolTier": "ESSENTIALS"})).await.ok();
    pool.admin("UpdateUserPool", json!({"LambdaConfig": config(&["PreSignUp"])})).await.ok();
}
