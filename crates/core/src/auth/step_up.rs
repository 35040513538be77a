//! Step-up: reaching a higher authentication level than a sign-in or an access token shows (developer guide, "Step-up
//! authentication with ACR and AMR"). `TARGET_ACR_VALUES`, `MAX_AGE` and `ACCESS_TOKEN` of `USER_AUTH`.

use serde::{Deserialize, Serialize};

use super::progress::Proof;
use super::subject::Subject;
use super::{FirstFactor, Realm, Request, facts};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::pools::plan::{self, Feature};

/// What the client wants the user to reach, and what counts towards it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepUp {
    /// The level to reach, 1 to 4.
    pub level: u8,
    /// The methods that an access token shows (its `amr`), where they still count.
    pub credit: Vec<String>,
}

impl StepUp {
    /// True if an access token stands in for the first factor.
    pub fn builds_on_first_factor(&self) -> bool {
        self.credit.iter().any(|method| method == "pwd")
    }

    /// True if the level is not reached yet and a second factor could reach it.
    pub fn is_open(&self, proofs: &[Proof]) -> bool {
        facts::level(&facts::methods(&self.credit, proofs)) < self.level
    }

    /// True if the level can be reached from this first factor.
    pub fn can_begin_with(&self, factor: FirstFactor) -> bool {
        match (self.level, factor) {
            (4, factor) => matches!(factor, FirstFactor::Password | FirstFactor::PasswordSrp),
            (3, factor) => {
                matches!(factor, FirstFactor::Password | FirstFactor::PasswordSrp | FirstFactor::WebAuthn)
            }
            (2, factor) => !matches!(factor, FirstFactor::WebAuthn) || self.level <= 3,
            _ => true,
        }
    }
}

/// What the request wants; `None` if it asks for no level.
pub async fn wanted(
    cx: &Context<'_>,
    realm: &Realm,
    _subject: &Subject,
    request: &Request<'_>,
) -> Result<Option<StepUp>> {
    let Some(_targets) = request.optional("TARGET_ACR_VALUES") else {
        if request.optional("ACCESS_TOKEN").is_some() {
            return Err(Error::invalid_parameter("ACCESS_TOKEN requires TARGET_ACR_VALUES."));
        }
        return Ok(None);
    };
    plan::check(cx.domain, &realm.entry.settings, Feature::StepUp)?;
    Err(Error::invalid_parameter("TARGET_ACR_VALUES is not supported by this build of Stepwell yet."))
}
