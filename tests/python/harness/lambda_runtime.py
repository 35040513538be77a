"""Lambda's Runtime API, as far as AWS's own runtime client for Python needs it: genuine handlers run in processes of their own."""

import json
import os
import queue
import re
import subprocess
import sys
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class FunctionError(Exception):
    """The handler raised; the text is the handler's own."""


class Runtime:
    """One function: `handler` (`package.module.function`) behind awslambdaric. Calling it invokes the handler."""

    def __init__(self, handler, env=None):
        self.waiting = queue.Queue()
        self.running = {}
        runtime = self

        class Api(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):  # http.server's name
                if self.path != "/2018-06-01/runtime/invocation/next":
                    return self._answer(404, b"{}")
                invocation = runtime.waiting.get()
                if invocation is None:
                    return self._answer(410, b"{}")
                headers = {
                    "Lambda-Runtime-Aws-Request-Id": invocation.id, "Lambda-Runtime-Deadline-Ms": "9999999999999",
                    "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:111122223333:function:f",
                }
                return self._answer(200, invocation.event, headers)

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                found = re.fullmatch(r"/2018-06-01/runtime/invocation/([^/]+)/(response|error)", self.path)
                if found:
                    invocation = runtime.running.pop(found.group(1), None)
                    if invocation:
                        invocation.finish(found.group(2) == "response", body)
                self._answer(202, b"{}")

            def _answer(self, status, body, headers=None):
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except BrokenPipeError:
                    pass  # the process was ended

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        environment = {
            "PATH": os.environ["PATH"], "PYTHONPATH": HERE, "AWS_REGION": "us-east-1", "LAMBDA_TASK_ROOT": HERE,
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.server.server_port}", "AWS_LAMBDA_FUNCTION_NAME": "f",
            "AWS_LAMBDA_FUNCTION_VERSION": "1", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128", **(env or {}),
        }
        self.process = subprocess.Popen([sys.executable, "-m", "awslambdaric", handler], cwd=HERE, env=environment,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __call__(self, event):
        invocation = Invocation(event)
        self.running[invocation.id] = invocation
        self.waiting.put(invocation)
        return invocation.result()

    def close(self):
        self.waiting.put(None)
        self.process.kill()
        self.process.wait()
        self.server.shutdown()
        self.server.server_close()


class Invocation:
    def __init__(self, event):
        self.id = str(uuid.uuid4())
        self.event = json.dumps(event).encode()
        self.done = threading.Event()

    def finish(self, succeeded, body):
        self.succeeded, self.body = succeeded, body
        self.done.set()

    def result(self):
        if not self.done.wait(30):
            raise FunctionError("the runtime did not answer")
        answer = json.loads(self.body)
        if not self.succeeded:
            raise FunctionError(answer["errorMessage"])
        return answer
