"""SigV4 in `serve`: what is signed with the right secret passes, and nothing else does."""

import datetime
import hashlib

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest
import requests

from harness import serve, wire
from harness.aws import idp_client, refused
from harness.pools import Pool, unique

CODES = {"InvalidSignatureException", "SignatureDoesNotMatch", "UnrecognizedClientException",
         "InvalidClientTokenId", "IncompleteSignatureException", "MissingAuthenticationTokenException",
         "RequestExpired"}


@pytest.fixture(scope="module")
def serving(new_server):
    with new_server(mode="serve", env=serve.environment()) as server:
        yield server


def signed(server, body=b'{"MaxResults": 1}', operation="ListUserPools", key=serve.KEY_ID, secret=serve.SECRET,
           region="us-east-1", service="cognito-idp", at=None, headers=None, path="/", monkeypatch=None):
    """A prepared request as botocore signs it, still to be sent."""
    request = botocore.awsrequest.AWSRequest("POST", server.url + path, data=body, headers={
        "Content-Type": wire.JSON, "X-Amz-Target": wire.PREFIX + operation, **(headers or {})})
    signer = botocore.auth.SigV4Auth(botocore.credentials.Credentials(key, secret), service, region)
    if at:
        real = botocore.auth.get_current_datetime
        botocore.auth.get_current_datetime = lambda remove_tzinfo=True: at
        try:
            signer.add_auth(request)
        finally:
            botocore.auth.get_current_datetime = real
    else:
        signer.add_auth(request)
    return request.prepare()


def send(prepared, body=None, headers=None, url=None):
    return requests.post(url or prepared.url, data=prepared.body if body is None else body, timeout=30,
                         headers={**dict(prepared.headers), **(headers or {})})


def is_refused(answer, *codes):
    assert answer.status_code in (400, 403), (answer.status_code, answer.text)
    code, message = wire.error(answer)
    assert code in (codes or CODES), (code, message)
    assert serve.SECRET not in answer.text
    return message


def test_the_right_secret(serving):
    assert send(signed(serving)).status_code == 200
    assert send(signed(serving, path="/any/prefix/")).status_code == 200
    assert serve.root_client(serving).list_user_pools(MaxResults=1)["UserPools"] == []


def test_a_wrong_secret(serving):
    is_refused(send(signed(serving, secret="wrong")), "InvalidSignatureException")
    with refused("InvalidSignatureException"):
        idp_client(serving.url, key=serve.KEY_ID, secret="wrong").list_user_pools(MaxResults=1)


def test_an_unknown_key(serving):
    is_refused(send(signed(serving, key="AKIANOBODY0000000000")), "UnrecognizedClientException")


def test_no_signature(serving):
    answer = wire.post(serving.url, "ListUserPools", {"MaxResults": 1})
    is_refused(answer, "MissingAuthenticationTokenException")


def test_unsigned_operations_need_none(serving):
    pool = Pool(serve.root_client(serving))
    app = idp_client(serving.url, signed=False)
    app.sign_up(ClientId=pool.client_id, Username=unique("u"), Password="Correct-Horse-9")


def test_a_changed_body(serving):
    is_refused(send(signed(serving), body=b'{"MaxResults": 2}'), "InvalidSignatureException")


def test_another_operation_under_the_same_signature(serving):
    prepared = signed(serving, operation="DescribeUserPool", body=b'{"UserPoolId": "us-east-1_Nowhere00"}')
    is_refused(send(prepared, headers={"X-Amz-Target": wire.PREFIX + "DeleteUserPool"}), "InvalidSignatureException")


def test_another_path_or_query(serving):
    prepared = signed(serving)
    is_refused(send(prepared, url=serving.url + "/other"), "InvalidSignatureException")
    is_refused(send(prepared, url=serving.url + "/?a=b"), "InvalidSignatureException")


@pytest.mark.parametrize("minutes", [-20, 20, -60 * 24])
def test_a_wrong_clock(serving, minutes):
    at = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) + datetime.timedelta(minutes=minutes)
    answer = send(signed(serving, at=at))
    is_refused(answer, "InvalidSignatureException", "RequestExpired", "RequestTimeTooSkewed")


def test_a_clock_a_little_wrong(serving):
    at = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) - datetime.timedelta(minutes=3)
    assert send(signed(serving, at=at)).status_code == 200


def test_another_service(serving):
    is_refused(send(signed(serving, service="sts")))


def test_what_is_signed_must_include_host_and_date(serving):
    prepared = signed(serving)
    authorization = prepared.headers["Authorization"]
    for before, after in (("SignedHeaders=", "SignedHeaders=x-nothing;"), ("host;", ""), (";x-amz-date", ""),
                          ("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"), ("Signature=", "Signature="[:-1]),
                          ("/aws4_request", "/aws5_request"), ("Credential=", "Credential=/"), (", Signature", ""),
                          ("Signature=", "Signature=00")):
        assert before in authorization
        is_refused(send(prepared, headers={"Authorization": authorization.replace(before, after)}))


@pytest.mark.parametrize("authorization", [
    "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256 Credential=", "AWS4-HMAC-SHA256 a=b,c=d",
    "Bearer abc", "Basic dTpw", "AWS4-HMAC-SHA256 Credential=////,SignedHeaders=,Signature=",
    "AWS4-HMAC-SHA256 Credential=" + "a/" * 2000, "AWS4-HMAC-SHA256 " + "," * 5000])
def test_ill_formed_authorizations(serving, authorization):
    is_refused(wire.post(serving.url, "ListUserPools", {"MaxResults": 1}, headers={
        "Authorization": authorization, "X-Amz-Date": "20260101T000000Z"}))


@pytest.mark.parametrize("extra", [
    {"X-Amz-Content-Sha256": hashlib.sha256(b'{"MaxResults": 1}').hexdigest()},
    {"X-Custom": "a   b   c"}, {"X-Custom": ""},
    {"amz-sdk-invocation-id": "b9cd1b1e-0b3c-4b8e-9d50-2b8c0b1d5a11", "amz-sdk-request": "attempt=1; max=3"}], ids=str)
def test_canonicalization(serving, extra):
    # As the Go SDK signs; and header values whose inner spaces are folded by the algorithm.
    assert send(signed(serving, headers=extra)).status_code == 200


def test_a_session_token_that_was_never_given(serving):
    client = idp_client(serving.url, key=serve.KEY_ID, secret=serve.SECRET, token="bogus-session-token")
    with pytest.raises(client.exceptions.ClientError) as caught:
        client.list_user_pools(MaxResults=1)
    assert caught.value.response["Error"]["Code"] in CODES | {"ExpiredTokenException"}


def test_serve_has_no_dev_pages(serving):
    for path in ("/dev/mailbox", "/dev/mailbox/messages"):
        answer = requests.get(serving.url + path, timeout=10)
        assert answer.status_code in (400, 404) and "mailbox" not in answer.text.lower()


def test_health_without_a_signature(serving):
    for path in ("/healthz", "/readyz"):
        assert requests.get(serving.url + path, timeout=10).status_code == 200
