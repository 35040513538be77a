use super::*;

fn takeover(notify: bool, configuration: Option<idp::NotifyConfigurationType>) -> RiskConfiguration {
    let action = |event_action, notify| {
        Some(idp::AccountTakeoverActionType { event_action: Some(event_action), notify: Some(notify) })
    };
    RiskConfiguration {
        takeover: Some(idp::AccountTakeoverRiskConfigurationType {
            actions: Some(idp::AccountTakeoverActionsType {
                low_action: None,
                medium_action: action(idp::AccountTakeoverEventActionType::MfaRequired, false),
                high_action: action(idp::AccountTakeoverEventActionType::Block, notify),
            }),
            notify_configuration: configuration,
        }),
        ..RiskConfiguration::default()
    }
}

#[test]
fn each_level_has_its_action() {
    let configuration = takeover(true, None);
    assert!(configuration.action(Level::Low).is_none());
    let medium = configuration.action(Level::Medium).unwrap();
    assert_eq!(medium.event_action, Some(idp::AccountTakeoverEventActionType::MfaRequired));
    assert!(configuration.notifies());
    assert!(!takeover(false, None).notifies());
    assert!(RiskConfiguration::default().action(Level::High).is_none());
}

#[test]
fn blocked_and_skipped_ranges() {
    let configuration = RiskConfiguration {
        exceptions: Some(idp::RiskExceptionConfigurationType {
            blocked_ip_range_list: Some(vec!["192.0.2.0/24".into()]),
            skipped_ip_range_list: Some(vec!["198.51.100.0/24".into()]),
        }),
        ..RiskConfiguration::default()
    };
    let address = |text: &str| Some(text.parse().unwrap());
    assert!(configuration.is_blocked(address("192.0.2.5")) && !configuration.is_skipped(address("192.0.2.5")));
    assert!(configuration.is_skipped(address("198.51.100.5")) && !configuration.is_blocked(address("198.51.100.5")));
    assert!(!configuration.is_blocked(None) && !configuration.is_skipped(None));
}

#[test]
fn compromised_credentials_default_to_all_events_without_action() {
    let nothing = RiskConfiguration::default();
    assert!(nothing.looks_at(Filter::SignUp) && !nothing.blocks(Filter::SignUp));
    let sign_in_only = RiskConfiguration {
        compromised: Some(idp::CompromisedCredentialsRiskConfigurationType {
            event_filter: Some(vec![idp::EventFilterType::SignIn]),
            actions: Some(idp::CompromisedCredentialsActionsType {
                event_action: Some(idp::CompromisedCredentialsEventActionType::Block),
            }),
        }),
        ..RiskConfiguration::default()
    };
    assert!(sign_in_only.blocks(Filter::SignIn));
    assert!(!sign_in_only.looks_at(Filter::SignUp) && !sign_in_only.blocks(Filter::SignUp));
}

#[test]
fn what_is_stored_is_what_was_given() {
    let given = takeover(true, Some(idp::NotifyConfigurationType::default()));
    let text = serde_json::to_string(&given).unwrap();
    assert_eq!(serde_json::from_str::<RiskConfiguration>(&text).unwrap(), given);
}
