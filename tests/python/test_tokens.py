"""Tokens and keys: claims exactly as Cognito's, verified by PyJWT against the published keys."""

import time

import pytest
import requests

from harness import tokens
from harness.aws import attributes, refused


@pytest.fixture
def signed_in(pool):
    username = pool.confirmed(email="ada@example.com", email_verified="true", name="Ada", phone_number="+15550001111")
    return username, pool.sign_in(username)


def test_both_tokens_verify_with_different_keys(server, pool, signed_in):
    _, result = signed_in
    tokens.verified(server, pool.id, result["IdToken"], audience=pool.client_id)
    tokens.verified(server, pool.id, result["AccessToken"])
    for token in (result["IdToken"], result["AccessToken"]):
        assert set(tokens.header(token)) == {"kid", "alg"}
        assert tokens.header(token)["alg"] == "RS256"
    assert tokens.header(result["IdToken"])["kid"] != tokens.header(result["AccessToken"])["kid"]


def test_id_token_claims(server, pool, signed_in):
    username, result = signed_in
    claims = tokens.verified(server, pool.id, result["IdToken"], audience=pool.client_id)
    now = time.time()
    assert claims["aud"] == pool.client_id
    assert claims["token_use"] == "id"
    assert claims["cognito:username"] == username
    assert (claims["email"], claims["email_verified"]) == ("ada@example.com", True)
    assert (claims["phone_number"], claims.get("phone_number_verified", False)) == ("+15550001111", False)
    assert claims["name"] == "Ada"
    assert claims["iss"].startswith(("http://127.0.0.1", "https://127.0.0.1", "http://localhost", "https://localhost"))
    assert claims["iss"].endswith("/" + pool.id)
    assert claims["exp"] - claims["iat"] == 3600
    assert now - 30 < claims["auth_time"] <= claims["iat"] <= now + 1
    assert {"jti", "origin_jti", "event_id", "sub"} <= set(claims)
    assert claims["acr"] == "urn:cognito:loa:1" and claims["amr"] == ["pwd"]
    # pycognito crashes on an at_hash, and Cognito puts one only into tokens of the token endpoint.
    assert not {"at_hash", "nonce", "client_id", "username", "scope"} & set(claims)


def test_access_token_claims(server, pool, signed_in):
    username, result = signed_in
    claims = tokens.verified(server, pool.id, result["AccessToken"])
    ids = tokens.payload(result["IdToken"])
    assert claims["token_use"] == "access"
    assert claims["scope"] == "aws.cognito.signin.user.admin"
    assert (claims["username"], claims["client_id"]) == (username, pool.client_id)
    for name in ("sub", "iss", "origin_jti", "event_id", "auth_time", "acr", "amr"):
        assert claims[name] == ids[name], name
    assert claims["jti"] != ids["jti"]
    assert claims["exp"] - claims["iat"] == 3600
    assert not {"aud", "email", "cognito:username"} & set(claims)


def test_custom_attributes_are_strings(new_pool):
    pool = new_pool({"Schema": [{"Name": "level", "AttributeDataType": "Number", "Mutable": True}]})
    username = pool.confirmed(**{"custom:level": "7"})
    assert tokens.payload(pool.sign_in(username)["IdToken"])["custom:level"] == "7"


def test_a_client_sees_only_what_it_may_read(pool):
    client = pool.add_client(ReadAttributes=["email"])
    username = pool.confirmed(email="ada@example.com", name="Ada")
    claims = tokens.payload(pool.sign_in(username, client_id=client["ClientId"])["IdToken"])
    assert claims["email"] == "ada@example.com" and "name" not in claims


def test_origin_jti_only_where_tokens_can_be_revoked(pool, app):
    client = pool.add_client(EnableTokenRevocation=False)["ClientId"]
    username = pool.confirmed()
    result = pool.sign_in(username, client_id=client)
    # Amplify calls RevokeToken exactly when there is an origin_jti.
    assert "origin_jti" not in tokens.payload(result["AccessToken"])
    with refused("UnsupportedOperationException"):
        app.revoke_token(Token=result["RefreshToken"], ClientId=client)


def test_validity_is_the_clients(pool):
    client = pool.add_client(AccessTokenValidity=5, IdTokenValidity=10, RefreshTokenValidity=60,
                             TokenValidityUnits={"AccessToken": "minutes", "IdToken": "minutes",
                                                 "RefreshToken": "minutes"})["ClientId"]
    result = pool.sign_in(pool.confirmed(), client_id=client)
    assert result["ExpiresIn"] == 300
    for name, seconds in (("AccessToken", 300), ("IdToken", 600)):
        claims = tokens.payload(result[name])
        assert claims["exp"] - claims["iat"] == seconds


def test_a_refresh_carries_the_sign_in(pool, signed_in, app):
    username, result = signed_in
    app.update_user_attributes(AccessToken=result["AccessToken"], UserAttributes=attributes({"name": "New"}))
    time.sleep(1.1)
    renewed = pool.refresh(result["RefreshToken"])
    before, after = tokens.payload(result["IdToken"]), tokens.payload(renewed["IdToken"])
    for name in ("sub", "aud", "auth_time", "origin_jti", "acr", "amr", "cognito:username"):
        assert before[name] == after[name], name
    assert after["iat"] > before["iat"] and after["name"] == "New" and username == after["cognito:username"]


def test_published_keys(server, pool):
    answer = requests.get(f"{server.url}/{pool.id}/.well-known/jwks.json", timeout=10)
    assert answer.headers["Content-Type"].split(";")[0] in ("application/json", "application/jwk-set+json")
    keys = answer.json()["keys"]
    assert len(keys) >= 2 and len({key["kid"] for key in keys}) == len(keys)
    for key in keys:
        # Exactly the public members: a private one here would be the end.
        assert set(key) == {"kty", "kid", "alg", "use", "n", "e"}
        assert (key["kty"], key["alg"], key["use"], key["e"]) == ("RSA", "RS256", "sig", "AQAB")


def test_every_pool_has_its_own_keys(server, new_pool):
    one, two = ({key["n"] for key in tokens.jwks(server, new_pool().id)} for _ in range(2))
    assert not one & two


def test_discovery_names_the_issuer_of_the_tokens(server, pool, signed_in):
    answer = requests.get(f"{server.url}/{pool.id}/.well-known/openid-configuration", timeout=10)
    assert answer.headers["Content-Type"].split(";")[0] == "application/json"
    found = answer.json()
    issuer = tokens.payload(signed_in[1]["IdToken"])["iss"]
    assert found["issuer"] == issuer
    assert found["jwks_uri"] == issuer + "/.well-known/jwks.json"
    assert found["id_token_signing_alg_values_supported"] == ["RS256"]
    assert found["subject_types_supported"] == ["public"]


def test_keys_and_discovery_of_an_unknown_pool(server):
    for document in ("jwks.json", "openid-configuration"):
        answer = requests.get(f"{server.url}/us-east-1_Nowhere00/.well-known/{document}", timeout=10)
        assert answer.status_code in (400, 404)


def test_the_issuer_does_not_follow_the_host_header(server, pool):
    answer = requests.get(f"{server.url}/{pool.id}/.well-known/openid-configuration",
                          headers={"Host": "evil.example"}, timeout=10)
    assert "evil.example" not in answer.text


def test_tokens_of_one_pool_are_nothing_to_another(pool, new_pool, app, signed_in):
    other = new_pool()
    result = signed_in[1]
    with refused("NotAuthorizedException"):
        other.refresh(result["RefreshToken"])
    with refused("NotAuthorizedException"):
        other.rotate(result["RefreshToken"])
    # An ID token is no access token.
    with refused("NotAuthorizedException", part="Invalid Access Token"):
        app.get_user(AccessToken=result["IdToken"])
