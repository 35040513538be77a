"""An authenticator app (RFC 6238: SHA-1, six digits, 30 seconds)."""

import base64
import hashlib
import hmac
import struct
import time


def code(secret, later=0):
    """The code of now, or of some time steps later (a step can be used once)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    step = int(time.time()) // 30 + later
    digest = hmac.new(key, struct.pack(">Q", step), hashlib.sha1).digest()
    offset = digest[-1] & 15
    number = struct.unpack(">I", digest[offset:offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"
