"""Nothing secret is in a log at any level, nor in the database in the clear: planted values are searched for."""

import os
import re

import pytest

from harness import postgres, serve, smtp
from harness.aws import idp_client
from harness.pools import Pool, secret_hash, unique
from pycognito.aws_srp import AWSSRP


def planted_journey(server, sink):
    """Everything that handles a secret, once. The secrets, by name."""
    secrets = {"smtp password": smtp.PASSWORD, "root secret": serve.SECRET}
    idp, app = serve.root_client(server), idp_client(server.url, signed=False)
    pool = Pool(idp, {"AutoVerifiedAttributes": ["email"]}, {"GenerateSecret": True})
    secret = pool.client["ClientSecret"]
    own = "PlantedClientSecretOfOnesOwn01"
    other = pool.add_client(ClientSecret=own)
    secrets.update({"generated client secret": secret, "own client secret": own})
    email = unique("ada") + "@example.com"
    username = unique("user")
    proof = secret_hash(username, pool.client_id, secret)
    secrets["password"] = "Planted-Password-1"
    app.sign_up(ClientId=pool.client_id, Username=username, Password=secrets["password"], SecretHash=proof,
                UserAttributes=[{"Name": "email", "Value": email}])
    code = re.search(r"\b\d{6}\b", smtp.text_of(sink.wait(email)[0][2])).group()
    secrets["sign-up code"] = code
    with pytest.raises(app.exceptions.ClientError):
        app.confirm_sign_up(ClientId=pool.client_id, Username=username, ConfirmationCode="000000x", SecretHash=proof)
    app.confirm_sign_up(ClientId=pool.client_id, Username=username, ConfirmationCode=code, SecretHash=proof)
    result = pool.sign_in(username, secrets["password"], SECRET_HASH=proof)
    secrets.update({"access token": result["AccessToken"], "id token": result["IdToken"],
                    "refresh token": result["RefreshToken"]})
    secrets["refreshed access token"] = pool.refresh(result["RefreshToken"], SECRET_HASH=proof)["AccessToken"]
    secrets["wrong password"] = "Planted-Wrong-Password-2"
    with pytest.raises(app.exceptions.ClientError):
        pool.initiate(username, secrets["wrong password"], SECRET_HASH=proof)
    secrets["changed password"] = "Planted-Password-3"
    app.change_password(AccessToken=result["AccessToken"], PreviousPassword=secrets["password"],
                        ProposedPassword=secrets["changed password"])
    srp = AWSSRP(username, secrets["changed password"], pool.id, pool.client_id, client=app, client_secret=secret)
    asked = app.initiate_auth(AuthFlow="USER_SRP_AUTH", ClientId=pool.client_id, AuthParameters=srp.get_auth_params())
    secrets["secret block"] = asked["ChallengeParameters"]["SECRET_BLOCK"]
    answered = app.respond_to_auth_challenge(
        ClientId=pool.client_id, ChallengeName="PASSWORD_VERIFIER",
        ChallengeResponses=srp.process_challenge(asked["ChallengeParameters"], srp.get_auth_params()))
    secrets["srp access token"] = answered["AuthenticationResult"]["AccessToken"]
    app.forgot_password(ClientId=pool.client_id, Username=username, SecretHash=proof)
    recovery = re.search(r"\b\d{6}\b", smtp.text_of(sink.wait(email, count=2)[1][2])).group()
    secrets["recovery code"] = recovery
    secrets["recovered password"] = "Planted-Password-4"
    app.confirm_forgot_password(ClientId=pool.client_id, Username=username, ConfirmationCode=recovery,
                                Password=secrets["recovered password"], SecretHash=proof)
    secrets["temporary password"] = "Planted-Temporary-5"
    invited = unique("invited")
    idp.admin_create_user(UserPoolId=pool.id, Username=invited, TemporaryPassword=secrets["temporary password"],
                          UserAttributes=[{"Name": "email", "Value": "bob@example.com"}],
                          DesiredDeliveryMediums=["EMAIL"])
    asked = pool.initiate(invited, secrets["temporary password"], client_id=other["ClientId"],
                          SECRET_HASH=secret_hash(invited, other["ClientId"], own))
    secrets["session"] = asked["Session"]
    secrets["new password"] = "Planted-Password-6"
    app.respond_to_auth_challenge(
        ClientId=other["ClientId"], ChallengeName="NEW_PASSWORD_REQUIRED", Session=asked["Session"],
        ChallengeResponses={"USERNAME": invited, "NEW_PASSWORD": secrets["new password"],
                            "SECRET_HASH": secret_hash(invited, other["ClientId"], own)})
    # One that stays unsent, in the outbox, and one that stays unanswered.
    sink.refuse = True
    waiting = unique("waiting")
    secrets["waiting password"] = "Planted-Temporary-7"
    idp.admin_create_user(UserPoolId=pool.id, Username=waiting, TemporaryPassword=secrets["waiting password"],
                          UserAttributes=[{"Name": "email", "Value": "carol@example.com"}],
                          DesiredDeliveryMediums=["EMAIL"])
    return secrets


def leaks(secrets, data):
    """The names of the secrets that occur in `data`, plain or in a spelling that a dump or a log would use."""
    found = []
    for name, value in secrets.items():
        if re.fullmatch(r"\d{6}", value):
            # Six digits on their own, not a stretch of a longer number or a fraction of a second.
            if re.search(rb"(?<![\d.a-fA-F:])" + value.encode() + rb"(?![\da-fA-FZ])", data):
                found.append(name)
            continue
        spellings = {value, value.encode().hex(), value.replace("/", "\\/")}
        if value.count(".") >= 2:
            # A token leaks with its signature, whoever cuts it up.
            spellings.add(value.split(".")[-1])
        if any(spelling.encode() in data for spelling in spellings):
            found.append(name)
    return found


def stored(server):
    """Every byte that a thief of the database would get."""
    if server.database:
        return postgres.dump(server.database)
    parts = []
    for folder, _, files in os.walk(server.data):
        for name in files:
            if "key" not in name.lower() or name.endswith((".db", ".sqlite", ".sqlite3")):
                with open(os.path.join(folder, name), "rb") as file:
                    parts.append(file.read())
    return b"".join(parts)


def test_nothing_secret_in_log_or_database(new_server):
    with smtp.Sink(login=True) as sink:
        env = serve.environment(
            STEPWELL_SMTP_HOST="127.0.0.1", STEPWELL_SMTP_PORT=str(sink.port),
            STEPWELL_SMTP_TLS="none", STEPWELL_EMAIL_FROM="no-reply@stepwell.example",
            STEPWELL_SMTP_USERNAME=smtp.USER, STEPWELL_SMTP_PASSWORD=smtp.PASSWORD, STEPWELL_LOG="trace")
        with new_server(mode="serve", env=env) as server:
            secrets = planted_journey(server, sink)
            data = stored(server)
            assert len(data) > 10_000
            log = server.log().encode()
            assert b"DEBUG" in log or b"TRACE" in log, "the log is not at trace level"
            assert leaks(secrets, data) == [], "in the database"
            assert leaks(secrets, log) == [], "in the log"
            # And that the search finds what is there: the username is no secret.
            assert leaks({"name": "stepwell"}, log + data) == ["name"]
            server.stop()
            assert leaks(secrets, stored(server)) == [], "in the database at rest"
            assert leaks(secrets, server.log().encode()) == [], "in the log at the end"


def test_private_keys_are_not_in_the_database(server, pool):
    data = stored(server)
    for mark in (b"BEGIN PRIVATE", b"BEGIN RSA", bytes.fromhex("300d06092a864886f70d0101010500"),
                 b"300d06092a864886f70d0101010500"):
        # The last two open a PKCS#8 RSA key; a *public* key may hold the identifier, so look for the private form.
        if mark.startswith(b"BEGIN"):
            assert mark not in data
        else:
            assert b"020100" + mark not in data and bytes.fromhex("020100") + mark not in data
