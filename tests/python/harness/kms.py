"""Something that speaks KMS's own API for symmetric keys: AES-256-GCM under keys made here, the encryption context as
associated data, signatures checked as AWS would."""

import base64
import json
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .aws_endpoint import KEY_ID, SECRET, wrong_signature
from .listener import Listener

REGION = "eu-central-1"
ACCOUNT = "111122223333"


class Refusal(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class Kms(Listener):
    """One key; `calls` lists (operation, encryption context) of all that was asked with a right signature."""

    def __init__(self, alias="alias/senders"):
        self.key_arn = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{os.urandom(4).hex()}-0000-4000-8000-{os.urandom(6).hex()}"
        self.alias_arn = f"arn:aws:kms:{REGION}:{ACCOUNT}:{alias}"
        self.key = AESGCM(os.urandom(32))
        self.calls = []
        self.bad = []
        self.available = True
        super().__init__()

    def settings(self):
        """What tells `stepwell` of it."""
        return {"STEPWELL_KMS_ENDPOINT": self.url, "STEPWELL_KMS_REGION": REGION,
                "STEPWELL_KMS_ACCESS_KEY_ID": KEY_ID, "STEPWELL_KMS_SECRET_ACCESS_KEY": SECRET}

    def answer(self, request, body):
        status, answer = self._answer(request, body)
        return status, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(answer).encode()

    def _answer(self, request, body):
        problem = wrong_signature(request, body)
        if problem:
            self.bad.append(problem)
            return 400, {"__type": "InvalidSignatureException", "message": problem}
        if not self.available:
            return 503, {"__type": "DependencyTimeoutException", "message": "The system timed out"}
        operation = request.headers["X-Amz-Target"].removeprefix("TrentService.")
        given = json.loads(body)
        self.calls.append((operation, given.get("EncryptionContext", {})))
        try:
            return 200, getattr(self, f"_{operation}")(given)
        except Refusal as refusal:
            return 400, {"__type": refusal.code, "message": str(refusal)}

    def _GenerateDataKey(self, given):
        self._check_key(given["KeyId"])
        assert given["KeySpec"] == "AES_256"
        key = os.urandom(32)
        return {"KeyId": self.key_arn, "Plaintext": b64(key), "CiphertextBlob": b64(self._seal(key, given))}

    def _Encrypt(self, given):
        self._check_key(given["KeyId"])
        return {"KeyId": self.key_arn, "CiphertextBlob": b64(self._seal(base64.b64decode(given["Plaintext"]), given)),
                "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}

    def _Decrypt(self, given):
        if "KeyId" in given:
            self._check_key(given["KeyId"])
        blob = base64.b64decode(given["CiphertextBlob"])
        try:
            plain = self.key.decrypt(blob[:12], blob[12:], associated(given))
        except InvalidTag:
            raise Refusal("InvalidCiphertextException", "") from None
        return {"KeyId": self.key_arn, "Plaintext": b64(plain), "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}

    def _check_key(self, key_id):
        if key_id not in (self.key_arn, self.alias_arn):
            raise Refusal("NotFoundException", f"Key '{key_id}' does not exist")

    def _seal(self, plain, given):
        nonce = os.urandom(12)
        return nonce + self.key.encrypt(nonce, plain, associated(given))


def associated(given):
    return json.dumps(given.get("EncryptionContext", {}), sort_keys=True).encode()


def b64(data):
    return base64.b64encode(data).decode()
