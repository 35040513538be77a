//! What the dispatcher knows of an operation: its types, its name and place, how it is authorized, which errors it may
//! return.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{ErrorCode, Validate};

/// The service that an operation belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Service {
    /// User pools, `cognito-idp`.
    Idp,
    /// Identity pools, `cognito-identity`.
    Identity,
    /// Temporary credentials, `sts`.
    Sts,
    /// Access management, `iam`.
    Iam,
    /// Stepwell's own operations, `stepwell`.
    Stepwell,
}

/// How requests and answers stand on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// AWS JSON 1.1.
    Json {
        /// What stands before the dot in `X-Amz-Target`.
        target_prefix: &'static str,
    },
    /// AWS query: forms in, XML out.
    Query {
        /// The `Version` parameter, by which requests tell the service.
        version: &'static str,
        /// The XML namespace of answers.
        namespace: &'static str,
    },
}

impl Service {
    /// Every service.
    pub const ALL: [Self; 5] = [Self::Idp, Self::Identity, Self::Sts, Self::Iam, Self::Stepwell];

    /// The name in the SigV4 credential scope and in IAM actions.
    pub const fn signing_name(self) -> &'static str {
        match self {
            Self::Idp => "cognito-idp",
            Self::Identity => "cognito-identity",
            Self::Sts => "sts",
            Self::Iam => "iam",
            Self::Stepwell => "stepwell",
        }
    }

    /// How it is spoken to.
    pub const fn protocol(self) -> Protocol {
        match self {
            Self::Idp => Protocol::Json { target_prefix: "AWSCognitoIdentityProviderService" },
            Self::Identity => Protocol::Json { target_prefix: "AWSCognitoIdentityService" },
            Self::Stepwell => Protocol::Json { target_prefix: "Stepwell" },
            Self::Sts => {
                Protocol::Query { version: "2011-06-15", namespace: "https://sts.amazonaws.com/doc/2011-06-15/" }
            }
            Self::Iam => {
                Protocol::Query { version: "2010-05-08", namespace: "https://iam.amazonaws.com/doc/2010-05-08/" }
            }
        }
    }

    /// The name under which an operation is found: `<target prefix>.<name>`, or `<version>.<name>`.
    pub fn target(self, operation: &str) -> String {
        match self.protocol() {
            Protocol::Json { target_prefix: prefix } | Protocol::Query { version: prefix, .. } => {
                format!("{prefix}.{operation}")
            }
        }
    }
}

/// Whether a call must carry a SigV4 signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AuthMode {
    /// A valid signature is demanded.
    SigV4,
    /// A valid signature, or the app client authenticates itself: by its secret if it has one. A signature beside a
    /// secret is not looked at.
    SigV4OrClient,
    /// Clients send no signature (a token, a client or nothing identifies the caller); a signed call is accepted too.
    Unsigned,
}

/// Whether an operation takes an access token in its `AccessToken` member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenRule {
    /// It has no such member.
    None,
    /// The token identifies the caller and must be there.
    Required,
    /// A token or something else (a `Session`) identifies the caller.
    Optional,
}

/// The facts about an operation.
#[derive(Debug, Clone, Copy)]
pub struct OperationMeta {
    /// The service it belongs to.
    pub service: Service,
    /// Its wire name, `CreateGroup`.
    pub name: &'static str,
    /// The folder it lives in, `groups`.
    pub resource: &'static str,
    /// Whether it must be signed.
    pub auth: AuthMode,
    /// The errors that its model (or the patch list) gives it; AWS's common errors are not repeated.
    pub errors: &'static [ErrorCode],
    /// Whether the model gives it an output structure; without one AWS answers an empty body.
    pub has_output: bool,
}

/// What the shared phases read from any request.
pub trait OperationInput {
    /// Whether there is an `AccessToken` member, and whether it must be set.
    const TAKES_ACCESS_TOKEN: TokenRule = TokenRule::None;

    /// `AccessToken`.
    fn access_token(&self) -> Option<&str> {
        None
    }

    /// `UserPoolId`.
    fn user_pool_id(&self) -> Option<&str> {
        None
    }

    /// `ClientId`.
    fn client_id(&self) -> Option<&str> {
        None
    }

    /// `ClientSecret`.
    fn client_secret(&self) -> Option<&str> {
        None
    }

    /// `SecretHash`.
    fn secret_hash(&self) -> Option<&str> {
        None
    }

    /// `Username`, or `USERNAME` among the parameters of a sign-in.
    fn username(&self) -> Option<&str> {
        None
    }

    /// `ChallengeName`: the challenge that the request answers.
    fn challenge_name(&self) -> Option<&str> {
        None
    }

    /// `IdentityPoolId`.
    fn identity_pool_id(&self) -> Option<&str> {
        None
    }
}

/// An operation of the model, implemented by its marker (`idp::CreateGroup`).
pub trait OperationShape: Send + Sync + 'static {
    /// The request.
    type Input: DeserializeOwned + Validate + OperationInput + Send + Sync + 'static;
    /// The response.
    type Output: Serialize + Send + 'static;
    /// Name, place, authorization and errors.
    const META: OperationMeta;
}
