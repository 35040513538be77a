"""A webhook as the guide shows it: checks the signature, runs the handler, answers with the event."""

import base64
import hashlib
import hmac
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()


class Webhook:
    """`functions` maps paths to handlers `(event, context) -> event`."""

    def __init__(self, functions):
        self.functions = functions
        self.bad = []
        hook = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):  # http.server's name
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = hook._answer(self, body)
                data = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def settings(self):
        """What tells `stepwell` of it."""
        entries = ",".join(f"{name}={self.url}/{name}" for name in self.functions)
        return {"STEPWELL_WEBHOOKS": entries, "STEPWELL_WEBHOOK_SECRETS": SECRET}

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

    def close(self):
        self.server.shutdown()
        self.server.server_close()
