//! Where the parameters of a request of the query protocol stand: in the body, or in the query string, where a URL alone is
//! the whole request (`GET /?Action=GetCallerIdentity&…&X-Amz-Signature=…`, as authenticators hand it on).
//!
//! AWS takes every operation either way. Here the query string is for what is signed and only reads: a URL is fetched by
//! whoever has it, often without a thought, by a link or a picture in a page, and stands in logs.

use bytes::Bytes;
use http::{Method, Uri, request};
use stepwell_core::{Error, ErrorCode};
use stepwell_model::{AuthMode, OperationMeta, Protocol};

use super::form::{self, Form, malformed};

/// Where the parameters stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the body, a form.
    Body,
    /// In the query string. There is no body.
    QueryString,
}

impl Place {
    /// Where those of this request stand; none if it does not speak the query protocol.
    pub fn of(head: &request::Parts) -> Option<Self> {
        let is_form = form::is_form(&head.headers);
        // Presigners leave the POST that SDKs otherwise send, and no content type.
        let may_be_bare = head.method == Method::GET || (head.method == Method::POST && !is_form);
        if may_be_bare && names_operation(&head.uri) { Some(Self::QueryString) } else { is_form.then_some(Self::Body) }
    }

    /// Reads the parameters.
    pub fn read(self, head: &request::Parts, body: &Bytes) -> Result<Form, Error> {
        match self {
            Self::Body if head.method == Method::POST => Form::read(body),
            Self::Body => {
                Err(Error::new(ErrorCode::UnknownOperation, "Requests are POSTs with an Action parameter in the body"))
            }
            Self::QueryString if !body.is_empty() => {
                Err(malformed("The parameters stand in the query string or in the body"))
            }
            Self::QueryString => {
                let query = head.uri.query().unwrap_or_default();
                // A space in a form and a plus in a signature: whoever passes the request on could make one of the other.
                if query.contains('+') {
                    return Err(malformed("In a query string a space is %20, and a plus sign is %2B"));
                }
                Form::read(query.as_bytes())
            }
        }
    }

    /// Refuses an operation that must not be asked for from here.
    pub fn check(self, meta: &OperationMeta) -> Result<(), Error> {
        if self == Self::Body || reads(meta) {
            return Ok(());
        }
        let message = format!("{} is taken as a POST with its parameters in the body only", meta.name);
        Err(Error::new(ErrorCode::UnknownOperation, message))
    }
}

fn names_operation(uri: &Uri) -> bool {
    uri.query().unwrap_or_default().split('&').any(|pair| pair.starts_with("Action="))
}

/// Whether an operation is signed, and changes nothing and gives nothing away but what it reads: `GetSessionToken` makes
/// credentials.
fn reads(meta: &OperationMeta) -> bool {
    let is_query = matches!(meta.service.protocol(), Protocol::Query { .. });
    let is_read = (meta.name.starts_with("Get") || meta.name.starts_with("List")) && meta.name != "GetSessionToken";
    is_query && is_read && meta.auth == AuthMode::SigV4
}

#[cfg(test)]
mod tests {
    use http::Request;
    use http::header::CONTENT_TYPE;
    use stepwell_model::{iam, sts};

    use super::*;

    const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

    fn head(method: Method, target: &str, content_type: Option<&str>) -> request::Parts {
        let request = Request::builder().method(method).uri(target);
        let request = content_type.into_iter().fold(request, |request, value| request.header(CONTENT_TYPE, value));
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn what_speaks_the_query_protocol_and_where() {
        let of = |method, target, content_type| Place::of(&head(method, target, content_type));
        let (bare, named) = ("/", "/?Version=2011-06-15&Action=GetCallerIdentity");
        assert_eq!(of(Method::POST, bare, Some(FORM)), Some(Place::Body));
        assert_eq!(of(Method::GET, named, None), Some(Place::QueryString));
        assert_eq!(of(Method::GET, named, Some(FORM)), Some(Place::QueryString));
        assert_eq!(of(Method::POST, named, None), Some(Place::QueryString));
        // What stands in the body counts where there is a form.
        assert_eq!(of(Method::POST, named, Some(FORM)), Some(Place::Body));
        for method in [Method::HEAD, Method::PUT, Method::DELETE] {
            assert_eq!(of(method, named, None), None);
        }
        for target in ["/", "/?", "/?action=GetCallerIdentity", "/?XAction=a", "/?Action"] {
            assert_eq!(of(Method::GET, target, None), None, "{target}");
        }
    }

    #[test]
    fn a_query_string_is_read_as_it_was_signed() {
        let read = |target: &str, body: &'static str| {
            let head = head(Method::GET, target, None);
            Place::QueryString.read(&head, &Bytes::from_static(body.as_bytes()))
        };
        let form = read("/?Action=ListUsers&Version=2010-05-08&PathPrefix=%2Fa%20b%2Bc%2F", "").unwrap();
        assert_eq!((form.text("Action"), form.text("PathPrefix")), (Some("ListUsers"), Some("/a b+c/")));
        assert!(read("/?Action=ListUsers&PathPrefix=a+b", "").is_err());
        assert!(read("/?Action=ListUsers&Action=ListRoles", "").is_err());
        assert!(read("/?Action=ListUsers&X-Amz-Date=1&X-Amz%2DDate=2", "").is_err());
        assert!(read("/?Action=ListUsers&x=%zz", "").is_err());
        assert!(read("/?Action=ListUsers", "Action=ListUsers").is_err());
        assert!(Place::Body.read(&head(Method::GET, "/", Some(FORM)), &Bytes::new()).is_err());
    }

    #[test]
    fn only_what_is_signed_and_reads_is_asked_for_by_a_url() {
        let taken = |operations: &[OperationMeta]| {
            let taken = operations.iter().filter(|meta| Place::QueryString.check(meta).is_ok());
            taken.map(|meta| meta.name).collect::<Vec<_>>()
        };
        assert_eq!(taken(sts::OPERATIONS), ["GetAccessKeyInfo", "GetCallerIdentity"]);
        let of_iam = taken(iam::OPERATIONS);
        assert!(of_iam.contains(&"ListUsers") && of_iam.contains(&"GetUser"));
        assert!(of_iam.iter().all(|name| name.starts_with("Get") || name.starts_with("List")), "{of_iam:?}");
        assert!(sts::OPERATIONS.iter().chain(iam::OPERATIONS).all(|meta| Place::Body.check(meta).is_ok()));
        // Another protocol's operations are not asked for in this one.
        assert!(taken(stepwell_model::idp::OPERATIONS).is_empty());
    }
}
