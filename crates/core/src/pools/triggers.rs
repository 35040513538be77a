//! `LambdaConfig`: which functions a pool asks on the way (API, `LambdaConfigType`).

use stepwell_model::idp;
use stepwell_model::idp::PreTokenGenerationLambdaVersionType as TokenVersion;

use super::plan::{self, Feature};
use super::unsupported;
use crate::error::{Error, Result};

/// Checks the configuration and completes it: the two forms of the pre token generation trigger become one.
pub(super) fn resolve(
    given: Option<&idp::LambdaConfigType>,
    all_features: bool,
    tier: &idp::UserPoolTierType,
) -> Result<idp::LambdaConfigType> {
    let Some(given) = given else { return Ok(idp::LambdaConfigType::default()) };
    if given.inbound_federation.is_some() {
        return Err(unsupported::refuse("LambdaConfig.InboundFederation"));
    }
    let mut config = given.clone();
    resolve_pre_token_generation(&mut config, all_features, tier)?;
    resolve_senders(&config)?;
    for arn in functions(&config) {
        if !is_function(arn) {
            return Err(Error::invalid_parameter(format!("{arn} is not a valid Lambda function ARN.")));
        }
    }
    Ok(config)
}

/// The legacy field and the versioned one name the same function; Describe shows both, whichever was given.
fn resolve_pre_token_generation(
    config: &mut idp::LambdaConfigType,
    all_features: bool,
    tier: &idp::UserPoolTierType,
) -> Result<()> {
    let version = match (&config.pre_token_generation, &config.pre_token_generation_config) {
        (None, None) => return Ok(()),
        (Some(arn), None) => {
            config.pre_token_generation_config = Some(idp::PreTokenGenerationVersionConfigType {
                lambda_arn: Some(arn.clone()),
                lambda_version: Some(TokenVersion::V1_0),
            });
            TokenVersion::V1_0
        }
        (legacy, Some(versioned)) => {
            if legacy.is_some() && *legacy != versioned.lambda_arn {
                return Err(Error::invalid_parameter(
                    "PreTokenGeneration and PreTokenGenerationConfig must name the same Lambda function.",
                ));
            }
            let version = versioned.lambda_version.clone().unwrap_or(TokenVersion::V1_0);
            config.pre_token_generation = versioned.lambda_arn.clone();
            version
        }
    };
    match version {
        TokenVersion::V1_0 => Ok(()),
        TokenVersion::V2_0 | TokenVersion::V3_0 => {
            plan::check_tier(all_features, tier, Feature::AccessTokenCustomization)
        }
        TokenVersion::Unknown(_) => Err(Error::invalid_parameter("Unknown LambdaVersion of PreTokenGenerationConfig.")),
    }
}

/// A custom sender gets its codes encrypted, which needs a key.
fn resolve_senders(config: &idp::LambdaConfigType) -> Result<()> {
    let has_sender = config.custom_email_sender.is_some() || config.custom_sms_sender.is_some();
    match config.kms_key_id.as_deref() {
        None if has_sender => {
            Err(Error::invalid_parameter("KMSKeyID is required when a custom sender Lambda trigger is configured."))
        }
        Some(key) if service_of(key) != Some("kms") => {
            Err(Error::invalid_parameter(format!("{key} is not a valid KMS key ARN.")))
        }
        _ => Ok(()),
    }
}

/// Every function that is named.
fn functions(config: &idp::LambdaConfigType) -> impl Iterator<Item = &str> {
    let email = config.custom_email_sender.as_ref().map(|sender| &sender.lambda_arn);
    let sms = config.custom_sms_sender.as_ref().map(|sender| &sender.lambda_arn);
    [
        &config.pre_sign_up,
        &config.post_confirmation,
        &config.pre_authentication,
        &config.post_authentication,
        &config.pre_token_generation,
        &config.user_migration,
        &config.custom_message,
        &config.define_auth_challenge,
        &config.create_auth_challenge,
        &config.verify_auth_challenge_response,
    ]
    .into_iter()
    .chain(email)
    .chain(sms)
    .filter_map(|arn| arn.as_deref())
}

/// `arn:<partition>:lambda:<region>:<account>:function:<name>[:<version or alias>]`
fn is_function(arn: &str) -> bool {
    let parts: Vec<&str> = arn.split(':').collect();
    match parts.as_slice() {
        ["arn", partition, "lambda", region, account, "function", name, rest @ ..] => {
            let account_shaped = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
            !partition.is_empty()
                && !region.is_empty()
                && account_shaped
                && is_name(name, 64)
                && match rest {
                    [] => true,
                    [qualifier] => *qualifier == "$LATEST" || is_name(qualifier, 128),
                    _ => false,
                }
        }
        _ => false,
    }
}

/// Names and aliases of functions (AWS Lambda API reference).
fn is_name(text: &str, longest: usize) -> bool {
    let shaped = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    !text.is_empty() && text.len() <= longest && shaped
}

fn service_of(arn: &str) -> Option<&str> {
    let mut parts = arn.split(':');
    (parts.next() == Some("arn")).then(|| parts.nth(1)).flatten()
}

#[cfg(test)]
mod tests {
    use idp::UserPoolTierType as Tier;
    use stepwell_model::ErrorCode;

    use super::*;

    const F: &str = "arn:aws:lambda:us-east-1:123456789012:function:f";
    const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/k";

    fn versioned(arn: &str, version: TokenVersion) -> idp::PreTokenGenerationVersionConfigType {
        idp::PreTokenGenerationVersionConfigType { lambda_arn: Some(arn.into()), lambda_version: Some(version) }
    }

    fn on(tier: &Tier, given: &idp::LambdaConfigType) -> Result<idp::LambdaConfigType> {
        resolve(Some(given), false, tier)
    }

    #[test]
    fn nothing_is_nothing() {
        assert_eq!(resolve(None, false, &Tier::Lite).unwrap(), idp::LambdaConfigType::default());
        assert_eq!(on(&Tier::Lite, &idp::LambdaConfigType::default()).unwrap(), idp::LambdaConfigType::default());
    }

    #[test]
    fn functions_have_their_form() {
        let name = "a".repeat(64);
        let alias = format!("{F}:live");
        let latest = format!("{F}:$LATEST");
        let long = format!("arn:aws:lambda:eu-west-1:000000000000:function:{name}");
        for good in [F, &alias, &latest, &long, "arn:aws-cn:lambda:cn-north-1:123456789012:function:a_b-c:7"] {
            assert!(is_function(good), "{good}");
        }
        for bad in [
            KEY,
            "arn:aws:lambda:us-east-1:123456789012:function:",
            "arn:aws:lambda:us-east-1:1234:function:f",
            "arn:aws:lambda:us-east-1:123456789012:layer:f",
            "arn:aws:lambda:us-east-1:123456789012:function:f:a:b",
            "arn:aws:lambda:us-east-1:123456789012:function:f/../x",
            "f",
        ] {
            assert!(!is_function(bad), "{bad}");
            let given = idp::LambdaConfigType { post_confirmation: Some(bad.into()), ..Default::default() };
            assert_eq!(on(&Tier::Plus, &given).unwrap_err().code(), ErrorCode::InvalidParameter, "{bad}");
        }
    }

    #[test]
    fn both_forms_of_pre_token_generation_become_one() {
        let legacy = idp::LambdaConfigType { pre_token_generation: Some(F.into()), ..Default::default() };
        let resolved = on(&Tier::Lite, &legacy).unwrap();
        assert_eq!(resolved.pre_token_generation_config, Some(versioned(F, TokenVersion::V1_0)));

        let new = idp::LambdaConfigType {
            pre_token_generation_config: Some(versioned(F, TokenVersion::V2_0)),
            ..Default::default()
        };
        assert_eq!(on(&Tier::Essentials, &new).unwrap().pre_token_generation.as_deref(), Some(F));
        assert_eq!(on(&Tier::Lite, &new).unwrap_err().code(), ErrorCode::FeatureUnavailableInTier);
        assert!(resolve(Some(&new), true, &Tier::Lite).is_ok());

        let other = idp::LambdaConfigType { pre_token_generation: Some(format!("{F}2")), ..new };
        assert_eq!(on(&Tier::Plus, &other).unwrap_err().code(), ErrorCode::InvalidParameter);
    }

    #[test]
    fn senders_need_a_key() {
        let mut given = idp::LambdaConfigType {
            custom_email_sender: Some(idp::CustomEmailLambdaVersionConfigType {
                lambda_arn: Some(F.into()),
                lambda_version: Some(idp::CustomEmailSenderLambdaVersionType::V1_0),
            }),
            ..Default::default()
        };
        assert!(on(&Tier::Lite, &given).unwrap_err().message().starts_with("KMSKeyID is required"));
        given.kms_key_id = Some(F.into());
        assert!(on(&Tier::Lite, &given).is_err());
        given.kms_key_id = Some(KEY.into());
        assert_eq!(on(&Tier::Lite, &given).unwrap(), given);
    }

    #[test]
    fn federation_is_not_there_yet() {
        let given = idp::LambdaConfigType {
            inbound_federation: Some(idp::InboundFederationLambdaType::default()),
            ..Default::default()
        };
        assert!(on(&Tier::Plus, &given).unwrap_err().message().contains("InboundFederation is not supported"));
    }
}
