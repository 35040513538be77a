//! Which condition keys there are, and which of them Stepwell can ever know.
//!
//! Sources: "AWS global condition context keys", "IAM and AWS STS condition context keys", and the service authorization
//! reference's pages of Amazon Cognito, IAM and STS. See `docs/decisions/0020-policy-evaluation.md`.

/// What is known of a condition key, given that a request lacks it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyClass {
    /// Stepwell, or the service that asks it, fills the key in where it applies: absence means what AWS says it means.
    Known,
    /// AWS has the key, and nothing in Stepwell fills it in: its absence must not satisfy a negated condition of an `Allow`.
    NeverFilled,
    /// No such key: nothing can be said of it.
    Unknown,
}

/// Global keys that requests carry, besides tags.
const GLOBAL: [&str; 21] = [
    "currenttime",
    "epochtime",
    "federatedprovider",
    "multifactorauthage",
    "multifactorauthpresent",
    "principalaccount",
    "principalarn",
    "principalisawsservice",
    "principaltype",
    "referer",
    "requestedregion",
    "resourceaccount",
    "securetransport",
    "sourceidentity",
    "sourceip",
    "tagkeys",
    "tokenissuetime",
    "useragent",
    "userid",
    "username",
    "viaawsservice",
];

/// Global keys about organizations, private networks and services that call on someone's behalf: Stepwell has none.
const GLOBAL_NEVER_FILLED: [&str; 28] = [
    "assumedroot",
    "calledvia",
    "calledviafirst",
    "calledvialast",
    "chatbotsourcearn",
    "ec2instancesourceprivateipv4",
    "ec2instancesourcevpc",
    "ismcpserviceaction",
    "principalorgid",
    "principalorgpaths",
    "principalservicename",
    "principalservicenameslist",
    "resourceorgid",
    "resourceorgpaths",
    "sourceaccount",
    "sourcearn",
    "sourceorgid",
    "sourceorgpaths",
    "sourcevpc",
    "sourcevpcarn",
    "sourcevpce",
    "viaawsmcpservice",
    "calledviaawsmcp",
    "vpceaccount",
    "vpceorgid",
    "vpceorgpaths",
    "vpcsourceip",
    "signinsessionarn",
];

/// Keys of STS that `sts:AssumeRole*` carries.
const STS: [&str; 5] = ["durationseconds", "externalid", "rolesessionname", "sourceidentity", "transitivetagkeys"];

/// Keys of STS about AWS's own services, and of operations that Stepwell does not have (`GetWebIdentityToken`).
const STS_NEVER_FILLED: [&str; 4] =
    ["awsservicename", "identitytokenaudience", "requestcontextproviders", "signingalgorithm"];

/// Keys of IAM that its operations carry.
const IAM: [&str; 3] = ["passedtoservice", "permissionsboundary", "policyarn"];

/// Keys of IAM about what Stepwell's IAM does not have.
const IAM_NEVER_FILLED: [&str; 9] = [
    "associatedresourcearn",
    "awsservicename",
    "delegationduration",
    "fido-certification",
    "fido-fips-140-2-certification",
    "fido-fips-140-3-certification",
    "organizationspolicyid",
    "registersecuritykey",
    "servicespecificcredentialservicename",
];

/// Classifies a key given in lower case.
pub(super) fn classify(lower: &str) -> KeyClass {
    let Some((namespace, name)) = lower.split_once(':') else { return KeyClass::Unknown };
    if namespace.is_empty() || name.is_empty() {
        return KeyClass::Unknown;
    }
    match namespace {
        "aws" => among(name, &GLOBAL, &GLOBAL_NEVER_FILLED, &["principaltag/", "requesttag/", "resourcetag/"]),
        "sts" => among(name, &STS, &STS_NEVER_FILLED, &[]),
        "iam" => among(name, &IAM, &IAM_NEVER_FILLED, &["resourcetag/"]),
        // The guide's keys of identity tokens from identity pools.
        "cognito-identity.amazonaws.com" => among(name, &["amr", "aud", "sub"], &[], &[]),
        // Told of the identity that is asked for (see `DescribeIdentity`); the service authorization reference gives these
        // two services nothing but tag keys, which are `aws:` keys.
        "cognito-identity" => among(name, &["identitypoolarn"], &[], &[]),
        "cognito-idp" => KeyClass::Unknown,
        // Other services' keys are theirs to fill in when they ask for a decision, as are identity providers' claims.
        _ => KeyClass::Known,
    }
}

fn among(name: &str, known: &[&str], never: &[&str], tags: &[&str]) -> KeyClass {
    let is_tag = tags.iter().any(|tag| name.strip_prefix(tag).is_some_and(|tag_key| !tag_key.is_empty()));
    if is_tag || known.contains(&name) {
        KeyClass::Known
    } else if never.contains(&name) {
        KeyClass::NeverFilled
    } else {
        KeyClass::Unknown
    }
}
