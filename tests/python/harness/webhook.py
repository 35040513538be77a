"""A webhook as the guide shows it: checks the signature, runs the handler, answers with the event."""

import base64
import hashlib
import hmac
import json
import time

from .listener import Listener

KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()


class Webhook(Listener):
    """`functions` maps paths to handlers `(event, context) -> event`."""

    def __init__(self, functions):
        self.functions = functions
        self.bad = []
        super().__init__()

    def settings(self):
        """What tells `stepwell` of it."""
        entries = ",".join(f"{name}={self.url}/{name}" for name in self.functions)
        return {"STEPWELL_WEBHOOKS": entries, "STEPWELL_WEBHOOK_SECRETS": SECRET}

    def answer(self, request, body):
        status, answer = self._answer(request, body)
        return status, {}, json.dumps(answer).encode()

    def _answer(self, request, body):
        signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + body
        right = "v1," + base64.b64encode(hmac.digest(KEY, signed, hashlib.sha256)).decode()
        fresh = abs(time.time() - int(request.headers["webhook-timestamp"])) < 300
        if not fresh or right not in request.headers["webhook-signature"].split(" "):
            self.bad.append(request.headers["webhook-signature"])
            return 401, {}
        try:
            return 200, self.functions[request.path.strip("/")](json.loads(body), None)
        except Exception as error:
            return 422, {"errorMessage": str(error)}
