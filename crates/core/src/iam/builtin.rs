//! The managed policies of AWS that are built in: those that speak of what is here. Texts and dates are from the AWS
//! Managed Policy Reference Guide, one page each; the unique ids are Stepwell's own.

use crate::Millis;

const PREFIX: &str = "arn:aws:iam::aws:policy/";

/// A managed policy that AWS publishes. It is read-only and belongs to every account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AwsManagedPolicy {
    /// The name; the path is `/`.
    pub name: &'static str,
    /// `ANPA…`.
    pub policy_id: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// The version in force; earlier ones are not kept.
    pub version: &'static str,
    /// The policy.
    pub text: &'static str,
    /// When AWS made it.
    pub created_at: Millis,
    /// When AWS last edited it.
    pub updated_at: Millis,
}

impl AwsManagedPolicy {
    /// Its Amazon Resource Name.
    pub fn arn(&self) -> String {
        format!("{PREFIX}{}", self.name)
    }
}

/// All of them, ordered by name.
pub const POLICIES: &[AwsManagedPolicy] = &[
    AwsManagedPolicy {
        name: "AdministratorAccess",
        policy_id: "ANPASTEPWELLAAAAADMIN",
        description: "Provides full access to AWS services and resources.",
        version: "v1",
        text: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
        created_at: 1_423_247_986_000,
        updated_at: 1_423_247_986_000,
    },
    AwsManagedPolicy {
        name: "AmazonCognitoDeveloperAuthenticatedIdentities",
        policy_id: "ANPASTEPWELLAAACOGDEV",
        description: "Provides access to Amazon Cognito APIs to support developer authenticated identities from your authentication backend.",
        version: "v1",
        text: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cognito-identity:GetOpenIdTokenForDeveloperIdentity","cognito-identity:LookupDeveloperIdentity","cognito-identity:MergeDeveloperIdentities","cognito-identity:UnlinkDeveloperIdentity"],"Resource":"*"}]}"#,
        created_at: 1_427_217_743_000,
        updated_at: 1_427_217_743_000,
    },
    AwsManagedPolicy {
        name: "AmazonCognitoPowerUser",
        policy_id: "ANPASTEPWELLAACOGPOWR",
        description: "Provides administrative access to existing Amazon Cognito resources. You will need AWS account admin privileges to create new Cognito resources.",
        version: "v9",
        text: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cognito-identity:*","cognito-idp:*","cognito-sync:*","iam:ListRoles","iam:ListOpenIdConnectProviders","iam:GetRole","iam:ListSAMLProviders","iam:GetSAMLProvider","kinesis:ListStreams","lambda:GetPolicy","lambda:ListFunctions","sns:GetSMSSandboxAccountStatus","sns:ListPlatformApplications","ses:ListIdentities","ses:GetIdentityVerificationAttributes","mobiletargeting:GetApps","acm:ListCertificates","sms-voice:DescribeAccountAttributes"],"Resource":"*"},{"Effect":"Allow","Action":"iam:CreateServiceLinkedRole","Resource":"*","Condition":{"StringEquals":{"iam:AWSServiceName":["cognito-idp.amazonaws.com","email.cognito-idp.amazonaws.com"]}}},{"Effect":"Allow","Action":["iam:DeleteServiceLinkedRole","iam:GetServiceLinkedRoleDeletionStatus"],"Resource":["arn:aws:iam::*:role/aws-service-role/cognito-idp.amazonaws.com/AWSServiceRoleForAmazonCognitoIdp*","arn:aws:iam::*:role/aws-service-role/email.cognito-idp.amazonaws.com/AWSServiceRoleForAmazonCognitoIdpEmail*"]}]}"#,
        created_at: 1_427_217_240_000,
        updated_at: 1_770_919_200_000,
    },
    AwsManagedPolicy {
        name: "AmazonCognitoReadOnly",
        policy_id: "ANPASTEPWELLAACOGREAD",
        description: "Provides read only access to Amazon Cognito resources.",
        version: "v4",
        text: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cognito-identity:Describe*","cognito-identity:Get*","cognito-identity:List*","cognito-idp:Describe*","cognito-idp:AdminGet*","cognito-idp:AdminList*","cognito-idp:List*","cognito-idp:Get*","cognito-sync:Describe*","cognito-sync:Get*","cognito-sync:List*","iam:ListOpenIdConnectProviders","iam:ListRoles","sns:ListPlatformApplications"],"Resource":"*"}]}"#,
        created_at: 1_427_216_760_000,
        updated_at: 1_564_687_264_000,
    },
    AwsManagedPolicy {
        name: "AmazonCognitoUnAuthedIdentitiesSessionPolicy",
        policy_id: "ANPASTEPWELLACOGGUEST",
        description: "This policy defines the set of permissions allowed for unauthenticated identities for Cognito Identity Pools. Do not attach it to any role: it is the guardrail that is included automatically when credentials are created.",
        version: "v3",
        text: r#"{"Version":"2012-10-17","Statement":[{"Sid":"CognitoUnAuthedIdentitiesSessionPolicy","Effect":"Allow","Action":["rum:PutRumEvents","sagemaker:InvokeEndpoint","polly:*","comprehend:*","translate:*","transcribe:*","rekognition:*","mobiletargeting:*","firehose:*","personalize:*","geo:GetMap*","geo:SearchPlaceIndex*","geo:GetPlace","geo:CalculateRoute*","geo:*Geofence","geo:*Geofences","geo:*DevicePosition*","kms:Encrypt","kms:Decrypt","kms:ReEncryptTo","kms:ReEncryptFrom","kms:GenerateDataKey","kms:GenerateDataKeyPair","kms:GenerateDataKeyPairWithoutPlaintext","kms:GenerateDataKeyWithoutPlaintext"],"Resource":"*"}]}"#,
        created_at: 1_689_807_845_000,
        updated_at: 1_730_484_720_000,
    },
];

/// The built-in policy with this ARN.
pub fn by_arn(arn: &str) -> Option<&'static AwsManagedPolicy> {
    let name = arn.strip_prefix(PREFIX)?;
    POLICIES.iter().find(|policy| policy.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::policy::{DocumentKind, PolicyDocument};

    #[test]
    fn built_in_policies_are_valid_and_ordered() {
        for policy in POLICIES {
            PolicyDocument::parse(policy.text, DocumentKind::Identity).unwrap();
            assert_eq!(by_arn(&policy.arn()), Some(policy));
            assert_eq!(policy.policy_id.len(), 21);
        }
        assert!(POLICIES.is_sorted_by_key(|policy| policy.name.to_ascii_lowercase()));
        assert_eq!(by_arn("arn:aws:iam::aws:policy/administratoraccess"), None);
        assert_eq!(by_arn("arn:aws:iam::aws:policy/job-function/AdministratorAccess"), None);
    }
}
