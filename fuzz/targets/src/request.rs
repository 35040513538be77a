//! The request parser: from the bytes of a body to the validated input of every operation that is built.

use stepwell_api::wire::body;
use stepwell_core::{Error, ErrorCode};
use stepwell_model::OperationShape;

use crate::Finding;

type Parse = fn(&[u8]) -> Result<(), Error>;

fn parse<O: OperationShape>(data: &[u8]) -> Result<(), Error> {
    body::parse::<O::Input>(O::META.service, data).map(drop)
}

macro_rules! parsers {
    ($(($service:ident, $resource:ident, $file:ident, $operation:ident)),* $(,)?) => {
        const PARSERS: &[Parse] = &[$(parse::<stepwell_model::$service::$operation>),*];
    };
}
stepwell_model::for_each_operation!(parsers);

/// The first byte chooses the operation, the rest is the body. A refusal is one of the errors that bodies get.
pub fn request(data: &[u8]) -> Result<(), Finding> {
    let Some((choice, body)) = data.split_first() else { return Ok(()) };
    let Some(parse) = PARSERS.get(usize::from(*choice) % PARSERS.len()) else { return Ok(()) };
    match parse(body).map_err(|error| error.code()) {
        Ok(()) | Err(ErrorCode::Serialization | ErrorCode::InvalidParameter | ErrorCode::Validation) => Ok(()),
        Err(code) => Err(format!("a body was refused as {}", code.name())),
    }
}

/// For each operation one body with most of the members there are; what an operation does not know it ignores.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let numbers = (0..PARSERS.len()).filter_map(|number| u8::try_from(number).ok());
    numbers.map(|number| [&[number], EVERYTHING.as_bytes()].concat()).collect()
}

const EVERYTHING: &str = r#"{"UserPoolId":"us-east-1_AbCdEfGhI","ClientId":"1example23456789","Username":"ann",
"UserPoolName":"p","PoolName":"p","ClientName":"c","GroupName":"g","Precedence":1,"RoleArn":"arn:aws:iam::123456789012:role/x",
"Password":"Fuzz-Passw0rd","ProposedPassword":"Fuzz-Passw0rd","PreviousPassword":"Fuzz-Passw0rd","Permanent":true,
"TemporaryPassword":"Fuzz-Passw0rd","ConfirmationCode":"123456","Code":"123456","SecretHash":"aGFzaA==","AccessToken":"eyJ.eyJ.x",
"RefreshToken":"abc","Token":"abc","Session":"aaaaaaaaaaaaaaaaaaaaaaaa","AuthFlow":"USER_PASSWORD_AUTH",
"AuthParameters":{"USERNAME":"ann","PASSWORD":"Fuzz-Passw0rd"},"ChallengeName":"PASSWORD_VERIFIER",
"ChallengeResponses":{"USERNAME":"ann","TIMESTAMP":"x"},"ClientMetadata":{"k":"v"},
"UserAttributes":[{"Name":"email","Value":"ann@example.com"},{"Name":"custom:x","Value":"\u00e9"}],
"UserAttributeNames":["email"],"AttributeName":"email","AttributesToGet":["email"],"Filter":"email ^= \"a\"","Limit":10,
"MaxResults":10,"PaginationToken":"abc","NextToken":"abc","MessageAction":"SUPPRESS","DesiredDeliveryMediums":["EMAIL"],
"ExplicitAuthFlows":["ALLOW_USER_SRP_AUTH"],"GenerateSecret":true,"RefreshTokenValidity":30,"AccessTokenValidity":60,
"TokenValidityUnits":{"AccessToken":"minutes","RefreshToken":"days"},"ReadAttributes":["email"],"WriteAttributes":["email"],
"Policies":{"PasswordPolicy":{"MinimumLength":8,"RequireUppercase":true}},"LambdaConfig":{},"AutoVerifiedAttributes":["email"],
"AliasAttributes":["email"],"MfaConfiguration":"OFF","AccountRecoverySetting":{"RecoveryMechanisms":[{"Priority":1,"Name":"verified_email"}]},
"CustomAttributes":[{"Name":"x","AttributeDataType":"Number","NumberAttributeConstraints":{"MinValue":"1","MaxValue":"9"}}],
"Schema":[{"Name":"email","Required":true,"Mutable":true,"AttributeDataType":"String"}],"UserPoolTags":{"a":"b"},
"RefreshTokenRotation":{"Feature":"ENABLED","RetryGracePeriodSeconds":10},"ClientSecretId":"x","ForceAliasCreation":true,
"AnalyticsMetadata":{"AnalyticsEndpointId":"x"},"UserContextData":{"IpAddress":"1.2.3.4","EncodedData":"x"},"DeviceKey":"d"}"#;
