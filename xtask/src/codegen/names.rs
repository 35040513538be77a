//! Names: how the wire's become Rust's.

/// Splits `UserMFASettingList` into `User MFA Setting List`; `CallbackURLs` into `Callback URLs`.
fn words(name: &str) -> Vec<String> {
    // Spellings of the field that a mechanical split would tear apart.
    let name = name.replace("OAuth", "Oauth").replace("WebAuthn", "Webauthn").replace("IdP", "Idp");
    let letters: Vec<char> = name.chars().collect();
    let mut out: Vec<String> = Vec::new();
    let mut previous: Option<char> = None;
    for (index, &letter) in letters.iter().enumerate() {
        if letter == '_' {
            previous = None;
            continue;
        }
        let rest: String = letters.iter().skip(index + 1).take(2).collect();
        let mut rest = rest.chars();
        let (next, after) = (rest.next(), rest.next());
        // The `s` of a plural acronym belongs to it: `URLs`, `ARNs`.
        let plural = next == Some('s') && after.is_none_or(|c| !c.is_lowercase());
        let begins_word = match previous {
            None => true,
            Some(previous) if letter.is_uppercase() => {
                let next_is_lower = next.is_some_and(char::is_lowercase);
                !previous.is_uppercase() || (next_is_lower && !plural)
            }
            Some(_) => false,
        };
        if begins_word {
            out.push(String::new());
        }
        if let Some(word) = out.last_mut() {
            word.push(letter);
        }
        previous = Some(letter);
    }
    out
}

/// `UserPoolId` → `user_pool_id`.
pub(super) fn snake(name: &str) -> String {
    words(name).iter().map(|word| word.to_lowercase()).collect::<Vec<_>>().join("_")
}

/// A field's name; keywords are escaped.
pub(super) fn field(name: &str) -> String {
    let name = snake(name);
    if name == "type" { "r#type".to_owned() } else { name }
}

/// `UserPoolIdType` → `USER_POOL_ID_TYPE`.
pub(super) fn screaming(name: &str) -> String {
    snake(name).to_uppercase()
}

/// A member as AWS's messages name it: only the first letter is lowered, `UserPoolId` → `userPoolId`.
pub(super) fn path(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_lowercase().to_string() + letters.as_str()).unwrap_or_default()
}

/// An enum value's variant: `USER_SRP_AUTH` → `UserSrpAuth`, `phone_number` → `PhoneNumber`, `V1_0` → `V1_0`.
pub(super) fn variant(value: &str) -> String {
    if value == "UNKNOWN" {
        // `Unknown` is the variant for what the model does not know.
        return "UnknownValue".to_owned();
    }
    let shouting = !value.chars().any(|c| c.is_ascii_lowercase());
    let mut out = String::new();
    for word in value.split('_') {
        if word.starts_with(|c: char| c.is_ascii_digit()) && out.ends_with(|c: char| c.is_ascii_digit()) {
            out.push('_');
        }
        let mut letters = word.chars();
        out.extend(letters.next().map(|c| c.to_ascii_uppercase()));
        let rest = letters.as_str();
        out += &if shouting { rest.to_ascii_lowercase() } else { rest.to_owned() };
    }
    out
}

/// The values in the order that a Java `HashSet` prints them, which is the order of Cognito's messages (recorded:
/// `[OPTIONAL, OFF, ON]`, `[implicit, client_credentials, code]`, `[phone_number, email]`).
pub(super) fn java_set_order(values: &[String]) -> Vec<&str> {
    let mut table = 16_u32;
    while values.len() as u64 * 4 > u64::from(table) * 3 {
        table *= 2;
    }
    let bucket = |value: &str| {
        let hash = value.encode_utf16().fold(0_u32, |hash, unit| hash.wrapping_mul(31).wrapping_add(u32::from(unit)));
        (hash ^ (hash >> 16)) & (table - 1)
    };
    let mut out: Vec<&str> = values.iter().map(String::as_str).collect();
    out.sort_by_key(|value| bucket(value));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_read_as_rust() {
        for (wire, rust) in [
            ("UserPoolId", "user_pool_id"),
            ("CallbackURLs", "callback_urls"),
            ("DefaultRedirectURI", "default_redirect_uri"),
            ("UserMFASettingList", "user_mfa_setting_list"),
            ("SMSMfaConfiguration", "sms_mfa_configuration"),
            ("OpenIdConnectProviderARNs", "open_id_connect_provider_arns"),
            ("AllowedOAuthFlows", "allowed_oauth_flows"),
            ("KMSKeyID", "kms_key_id"),
            ("headerName", "header_name"),
            ("CSSVersion", "css_version"),
            ("CompleteWebAuthnRegistration", "complete_webauthn_registration"),
            ("GetCSVHeader", "get_csv_header"),
        ] {
            assert_eq!(snake(wire), rust, "{wire}");
        }
    }

    #[test]
    fn variants_read_as_rust() {
        for (wire, rust) in [
            ("USER_SRP_AUTH", "UserSrpAuth"),
            ("V1_0", "V1_0"),
            ("TLS_V1_2_2021", "TlsV1_2_2021"),
            ("phone_number", "PhoneNumber"),
            ("InProgress", "InProgress"),
            ("UNKNOWN", "UnknownValue"),
        ] {
            assert_eq!(variant(wire), rust, "{wire}");
        }
    }

    #[test]
    fn sets_print_as_recorded_from_cognito() {
        let order = |values: &[&str]| {
            let values: Vec<String> = values.iter().map(ToString::to_string).collect();
            java_set_order(&values).join(", ")
        };
        assert_eq!(order(&["OFF", "ON", "OPTIONAL"]), "OPTIONAL, OFF, ON");
        assert_eq!(order(&["code", "implicit", "client_credentials"]), "implicit, client_credentials, code");
        assert_eq!(order(&["email", "phone_number"]), "phone_number, email");
    }
}
