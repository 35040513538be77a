use super::*;

fn configuration(action: idp::AccountTakeoverEventActionType) -> RiskConfiguration {
    RiskConfiguration {
        takeover: Some(idp::AccountTakeoverRiskConfigurationType {
            actions: Some(idp::AccountTakeoverActionsType {
                high_action: Some(idp::AccountTakeoverActionType { event_action: Some(action), notify: Some(false) }),
                ..Default::default()
            }),
            notify_configuration: None,
        }),
        compromised: Some(idp::CompromisedCredentialsRiskConfigurationType {
            event_filter: None,
            actions: Some(idp::CompromisedCredentialsActionsType {
                event_action: Some(idp::CompromisedCredentialsEventActionType::Block),
            }),
        }),
        ..RiskConfiguration::default()
    }
}

#[test]
fn actions_follow_level_mode_and_configuration() {
    use idp::AccountTakeoverEventActionType as Given;
    let high = Some(Level::High);
    for (given, expected) in [
        (Given::Block, Action::Block),
        (Given::MfaRequired, Action::RequireMfa),
        (Given::MfaIfConfigured, Action::MfaIfConfigured),
        (Given::NoAction, Action::Allow),
    ] {
        let configuration = configuration(given);
        let decide = |mode, level| decide(mode, &configuration, level, None, UserStatus::Confirmed);
        assert_eq!(decide(Mode::Enforced, high), expected);
        assert_eq!(decide(Mode::Audit, high), Action::Allow);
        assert_eq!(decide(Mode::Enforced, Some(Level::Low)), Action::Allow);
        assert_eq!(decide(Mode::Enforced, None), Action::Allow);
    }
}

#[test]
fn a_compromised_password_must_be_replaced() {
    let configuration = configuration(idp::AccountTakeoverEventActionType::Block);
    let decide = |mode, compromised, status| decide(mode, &configuration, None, compromised, status);
    assert_eq!(decide(Mode::Enforced, Some(true), UserStatus::Confirmed), Action::ResetPassword);
    assert_eq!(decide(Mode::Enforced, Some(false), UserStatus::Confirmed), Action::Allow);
    assert_eq!(decide(Mode::Enforced, None, UserStatus::Confirmed), Action::Allow);
    assert_eq!(decide(Mode::Audit, Some(true), UserStatus::Confirmed), Action::Allow);
    // Who must choose another one anyway may go on to do so.
    assert_eq!(decide(Mode::Enforced, Some(true), UserStatus::ForceChangePassword), Action::Allow);
    assert_eq!(
        super::decide(Mode::Enforced, &RiskConfiguration::default(), None, Some(true), UserStatus::Confirmed),
        Action::Allow
    );
}

#[test]
fn events_name_what_was_decided() {
    assert_eq!(decision(Action::Allow, None), "NoRisk");
    assert_eq!(decision(Action::Allow, Some(Level::Low)), "AccountTakeover");
    assert_eq!(decision(Action::RequireMfa, Some(Level::High)), "AccountTakeover");
    assert_eq!(decision(Action::Block, Some(Level::High)), "Block");
    assert_eq!(decision(Action::ResetPassword, None), "Block");
}
