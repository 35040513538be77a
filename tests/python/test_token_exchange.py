"""GetDerivedToken: impersonation, delegation, scopes, targets, what is refused, and the two ways in."""

import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from harness import tokens
from harness.aws import idp_client, refused
from harness.invoke_api import function_arn
from harness.pools import ALL_FLOWS, Pool
from harness.webhook import Webhook

ADMIN = "aws.cognito.signin.user.admin"
GRANTED = ["photos/read", "photos/write", "films/read"]
IMPERSONATION = {"ExplicitAuthFlows": ["ALLOW_TOKEN_EXCHANGE_IMPERSONATION"], "GenerateSecret": True}
DELEGATION = {"ExplicitAuthFlows": ["ALLOW_TOKEN_EXCHANGE_DELEGATION"], "GenerateSecret": True}
MACHINE = {"ExplicitAuthFlows": ["ALLOW_CLIENT_TOKEN_AUTH"], "GenerateSecret": True}


def grant(event, _):
    """The pool's function: users get scopes at sign-in, and nothing at other occasions."""
    added = GRANTED if event["triggerSource"] == "TokenGeneration_Authentication" else []
    event["response"] = {"claimsAndScopeOverrideDetails": {"accessTokenGeneration": {"scopesToAdd": added}}}
    return event


class Site:
    """A server, a pool whose users' tokens have scopes, and clients that exchange them."""

    def __init__(self, new_server):
        self.hook = Webhook({"grant": grant})
        self.server = new_server(env=self.hook.settings())
        self.idp = idp_client(self.server.url)
        self.app = idp_client(self.server.url, signed=False)
        self.pool = self.new_pool()
        scopes = [{"ScopeName": name, "ScopeDescription": name} for name in ("read", "write")]
        for name in ("photos", "films"):
            self.idp.create_resource_server(UserPoolId=self.pool.id, Identifier=name, Name=name, Scopes=scopes)
        self.service = self.pool.add_client(AllowedOAuthScopes=["photos/read", "films/read", "films/write"],
                                            **IMPERSONATION)
        self.agent = self.pool.add_client(AllowedOAuthScopes=["photos/read"], **DELEGATION)

    def new_pool(self):
        trigger = {"LambdaArn": function_arn("grant"), "LambdaVersion": "V2_0"}
        return Pool(self.idp, {"LambdaConfig": {"PreTokenGenerationConfig": trigger}},
                    {"ExplicitAuthFlows": ALL_FLOWS})

    def signed_in(self):
        return self.pool.sign_in(self.pool.confirmed(email="ann@example.com", email_verified="true"))

    def machine_token(self):
        client = self.pool.add_client(AllowedOAuthScopes=["photos/read"], **MACHINE)
        result = self.app.get_client_token(ClientId=client["ClientId"], Secret=client["ClientSecret"])
        return client["ClientId"], result["ClientAuthenticationResult"]["AccessToken"]

    def exchange(self, subject, client=None, api=None, **options):
        """By the client's own secret."""
        client = client or self.service
        return (api or self.app).get_derived_token(**{
            "ClientId": client["ClientId"], "ClientSecret": client["ClientSecret"], "SubjectToken": subject,
            "SubjectTokenType": "ACCESS_TOKEN", **options})

    def delegate(self, subject, actor, client=None, **options):
        return self.exchange(subject, client or self.agent, ActorToken=actor, ActorTokenType="ACCESS_TOKEN", **options)

    def close(self):
        self.server.stop()
        self.hook.close()
        assert self.hook.bad == []


@pytest.fixture(scope="module")
def site(new_server):
    site = Site(new_server)
    yield site
    site.close()


def test_impersonation_makes_a_token_as_if_the_user_had_it_made(site):
    signed_in = site.signed_in()
    subject = tokens.payload(signed_in["AccessToken"])
    answer = site.exchange(signed_in["AccessToken"])
    assert (answer["IssuedTokenType"], answer["TokenType"]) == ("ACCESS_TOKEN", "Bearer")
    derived = tokens.verified(site.server, site.pool.id, answer["IssuedToken"])
    for claim in ("sub", "username", "iss", "token_use", "auth_time", "origin_jti", "acr", "amr"):
        assert derived[claim] == subject[claim], claim
    assert derived["client_id"] == site.service["ClientId"]
    assert "act" not in derived
    assert derived["jti"] != subject["jti"]
    assert derived["exp"] <= subject["exp"]
    assert answer["ExpiresIn"] == derived["exp"] - derived["iat"]
    # It is not a sign-in: it opens nothing of the user's own here.
    assert ADMIN not in derived["scope"].split(" ")
    with refused("NotAuthorizedException", "Access Token does not have required scopes"):
        site.app.get_user(AccessToken=answer["IssuedToken"])


def test_scopes_are_those_asked_for_that_the_subject_has_and_the_client_may_have(site):
    subject = site.signed_in()["AccessToken"]
    assert tokens.payload(subject)["scope"].split(" ") == [ADMIN, *GRANTED]

    def scopes(*asked):
        answer = site.exchange(subject, **({"Scopes": list(asked)} if asked else {}))
        assert tokens.payload(answer["IssuedToken"]).get("scope", "") == " ".join(answer["Scopes"])
        return answer["Scopes"]

    assert scopes() == ["photos/read", "films/read"]
    assert scopes("films/read") == ["films/read"]
    # The client may not have the first, the subject has not got the second, nobody has the third.
    assert scopes("photos/write", "films/write", "none/read", "photos/read") == ["photos/read"]
    assert scopes("photos/write") == []
    # Nothing comes back in a second exchange.
    once = site.exchange(subject, Scopes=["films/read"])["IssuedToken"]
    assert site.exchange(once, Scopes=["photos/read", "films/read"])["Scopes"] == ["films/read"]


def test_delegation_names_who_acts_and_who_acted_before(site):
    subject = site.signed_in()["AccessToken"]
    first, first_token = site.machine_token()
    second, second_token = site.machine_token()
    issuer = tokens.payload(subject)["iss"]
    once = site.delegate(subject, first_token)["IssuedToken"]
    assert tokens.verified(site.server, site.pool.id, once)["act"] == {"sub": first, "iss": issuer}
    twice = tokens.payload(site.delegate(once, second_token)["IssuedToken"])
    assert twice["act"] == {"sub": second, "iss": issuer, "act": {"sub": first, "iss": issuer}}
    assert twice["sub"] == tokens.payload(subject)["sub"]

    # Who acts cannot be left out again, and no actor speaks through another.
    with refused("NotAuthorizedException", part="act claim"):
        site.exchange(once)
    with refused("NotAuthorizedException", part="act claim"):
        site.delegate(subject, once)
    # Each client does only what it may.
    with refused("NotAuthorizedException", part="ALLOW_TOKEN_EXCHANGE_DELEGATION"):
        site.delegate(subject, first_token, site.service)
    with refused("NotAuthorizedException", part="ALLOW_TOKEN_EXCHANGE_IMPERSONATION"):
        site.exchange(subject, site.agent)
    # An actor needs a token and a type.
    for incomplete in ({"ActorToken": first_token}, {"ActorTokenType": "ACCESS_TOKEN"}):
        with refused("InvalidParameterException"):
            site.exchange(subject, site.agent, **incomplete)


def test_one_target(site):
    subject = site.signed_in()["AccessToken"]
    assert tokens.payload(site.exchange(subject, Audiences=["urn:orders"])["IssuedToken"])["aud"] == "urn:orders"
    assert tokens.payload(site.exchange(subject, Resources=["photos"])["IssuedToken"])["aud"] == "photos"
    with refused("ResourceNotFoundException"):
        site.exchange(subject, Resources=["orders"])
    with refused("InvalidParameterException"):
        site.exchange(subject, Audiences=["urn:orders"], Resources=["photos"])
    with refused("InvalidParameterException", part="app client"):
        site.exchange(subject, Audiences=[site.pool.client_id])


def test_id_tokens(site):
    signed_in = site.signed_in()
    answer = site.exchange(signed_in["IdToken"], SubjectTokenType="ID_TOKEN", RequestedTokenType="ID_TOKEN")
    assert (answer["IssuedTokenType"], answer["TokenType"]) == ("ID_TOKEN", "N_A")
    assert "Scopes" not in answer
    client_id = site.service["ClientId"]
    derived = tokens.verified(site.server, site.pool.id, answer["IssuedToken"], audience=client_id)
    assert (derived["token_use"], derived["email"]) == ("id", "ann@example.com")
    # An access token for something else shows nothing of the user.
    narrow = site.exchange(signed_in["AccessToken"])["IssuedToken"]
    with refused("NotAuthorizedException"):
        site.exchange(narrow, RequestedTokenType="ID_TOKEN")
    # Each token as what it is.
    with refused("NotAuthorizedException", "Invalid subject token"):
        site.exchange(signed_in["IdToken"])
    with refused("NotAuthorizedException", "Invalid subject token"):
        site.exchange(signed_in["AccessToken"], SubjectTokenType="ID_TOKEN")


def test_tokens_of_others_are_refused(site):
    subject = site.signed_in()["AccessToken"]
    with refused("InvalidParameterException", part="not supported"):
        site.exchange("PHNhbWw+", SubjectTokenType="SAML2", SubjectTokenProviderName="Okta")
    with refused("InvalidParameterException", part="not supported"):
        site.exchange(subject, SubjectTokenProviderName="Okta")
    with refused("InvalidParameterException", part="not supported"):
        site.exchange(subject, site.agent, ActorToken="PHNhbWw+", ActorTokenType="SAML2")
    invalid = "Invalid subject token"
    # Signed by somebody else, with this pool's issuer and key id.
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    forged = jwt.encode(tokens.payload(subject), key, algorithm="RS256", headers=tokens.header(subject))
    unsigned = jwt.encode(tokens.payload(subject), None, algorithm="none")
    other = site.new_pool()
    of_other_pool = other.sign_in(other.confirmed())["AccessToken"]
    _, machine = site.machine_token()
    for token in (forged, unsigned, of_other_pool, subject[:-4] + "AAAA", "a.b.c"):
        with refused("NotAuthorizedException", invalid):
            site.exchange(token)
    # A machine is nobody to speak for.
    with refused("NotAuthorizedException", part="must be a user's"):
        site.exchange(machine)
    with refused("NotAuthorizedException", "Invalid actor token"):
        site.delegate(subject, forged)


def test_what_ends_the_sign_in_ends_what_was_derived(site):
    username = site.pool.confirmed()
    signed_in = site.pool.sign_in(username)
    derived = site.exchange(signed_in["AccessToken"])["IssuedToken"]
    site.exchange(derived)
    site.app.revoke_token(Token=signed_in["RefreshToken"], ClientId=site.pool.client_id)
    for token in (signed_in["AccessToken"], derived):
        with refused("NotAuthorizedException", "Subject token has been revoked"):
            site.exchange(token)
    signed_in = site.pool.sign_in(username)
    derived = site.exchange(signed_in["AccessToken"])["IssuedToken"]
    site.idp.admin_user_global_sign_out(UserPoolId=site.pool.id, Username=username)
    with refused("NotAuthorizedException", "Subject token has been revoked"):
        site.exchange(derived)
    signed_in = site.pool.sign_in(username)
    site.idp.admin_disable_user(UserPoolId=site.pool.id, Username=username)
    with refused("NotAuthorizedException", "User is disabled."):
        site.exchange(signed_in["AccessToken"])


def test_two_ways_in(site):
    subject = site.signed_in()["AccessToken"]
    client = {"ClientId": site.service["ClientId"], "SubjectToken": subject, "SubjectTokenType": "ACCESS_TOKEN"}
    # A client with a secret proves it; a signature stands for it.
    for wrong in ({}, {"ClientSecret": "wrong" * 8}, {"ClientSecret": site.agent["ClientSecret"]}):
        with refused("NotAuthorizedException"):
            site.app.get_derived_token(**client, **wrong)
    assert site.idp.get_derived_token(**client)["Scopes"] == ["photos/read", "films/read"]
    # A client without one has none to prove.
    public = site.pool.add_client(ExplicitAuthFlows=IMPERSONATION["ExplicitAuthFlows"],
                                  AllowedOAuthScopes=["films/read"])
    answer = site.app.get_derived_token(**{**client, "ClientId": public["ClientId"]})
    assert answer["Scopes"] == ["films/read"]
    with refused("ResourceNotFoundException"):
        site.app.get_derived_token(**{**client, "ClientId": "x" * 26})


def test_a_derived_token_does_not_outlive_its_subject(site):
    short = site.pool.add_client(AccessTokenValidity=5, TokenValidityUnits={"AccessToken": "minutes"})
    subject = site.pool.sign_in(site.pool.confirmed(), client_id=short["ClientId"])["AccessToken"]
    answer = site.exchange(subject)
    assert tokens.payload(answer["IssuedToken"])["exp"] == tokens.payload(subject)["exp"]
    assert answer["ExpiresIn"] <= 300
    assert tokens.payload(answer["IssuedToken"])["exp"] - time.time() <= 300


def test_the_tier_and_the_flow(site):
    pool = Pool(site.idp, {"UserPoolTier": "LITE"}, {"ExplicitAuthFlows": ALL_FLOWS})
    subject = pool.sign_in(pool.confirmed())["AccessToken"]
    call = {"ClientId": pool.client_id, "SubjectToken": subject, "SubjectTokenType": "ACCESS_TOKEN"}
    with refused("OperationNotEnabledException"):
        site.app.get_derived_token(**call)
    subject = site.signed_in()["AccessToken"]
    with refused("NotAuthorizedException", part="ALLOW_TOKEN_EXCHANGE_IMPERSONATION"):
        site.app.get_derived_token(**{**call, "ClientId": site.pool.client_id, "SubjectToken": subject})
