"""Triggers with genuine handlers: behind AWS's own runtime client, called through the Invoke API, and behind a webhook."""

import json
import os

import pytest

from handlers import triggers
from harness import tokens
from harness.aws import as_dict, attributes, idp_client, refused
from harness.invoke_api import InvokeApi, function_arn
from harness.lambda_runtime import Runtime
from harness.mailbox import Mailbox
from harness.pools import ALL_FLOWS, PASSWORD, Pool, unique
from harness.webhook import Webhook

NAMES = ("handler", "slow", "nonsense")
HANDLER, SLOW, NONSENSE = (function_arn(name) for name in NAMES)
FLOWS = [*ALL_FLOWS, "ALLOW_CUSTOM_AUTH"]


class Deployment:
    """A server whose functions run one of the two ways."""

    def __init__(self, transport, new_server, folder):
        self.log = os.path.join(folder, "events")
        os.environ["TRIGGER_LOG"] = self.log
        self.parts = []
        if transport == "runtime":
            functions = {name: Runtime(f"handlers.triggers.{name}", {"TRIGGER_LOG": self.log}) for name in NAMES}
            api = InvokeApi(**functions)
            self.parts = [api, *functions.values()]
            self.bad, settings = api.bad, api.settings()
        else:
            hook = Webhook({name: getattr(triggers, name) for name in NAMES})
            self.parts = [hook]
            self.bad, settings = hook.bad, hook.settings()
        self.server = new_server(env=settings)
        self.idp = idp_client(self.server.url)
        self.mailbox = Mailbox(self.server.url)

    def pool(self, *names, client=None, arn=HANDLER, **settings):
        config = {name: arn for name in names}
        return Pool(self.idp, {"LambdaConfig": config, "AutoVerifiedAttributes": ["email"], **settings},
                    {"ExplicitAuthFlows": FLOWS, **(client or {})})

    def events(self, name):
        """The events about a user, in order."""
        if not os.path.exists(self.log):
            return []
        with open(self.log, encoding="utf-8") as log:
            return [event for event in map(json.loads, log) if event["userName"] == name]

    def sources(self, name):
        return [event["triggerSource"] for event in self.events(name)]

    def close(self):
        self.server.stop()
        for part in self.parts:
            part.close()
        assert self.bad == []


@pytest.fixture(scope="module", params=["runtime", "webhook"])
def site(request, new_server, tmp_path_factory):
    deployment = Deployment(request.param, new_server, str(tmp_path_factory.mktemp("triggers")))
    yield deployment
    deployment.close()


def test_the_order_of_a_users_life(site):
    pool = site.pool("PreSignUp", "PostConfirmation", "PreAuthentication", "PostAuthentication", "PreTokenGeneration",
                     "CustomMessage")
    name = unique("ada")
    email = f"{name}@example.com"
    site.idp.sign_up(ClientId=pool.client_id, Username=name, Password=PASSWORD,
                     UserAttributes=attributes({"email": email}), ValidationData=attributes({"seen": "yes"}),
                     ClientMetadata={"from": "sign-up"})
    message = site.mailbox.wait(email)[-1]
    assert message["subject"] == f"For {name}"
    assert "CustomMessage_SignUp" in message["body"]
    site.idp.confirm_sign_up(ClientId=pool.client_id, Username=name, ConfirmationCode=site.mailbox.code(email))
    result = pool.sign_in(name)
    pool.refresh(result["RefreshToken"])
    assert site.sources(name) == [
        "PreSignUp_SignUp", "CustomMessage_SignUp", "PostConfirmation_ConfirmSignUp",
        "PreAuthentication_Authentication", "PostAuthentication_Authentication", "TokenGeneration_Authentication",
        "TokenGeneration_RefreshTokens"]
    first = site.events(name)[0]
    assert first["version"] == "1" and first["region"] == "us-east-1" and first["userPoolId"] == pool.id
    assert first["callerContext"]["clientId"] == pool.client_id
    assert first["request"]["validationData"] == {"seen": "yes"}
    assert first["request"]["clientMetadata"] == {"from": "sign-up"}
    assert first["request"]["userAttributes"]["email"] == email


def test_a_sign_up_that_confirms_itself(site):
    pool = site.pool("PreSignUp", "PostConfirmation")
    name = unique("auto")
    answer = site.idp.sign_up(ClientId=pool.client_id, Username=name, Password=PASSWORD,
                              UserAttributes=attributes({"email": f"{name}@example.com"}))
    assert answer["UserConfirmed"] is True
    user = pool.admin_get(name)
    assert user["UserStatus"] == "CONFIRMED" and as_dict(user["UserAttributes"])["email_verified"] == "true"
    assert site.sources(name) == ["PreSignUp_SignUp", "PostConfirmation_ConfirmSignUp"]


@pytest.mark.parametrize("trigger", ["PreSignUp", "PreAuthentication", "PostAuthentication"])
def test_a_refusal_is_told_and_stops_everything(site, trigger):
    pool = site.pool(trigger)
    name = unique(f"refuse-{trigger.lower()}-")
    if trigger == "PreSignUp":
        with refused("UserLambdaValidationException", f"{trigger} failed with error not today."):
            pool.sign_up(name)
        with refused("UserNotFoundException"):
            pool.admin_get(name)
    else:
        pool.confirmed(name)
        with refused("UserLambdaValidationException", f"{trigger} failed with error not today."):
            pool.sign_in(name)


def test_claims_by_version_one(site):
    pool = site.pool("PreTokenGeneration")
    name = pool.confirmed(email=f"{unique('a')}@example.com")
    site.idp.create_group(UserPoolId=pool.id, GroupName="real")
    site.idp.admin_add_user_to_group(UserPoolId=pool.id, Username=name, GroupName="real")
    result = pool.sign_in(name)
    claims = tokens.payload(result["IdToken"])
    assert claims["tenant"] == "acme" and "email" not in claims
    assert claims["cognito:groups"] == ["from-trigger"]
    access = tokens.payload(result["AccessToken"])
    assert "tenant" not in access and access["cognito:groups"] == ["from-trigger"]
    assert site.events(name)[-1]["request"]["groupConfiguration"]["groupsToOverride"] == ["real"]


def test_claims_by_version_two(site):
    pool = site.pool(LambdaConfig={"PreTokenGenerationConfig": {"LambdaArn": HANDLER, "LambdaVersion": "V2_0"}})
    result = pool.sign_in(pool.confirmed())
    assert tokens.payload(result["IdToken"])["tenant"] == {"name": "acme", "plans": ["a", "b"]}
    access = tokens.payload(result["AccessToken"])
    assert access["tenant"] == "acme"
    assert set(access["scope"].split()) == {"aws.cognito.signin.user.admin", "orders/read"}
    site.idp.get_user(AccessToken=result["AccessToken"])


def test_a_user_is_brought_from_elsewhere(site):
    pool = site.pool("UserMigration")
    name = unique("old")
    with refused("UserLambdaValidationException", "UserMigration failed with error Bad password."):
        pool.sign_in(name, "Wrong-Horse-1")
    pool.sign_in(name, "Legacy-Horse-1")
    user = pool.admin_get(name)
    assert user["UserStatus"] == "CONFIRMED" and as_dict(user["UserAttributes"])["email"] == f"{name}@example.com"
    asked = len(site.sources(name))
    pool.sign_in(name, "Legacy-Horse-1")
    assert len(site.sources(name)) == asked, "the function is not asked about users who are here"


def test_a_user_is_brought_by_a_forgotten_password(site):
    pool = site.pool("UserMigration")
    name = unique("old")
    site.idp.forgot_password(ClientId=pool.client_id, Username=name)
    code = site.mailbox.code(f"{name}@example.com")
    site.idp.confirm_forgot_password(ClientId=pool.client_id, Username=name, ConfirmationCode=code, Password=PASSWORD)
    pool.sign_in(name)
    assert site.sources(name) == ["UserMigration_ForgotPassword"]


def test_custom_authentication(site):
    pool = site.pool("DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse", "PreAuthentication",
                     "PostAuthentication")
    name = pool.confirmed()
    asked = site.idp.initiate_auth(AuthFlow="CUSTOM_AUTH", ClientId=pool.client_id, AuthParameters={"USERNAME": name},
                                   ClientMetadata={"from": "start"})
    assert asked["ChallengeParameters"]["question"] == "6 × 7"

    def answer(session, text):
        return site.idp.respond_to_auth_challenge(
            ClientId=pool.client_id, ChallengeName="CUSTOM_CHALLENGE", Session=session,
            ChallengeResponses={"USERNAME": name, "ANSWER": text}, ClientMetadata={"from": "answer"})

    wrong = answer(asked["Session"], "41")
    assert wrong["ChallengeName"] == "CUSTOM_CHALLENGE" and wrong["Session"] != asked["Session"]
    with refused("NotAuthorizedException"):
        answer(asked["Session"], "42")
    assert "AuthenticationResult" in answer(wrong["Session"], "42")
    sources = site.sources(name)
    assert sources[:3] == ["PreAuthentication_Authentication", "DefineAuthChallenge_Authentication",
                           "CreateAuthChallenge_Authentication"]
    assert sources[-1] == "PostAuthentication_Authentication"
    by_source = {event["triggerSource"]: event for event in site.events(name)}
    assert by_source["PreAuthentication_Authentication"]["request"]["validationData"] == {"from": "start"}
    assert by_source["VerifyAuthChallengeResponse_Authentication"]["request"]["clientMetadata"] == {"from": "answer"}
    assert by_source["PostAuthentication_Authentication"]["request"]["clientMetadata"] == {"from": "answer"}
    # What InitiateAuth brings reaches only PreAuthentication.
    first = next(event for event in site.events(name) if event["triggerSource"].startswith("DefineAuthChallenge"))
    assert not first["request"].get("clientMetadata")


def test_an_unknown_user_is_played_through(site):
    pool = site.pool("PreAuthentication", client={"PreventUserExistenceErrors": "ENABLED"})
    name = unique("nobody")
    with refused("NotAuthorizedException", "Incorrect username or password."):
        pool.sign_in(name)
    [event] = site.events(name)
    assert event["request"]["userNotFound"] is True


def test_an_answer_that_no_trigger_may_give(site):
    pool = site.pool("PreSignUp", arn=NONSENSE)
    with refused("InvalidLambdaResponseException"):
        pool.sign_up()


def test_a_function_that_is_too_slow(site):
    pool = site.pool("PreSignUp", arn=SLOW)
    name = unique("slow")
    with refused("UnexpectedLambdaException"):
        idp_client(site.server.url, read_timeout=60).sign_up(ClientId=pool.client_id, Username=name, Password=PASSWORD)
    assert 1 <= len(site.events(name)) <= 3


def test_a_function_that_is_not_there(site):
    pool = site.pool("PreSignUp", arn=function_arn("missing"))
    with refused("UnexpectedLambdaException"):
        pool.sign_up()
