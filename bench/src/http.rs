//! One HTTP/1.1 connection, kept alive, and the requests sent on it. Blocking and plain, so that the driver takes as little
//! as possible from the cores it shares with the server.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

use crate::Failure;

/// Longer than any answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request, ready to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Request(Vec<u8>);

impl Request {
    /// An operation of user pools without a signature, as apps send it.
    pub(crate) fn app(operation: &str, input: &Value) -> Self {
        Self::operation(operation, input, "")
    }

    /// An operation of user pools with a signature, which `dev` takes for granted.
    pub(crate) fn admin(operation: &str, input: &Value) -> Self {
        let zeros = "0".repeat(64);
        let authorization = format!(
            "X-Amz-Date: 20270115T080000Z\r\nAuthorization: AWS4-HMAC-SHA256 \
             Credential=AKIABENCHBENCHBENCHX/20270115/us-east-1/cognito-idp/aws4_request, \
             SignedHeaders=host;x-amz-date, Signature={zeros}\r\n"
        );
        Self::operation(operation, input, &authorization)
    }

    /// A page.
    pub(crate) fn get(path: &str) -> Self {
        Self(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").into_bytes())
    }

    fn operation(operation: &str, input: &Value, authorization: &str) -> Self {
        let body = input.to_string();
        let length = body.len();
        Self(
            format!(
                "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.1\r\n\
                 X-Amz-Target: AWSCognitoIdentityProviderService.{operation}\r\n{authorization}\
                 Content-Length: {length}\r\n\r\n{body}"
            )
            .into_bytes(),
        )
    }
}

/// A connection to the server.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Connection {
    /// Connects.
    pub(crate) fn open(address: SocketAddr) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream, received: Vec::with_capacity(16 * 1024) })
    }

    /// Sends a request and returns the body of the answer. Anything but a 200 is a failure.
    pub(crate) fn call(&mut self, request: &Request) -> Result<&[u8], Failure> {
        self.stream.write_all(&request.0)?;
        self.received.clear();
        let (head, length) = loop {
            self.receive()?;
            if let Some(end) = self.received.windows(4).position(|window| window == b"\r\n\r\n") {
                let head = end + 4;
                break (head, content_length(self.received.get(..head).unwrap_or_default())?);
            }
        };
        while self.received.len() < head + length {
            self.receive()?;
        }
        let body = self.received.get(head..head + length).unwrap_or_default();
        if self.received.starts_with(b"HTTP/1.1 200 ") {
            return Ok(body);
        }
        Err(format!("the server refused: {}", String::from_utf8_lossy(body)).into())
    }

    /// Sends a request and reads the answer as JSON.
    pub(crate) fn json(&mut self, request: &Request) -> Result<Value, Failure> {
        let body = self.call(request)?;
        Ok(if body.is_empty() { Value::Null } else { serde_json::from_slice(body)? })
    }

    fn receive(&mut self) -> Result<(), Failure> {
        let mut chunk = [0; 16 * 1024];
        let count = self.stream.read(&mut chunk)?;
        if count == 0 {
            return Err("the server closed the connection".into());
        }
        self.received.extend_from_slice(chunk.get(..count).unwrap_or_default());
        Ok(())
    }
}

fn content_length(head: &[u8]) -> Result<usize, Failure> {
    let head = std::str::from_utf8(head)?;
    let value = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then_some(value.trim())
    });
    Ok(value.ok_or("an answer without a length")?.parse()?)
}
