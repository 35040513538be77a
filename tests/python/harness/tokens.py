"""Reading tokens: without trust, and verified by PyJWT against the published keys."""

import base64
import json

import jwt
import requests


def payload(token):
    """The claims, unverified."""
    return _part(token, 1)


def header(token):
    return _part(token, 0)


def _part(token, index):
    part = token.split(".")[index]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def jwks(server, pool_id):
    answer = requests.get(f"{server.url}/{pool_id}/.well-known/jwks.json", timeout=10)
    answer.raise_for_status()
    return answer.json()["keys"]


def verified(server, pool_id, token, audience=None):
    """The claims of a token that verifies as any JWT library would verify it."""
    kid = header(token)["kid"]
    [key] = [key for key in jwks(server, pool_id) if key["kid"] == kid]
    options = {"require": ["exp", "iat", "iss", "sub"], "verify_aud": audience is not None}
    return jwt.decode(token, jwt.PyJWK(key).key, algorithms=["RS256"], audience=audience, options=options)
