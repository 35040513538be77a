//! `SetRiskConfiguration` and `DescribeRiskConfiguration`: what a pool, or one of its clients, does about risks.
//!
//! A request replaces the whole configuration of its pool or client. One without any part forgets it: the pool is back at
//! its default, which is to do nothing, and the client follows its pool again (API, `SetRiskConfiguration`).

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use stepwell_model::idp;

use super::mode::check_on;
use super::ranges::Range;
use crate::Millis;
use crate::clients;
use crate::context::Context;
use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::messaging::check_channel;
use crate::pools::{self, ContactAttribute, UserPool, is_sender};
use crate::ports::store::{DocumentKind, PoolDocument, Write};

/// How many ranges a list may have (API, `RiskExceptionConfigurationType`).
const MAX_RANGES: usize = 200;

/// A risk configuration, as stored.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RiskConfiguration {
    /// `CompromisedCredentialsRiskConfiguration`.
    pub compromised: Option<idp::CompromisedCredentialsRiskConfigurationType>,
    /// `AccountTakeoverRiskConfiguration`.
    pub takeover: Option<idp::AccountTakeoverRiskConfigurationType>,
    /// `RiskExceptionConfiguration`.
    pub exceptions: Option<idp::RiskExceptionConfigurationType>,
    /// When it was set.
    pub modified_at: Option<Millis>,
}

/// The events at which passwords can be compared with the breach corpus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// Signing in.
    SignIn,
    /// Setting another password.
    PasswordChange,
    /// Signing up.
    SignUp,
}

impl Filter {
    fn as_model(self) -> idp::EventFilterType {
        match self {
            Self::SignIn => idp::EventFilterType::SignIn,
            Self::PasswordChange => idp::EventFilterType::PasswordChange,
            Self::SignUp => idp::EventFilterType::SignUp,
        }
    }
}

/// Sets or, without any part, forgets the configuration of a pool or of one of its clients.
pub async fn set(
    cx: &Context<'_>,
    pool_id: &str,
    client_id: Option<&str>,
    mut given: RiskConfiguration,
) -> Result<RiskConfiguration> {
    let pool = pools::read(cx, pool_id).await?;
    if let Some(client_id) = client_id {
        clients::read(cx, pool_id, client_id).await?;
    }
    let key = client_id.unwrap_or_default().to_owned();
    let kind = DocumentKind::RiskConfiguration;
    if given.is_empty() {
        // Also where threat protection is off: tools that tidy up come after it was switched off.
        cx.domain.commit(vec![Write::DeleteDocument { pool_id: pool_id.to_owned(), kind, key }]).await?;
        return Ok(given);
    }
    check_on(&pool.settings)?;
    given.check(cx.domain, &pool)?;
    given.modified_at = Some(cx.now());
    let document = serde_json::to_string(&given).map_err(Error::internal)?;
    let document = PoolDocument { pool_id: pool_id.to_owned(), kind, key, document, version: 0 };
    cx.domain.commit(vec![Write::PutDocument(document)]).await?;
    Ok(given)
}

/// The configuration that was set for a pool or for one of its clients; empty if none was.
pub async fn describe(cx: &Context<'_>, pool_id: &str, client_id: Option<&str>) -> Result<RiskConfiguration> {
    pools::read(cx, pool_id).await?;
    if let Some(client_id) = client_id {
        clients::read(cx, pool_id, client_id).await?;
    }
    Ok(stored(cx.domain, pool_id, client_id.unwrap_or_default()).await?.unwrap_or_default())
}

/// The configuration in force for a client: its own, or its pool's.
pub(super) async fn in_force(domain: &Domain, pool_id: &str, client_id: Option<&str>) -> Result<RiskConfiguration> {
    if let Some(client_id) = client_id
        && let Some(own) = stored(domain, pool_id, client_id).await?
    {
        return Ok(own);
    }
    Ok(stored(domain, pool_id, "").await?.unwrap_or_default())
}

async fn stored(domain: &Domain, pool_id: &str, key: &str) -> Result<Option<RiskConfiguration>> {
    let document = domain.stores.config.document(pool_id, DocumentKind::RiskConfiguration, key).await?;
    document.map(|document| serde_json::from_str(&document.document).map_err(Error::internal)).transpose()
}

impl RiskConfiguration {
    fn is_empty(&self) -> bool {
        self.compromised.is_none() && self.takeover.is_none() && self.exceptions.is_none()
    }

    /// Checks what was given, and fills in the events that "defaults to all events" means.
    fn check(&mut self, domain: &Domain, pool: &UserPool) -> Result<()> {
        if let Some(compromised) = &mut self.compromised {
            let all = [Filter::SignIn, Filter::PasswordChange, Filter::SignUp].map(Filter::as_model);
            compromised.event_filter.get_or_insert_with(|| all.to_vec());
        }
        if self.blocks_compromised() && !domain.outside.breaches.is_configured() {
            return Err(Error::invalid_parameter(
                "Compromised credentials cannot be blocked: this server has no breach corpus \
                 (threat_protection.breach_directory or threat_protection.breach_endpoint).",
            ));
        }
        self.check_notifications(domain, pool)?;
        for ranges in self.exceptions.iter().flat_map(|e| [&e.blocked_ip_range_list, &e.skipped_ip_range_list]) {
            let ranges = ranges.as_deref().unwrap_or_default();
            if ranges.len() > MAX_RANGES {
                return Err(Error::invalid_parameter(format!("At most {MAX_RANGES} IP ranges can be given.")));
            }
            for range in ranges {
                Range::parse(range)?;
            }
        }
        Ok(())
    }

    fn check_notifications(&self, domain: &Domain, pool: &UserPool) -> Result<()> {
        let Some(takeover) = &self.takeover else { return Ok(()) };
        let configuration = takeover.notify_configuration.as_ref();
        if let Some(configuration) = configuration {
            let senders = [&configuration.from, &configuration.reply_to];
            if senders.into_iter().flatten().any(|sender| !is_sender(sender)) {
                return Err(Error::invalid_parameter("Provided From or ReplyTo email address is invalid"));
            }
            let emails = [&configuration.block_email, &configuration.mfa_email, &configuration.no_action_email];
            if emails.into_iter().flatten().any(|email| email.html_body.is_none() && email.text_body.is_none()) {
                return Err(Error::invalid_parameter("A notification email must have an HtmlBody or a TextBody."));
            }
        }
        if !self.notifies() {
            return Ok(());
        }
        if configuration.is_none() {
            return Err(Error::invalid_parameter("NotifyConfiguration is required where an action has Notify."));
        }
        if super::notify::custom_sender(&pool.settings) {
            return Ok(());
        }
        check_channel(domain, ContactAttribute::Email)
    }

    fn notifies(&self) -> bool {
        let levels = [Level::Low, Level::Medium, Level::High];
        levels.into_iter().any(|level| self.action(level).is_some_and(|action| action.notify == Some(true)))
    }

    fn blocks_compromised(&self) -> bool {
        let action = self.compromised.as_ref().and_then(|compromised| compromised.actions.as_ref());
        action.and_then(|actions| actions.event_action.as_ref())
            == Some(&idp::CompromisedCredentialsEventActionType::Block)
    }

    /// True if passwords are to be compared with the corpus at such events. Where nothing is configured they are, so
    /// that the history of users shows it.
    pub(super) fn looks_at(&self, filter: Filter) -> bool {
        let filters = self.compromised.as_ref().and_then(|compromised| compromised.event_filter.as_deref());
        filters.is_none_or(|filters| filters.contains(&filter.as_model()))
    }

    /// True if a compromised password is to be refused at such events.
    pub(super) fn blocks(&self, filter: Filter) -> bool {
        self.looks_at(filter) && self.blocks_compromised()
    }

    /// What is to be done at a level of risk.
    pub(super) fn action(&self, level: Level) -> Option<&idp::AccountTakeoverActionType> {
        let actions = self.takeover.as_ref()?.actions.as_ref()?;
        match level {
            Level::Low => actions.low_action.as_ref(),
            Level::Medium => actions.medium_action.as_ref(),
            Level::High => actions.high_action.as_ref(),
        }
    }

    /// True if the address stands on the always-block list.
    pub(super) fn is_blocked(&self, address: Option<IpAddr>) -> bool {
        holds(self.exceptions.as_ref().and_then(|e| e.blocked_ip_range_list.as_deref()), address)
    }

    /// True if the address stands on the always-allow list.
    pub(super) fn is_skipped(&self, address: Option<IpAddr>) -> bool {
        holds(self.exceptions.as_ref().and_then(|e| e.skipped_ip_range_list.as_deref()), address)
    }
}

fn holds(ranges: Option<&[String]>, address: Option<IpAddr>) -> bool {
    let Some(address) = address else { return false };
    let ranges = ranges.unwrap_or_default();
    ranges.iter().any(|range| Range::parse(range).is_ok_and(|range| range.contains(address)))
}

/// A level of risk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High.
    High,
}

impl Level {
    /// The protocol's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "Low",
            Self::Medium => "Medium",
            Self::High => "High",
        }
    }
}

#[cfg(test)]
#[path = "configuration_tests.rs"]
mod tests;
