"""Trigger functions as a pool's owner writes them for Lambda; the same code runs behind the runtime and the webhook.

Each writes the event it got as one line to the file that `TRIGGER_LOG` names, so that a test sees what arrived and in what order.
"""

import json
import os
import time


def _log(event):
    with open(os.environ["TRIGGER_LOG"], "a", encoding="utf-8") as log:
        log.write(json.dumps(event) + "\n")


def handler(event, context):
    """One function for all triggers: what it does is told by the user's name or the client's metadata."""
    _log(event)
    source, request, response = event["triggerSource"], event["request"], event["response"]
    if f"refuse-{source.split('_')[0].lower()}" in event["userName"]:
        raise ValueError("not today")
    if source == "PreSignUp_SignUp":
        response["autoConfirmUser"] = "auto" in event["userName"]
        response["autoVerifyEmail"] = "auto" in event["userName"] and "email" in request["userAttributes"]
    elif source.startswith("TokenGeneration_"):
        _tokens(event["version"], request, response)
    elif source.startswith("UserMigration_"):
        if not event["userName"].startswith("old"):
            raise ValueError("Bad user")
        if source.endswith("Authentication") and request["password"] != "Legacy-Horse-1":
            raise ValueError("Bad password")
        response["userAttributes"] = {"email": f"{event['userName']}@example.com", "email_verified": "true"}
        response["finalUserStatus"] = "CONFIRMED"
        response["messageAction"] = "SUPPRESS"
    elif source.startswith("CustomMessage_"):
        response["emailSubject"] = f"For {event['userName']}"
        response["emailMessage"] = f"{source}: {request['codeParameter']} {request.get('usernameParameter') or ''}"
    elif source.startswith("DefineAuthChallenge_"):
        _define(request, response)
    elif source.startswith("CreateAuthChallenge_"):
        response["publicChallengeParameters"] = {"question": "6 × 7"}
        response["privateChallengeParameters"] = {"answer": "42"}
        response["challengeMetadata"] = "MATHS"
    elif source.startswith("VerifyAuthChallengeResponse_"):
        response["answerCorrect"] = request["challengeAnswer"] == request["privateChallengeParameters"]["answer"]
    return event


def _tokens(version, request, response):
    if version == "1":
        response["claimsOverrideDetails"] = {
            "claimsToAddOrOverride": {"tenant": "acme"}, "claimsToSuppress": ["email"],
            "groupOverrideDetails": {"groupsToOverride": ["from-trigger"]}}
    else:
        response["claimsAndScopeOverrideDetails"] = {
            "idTokenGeneration": {"claimsToAddOrOverride": {"tenant": {"name": "acme", "plans": ["a", "b"]}}},
            "accessTokenGeneration": {"claimsToAddOrOverride": {"tenant": "acme"}, "scopesToAdd": ["orders/read"]}}


def _define(request, response):
    rounds = request["session"]
    response["issueTokens"] = bool(rounds) and rounds[-1]["challengeName"] == "CUSTOM_CHALLENGE" and rounds[-1]["challengeResult"]
    response["failAuthentication"] = len(rounds) >= 3 and not response["issueTokens"]
    if not response["issueTokens"] and not response["failAuthentication"]:
        response["challengeName"] = "CUSTOM_CHALLENGE"


def slow(event, context):
    """Too slow for a trigger."""
    _log(event)
    time.sleep(7)
    return event


def nonsense(event, context):
    """Answers what no trigger may answer."""
    _log(event)
    return "nonsense"
