//! The openers of what clients hold: only the very text that was given out opens, and only for the client it was given to.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use stepwell_core::auth::secret_block::{Prover, SecretBlock};
use stepwell_core::auth::session::{Kind, Session};
use stepwell_core::auth::{ChallengeName, Realm};
use stepwell_core::sts::credentials;
use stepwell_core::tokens::{access_token as core_access_token, refresh_token::RefreshToken};

use crate::Finding;
use crate::fixture::Fixture;

/// Nothing here changes it, so one serves all inputs.
fn fixture() -> Result<&'static Fixture, Finding> {
    static FIXTURE: OnceLock<Result<Fixture, Finding>> = OnceLock::new();
    FIXTURE.get_or_init(Fixture::make).as_ref().map_err(Clone::clone)
}

/// The verification of access tokens.
pub fn access_token(data: &[u8]) -> Result<(), Finding> {
    let Ok(text) = std::str::from_utf8(data) else { return Ok(()) };
    let fixture = fixture()?;
    let opened = fixture.runtime.block_on(core_access_token::verify(fixture.domain(), text)).is_ok();
    judge(text, &fixture.access_token, opened, false)
}

/// The opener of `Session` strings.
pub fn session(data: &[u8]) -> Result<(), Finding> {
    sealed(
        data,
        |fixture| &fixture.session,
        |fixture, realm, text| {
            fixture
                .with_context(|cx| Session::open(cx, realm, Kind::Challenge(ChallengeName::NewPasswordRequired), text))
                .is_ok()
        },
    )
}

/// The opener of `SECRET_BLOCK`.
pub fn secret_block(data: &[u8]) -> Result<(), Finding> {
    sealed(
        data,
        |fixture| &fixture.secret_block,
        |fixture, realm, text| fixture.with_context(|cx| SecretBlock::open(cx, realm, Prover::User, text)).is_ok(),
    )
}

/// The opener of the `SECRET_BLOCK` that devices get.
pub fn device_block(data: &[u8]) -> Result<(), Finding> {
    sealed(
        data,
        |fixture| &fixture.device_block,
        |fixture, realm, text| fixture.with_context(|cx| SecretBlock::open(cx, realm, Prover::Device, text)).is_ok(),
    )
}

/// The opener of refresh tokens.
pub fn refresh_token(data: &[u8]) -> Result<(), Finding> {
    sealed(
        data,
        |fixture| &fixture.refresh_token,
        |_, realm, text| RefreshToken::open(&realm.entry, &realm.client.id, text).is_ok(),
    )
}

/// The opener of session tokens: each opens for its own access key alone.
pub fn session_token(data: &[u8]) -> Result<(), Finding> {
    let Ok(text) = std::str::from_utf8(data) else { return Ok(()) };
    let fixture = fixture()?;
    let opens = |access_key_id: &str| credentials::open(fixture.domain(), access_key_id, text).is_ok();
    judge(text, &fixture.session_token, opens(&fixture.access_key_id), opens("ASIAFUZZFUZZFUZZFUZZ"))
}

fn sealed(
    data: &[u8],
    genuine: fn(&Fixture) -> &String,
    open: impl Fn(&Fixture, &Realm, &str) -> bool,
) -> Result<(), Finding> {
    let Ok(text) = std::str::from_utf8(data) else { return Ok(()) };
    let fixture = fixture()?;
    let opened = open(fixture, &fixture.realm, text);
    judge(text, genuine(fixture), opened, open(fixture, &fixture.other_realm, text))
}

fn judge(text: &str, genuine: &str, opened: bool, opened_for_other: bool) -> Result<(), Finding> {
    if opened_for_other {
        return Err(format!("opened for another client: {text}"));
    }
    match (opened, text == genuine) {
        (true, false) => Err(format!("a forgery opened: {text}")),
        // Without this, a fixture that never opens would find nothing for ever.
        (false, true) => Err("what was given out does not open".to_owned()),
        (true, true) | (false, false) => Ok(()),
    }
}

/// Everything that was given out (each opener must refuse what is meant for another), and unsigned and mis-signed tokens.
pub(crate) fn seeds() -> Result<Vec<Vec<u8>>, Finding> {
    let fixture = fixture()?;
    let given = [
        &fixture.access_token,
        &fixture.id_token,
        &fixture.refresh_token,
        &fixture.session,
        &fixture.secret_block,
        &fixture.device_block,
        &fixture.session_token,
    ];
    let mut seeds: Vec<Vec<u8>> = given.iter().map(|text| text.as_bytes().to_vec()).collect();
    let payload = fixture.access_token.split('.').nth(1).unwrap_or_default();
    for header in [r#"{"alg":"none"}"#, r#"{"alg":"HS256","typ":"JWT"}"#, r#"{"alg":"RS256","kid":"x"}"#] {
        seeds.push(format!("{}.{payload}.", URL_SAFE_NO_PAD.encode(header)).into_bytes());
    }
    Ok(seeds)
}
