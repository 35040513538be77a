//! Pagination tokens: a sealed position, bound to the list it came from, so that it neither tells nor accepts anything
//! else.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::ports::store::After;
use crate::seal::Purpose;

/// Seals a position in the list that `list` names (operation, pool, filter, …).
pub fn token(domain: &Domain, list: &[&str], after: &After) -> Result<String> {
    let plain = serde_json::to_vec(&(&after.value, &after.id)).map_err(Error::internal)?;
    Ok(URL_SAFE_NO_PAD.encode(domain.system_keys.seal(&*domain.rng, Purpose::Paging, list, &plain)?))
}

/// Opens a pagination token; `InvalidParameterException` if it is not from this list.
pub fn after(domain: &Domain, list: &[&str], token: Option<&str>) -> Result<Option<After>> {
    let Some(token) = token else { return Ok(None) };
    let invalid = || Error::invalid_parameter("Invalid pagination token given.");
    let sealed = URL_SAFE_NO_PAD.decode(token).map_err(|_| invalid())?;
    let plain = domain.system_keys.unseal(Purpose::Paging, list, &sealed).map_err(|_| invalid())?;
    let (value, id) = serde_json::from_slice(&plain).map_err(|_| invalid())?;
    Ok(Some(After { value, id }))
}

/// Cuts a list read with `limit + 1` down to `limit` and, if something was cut, seals the position of the last item.
pub fn page<T>(
    domain: &Domain,
    list: &[&str],
    mut items: Vec<T>,
    limit: u32,
    position: impl Fn(&T) -> After,
) -> Result<(Vec<T>, Option<String>)> {
    let limit = limit as usize;
    if items.len() <= limit {
        return Ok((items, None));
    }
    items.truncate(limit);
    let next = items.last().map(|item| token(domain, list, &position(item))).transpose()?;
    Ok((items, next))
}
