"""Mail through SES and text messages through SNS, by their own APIs, signed."""

import re

from harness import aws_endpoint, serve
from harness.aws import as_dict, attributes, idp_client
from harness.pools import Pool, unique


def settings(endpoint):
    keys = {"ACCESS_KEY_ID": aws_endpoint.KEY_ID, "SECRET_ACCESS_KEY": aws_endpoint.SECRET, "REGION": "eu-central-1",
            "ENDPOINT": endpoint.url}
    return serve.environment(STEPWELL_EMAIL_FROM="no-reply@stepwell.example",
                             **{f"STEPWELL_{service}_{name}": value for service in ("SES", "SNS")
                                for name, value in keys.items()})


def test_a_code_by_mail_and_one_by_text_message(new_server):
    with aws_endpoint.Endpoint() as endpoint, new_server(mode="serve", env=settings(endpoint)) as server:
        app = idp_client(server.url, signed=False)
        by_mail = Pool(serve.root_client(server), {"AutoVerifiedAttributes": ["email"]})
        username, _ = by_mail.sign_up(email="ada@example.com")
        service, mail = endpoint.wait()[0]
        assert service == "ses"
        assert mail["Destination"]["ToAddresses"] == ["ada@example.com"]
        assert mail["FromEmailAddress"] == "no-reply@stepwell.example"
        text = str(mail["Content"]["Simple"]["Body"])
        app.confirm_sign_up(ClientId=by_mail.client_id, Username=username,
                            ConfirmationCode=re.search(r"\b\d{6}\b", text).group())

        # A pool sends text messages only if it says through which role; and both given, only the phone gets a code.
        by_phone = Pool(serve.root_client(server), {
            "AutoVerifiedAttributes": ["email", "phone_number"], "SmsConfiguration": {
                "SnsCallerArn": "arn:aws:iam::000000000000:role/sms", "ExternalId": "x", "SnsRegion": "us-east-1"}})
        username, answer = by_phone.sign_up(phone_number="+15555550123", email="bob@example.com")
        assert answer["CodeDeliveryDetails"]["DeliveryMedium"] == "SMS"
        assert answer["CodeDeliveryDetails"]["AttributeName"] == "phone_number"
        assert answer["CodeDeliveryDetails"]["Destination"].endswith("0123")
        assert "+1555555" not in answer["CodeDeliveryDetails"]["Destination"]
        service, message = endpoint.wait(2)[1]
        assert service == "sns"
        assert (message["Action"], message["PhoneNumber"]) == ("Publish", "+15555550123")
        code = re.search(r"\b\d{6}\b", message["Message"]).group()
        app.confirm_sign_up(ClientId=by_phone.client_id, Username=username, ConfirmationCode=code)
        seen = as_dict(by_phone.admin_get(username)["UserAttributes"])
        assert seen["phone_number_verified"] == "true" and seen.get("email_verified", "false") == "false"
        assert len(endpoint.sent) == 2 and not endpoint.bad
        assert aws_endpoint.SECRET not in server.log()


def test_an_invitation_by_text_message(new_server):
    with aws_endpoint.Endpoint() as endpoint, new_server(mode="serve", env=settings(endpoint)) as server:
        pool = Pool(serve.root_client(server), {"SmsConfiguration": {
            "SnsCallerArn": "arn:aws:iam::000000000000:role/sms", "ExternalId": "x"}})
        username = unique("user")
        pool.idp.admin_create_user(UserPoolId=pool.id, Username=username, DesiredDeliveryMediums=["SMS"],
                                   UserAttributes=attributes({"phone_number": "+15555550123"}))
        [(service, message)] = endpoint.wait()
        assert service == "sns" and username in message["Message"]
