"""The wire contract that all SDKs share: routing, both error forms, headers, CORS, success bodies."""

import email.utils
import re
import time

import pytest
import requests

from harness import wire
from harness.pools import PASSWORD

TODAY = time.strftime("%Y%m%d", time.gmtime())
# Any credentials are accepted in dev, so any signature is.
SIGNED = {"Authorization": f"AWS4-HMAC-SHA256 Credential=test/{TODAY}/us-east-1/cognito-idp/aws4_request, "
                           "SignedHeaders=host;x-amz-date, Signature=" + "0" * 64,
          "X-Amz-Date": time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())}


def test_errors_come_in_both_forms(server):
    answer = wire.post(server.url, "GetUser", {"AccessToken": "x.y.z"})
    wire.refused(answer, "NotAuthorizedException", "Invalid Access Token")
    assert answer.headers["x-amzn-ErrorMessage"] == "Invalid Access Token"
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", answer.headers["x-amzn-RequestId"])


def test_the_date_is_accurate(server):
    # SDKs derive their clock skew from it and sign with that.
    answer = wire.post(server.url, "GetUser", {"AccessToken": "x.y.z"})
    then = email.utils.parsedate_to_datetime(answer.headers["Date"]).timestamp()
    assert abs(time.time() - then) < 3


def test_request_ids_differ(server):
    ids = {wire.post(server.url, "GetUser", {}).headers["x-amzn-RequestId"] for _ in range(5)}
    assert len(ids) == 5


@pytest.mark.parametrize("path", ["", "/", "/any/prefix", "/any/prefix/"])
def test_any_path_prefix(server, path):
    wire.refused(wire.post(server.url + path, "GetUser", {"AccessToken": "x.y.z"}), "NotAuthorizedException")


@pytest.mark.parametrize("content_type", ["application/x-amz-json-1.1", "application/x-amz-json-1.1; charset=utf-8"])
def test_content_types(server, content_type):
    answer = wire.post(server.url, "GetUser", {"AccessToken": "x.y.z"}, content_type=content_type)
    wire.refused(answer, "NotAuthorizedException")


@pytest.mark.parametrize("authorization", [SIGNED["Authorization"], "Bearer abc", "Basic dTpw", "nonsense"])
def test_unsigned_operations_do_not_mind_an_authorization(server, authorization):
    # Old SDKs sign everything; pycognito sends an odd Bearer.
    answer = wire.post(server.url, "GetUser", {"AccessToken": "x.y.z"}, headers={**SIGNED, "Authorization": authorization})
    wire.refused(answer, "NotAuthorizedException", "Invalid Access Token")


def test_success_bodies(server, pool):
    username = pool.confirmed()
    access = pool.sign_in(username)["AccessToken"]
    user = wire.post(server.url, "GetUser", {"AccessToken": access})
    assert user.headers["Content-Type"] == wire.JSON and user.headers["x-amzn-RequestId"]
    # An operation with an output shape answers an object even if it has nothing to say: Amplify throws otherwise.
    assert wire.post(server.url, "ChangePassword", {"AccessToken": access, "PreviousPassword": PASSWORD,
                                                    "ProposedPassword": "Fresh-Horse-2"}).json() == {}
    assert wire.post(server.url, "GlobalSignOut", {"AccessToken": access}).json() == {}
    described = wire.post(server.url, "DescribeUserPool", {"UserPoolId": pool.id}, headers=SIGNED).json()["UserPool"]
    # The Go SDK takes timestamps only as numbers.
    assert isinstance(described["CreationDate"], (int, float))
    access = pool.sign_in(username, "Fresh-Horse-2")["AccessToken"]
    deleted = wire.post(server.url, "DeleteUser", {"AccessToken": access})
    assert deleted.status_code == 200 and deleted.content in (b"", b"{}")


def test_null_members_count_as_absent(server, pool):
    # amazon-cognito-identity-js sends DEVICE_KEY: null with every refresh.
    result = pool.sign_in(pool.confirmed())
    answer = wire.post(server.url, "InitiateAuth", {
        "ClientId": pool.client_id, "AuthFlow": "REFRESH_TOKEN_AUTH", "ClientMetadata": None,
        "AuthParameters": {"REFRESH_TOKEN": result["RefreshToken"], "DEVICE_KEY": None}})
    assert answer.status_code == 200, answer.text
    # The key must be absent, not null, for the client to keep its token.
    assert "RefreshToken" not in answer.json()["AuthenticationResult"]
    assert answer.json()["ChallengeParameters"] == {}


def test_unknown_members_are_ignored(server):
    answer = wire.post(server.url, "GetUser", {"AccessToken": "x.y.z", "FutureMember": {"a": [1]}})
    wire.refused(answer, "NotAuthorizedException")


ASKED = "content-type,x-amz-target,x-amz-user-agent,cache-control,amz-sdk-invocation-id,amz-sdk-request"


def preflight(server, path="/", origin="https://app.example.com", asked=ASKED):
    return requests.options(server.url + path, timeout=10, headers={
        "Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": asked})


def test_preflight(server):
    answer = preflight(server)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert answer.headers["Access-Control-Max-Age"] == "172800"
    allowed = {name.strip().lower() for name in answer.headers["Access-Control-Allow-Headers"].split(",")}
    assert set(ASKED.split(",")) <= allowed
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_real_answers_carry_cors_headers_errors_too(server):
    answer = wire.post(server.url, "GetUser", {"AccessToken": "x.y.z"}, headers={"Origin": "https://app.example.com"})
    wire.refused(answer, "NotAuthorizedException")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    exposed = {name.strip().lower() for name in answer.headers["Access-Control-Expose-Headers"].split(",")}
    assert {"x-amzn-requestid", "x-amzn-errortype", "x-amzn-errormessage", "date"} <= exposed


def test_dev_refuses_signed_operations_from_another_origin(server):
    # Any credentials are accepted in dev, so a page of another origin must not be able to send them.
    answer = wire.post(server.url, "ListUserPools", {"MaxResults": 1},
                       headers={**SIGNED, "Origin": "https://evil.example"})
    assert answer.status_code in (400, 403), answer.text
    assert "UserPools" not in answer.text


def test_dev_refuses_signed_operations_under_another_host(server):
    # DNS rebinding: the page's own name, resolved to this machine.
    for host in ("evil.example", f"evil.example:{server.port}", "127.0.0.1.evil.example"):
        answer = wire.post(server.url, "ListUserPools", {"MaxResults": 1}, headers={**SIGNED, "Host": host})
        assert answer.status_code in (400, 403), answer.text
        assert "UserPools" not in answer.text


def test_dev_pages_refuse_another_origin_or_host(server):
    for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
        for path in ("/dev/mailbox", "/dev/mailbox/messages"):
            answer = requests.get(server.url + path, headers=headers, timeout=10)
            assert answer.status_code in (400, 403, 404), (headers, path)
            assert "Access-Control-Allow-Origin" not in answer.headers


def test_health(server):
    for path in ("/healthz", "/readyz"):
        assert requests.get(server.url + path, timeout=10).status_code == 200


def test_https_on_the_next_port(server):
    answer = requests.get(server.https_url + "/healthz", timeout=10, verify=False)
    assert answer.status_code == 200
