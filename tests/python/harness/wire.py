"""Raw calls: bytes on the wire as no SDK would send them."""

import json

import requests

JSON = "application/x-amz-json-1.1"
PREFIX = "AWSCognitoIdentityProviderService."


def post(url, operation, body, headers=None, content_type=JSON, prefix=PREFIX, timeout=30):
    """Posts `body` (bytes as they are, anything else as JSON) to an operation."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return requests.post(url, data=data, timeout=timeout, headers={
        "Content-Type": content_type, **({"X-Amz-Target": prefix + operation} if operation is not None else {}),
        **(headers or {})})


def error(answer):
    """The error's code and message, after checking that it has both forms and nothing a client trips over."""
    assert answer.headers["Content-Type"] == JSON, answer.headers
    assert answer.headers["x-amzn-RequestId"]
    body = answer.json()
    code = body["__type"].split("#")[-1]
    assert answer.headers["x-amzn-ErrorType"].split(":")[0] == code, answer.headers
    # A `code` member would win over `__type` in Amplify and in the Rust SDK.
    assert "code" not in body and "Code" not in body
    message = body.get("message")
    assert isinstance(message, str), body
    return code, message


def refused(answer, code, message=None, part=None):
    """The answer must be status 400 with this code and, where given, this message."""
    assert answer.status_code == 400, (answer.status_code, answer.text[:500])
    found, text = error(answer)
    assert found == code, (found, text)
    if message is not None:
        assert text == message
    if part is not None:
        assert part.lower() in text.lower(), text
    return text
