//! Amazon Cognito Sync: closed to new customers since 30 July 2026, and not here. Its calls get a refusal that says so, with a
//! status that SDKs do not repeat.

use http::{HeaderMap, Uri};
use stepwell_core::{Error, ErrorCode};

use super::dispatch::TARGET;

const TARGET_PREFIX: &str = "AWSCognitoSyncService.";
/// Where its REST paths begin; they carry no target.
const PATH: &str = "/identitypools";

/// The refusal, if the request is a call of Cognito Sync.
pub fn refusal(headers: &HeaderMap, uri: &Uri) -> Option<Error> {
    let is_sync = match headers.get(TARGET) {
        Some(target) => target.as_bytes().starts_with(TARGET_PREFIX.as_bytes()),
        None => uri.path().strip_prefix(PATH).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
    };
    is_sync.then(|| {
        Error::new(
            ErrorCode::UnknownOperation,
            "Amazon Cognito Sync is closed to new customers, and Stepwell does not offer it. Keep users' data in a store \
             of your own, under the identity id.",
        )
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn only_calls_of_sync_are_refused() {
        let refused = |target: Option<&'static str>, path: &str| {
            let headers = target.map(|target| (TARGET, HeaderValue::from_static(target))).into_iter().collect();
            refusal(&headers, &path.parse().unwrap()).is_some()
        };
        assert!(refused(Some("AWSCognitoSyncService.ListRecords"), "/"));
        assert!(refused(None, "/identitypools"));
        assert!(refused(None, "/identitypools/us-east-1:1/identities/us-east-1:2/datasets"));
        assert!(!refused(Some("AWSCognitoIdentityService.GetId"), "/identitypools"));
        assert!(!refused(None, "/identitypoolsx"));
        assert!(!refused(None, "/"));
    }
}
