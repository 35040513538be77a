"""Threat protection with boto3: a breach corpus in a folder, block lists, the history of a user and what is said of it."""

import hashlib

import pytest

from harness.aws import idp_client, refused
from harness.mailbox import Mailbox
from harness.pools import PASSWORD, Pool

LEAKED = "Summer-2019-Sale!"
ARN = "arn:aws:ses:us-east-1:123456789012:identity/security@example.com"


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("breaches")
    digest = hashlib.sha1(LEAKED.encode()).hexdigest().upper()
    (folder / f"{digest[:5]}.txt").write_text(f"{'0' * 35}:0\r\n{digest[5:]}:42\r\n")
    return folder


@pytest.fixture(scope="module")
def protected(new_server, corpus):
    with new_server(env={"STEPWELL_BREACH_DIRECTORY": str(corpus)}) as server:
        yield server


def sign_in(idp, pool, username, address, password=PASSWORD):
    context = {"IpAddress": address, "ServerName": "app", "ServerPath": "/", "HttpHeaders": []}
    return idp.admin_initiate_auth(UserPoolId=pool.id, ClientId=pool.client_id, AuthFlow="ADMIN_USER_PASSWORD_AUTH",
                                   AuthParameters={"USERNAME": username, "PASSWORD": password}, ContextData=context)


def test_what_is_configured_is_what_happens(protected):
    idp, app = idp_client(protected.url), idp_client(protected.url, signed=False)
    pool = Pool(idp, {"UserPoolAddOns": {"AdvancedSecurityMode": "ENFORCED"}, "AutoVerifiedAttributes": ["email"]})
    assert pool.description["UserPoolTier"] == "PLUS"
    email = {"Subject": "Was it you?", "HtmlBody": "<a href={one-click-link-invalid}>no</a> {feedback-token}."}
    low = {"EventAction": "NO_ACTION", "Notify": True}
    given = {
        "CompromisedCredentialsRiskConfiguration": {"EventFilter": ["SIGN_UP"], "Actions": {"EventAction": "BLOCK"}},
        "AccountTakeoverRiskConfiguration": {
            "NotifyConfiguration": {"SourceArn": ARN, "From": "security@example.com", "NoActionEmail": email},
            "Actions": {"LowAction": low, "HighAction": {"EventAction": "BLOCK", "Notify": False}},
        },
        "RiskExceptionConfiguration": {"BlockedIPRangeList": ["203.0.113.0/24"]},
    }
    idp.set_risk_configuration(UserPoolId=pool.id, **given)
    described = idp.describe_risk_configuration(UserPoolId=pool.id)["RiskConfiguration"]
    assert {part: described[part] for part in given} == given and described["LastModifiedDate"]

    with refused("InvalidPasswordException", "Provided password cannot be used for security reasons."):
        pool.sign_up(password=LEAKED, email="ann@example.com")
    jane = pool.confirmed(email="jane@example.com", email_verified="true")
    sign_in(idp, pool, jane, "192.0.2.1")
    with refused("NotAuthorizedException", "Request not allowed due to security reasons."):
        sign_in(idp, pool, jane, "203.0.113.1")
    sign_in(idp, pool, jane, "198.51.100.1")
    events = idp.admin_list_user_auth_events(UserPoolId=pool.id, Username=jane)["AuthEvents"]
    assert [event["EventContextData"]["IpAddress"] for event in events] == ["198.51.100.1", "192.0.2.1"]
    assert events[0]["EventRisk"] == {"RiskDecision": "AccountTakeover", "RiskLevel": "Low"}

    # The user is told, and answers with what stands in the mail.
    [mail] = Mailbox(protected.url).wait("jane@example.com")
    assert mail["subject"] == "Was it you?"
    token = mail["body"].rsplit(" ", 1)[1].rstrip(".")
    app.update_auth_event_feedback(UserPoolId=pool.id, Username=jane, EventId=events[0]["EventId"],
                                   FeedbackToken=token, FeedbackValue="Invalid")
    with refused("NotAuthorizedException", "Unable to login because of security reasons."):
        sign_in(idp, pool, jane, "198.51.100.1")
    idp.admin_update_auth_event_feedback(UserPoolId=pool.id, Username=jane, EventId=events[0]["EventId"],
                                         FeedbackValue="Valid")
    sign_in(idp, pool, jane, "198.51.100.1")


def test_a_corpus_that_is_not_there_keeps_the_server_from_starting(new_server, tmp_path):
    with pytest.raises(RuntimeError, match="breach corpus"):
        new_server(env={"STEPWELL_BREACH_DIRECTORY": str(tmp_path / "nowhere")})
