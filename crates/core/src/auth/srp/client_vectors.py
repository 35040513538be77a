"""Writes client_vectors.json: what real clients answer to SRP challenges whose every input is fixed.

    python client_vectors.py DIRECTORY > client_vectors.json

needs pycognito, node, and a DIRECTORY whose node_modules holds amazon-cognito-identity-js. The server's values (verifier,
SRP_B) are computed here with Python's integers; the clients then answer on their own, through their public entry points.
"""

import base64
import hashlib
import json
import pathlib
import subprocess
import sys

from pycognito.aws_srp import AWSSRP, N_HEX

N = int(N_HEX, 16)
POOL_ID = "us-east-1_AbCdEf123"
POOL_NAME = POOL_ID.split("_")[1]


def seeded(label, length):
    """Bytes that look random and never change."""
    return b"".join(hashlib.sha256(f"{label} {i}".encode()).digest() for i in range(length // 32 + 1))[:length]


def number(data):
    return int.from_bytes(data, "big")


def pad(value):
    return value.to_bytes(value.bit_length() // 8 + 1, "big")


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


K = number(sha(pad(N), pad(2)))


class Server:
    """The server's half: SRP-6a, with the sign of g^b in the top bit of the secret."""

    def __init__(self, verifier, secret):
        self.verifier, self.secret = verifier, secret
        self.exponent = number(secret) % 2**255
        self.negative = secret[0] >= 0x80
        power = pow(2, self.exponent, N)
        self.public = (K * verifier + (N - power if self.negative else power)) % N

    def u(self, client_public):
        return number(sha(pad(client_public), pad(self.public)))

    def shared(self, client_public):
        return pow(client_public * pow(self.verifier, self.u(client_public), N), self.exponent, N)


def verifier(realm, name, password, salt):
    return pow(2, number(sha(pad(salt), sha(f"{realm}{name}:{password}".encode()))), N)


def search(label, v, client_public, wanted):
    """The first secret in a row of seeded ones whose exchange is as wanted."""
    for i in range(100_000):
        server = Server(v, seeded(f"{label} b{i}", 32))
        if wanted(server, client_public):
            return server
    raise SystemExit(f"no secret found for {label}")


def client_secret(label, odd):
    """A client's secret a, of the 1024 bits that clients use, whose A has an odd or even number of hex digits."""
    for i in range(1000):
        a = number(seeded(f"{label} a{i}", 128))
        if len(f"{pow(2, a, N):x}") % 2 == odd:
            return a
    raise SystemExit(f"no client secret found for {label}")


def pycognito(case, **device):
    srp = AWSSRP("someone", case.get("password", ""), POOL_ID, "client", client=object(), **device)
    srp.small_a_value = int(case["a"], 16)
    srp.large_a_value = srp.calculate_a()
    assert srp.get_auth_params()["SRP_A"] == case["srp_a"]
    challenge = {name: case[key] for name, key in
                 {"SALT": "salt", "SRP_B": "srp_b", "SECRET_BLOCK": "secret_block"}.items()}
    if device:
        challenge |= {"USERNAME": "someone", "DEVICE_KEY": case["name"]}
        answer = srp.process_device_challenge(challenge)
    else:
        challenge |= {"USERNAME": "someone", "USER_ID_FOR_SRP": case["name"]}
        answer = srp.process_challenge(challenge, {"USERNAME": "someone"})
    return {"timestamp": answer["TIMESTAMP"], "signature": answer["PASSWORD_CLAIM_SIGNATURE"]}


def javascript(directory, cases):
    script = pathlib.Path(__file__).with_suffix(".js")
    run = subprocess.run(["node", script, directory], input=json.dumps(cases), capture_output=True, text=True, check=True)
    return json.loads(run.stdout)


def new_case(label, realm, name, password, salt, v, odd, wanted):
    a = client_secret(label, odd)
    client_public = pow(2, a, N)
    server = search(label, v, client_public, wanted)
    return {
        "label": label, "realm": realm, "name": name, "password": password, "salt": f"{salt:x}",
        "a": f"{a:x}", "b": server.secret.hex(), "verifier_sha256": sha(v.to_bytes(384, "big")).hex(),
        "srp_a": f"{client_public:x}", "srp_b": f"{server.public:x}",
        "secret_block": base64.b64encode(seeded(f"{label} block", 100)).decode(),
    }


USER = "a1b2c3d4-5678-4abc-9def-0123456789ab"
SALT_LOW, SALT_HIGH, SALT_ODD = (number(bytes([first]) + seeded("salt", 15)) for first in (0x5A, 0xC3, 0x07))
POSITIVE = lambda s, A: not s.negative
NEGATIVE = lambda s, A: s.negative
USER_CASES = [
    ("plain", USER, "Correct-Horse-9", SALT_LOW, 0, POSITIVE),
    ("salt with the top bit set", USER, "Correct-Horse-9", SALT_HIGH, 0, POSITIVE),
    ("salt of an odd number of digits", USER, "Correct-Horse-9", SALT_ODD, 0, POSITIVE),
    ("A of an odd number of digits", USER, "Correct-Horse-9", SALT_LOW, 1, POSITIVE),
    ("password beyond ASCII", USER, "Pässwörd-日本語-🔑9", SALT_HIGH, 1, POSITIVE),
    ("name beyond ASCII", "jürgen:müller", "a:b:C-9 d", SALT_LOW, 0, POSITIVE),
    ("B of an odd number of digits", USER, "Correct-Horse-9", SALT_LOW, 0,
     lambda s, A: POSITIVE(s, A) and len(f"{s.public:x}") % 2),
    ("u below 2^248", USER, "Correct-Horse-9", SALT_LOW, 0, lambda s, A: POSITIVE(s, A) and s.u(A) < 2**248),
    ("S below 2^3064", USER, "Correct-Horse-9", SALT_LOW, 0, lambda s, A: POSITIVE(s, A) and s.shared(A) < 2**3064),
] + [(f"negative g^b, {i}", USER, "Correct-Horse-9", SALT_HIGH, i % 2, NEGATIVE) for i in range(4)]


def main():
    directory = sys.argv[1]
    cases = [new_case(label, POOL_NAME, name, password, salt, verifier(POOL_NAME, name, password, salt), odd, wanted)
             for label, name, password, salt, odd, wanted in USER_CASES]
    for case, answer in zip(cases, javascript(directory, {"pool_id": POOL_ID, "cases": cases})):
        case["answers"] = {"pycognito": pycognito(case), "amazon-cognito-identity-js": answer}

    group, device = "-AbCdEfGh", "us-east-1_0f1e2d3c-4b5a-4678-9abc-def012345678"
    password, salt = base64.b64encode(seeded("device password", 40)).decode(), SALT_HIGH
    case = new_case("device", group, device, password, salt, verifier(group, device, password, salt), 1, POSITIVE)
    case["answers"] = {"pycognito": pycognito(
        case, device_key=device, device_group_key=group, device_password=password)}
    cases.append(case)
    for case in cases:
        del case["a"]
    print(json.dumps(cases, indent=1, ensure_ascii=False))


main()
