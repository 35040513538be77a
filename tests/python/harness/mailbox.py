"""The dev server's mailbox: what it would have sent, with the code in each message."""

import time

import requests


class Mailbox:
    def __init__(self, url):
        self.url = url + "/dev/mailbox/messages"

    def messages(self, to=None):
        answer = requests.get(self.url, timeout=10)
        answer.raise_for_status()
        return [message for message in answer.json() if to is None or message["to"] == to]

    def wait(self, to, count=1, timeout=15):
        """The messages to `to`, oldest first, once the outbox has sent at least `count`."""
        deadline = time.monotonic() + timeout
        while True:
            found = sorted(self.messages(to), key=lambda message: (message["at"], message["id"]))
            if len(found) >= count:
                return found
            assert time.monotonic() < deadline, f"{len(found)} of {count} messages to {to} after {timeout} s"
            time.sleep(0.03)

    def code(self, to, count=1):
        """The code in the newest message to `to`, once there are `count`."""
        code = self.wait(to, count)[-1]["code"]
        assert code, "the message holds no code"
        return code
