"""Lambda's Runtime API, as far as AWS's own runtime client for Python needs it: genuine handlers run in processes of their own."""

import json
import os
import queue
import re
import subprocess
import sys
import threading
import uuid

from .listener import Listener

JSON = {"Content-Type": "application/json"}
HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class FunctionError(Exception):
    """The handler raised; the text is the handler's own."""


class Runtime(Listener):
    """One function: `handler` (`package.module.function`) behind awslambdaric. Calling it invokes the handler."""

    def __init__(self, handler, env=None):
        self.waiting = queue.Queue()
        self.running = {}
        super().__init__()
        environment = {
            "PATH": os.environ["PATH"], "PYTHONPATH": HERE, "AWS_REGION": "us-east-1", "LAMBDA_TASK_ROOT": HERE,
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.port}", "AWS_LAMBDA_FUNCTION_NAME": "f",
            "AWS_LAMBDA_FUNCTION_VERSION": "1", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128", **(env or {}),
        }
        self.process = subprocess.Popen([sys.executable, "-m", "awslambdaric", handler], cwd=HERE, env=environment,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def answer(self, request, body):
        if request.path == "/2018-06-01/runtime/invocation/next":
            invocation = self.waiting.get()
            if invocation is None:
                return 410, JSON, b"{}"
            headers = {
                "Lambda-Runtime-Aws-Request-Id": invocation.id, "Lambda-Runtime-Deadline-Ms": "9999999999999",
                "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:111122223333:function:f",
            }
            return 200, {**JSON, **headers}, invocation.event
        found = re.fullmatch(r"/2018-06-01/runtime/invocation/([^/]+)/(response|error)", request.path)
        invocation = found and self.running.pop(found.group(1), None)
        if invocation:
            invocation.finish(found.group(2) == "response", body)
        return (202 if request.command == "POST" else 404), JSON, b"{}"

    def __call__(self, event):
        invocation = Invocation(event)
        self.running[invocation.id] = invocation
        self.waiting.put(invocation)
        return invocation.result()

    def close(self):
        self.waiting.put(None)
        self.process.kill()
        self.process.wait()
        super().close()


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
