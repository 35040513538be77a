"""Something that speaks Lambda's Invoke API for functions that are Python callables of the test's own process."""

import json
import re
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .aws_endpoint import KEY_ID, SECRET, wrong_signature

ACCOUNT = "111122223333"


def function_arn(name):
    return f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"


class InvokeApi:
    """`functions` maps names to handlers `(event) -> answer`. An `Event` is taken at once and handled afterwards;
    `calls` lists (function, invocation type), `failures` what handlers raised."""

    def __init__(self, **functions):
        self.functions = functions
        self.calls = []
        self.failures = []
        self.bad = []
        self.available = True
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):  # http.server's name
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, headers, answer = api._answer(self, body)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def settings(self):
        """What tells `stepwell` of it."""
        return {"STEPWELL_LAMBDA_ENDPOINT": self.url, "STEPWELL_LAMBDA_REGION": "us-east-1",
                "STEPWELL_LAMBDA_ACCESS_KEY_ID": KEY_ID, "STEPWELL_LAMBDA_SECRET_ACCESS_KEY": SECRET}

    def _answer(self, request, body):
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
