//! `PreTokenGeneration`: changes claims, scopes and groups before tokens are signed (developer guide, "Pre token
//! generation Lambda trigger").
//!
//! Version 1 changes ID tokens, and the groups of both; versions 2 and 3 change access tokens too, with values of any
//! JSON type; version 3 is also asked for tokens of machines.

mod changes;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use stepwell_model::idp::PreTokenGenerationLambdaVersionType as Version;

pub use changes::{ClaimChanges, TokenChanges};

use super::event::{Attributes, Event, given};
use super::invoke::{invoke, unrecognizable};
use super::{Metadata, Person, Scene, Trigger};
use crate::error::Result;
use crate::groups::GroupClaims;
use crate::users::User;

/// The most claims and scopes an answer may name (developer guide, "Quotas").
const MOST_CHANGES: usize = 5_000;
/// `userName` where there is no user.
const MACHINE: &str = "ClientCredentials";

/// What tokens are made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenSource {
    /// A sign-in on the login pages.
    HostedAuth,
    /// A sign-in through the API.
    Authentication,
    /// A sign-in that ended with a new password in place of an administrator's.
    NewPasswordChallenge,
    /// A sign-in that ended with the proof of a remembered device.
    AuthenticateDevice,
    /// A refresh.
    RefreshTokens,
    /// A machine.
    ClientCredentials,
}

impl TokenSource {
    fn as_str(self) -> &'static str {
        match self {
            Self::HostedAuth => "TokenGeneration_HostedAuth",
            Self::Authentication => "TokenGeneration_Authentication",
            Self::NewPasswordChallenge => "TokenGeneration_NewPasswordChallenge",
            Self::AuthenticateDevice => "TokenGeneration_AuthenticateDevice",
            Self::RefreshTokens => "TokenGeneration_RefreshTokens",
            Self::ClientCredentials => "TokenGeneration_ClientCredentials",
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    user_attributes: Attributes<'a>,
    group_configuration: GroupConfiguration<'a>,
    /// Not in version 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    scopes: Option<Vec<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_metadata: Option<&'a Metadata>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GroupConfiguration<'a> {
    groups_to_override: &'a [String],
    iam_roles_to_override: &'a [String],
    preferred_role: Option<&'a str>,
}

impl<'a> From<&'a GroupClaims> for GroupConfiguration<'a> {
    fn from(claims: &'a GroupClaims) -> Self {
        Self {
            groups_to_override: &claims.groups,
            iam_roles_to_override: &claims.roles,
            preferred_role: claims.preferred_role.as_deref(),
        }
    }
}

/// `response` of a version 1 answer.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ResponseV1 {
    claims_override_details: Option<DetailsV1>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct DetailsV1 {
    claims_to_add_or_override: Option<std::collections::BTreeMap<String, String>>,
    claims_to_suppress: Option<Vec<String>>,
    group_override_details: GroupOverride,
}

/// `response` of a version 2 or 3 answer.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ResponseV2 {
    claims_and_scope_override_details: Option<DetailsV2>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct DetailsV2 {
    id_token_generation: Option<ClaimsAnswer>,
    access_token_generation: Option<AccessAnswer>,
    group_override_details: GroupOverride,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ClaimsAnswer {
    claims_to_add_or_override: Option<Map<String, Value>>,
    claims_to_suppress: Option<Vec<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct AccessAnswer {
    claims_to_add_or_override: Option<Map<String, Value>>,
    claims_to_suppress: Option<Vec<String>>,
    scopes_to_add: Option<Vec<String>>,
    scopes_to_suppress: Option<Vec<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct GroupsAnswer {
    groups_to_override: Option<Vec<String>>,
    iam_roles_to_override: Option<Vec<String>>,
    preferred_role: Option<String>,
}

/// `groupOverrideDetails`: null and the empty object take all groups away, silence leaves them.
#[derive(Debug, Default)]
enum GroupOverride {
    #[default]
    Silent,
    Given(GroupsAnswer),
}

impl<'de> Deserialize<'de> for GroupOverride {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        Option::<GroupsAnswer>::deserialize(deserializer).map(|given| Self::Given(given.unwrap_or_default()))
    }
}

/// `response` as version 1 events bring it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NothingV1 {
    claims_override_details: (),
}

/// `response` as version 2 and 3 events bring it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NothingV2 {
    claims_and_scope_override_details: (),
}

/// True if the pool has a function that is asked about tokens of users.
pub fn is_configured(scene: &Scene<'_>) -> bool {
    scene.entry.settings.triggers.pre_token_generation.is_some()
}

/// Asks what to change in a user's tokens; `None` if nothing is.
pub async fn ask(
    scene: &Scene<'_>,
    source: TokenSource,
    user: &User,
    groups: &GroupClaims,
    scope: &str,
    client_metadata: &Metadata,
) -> Result<Option<TokenChanges>> {
    let Some((function, version)) = configured(scene) else { return Ok(None) };
    let person = Person::User(user);
    let request = Request {
        user_attributes: person.attributes(),
        group_configuration: groups.into(),
        scopes: (version != Version::V1_0).then(|| scope.split(' ').filter(|scope| !scope.is_empty()).collect()),
        client_metadata: given(client_metadata),
    };
    send(scene, source, person.name(), function, &version, request).await.map(Some)
}

/// Asks what to change in a machine's access token. Only functions of version 3 are asked.
pub async fn ask_about_machine(
    scene: &Scene<'_>,
    scopes: &[String],
    client_metadata: &Metadata,
) -> Result<Option<TokenChanges>> {
    let Some((function, version @ Version::V3_0)) = configured(scene) else { return Ok(None) };
    let no_groups = GroupClaims::default();
    let request = Request {
        user_attributes: Attributes::new(),
        group_configuration: (&no_groups).into(),
        scopes: Some(scopes.iter().map(String::as_str).collect()),
        client_metadata: given(client_metadata),
    };
    send(scene, TokenSource::ClientCredentials, MACHINE, function, &version, request).await.map(Some)
}

fn configured<'a>(scene: &Scene<'a>) -> Option<(&'a str, Version)> {
    let triggers = &scene.entry.settings.triggers;
    let function = Trigger::PreTokenGeneration.function(triggers)?;
    let version = triggers.pre_token_generation_config.as_ref().and_then(|config| config.lambda_version.clone());
    Some((function, version.unwrap_or(Version::V1_0)))
}

async fn send(
    scene: &Scene<'_>,
    source: TokenSource,
    name: &str,
    function: &str,
    version: &Version,
    request: Request<'_>,
) -> Result<TokenChanges> {
    let trigger = Trigger::PreTokenGeneration;
    let source = source.as_str();
    let changes = if *version == Version::V1_0 {
        let event = Event::new(scene, source, name, request, NothingV1 { claims_override_details: () });
        of_v1(invoke(scene, trigger, function, &event).await?)
    } else {
        let number = if *version == Version::V3_0 { "3" } else { "2" };
        let nothing = NothingV2 { claims_and_scope_override_details: () };
        let event = Event::new(scene, source, name, request, nothing).of_version(number);
        of_v2(invoke(scene, trigger, function, &event).await?)
    };
    if changes.count() > MOST_CHANGES { Err(unrecognizable()) } else { Ok(changes) }
}

fn of_v1(response: ResponseV1) -> TokenChanges {
    let details = response.claims_override_details.unwrap_or_default();
    let add = details.claims_to_add_or_override.unwrap_or_default();
    TokenChanges {
        id: ClaimChanges {
            add: add.into_iter().map(|(name, value)| (name, Value::String(value))).collect(),
            suppress: details.claims_to_suppress.unwrap_or_default(),
        },
        groups: groups(details.group_override_details),
        ..TokenChanges::default()
    }
}

fn of_v2(response: ResponseV2) -> TokenChanges {
    let details = response.claims_and_scope_override_details.unwrap_or_default();
    let id = details.id_token_generation.unwrap_or_default();
    let access = details.access_token_generation.unwrap_or_default();
    TokenChanges {
        id: ClaimChanges {
            add: id.claims_to_add_or_override.unwrap_or_default(),
            suppress: id.claims_to_suppress.unwrap_or_default(),
        },
        access: ClaimChanges {
            add: access.claims_to_add_or_override.unwrap_or_default(),
            suppress: access.claims_to_suppress.unwrap_or_default(),
        },
        scopes_to_add: access.scopes_to_add.unwrap_or_default(),
        scopes_to_suppress: access.scopes_to_suppress.unwrap_or_default(),
        groups: groups(details.group_override_details),
    }
}

fn groups(answer: GroupOverride) -> Option<GroupClaims> {
    let GroupOverride::Given(answer) = answer else { return None };
    Some(GroupClaims {
        groups: answer.groups_to_override.unwrap_or_default(),
        roles: answer.iam_roles_to_override.unwrap_or_default(),
        preferred_role: answer.preferred_role.filter(|role| !role.is_empty()),
    })
}

#[cfg(test)]
#[path = "pre_token_generation/tests.rs"]
mod tests;
