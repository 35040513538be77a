"""Hostile input: each kind gets its documented error, never a 5xx, never a half-written user."""

import base64
import json
import re
import socket

import botocore.session
import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa

from harness import tokens, wire
from harness.aws import refused
from harness.pools import PASSWORD, unique
from test_wire import SIGNED

SERVICES = {"cognito-idp": "AWSCognitoIdentityProviderService.", "cognito-identity": "AWSCognitoIdentityService."}


def operations():
    for service, prefix in SERVICES.items():
        model = botocore.session.get_session().get_service_model(service)
        for name in model.operation_names:
            yield prefix, name


@pytest.fixture(autouse=True)
def server_survives(server):
    """Whatever was sent, the server is still there and answers."""
    yield
    assert server.process.poll() is None
    assert requests.get(server.url + "/healthz", timeout=10).status_code == 200


@pytest.mark.parametrize("body", [
    b"", b"{", b"}", b"nonsense", b'{"a":}', b'{"a":1,}', b"{'a':1}", b"[]", b'"text"', b"12", b"null", b"true",
    b'{"AccessToken":"x"}{}', b'{"AccessToken":"x"} x', b"\xff\xfe{}", b'{"AccessToken":"\xff"}', b'{"a":"\\ud800"',
    b'{"AccessToken":"a\nb"}', b'{"AccessToken": 01}', b'{"AccessToken": NaN}', b"\x00", b"{}\x00",
    b"[" * 100_000, b'{"a":' * 100_000, b'{"a":' + b"[" * 100_000,
], ids=lambda body: repr(body[:24]))
def test_malformed_json(server, body):
    for operation in ("GetUser", "SignUp", "ListUserPools"):
        answer = wire.post(server.url, operation, body, headers=SIGNED)
        assert answer.status_code == 400, answer.status_code
        code, _ = wire.error(answer)
        if body == b"" or b"\xff\"" in body and operation != "GetUser":
            # An empty body is an empty request; and nobody looks into a member that does not exist.
            assert code in ("SerializationException", "InvalidParameterException"), code
        else:
            assert code == "SerializationException", code


@pytest.mark.parametrize("operation,body", [
    ("GetUser", {"AccessToken": 5}), ("GetUser", {"AccessToken": ["x"]}), ("GetUser", {"AccessToken": {"x": 1}}),
    ("GetUser", {"AccessToken": True}), ("SignUp", {"ClientId": "abc", "Username": "a", "UserAttributes": {}}),
    ("SignUp", {"ClientId": "abc", "Username": "a", "UserAttributes": ["x"]}),
    ("SignUp", {"ClientId": "abc", "Username": "a", "UserAttributes": [{"Name": 1}]}),
    ("InitiateAuth", {"ClientId": "abc", "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": "x"}),
    ("InitiateAuth", {"ClientId": "abc", "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": {"USERNAME": 1}}),
    ("InitiateAuth", {"ClientId": "abc", "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": [["a", "b"]]}),
    ("ListUserPools", {"MaxResults": "ten"}), ("ListUserPools", {"MaxResults": 1.5}),
    ("ListUserPools", {"MaxResults": 10 ** 30}), ("ListUserPools", {"MaxResults": {}}),
    ("CreateUserPool", {"PoolName": "x", "Policies": []}), ("CreateUserPool", {"PoolName": {}}),
    ("AdminSetUserPassword", {"UserPoolId": "us-east-1_abc", "Username": "a", "Password": "b", "Permanent": "yes"}),
], ids=str)
def test_wrong_types(server, operation, body):
    wire.refused(wire.post(server.url, operation, body, headers=SIGNED), "SerializationException")


def test_every_operation_withstands_nonsense(server):
    for prefix, name in operations():
        for body in (b"{}", b"[]", b"{", json.dumps({"UserPoolId": "\x00", "ClientId": 1, "AccessToken": None,
                                                     "Username": "'; drop table users; --"}).encode()):
            for headers in ({}, SIGNED):
                answer = wire.post(server.url, name, body, headers=headers, prefix=prefix)
                assert answer.status_code < 500, (name, body, answer.text)
                if answer.status_code != 200:
                    assert answer.status_code in (400, 403), (name, answer.status_code)
                    wire.error(answer)


@pytest.mark.parametrize("target", [
    None, "", "GetUser", wire.PREFIX, wire.PREFIX + "getuser", wire.PREFIX + "NoSuch", "Other.GetUser",
    wire.PREFIX + "GetUser.x", wire.PREFIX + "../GetUser", wire.PREFIX + "x" * 5000, "AWSCognitoIdentityService.GetUser",
], ids=lambda target: repr(target)[:40])
def test_unknown_targets(server, target):
    # 400, so that no SDK repeats it: a 5xx would be tried again and again.
    answer = wire.post(server.url, target, {}, prefix="")
    wire.refused(answer, "UnknownOperationException")


@pytest.mark.parametrize("method,path", [
    ("GET", "/"), ("PUT", "/"), ("DELETE", "/"), ("GET", "/etc/passwd"), ("GET", "/../../etc/passwd"),
    ("GET", "/%2e%2e/%2e%2e/etc/passwd"), ("GET", "/us-east-1_abc/.well-known/../../dev/mailbox"),
    ("GET", "/%00"), ("GET", "/us-east-1_%00/.well-known/jwks.json"), ("GET", "/" + "a" * 6000),
    ("GET", "/us-east-1_' or 1=1/.well-known/jwks.json"), ("POST", "/dev/mailbox/messages"), ("TRACE", "/"),
], ids=lambda value: value[:40])
def test_other_methods_and_paths(server, method, path):
    answer = requests.request(method, server.url + path, timeout=10)
    assert answer.status_code < 500, answer.text
    assert "root:" not in answer.text


@pytest.mark.parametrize("raw", [
    b"\x00\x01\x02\x03\r\n\r\n", b"GET\r\n\r\n", b"POST / HTTP/1.1\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: 0\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"X: " + b"y" * 200_000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"".join(b"X%d: y\r\n" % number for number in range(5000)) + b"\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64,
], ids=lambda raw: repr(raw[:30]))
def test_ill_formed_http(server, raw):
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        try:
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
            answer = connection.recv(4096)
        except OSError:
            answer = b""
    assert not re.match(rb"HTTP/1\.1 5(?!05)", answer), answer


def test_oversized_bodies(server, idp):
    name = unique("big")
    for size in (2_000_000, 20_000_000):
        body = json.dumps({"PoolName": name, "UserPoolTags": {"k": "x" * size}}).encode()
        try:
            answer = wire.post(server.url, "CreateUserPool", body, headers=SIGNED)
        except requests.ConnectionError:
            continue  # cut off in the middle of the upload
        assert answer.status_code in (400, 413), answer.status_code
        wire.error(answer)
    assert name not in {pool["Name"] for pool in idp.list_user_pools(MaxResults=60)["UserPools"]}


def test_a_body_that_never_ends_is_cut_off(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=50) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Amz-Target: " + wire.PREFIX.encode()
                           + b"GetUser\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: 100\r\n\r\n{")
        # 20 s is the deadline of a whole request.
        answer = connection.recv(4096)
        assert not re.match(rb"HTTP/1\.1 5", answer), answer


@pytest.mark.parametrize("pool_id,code", [
    ("us-east-1_Nowhere00", "ResourceNotFoundException"), ("nonsense", "InvalidParameterException"),
    ("us-east-1_" + "x" * 60, "InvalidParameterException"), ("us-east-1_\x00", "InvalidParameterException"),
    ("us-east-1_a'b", "InvalidParameterException"),
])
def test_unknown_pools(idp, pool_id, code):
    message = f"User pool {pool_id} does not exist." if code == "ResourceNotFoundException" else None
    for call, options in ((idp.describe_user_pool, {}), (idp.delete_user_pool, {}), (idp.list_users, {}),
                          (idp.admin_get_user, {"Username": "a"}), (idp.update_user_pool, {}),
                          (idp.list_groups, {}), (idp.create_group, {"GroupName": "g"}),
                          (idp.create_user_pool_client, {"ClientName": "c"}),
                          (idp.admin_create_user, {"Username": "a"})):
        with refused(code, part=message):
            call(UserPoolId=pool_id, **options)


def test_unknown_clients(app):
    message = "User pool client nosuchclient0000 does not exist."
    client = {"ClientId": "nosuchclient0000"}
    for call in (lambda: app.sign_up(**client, Username="a", Password=PASSWORD),
                 lambda: app.initiate_auth(**client, AuthFlow="USER_PASSWORD_AUTH",
                                           AuthParameters={"USERNAME": "a", "PASSWORD": "b"}),
                 lambda: app.forgot_password(**client, Username="a"),
                 lambda: app.confirm_sign_up(**client, Username="a", ConfirmationCode="123456"),
                 lambda: app.resend_confirmation_code(**client, Username="a"),
                 lambda: app.confirm_forgot_password(**client, Username="a", ConfirmationCode="1", Password=PASSWORD)):
        with refused("ResourceNotFoundException", part=message):
            call()


def test_nul_bytes(pool, idp):
    for username in ("a\x00b", "\x00"):
        with refused("InvalidParameterException"):
            pool.sign_up(username)
        with refused("InvalidParameterException"):
            idp.admin_get_user(UserPoolId=pool.id, Username=username)
    with refused("InvalidParameterException"):
        pool.sign_up(name="a\x00b")
    with refused("InvalidParameterException"):
        idp.create_group(UserPoolId=pool.id, GroupName="g\x00")
    with refused("InvalidParameterException"):
        idp.create_group(UserPoolId=pool.id, GroupName="g", Description="d\x00")
    with refused("InvalidParameterException"):
        idp.list_users(UserPoolId=pool.id, Filter='username = "a\x00"')
    with pytest.raises(idp.exceptions.ClientError) as caught:
        pool.sign_up(password="Correct\x00Horse-9")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert idp.list_users(UserPoolId=pool.id)["Users"] == []


@pytest.mark.parametrize("username", ["a" * 129, "a b", " ", "a\nb", "a\u202eb\u0007"])
def test_impossible_usernames(pool, username):
    with refused("InvalidParameterException"):
        pool.sign_up(username)


@pytest.mark.parametrize("username", ["Łódź", "日本語", "a'b", 'a"b', "a;b--", "%", "_", "x" * 128, "😀"])
def test_unusual_usernames_are_users_like_any(pool, idp, username):
    pool.confirmed(username)
    assert pool.admin_get(username)["Username"] == username
    assert idp.get_user(AccessToken=pool.sign_in(username)["AccessToken"])["Username"] == username
    assert len(idp.list_users(UserPoolId=pool.id)["Users"]) == 1


def forge(token, claims=None, header=None):
    """The token with other claims and the old signature."""
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
    return ".".join([part(header or tokens.header(token)), part(claims or tokens.payload(token)), token.split(".")[2]])


def test_forged_access_tokens(pool, new_pool, app, server):
    username = pool.confirmed()
    result = pool.sign_in(username)
    token = result["AccessToken"]
    claims, head = tokens.payload(token), tokens.header(token)
    victim = pool.confirmed()
    other_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    [public] = [key for key in tokens.jwks(server, pool.id) if key["kid"] == head["kid"]]
    another = new_pool()
    foreign = another.sign_in(another.confirmed(username))["AccessToken"]
    unsigned = jwt.encode(claims, None, algorithm="none", headers={"kid": head["kid"]})
    # The oldest trick: HMAC with the published key as the secret.
    confused = jwt.encode(claims, base64.urlsafe_b64decode(public["n"] + "=="), algorithm="HS256",
                          headers={"kid": head["kid"]})
    head_part, claims_part, signature = token.split(".")
    bad = {
        "edited user": forge(token, {**claims, "username": victim, "sub": victim}),
        "edited expiry": forge(token, {**claims, "exp": claims["exp"] + 1_000_000}),
        "expired": forge(token, {**claims, "exp": 1}),
        "edited scope": forge(token, {**claims, "scope": "openid"}),
        "algorithm none": unsigned, "algorithm HS256": confused,
        "another key": jwt.encode(claims, other_key, algorithm="RS256", headers={"kid": head["kid"]}),
        "unknown key": jwt.encode(claims, other_key, algorithm="RS256", headers={"kid": "nothing"}),
        "no key": jwt.encode(claims, other_key, algorithm="RS256"),
        "key brought along": jwt.encode(claims, other_key, algorithm="RS256", headers={
            "kid": head["kid"], "jku": "http://127.0.0.1:1/", "jwk": {"kty": "RSA"}}),
        "kid as a path": forge(token, header={**head, "kid": "../../../../dev/null"}),
        "kid as SQL": forge(token, header={**head, "kid": "' or 1=1 --"}),
        "issuer of another pool": forge(token, {**claims, "iss": claims["iss"].replace(pool.id, another.id)}),
        "signature of another pool": ".".join([head_part, claims_part, foreign.split(".")[2]]),
        "id token": result["IdToken"], "refresh token": result["RefreshToken"],
        "truncated": token[:-10], "no signature": f"{head_part}.{claims_part}.", "two parts": f"{head_part}.{claims_part}",
        "empty parts": "..", "one bit": token[:-5] + ("A" if token[-5] != "A" else "B") + token[-4:],
        "claims are a list": ".".join([head_part, base64.urlsafe_b64encode(b"[1]").rstrip(b"=").decode(), signature]),
        "claims are nested": ".".join([head_part, base64.urlsafe_b64encode(b"[" * 5000).rstrip(b"=").decode(), signature]),
    }
    for name, forged in bad.items():
        for call in (app.get_user, app.global_sign_out, app.delete_user):
            with pytest.raises(app.exceptions.ClientError) as caught:
                call(AccessToken=forged)
            error = caught.value.response["Error"]
            assert error["Code"] == "NotAuthorizedException", (name, error)
            assert error["Message"] in ("Invalid Access Token", "Access Token has expired"), (name, error)
    # The genuine one still works: no forged call signed anyone out or deleted them.
    assert app.get_user(AccessToken=token)["Username"] == username
    assert pool.admin_get(victim)["Enabled"] is True


@pytest.mark.parametrize("token", ["x", "a" * 10_000, "=" * 40, "eyJ.eyJ.x", "."])
def test_nonsense_refresh_tokens(pool, token):
    for call in (pool.refresh, pool.rotate):
        with refused("NotAuthorizedException", part="Invalid Refresh Token"):
            call(token)


def edits(sealed):
    """The sealed string with one thing wrong with it, in several ways."""
    middle = len(sealed) // 2
    swapped = "A" if sealed[middle] != "A" else "B"
    yield sealed[:-4]
    yield sealed[4:]
    yield sealed[:middle] + swapped + sealed[middle + 1:]
    yield swapped + sealed[1:] if sealed[0] != swapped else "C" + sealed[1:]
    yield sealed + "AAAA"
    yield sealed[:20]
    yield "A" * len(sealed)


def test_edited_refresh_tokens(pool):
    token = pool.sign_in(pool.confirmed())["RefreshToken"]
    for edited in edits(token):
        for call in (pool.refresh, pool.rotate):
            with refused("NotAuthorizedException", part="Invalid Refresh Token"):
                call(edited)
    other = pool.add_client()["ClientId"]
    for call in (pool.refresh, pool.rotate):
        with refused("NotAuthorizedException"):
            call(token, client_id=other)
    pool.refresh(token)


def test_truncated_and_edited_sessions(pool, idp):
    username = unique("user")
    idp.admin_create_user(UserPoolId=pool.id, Username=username, TemporaryPassword="Temp-Horse-1",
                          MessageAction="SUPPRESS")
    session = pool.initiate(username, "Temp-Horse-1")["Session"]

    def answer(with_session):
        return idp.respond_to_auth_challenge(
            ClientId=pool.client_id, ChallengeName="NEW_PASSWORD_REQUIRED", Session=with_session,
            ChallengeResponses={"USERNAME": username, "NEW_PASSWORD": "Fresh-Horse-2"})

    for edited in edits(session):
        with refused("NotAuthorizedException", part="Invalid session for the user"):
            answer(edited)
    assert pool.admin_get(username)["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    assert answer(session)["AuthenticationResult"]


def test_edited_secret_blocks(pool):
    username = pool.confirmed()
    parameters = pool.idp.initiate_auth(AuthFlow="USER_SRP_AUTH", ClientId=pool.client_id, AuthParameters={
        "USERNAME": username, "SRP_A": "ab" * 384})["ChallengeParameters"]
    for block in edits(parameters["SECRET_BLOCK"]):
        with pytest.raises(pool.idp.exceptions.ClientError) as caught:
            pool.idp.respond_to_auth_challenge(
                ClientId=pool.client_id, ChallengeName="PASSWORD_VERIFIER",
                ChallengeResponses={"USERNAME": username, "PASSWORD_CLAIM_SECRET_BLOCK": block,
                                    "PASSWORD_CLAIM_SIGNATURE": base64.b64encode(b"x" * 32).decode(),
                                    "TIMESTAMP": "Mon Nov 3 04:05:06 UTC 2026"})
        assert caught.value.response["Error"]["Code"] in ("NotAuthorizedException", "InvalidParameterException")


@pytest.mark.parametrize("a", ["", "0", "00", "0" * 768, "zz", "-1", "ab" * 100_000, "\x00"])
def test_hostile_srp_a(pool, a):
    # A = 0 mod N would fix the shared secret; N itself and multiples of it are as bad.
    username = pool.confirmed()
    with pytest.raises(pool.idp.exceptions.ClientError) as caught:
        pool.idp.initiate_auth(AuthFlow="USER_SRP_AUTH", ClientId=pool.client_id,
                               AuthParameters={"USERNAME": username, "SRP_A": a})
    assert caught.value.response["Error"]["Code"] in ("InvalidParameterException", "NotAuthorizedException")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_srp_a_that_is_a_multiple_of_n(pool):
    from pycognito.aws_srp import N_HEX
    n = int(N_HEX, 16)
    for a in (f"{n:x}", f"{2 * n:x}"):
        with pytest.raises(pool.idp.exceptions.ClientError) as caught:
            pool.idp.initiate_auth(AuthFlow="USER_SRP_AUTH", ClientId=pool.client_id,
                                   AuthParameters={"USERNAME": pool.confirmed(), "SRP_A": a})
        assert caught.value.response["Error"]["Code"] in ("InvalidParameterException", "NotAuthorizedException")


def test_guessing_a_code(pool, app, mailbox):
    email = unique("ada") + "@example.com"
    username, _ = pool.sign_up(email=email)
    code = mailbox.code(email)
    answers = []
    for guess in (number for number in range(1, 40) if f"{number:06}" != code):
        with pytest.raises(app.exceptions.ClientError) as caught:
            app.confirm_sign_up(ClientId=pool.client_id, Username=username, ConfirmationCode=f"{guess:06}")
        answers.append(caught.value.response["Error"]["Code"])
        if answers[-1] == "LimitExceededException":
            break
    # 15 an hour by the quotas page; a million codes are then safe.
    assert answers[-1] == "LimitExceededException", answers
    assert len(answers) <= 20 and set(answers[:-1]) <= {"CodeMismatchException", "ExpiredCodeException"}
    with pytest.raises(app.exceptions.ClientError):
        app.confirm_sign_up(ClientId=pool.client_id, Username=username, ConfirmationCode=code)
    assert pool.admin_get(username)["UserStatus"] == "UNCONFIRMED"


def test_too_many_messages(pool, app, mailbox):
    email = unique("ada") + "@example.com"
    username, _ = pool.sign_up(email=email)
    for _ in range(5):
        app.resend_confirmation_code(ClientId=pool.client_id, Username=username)
    with refused("LimitExceededException", part="Attempt limit exceeded, please try after some time."):
        app.resend_confirmation_code(ClientId=pool.client_id, Username=username)
    # SDKs repeat this error: it must have had no side effect.
    assert len(mailbox.wait(email, count=6)) == 6


def test_codes_of_one_purpose_are_no_use_for_another(pool, app, mailbox):
    email = unique("ada") + "@example.com"
    username, _ = pool.sign_up(email=email)
    code = mailbox.code(email)
    with pytest.raises(app.exceptions.ClientError) as caught:
        app.confirm_forgot_password(ClientId=pool.client_id, Username=username, Password="Fresh-Horse-2",
                                    ConfirmationCode=code)
    assert caught.value.response["Error"]["Code"] in ("ExpiredCodeException", "CodeMismatchException", "UserNotConfirmedException",
                                                      "InvalidParameterException", "NotAuthorizedException")
    app.confirm_sign_up(ClientId=pool.client_id, Username=username, ConfirmationCode=code)
    pool.sign_in(username)


def test_a_refused_sign_up_leaves_nothing(pool, idp):
    for options in ({"password": "short"}, {"email": "nonsense"}, {"no_such": "x"}, {"email_verified": "true"}):
        with pytest.raises(idp.exceptions.ClientError):
            pool.sign_up(**options)
    assert idp.list_users(UserPoolId=pool.id)["Users"] == []


def test_sensitive_values_are_not_echoed(server, pool):
    planted = "Planted-Secret-Value\u0007"
    for body in ({"ClientId": pool.client_id, "Username": "a\u0007", "Password": planted * 30},
                 {"ClientId": "bad*client", "Username": planted, "Password": planted}):
        answer = wire.post(server.url, "SignUp", body)
        assert answer.status_code == 400
        assert "Planted-Secret" not in answer.text and "Planted-Secret" not in str(answer.headers)


def test_signed_operations_without_a_signature(server):
    answer = wire.post(server.url, "ListUserPools", {"MaxResults": 1})
    assert answer.status_code in (400, 403)
    code, _ = wire.error(answer)
    assert code == "MissingAuthenticationTokenException"


def test_errors_repeat_no_more_than_the_beginning(server):
    long = "y" * 500_000
    for body in ({"ClientId": long, "Username": "ann", "Password": "x"},
                 {"ClientId": "c", "Username": "ann", "Password": "x",
                  "UserAttributes": [{"Name": long, "Value": "x"}] + [{}] * 100_000},
                 {"ClientId": "c", "Username": "ann", "Password": "x", "ClientMetadata": {long: "x" * 200_000}}):
        answer = wire.post(server.url, "SignUp", body)
        assert answer.status_code == 400, answer.text
        assert len(answer.content) < 20_000
        assert sum(len(name) + len(value) for name, value in answer.headers.items()) < 4_000
    assert "y" * 256 + "...'" in wire.post(server.url, "InitiateAuth", {"ClientId": "c", "AuthFlow": long}).text
