//! From an HTTP request to an operation and back, in both protocols. The shared phases run here, so that no operation can
//! forget one: parse, validate, throttle by address, authenticate, authorize by policies, throttle by user and account,
//! call, audit.

use std::collections::HashMap;
use std::future::Future;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, REFERER, USER_AGENT, X_CONTENT_TYPE_OPTIONS};
use http::{Method, Request, Response, StatusCode, request};
use stepwell_core::context::Principal;
use stepwell_core::{Caller, Context, Domain, Error, ErrorCode};
use stepwell_model::{AuthMode, NOT_BUILT, OperationInput, OperationMeta, OperationShape, Protocol, Service};
use tokio::time::Instant;

use super::authenticate::{self, Received};
use super::category::{self, Category};
use super::limits::Limits;
use super::query::{Form, Place, xml};
use super::{ApiSettings, body, cognito_sync, cors, error};
use crate::authorize::{self, Authorized};
use crate::operation::Operation;

mod limit;

/// The header that names an operation.
pub(super) const TARGET: HeaderName = HeaderName::from_static("x-amz-target");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// The longest a request body may take to arrive.
const BODY_DEADLINE: Duration = Duration::from_secs(10);
/// The longest an operation may take.
const DEADLINE: Duration = Duration::from_secs(20);

/// Room for most answers, in bytes: what outgrows it is copied about.
const TYPICAL_ANSWER: usize = 2048;

/// What every request needs.
#[derive(Debug)]
pub struct Dispatcher {
    domain: Arc<Domain>,
    settings: ApiSettings,
    limits: Limits,
    operations: HashMap<String, (OperationMeta, Handler)>,
}

/// A request read whole, with what is known of its sender.
struct Incoming {
    head: request::Parts,
    body: Bytes,
    /// The parameters of a request of the query protocol.
    form: Option<Form>,
    address: Option<IpAddr>,
    request_id: String,
}

/// What came of a request.
struct Outcome {
    answer: Answer,
    /// The access key whose signature was verified: who administered is worth a line in the log.
    access_key_id: Option<String>,
}

type Answer = Result<Bytes, Error>;
/// A request with the operation that it is addressed to.
type Addressed<'a> = (&'a (OperationMeta, Handler), Incoming);
type Handler = for<'a> fn(&'a Dispatcher, &'a Incoming) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;

impl Dispatcher {
    /// Knows every operation that is built.
    pub fn new(domain: Arc<Domain>, settings: ApiSettings) -> Self {
        let limits = Limits::new(settings.limits.clone(), settings.trusted_proxies.clone());
        let mut dispatcher = Self { domain, settings, limits, operations: HashMap::new() };
        register_all(&mut dispatcher);
        dispatcher.register::<crate::verification::VerifyRequest>();
        dispatcher
    }

    fn register<O: Operation + Authorized>(&mut self) {
        let target = O::META.service.target(O::META.name);
        self.operations.insert(target, (O::META, |dispatcher, incoming| Box::pin(dispatcher.run::<O>(incoming))));
    }

    /// Answers one request.
    pub async fn handle(&self, request: Request<Body>) -> Response<Body> {
        if request.method() == Method::OPTIONS {
            return cors::preflight(request.headers());
        }
        let request_id = self.domain.rng.uuid();
        let by_url = request.method() == Method::GET;
        let (protocol, answer) = self.answer(request, &request_id).await;
        let mut response = match answer {
            Ok(body) => success(protocol, body),
            Err(error) => error::response(protocol, &error, &request_id),
        };
        let headers = response.headers_mut();
        cors::allow(headers);
        if by_url {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        }
        if let Ok(value) = HeaderValue::from_str(&request_id) {
            headers.insert(REQUEST_ID, value);
        }
        response
    }

    /// The answer, and the protocol to write it in: the operation's, or as far as none is known that of the request.
    async fn answer(&self, request: Request<Body>, request_id: &str) -> (Protocol, Answer) {
        let (head, body) = request.into_parts();
        let place = if head.headers.contains_key(TARGET) { None } else { Place::of(&head) };
        let received = match place {
            Some(place) => self.receive_form(place, head, body, request_id).await,
            None => self.receive_json(head, body, request_id).await,
        };
        let ((meta, handler), incoming) = match received {
            Ok(received) => received,
            Err(refused) => {
                if refused.code() == ErrorCode::UnknownOperation {
                    // What an app calls that is not there is what its developer wants to know.
                    tracing::info!(request_id, reason = refused.message(), "refused");
                }
                return (if place.is_some() { error::UNKNOWN_SERVICE } else { Service::Idp.protocol() }, Err(refused));
            }
        };
        let started = Instant::now();
        let outcome = handler(self, &incoming).await;
        audit(meta, &incoming, started.elapsed(), &outcome);
        (meta.service.protocol(), outcome.answer)
    }

    /// A request of AWS JSON 1.1. Its operation stands in a header, so what is not there is refused before it is read.
    async fn receive_json(&self, head: request::Parts, body: Body, request_id: &str) -> Result<Addressed<'_>, Error> {
        if let Some(refused) = cognito_sync::refusal(&head.headers, &head.uri) {
            return Err(refused);
        }
        if head.method != Method::POST {
            return Err(Error::new(ErrorCode::UnknownOperation, "Requests are POSTs with an X-Amz-Target header"));
        }
        let target = head.headers.get(TARGET).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let operation = self.operation(target, false).ok_or_else(|| not_available(target))?;
        let body = self.read(body).await?;
        Ok((operation, self.incoming(head, body, None, request_id)))
    }

    /// A request of the query protocol, which names its operation among its parameters.
    async fn receive_form(
        &self,
        place: Place,
        head: request::Parts,
        body: Body,
        request_id: &str,
    ) -> Result<Addressed<'_>, Error> {
        let body = self.read(body).await?;
        let form = place.read(&head, &body)?;
        let (action, version) = (form.text("Action").unwrap_or_default(), form.text("Version").unwrap_or_default());
        let operation =
            self.operation(&format!("{version}.{action}"), true).ok_or_else(|| no_such_action(action, version))?;
        place.check(&operation.0)?;
        Ok((operation, self.incoming(head, body, Some(form), request_id)))
    }

    fn operation(&self, target: &str, is_query: bool) -> Option<&(OperationMeta, Handler)> {
        self.operations
            .get(target)
            .filter(|(meta, _)| matches!(meta.service.protocol(), Protocol::Query { .. }) == is_query)
    }

    async fn read(&self, body: Body) -> Result<Bytes, Error> {
        tokio::time::timeout(BODY_DEADLINE, body::read(body, self.settings.body_limit))
            .await
            .map_err(|_| Error::new(ErrorCode::RequestTimeout, "The request body took too long to arrive"))?
    }

    fn incoming(&self, head: request::Parts, body: Bytes, form: Option<Form>, request_id: &str) -> Incoming {
        let address = self.limits.address(&head.extensions, &head.headers);
        Incoming { head, body, form, address, request_id: request_id.to_owned() }
    }

    async fn run<O: Operation + Authorized>(&self, incoming: &Incoming) -> Outcome {
        let deadline = Instant::now() + DEADLINE;
        let (input, principal) = match in_time(deadline, pin!(self.admit::<O>(incoming))).await {
            Ok(admitted) => admitted,
            Err(refused) => return Outcome { answer: Err(refused), access_key_id: None },
        };
        let access_key_id = match &principal {
            Principal::Signed(signer) => Some(signer.access_key_id.clone()),
            Principal::Anonymous | Principal::User(_) => None,
        };
        let answer = in_time(deadline, pin!(self.call::<O>(incoming, principal, input))).await;
        Outcome { answer, access_key_id }
    }

    /// Finds out who sends the request, and reads it.
    async fn admit<O: Operation>(&self, incoming: &Incoming) -> Result<(O::Input, Principal), Error> {
        let parse = || -> Result<O::Input, Error> {
            match &incoming.form {
                Some(form) => form.parse(),
                None => body::parse(O::META.service, &incoming.body),
            }
        };
        let received = Received {
            method: &incoming.head.method,
            uri: &incoming.head.uri,
            headers: &incoming.head.headers,
            body: &incoming.body,
        };
        let domain = &self.domain;
        // Administrators' signed calls never count for their address, failed signatures do. Who has not signed has nothing
        // read.
        if O::META.auth == AuthMode::SigV4 {
            return match authenticate::signed(domain, &self.settings, &O::META, received).await {
                Ok(principal) => Ok((parse()?, principal)),
                Err(refused) => {
                    self.limit_address(&O::META, Category::RefusedSignature, incoming)?;
                    Err(refused)
                }
            };
        }
        // Before the work of authentication; what cannot be read counts, too.
        let read = parse();
        let challenge = read.as_ref().ok().and_then(OperationInput::challenge_name);
        if let Some(category) = category::of(&O::META, challenge) {
            self.limit_address(&O::META, category, incoming)?;
        }
        let input = read?;
        let principal = authenticate::principal(domain, &self.settings, &O::META, received, &input).await?;
        Ok((input, principal))
    }

    async fn call<O: Operation + Authorized>(
        &self,
        incoming: &Incoming,
        principal: Principal,
        input: O::Input,
    ) -> Answer {
        let caller = Caller {
            address: incoming.address,
            user_agent: header_text(&incoming.head, &USER_AGENT),
            referer: header_text(&incoming.head, &REFERER),
            request_id: incoming.request_id.clone(),
            principal,
        };
        let cx = Context { domain: &self.domain, caller: &caller };
        // Before anything that depends on what is there: whoever may not ask learns nothing of it.
        authorize::phase::<O>(&cx, &input).await?;
        self.limit_user_and_account(&O::META, &caller.principal, &input).await?;
        let output = O::call(&cx, input).await?;
        if incoming.form.is_some() {
            return xml::success(&O::META, &incoming.request_id, &output).map(Bytes::from);
        }
        if !O::META.has_output {
            return Ok(Bytes::new());
        }
        let mut body = Vec::with_capacity(TYPICAL_ANSWER);
        serde_json::to_writer(&mut body, &output).map_err(Error::internal)?;
        Ok(body.into())
    }
}

/// `work` comes pinned: the future of an operation is large, and would be moved more than once.
async fn in_time<T, F>(deadline: Instant, work: Pin<&mut F>) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    match tokio::time::timeout_at(deadline, work).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Error::new(ErrorCode::ServiceUnavailable, "The request took too long")),
    }
}

fn success(protocol: Protocol, body: Bytes) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::OK;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(error::content_type(protocol)));
    response
}

/// Says whether the target is unknown, or known and not built yet. Either way a 400 that SDKs do not retry.
fn not_available(target: &str) -> Error {
    let not_built = target.split_once('.').is_some_and(|(prefix, name)| {
        NOT_BUILT.iter().any(|(service, operation)| {
            *operation == name
                && matches!(service.protocol(), Protocol::Json { target_prefix } if target_prefix == prefix)
        })
    });
    let message = if not_built {
        format!("{target} is not available in this version of Stepwell yet")
    } else {
        "The requested operation is not recognized by the service.".to_owned()
    };
    Error::new(ErrorCode::UnknownOperation, message)
}

/// The same for the query protocol, in its words.
fn no_such_action(action: &str, version: &str) -> Error {
    let quoted = |text: &str| text.chars().take(128).collect::<String>();
    let not_built = NOT_BUILT.iter().any(|(service, operation)| {
        *operation == action && matches!(service.protocol(), Protocol::Query { version: own, .. } if own == version)
    });
    let message = if not_built {
        format!("{action} is not available in this version of Stepwell yet")
    } else {
        format!("Could not find operation {} for version {}", quoted(action), quoted(version))
    };
    Error::new(ErrorCode::UnknownOperation, message)
}

/// One line per request; nothing in it is secret. Administrators' calls and failures are worth keeping, the rest is
/// for debugging.
fn audit(meta: &OperationMeta, incoming: &Incoming, took: Duration, outcome: &Outcome) {
    let operation = meta.name;
    let request_id = incoming.request_id.as_str();
    let address = incoming.address.map(|address| address.to_string()).unwrap_or_default();
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    let access_key = outcome.access_key_id.as_deref().unwrap_or_default();
    let Err(error) = &outcome.answer else {
        if meta.auth == AuthMode::SigV4 {
            tracing::info!(operation, request_id, address, access_key, micros, "done");
        } else {
            tracing::debug!(operation, request_id, address, micros, "done");
        }
        return;
    };
    let code = error.code().name();
    if error.code().http_status() >= 500 {
        tracing::error!(operation, request_id, address, micros, code, ?error, "failed");
    } else {
        // Not the message: some repeat what the caller sent.
        tracing::info!(operation, request_id, address, access_key, micros, code, "refused");
    }
    if !is_declared(meta, error.code()) {
        tracing::error!(operation, request_id, code, "undeclared error");
    }
}

/// A header, cut to what a session's record may hold.
fn header_text(head: &request::Parts, name: &HeaderName) -> Option<String> {
    const LONGEST: usize = 512;
    let text = head.headers.get(name)?.to_str().ok()?;
    Some(text.chars().take(LONGEST).collect())
}

/// True if the operation's model (with the patch list) lists the error, or every operation may return it.
pub fn is_declared(meta: &OperationMeta, code: ErrorCode) -> bool {
    // What goes wrong in every operation has common names in the query protocol (see the generator's list).
    let common_in_query = matches!(meta.service.protocol(), Protocol::Query { .. })
        && matches!(code, ErrorCode::InternalError | ErrorCode::InvalidParameter);
    code.is_common() || common_in_query || meta.errors.contains(&code)
}

macro_rules! register_all {
    ($(($service:ident, $resource:ident, $file:ident, $operation:ident)),* $(,)?) => {
        fn register_all(dispatcher: &mut Dispatcher) {
            $( dispatcher.register::<stepwell_model::$service::$operation>(); )*
        }

        /// Names of the operations that are built, with their service.
        pub fn built() -> Vec<(Service, &'static str)> {
            vec![$( {
                let meta = <stepwell_model::$service::$operation as OperationShape>::META;
                (meta.service, meta.name)
            } ),*]
        }
    };
}
stepwell_model::for_each_operation!(register_all);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_built_or_on_the_list() {
        let built = built();
        let count = |wanted| {
            let all = built.iter().chain(NOT_BUILT);
            all.filter(|(service, _)| *service == wanted).count()
        };
        assert_eq!([Service::Idp, Service::Identity, Service::Sts, Service::Iam].map(count), [141, 23, 6, 80]);
        assert!(built.iter().all(|operation| !NOT_BUILT.contains(operation)));
    }

    #[tokio::test(start_paused = true)]
    async fn work_without_end_is_given_up() {
        let begun = Instant::now();
        let refused = in_time(begun + DEADLINE, pin!(std::future::pending::<Result<(), Error>>())).await;
        assert_eq!(refused.map_err(|error| error.code()), Err(ErrorCode::ServiceUnavailable));
        assert_eq!(begun.elapsed(), DEADLINE);
    }

    #[test]
    fn unknown_and_unbuilt_targets_are_told_apart() {
        assert!(not_available("AWSCognitoIdentityProviderService.Nonsense").message().contains("not recognized"));
        assert!(not_available("").message().contains("not recognized"));
        assert_eq!(
            no_such_action("Nonsense", "2011-06-15").message(),
            "Could not find operation Nonsense for version 2011-06-15"
        );
        if let Some((service, name)) = NOT_BUILT.first() {
            assert!(not_available(&service.target(name)).message().contains("not available"));
        }
    }
}
