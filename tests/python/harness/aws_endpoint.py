"""Something that speaks SES's and SNS's own APIs, checks the signature as AWS would, and keeps what it was asked to send."""

import json
import re
import time
import urllib.parse

import botocore.auth
import botocore.awsrequest
import botocore.credentials

from .listener import Listener

KEY_ID = "AKIADELIVERY00000001"
SECRET = "Planted/Delivery+Secret/Key/012345678901"


class Endpoint(Listener):
    def __init__(self, status=200):
        self.sent = []
        self.bad = []
        self.status = status
        super().__init__()

    def answer(self, request, body):
        problem = wrong_signature(request, body)
        if problem:
            self.bad.append(problem)
        elif request.path == "/v2/email/outbound-emails":
            self.sent.append(("ses", json.loads(body)))
        else:
            self.sent.append(("sns", dict(urllib.parse.parse_qsl(body.decode()))))
        answer = b'{"MessageId": "1"}' if request.path != "/" else (
            b"<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>")
        return 403 if problem else self.status, {}, answer

    def wait(self, count=1, timeout=20):
        deadline = time.monotonic() + timeout
        while len(self.sent) < count:
            assert not self.bad, self.bad
            assert time.monotonic() < deadline, f"{len(self.sent)} of {count} messages"
            time.sleep(0.05)
        return self.sent


def wrong_signature(handler, body):
    """What is wrong with the request's SigV4 signature, reckoned by botocore; None if nothing is."""
    authorization = handler.headers.get("Authorization", "")
    found = re.fullmatch(r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request, ?"
                         r"SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})", authorization)
    if not found:
        return f"not SigV4: {authorization}"
    key, _, region, service, names, signature = found.groups()
    if key != KEY_ID:
        return f"another key: {key}"
    request = botocore.awsrequest.AWSRequest(
        handler.command, f"http://{handler.headers['Host']}{handler.path}", data=body,
        headers={name: handler.headers[name] for name in names.split(";")})
    request.context["timestamp"] = handler.headers["X-Amz-Date"]
    signer = botocore.auth.SigV4Auth(botocore.credentials.Credentials(KEY_ID, SECRET), service, region)
    expected = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    return None if signature == expected else f"signature {signature} for {service} in {region}, expected {expected}"
