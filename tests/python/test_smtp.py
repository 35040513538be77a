"""Mail through a real SMTP server: plain, STARTTLS, with a login; and what happens when it refuses."""

import re
import time

import pytest

from harness import serve, smtp
from harness.aws import attributes, idp_client, refused
from harness.pools import Pool, unique


def settings(sink, **more):
    return serve.environment(**{**sink.settings, **more})


def journey(server, sink, **pool):
    """Sign-up, confirmation and recovery, with nothing but the mail to go by. The pool and what arrived."""
    made = Pool(serve.root_client(server), {"AutoVerifiedAttributes": ["email"], **pool})
    app = idp_client(server.url, signed=False)
    email = unique("ada") + "@example.com"
    username, _ = made.sign_up(email=email)
    [first] = sink.wait(email)
    app.confirm_sign_up(ClientId=made.client_id, Username=username, ConfirmationCode=smtp.code_in(first))
    made.sign_in(username)
    app.forgot_password(ClientId=made.client_id, Username=username)
    second = sink.wait(email, count=2)[1]
    app.confirm_forgot_password(ClientId=made.client_id, Username=username, Password="Fresh-Horse-2",
                                ConfirmationCode=smtp.code_in(second))
    made.sign_in(username, "Fresh-Horse-2")
    return made, first


def test_plain(new_server):
    with smtp.Sink() as sink, new_server(mode="serve", env=settings(sink)) as server:
        pool, (recipients, sender, message, encrypted) = journey(server, sink)
        assert len(recipients) == 1 and sender == "no-reply@stepwell.example"
        assert message["From"].addresses[0].addr_spec == "no-reply@stepwell.example"
        assert message["Subject"] and message["Date"] and message["Message-ID"]
        assert not encrypted
        # An invitation, with the words of the pool.
        email = unique("bob") + "@example.com"
        pool.idp.update_user_pool(UserPoolId=pool.id, AutoVerifiedAttributes=["email"], AdminCreateUserConfig={
            "InviteMessageTemplate": {"EmailSubject": "Välkommen åäö", "EmailMessage": "Name {username} word {####}"}})
        pool.idp.admin_create_user(UserPoolId=pool.id, Username="bob", DesiredDeliveryMediums=["EMAIL"],
                                   UserAttributes=attributes({"email": email}))
        [invitation] = sink.wait(email)
        assert invitation[2]["Subject"] == "Välkommen åäö"
        assert re.search(r"Name bob word \S+", smtp.text_of(invitation[2]))
        # Words without a place for the temporary password would leave the user without one.
        pool.idp.update_user_pool(UserPoolId=pool.id, AutoVerifiedAttributes=["email"], AdminCreateUserConfig={
            "InviteMessageTemplate": {"EmailMessage": "Welcome, {username}"}})
        invite = {"UserPoolId": pool.id, "DesiredDeliveryMediums": ["EMAIL"]}
        with refused("InvalidParameterException", part="must include the placeholder {####}"):
            pool.idp.admin_create_user(Username="carl", UserAttributes=attributes({"email": email}), **invite)
        with refused("InvalidParameterException", part="must include the placeholder {####}"):
            pool.idp.admin_create_user(Username="bob", MessageAction="RESEND", **invite)
        with refused("UserNotFoundException"):
            pool.admin_get("carl")


@pytest.mark.parametrize(("tls", "name"), [
    ("starttls", "STEPWELL_SMTP_CA_FILE"), ("starttls", "SSL_CERT_FILE"), ("implicit", "STEPWELL_SMTP_CA_FILE")])
def test_tls_with_a_login(new_server, tmp_path, tls, name):
    context, trusted = smtp.certificate(tmp_path)
    with smtp.Sink(tls=context, implicit=tls == "implicit", login=True) as sink:
        variables = settings(sink, STEPWELL_SMTP_TLS=tls, STEPWELL_SMTP_USERNAME=smtp.USER,
                             STEPWELL_SMTP_PASSWORD=smtp.PASSWORD, **{name: trusted})
        with new_server(mode="serve", env=variables) as server:
            _, (_, _, _, encrypted) = journey(server, sink)
            assert encrypted and sink.logins and all(sink.logins)
            assert smtp.PASSWORD not in server.log()


def test_a_certificate_that_nobody_trusts(new_server, tmp_path):
    context, _ = smtp.certificate(tmp_path)
    with smtp.Sink(tls=context) as sink:
        with new_server(mode="serve", env=settings(sink, STEPWELL_SMTP_TLS="starttls")) as server:
            pool = Pool(serve.root_client(server), {"AutoVerifiedAttributes": ["email"]})
            pool.sign_up(email=unique("ada") + "@example.com")
            with pytest.raises(AssertionError):
                sink.wait("anyone", timeout=4)
            assert sink.received == []


def test_a_server_that_refuses_does_not_fail_the_sign_up_or_lose_the_user(new_server):
    # Messages go through an outbox: the answer does not tell a stranger whether a mailbox exists.
    with smtp.Sink(refuse=True) as sink:
        with new_server(mode="serve", env=settings(sink)) as server:
            pool = Pool(serve.root_client(server), {"AutoVerifiedAttributes": ["email"]})
            username, answer = pool.sign_up(email=unique("ada") + "@example.com")
            assert answer["CodeDeliveryDetails"]["DeliveryMedium"] == "EMAIL"
            assert pool.admin_get(username)["UserStatus"] == "UNCONFIRMED"


def test_mail_waits_for_a_server_that_is_down(new_server):
    sink = smtp.Sink()
    with new_server(mode="serve", env=settings(sink)) as server:
        pool = Pool(serve.root_client(server), {"AutoVerifiedAttributes": ["email"]})
        email = unique("ada") + "@example.com"
        pool.sign_up(email=email)
        deadline = time.monotonic() + 10
        while "message not delivered" not in server.log():
            assert time.monotonic() < deadline, "nobody tried to deliver"
            time.sleep(0.05)
        time.sleep(0.5)  # the line is written first, then the time of the next try
        # Killed before it could be delivered: the outbox is in the database.
        server.kill()
        server.start()
        with sink:
            sink.wait(email, timeout=60)
