"""Something that speaks Lambda's Invoke API for functions that are Python callables of the test's own process."""

import json
import re
import threading
import time
import urllib.parse

from .aws_endpoint import KEY_ID, SECRET, wrong_signature
from .listener import Listener

ACCOUNT = "111122223333"


def function_arn(name):
    return f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"


class InvokeApi(Listener):
    """`functions` maps names to handlers `(event) -> answer`. An `Event` is taken at once and handled afterwards;
    `calls` lists (function, invocation type), `failures` what handlers raised."""

    def __init__(self, **functions):
        self.functions = functions
        self.calls = []
        self.failures = []
        self.bad = []
        self.available = True
        super().__init__()

    def settings(self):
        """What tells `stepwell` of it."""
        return {"STEPWELL_LAMBDA_ENDPOINT": self.url, "STEPWELL_LAMBDA_REGION": "us-east-1",
                "STEPWELL_LAMBDA_ACCESS_KEY_ID": KEY_ID, "STEPWELL_LAMBDA_SECRET_ACCESS_KEY": SECRET}

    def answer(self, request, body):
        problem = wrong_signature(request, body)
        if problem:
            self.bad.append(problem)
            return 403, {"X-Amzn-ErrorType": "InvalidSignatureException"}, b"{}"
        if not self.available:
            return 503, {"X-Amzn-ErrorType": "ServiceException"}, b"{}"
        found = re.fullmatch(r"/2015-03-31/functions/([^/]+)/invocations", request.path)
        name = urllib.parse.unquote(found.group(1)).rsplit(":", 1)[-1] if found else None
        function = self.functions.get(name)
        if function is None:
            return 404, {"X-Amzn-ErrorType": "ResourceNotFoundException"}, b"{}"
        kind = request.headers.get("X-Amz-Invocation-Type", "RequestResponse")
        self.calls.append((name, kind))
        event = json.loads(body)
        if kind == "Event":
            threading.Thread(target=self._run, args=(function, event), daemon=True).start()
            return 202, {}, b""
        answer, error = self._run(function, event)
        if error:
            failure = {"errorMessage": str(error), "errorType": type(error).__name__}
            return 200, {"X-Amz-Function-Error": "Unhandled"}, json.dumps(failure).encode()
        return 200, {}, json.dumps(answer).encode()

    def _run(self, function, event):
        try:
            return function(event), None
        except Exception as error:
            self.failures.append(error)
            return None, error


def until(condition, timeout=20):
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, f"not within {timeout} s"
        time.sleep(0.03)
