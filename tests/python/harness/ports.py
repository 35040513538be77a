"""Free ports below the range from which the kernel hands out ports to outgoing connections."""

import random
import socket


def free_port(run=1):
    """The first of `run` free ports in a row: a dev server takes two, HTTP and HTTPS."""
    for _ in range(200):
        port = random.randrange(12000, 32000)
        if all(_free(port + offset) for offset in range(run)):
            return port
    raise RuntimeError("no free port")


def _free(port):
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
