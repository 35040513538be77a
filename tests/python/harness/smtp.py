"""A real SMTP server that keeps what it receives: plain, with STARTTLS, with a login."""

import datetime
import email
import email.policy
import ipaddress
import re
import ssl
import time

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from harness.ports import free_port

USER, PASSWORD = "postman", "Planted-Smtp-Password-1"


class Sink:
    """`tls` demands STARTTLS; with `implicit` the connection begins with TLS."""

    def __init__(self, tls=None, implicit=False, login=False, refuse=False):
        self.received = []
        self.logins = []
        self.refuse = refuse
        options = {"hostname": "127.0.0.1", "port": free_port()}
        if implicit:
            options.update(ssl_context=tls)
        elif tls:
            options.update(tls_context=tls, require_starttls=True)
        if login:
            options.update(authenticator=self._authenticate, auth_required=True, auth_require_tls=bool(tls) and not implicit)
        self.controller = Controller(self, **options)
        self.port = options["port"]

    def _authenticate(self, server, session, envelope, mechanism, data):
        good = data.login == USER.encode() and data.password == PASSWORD.encode()
        self.logins.append(good)
        return AuthResult(success=good, handled=good)

    async def handle_DATA(self, server, session, envelope):  # aiosmtpd's name
        if self.refuse:
            return "550 no such mailbox"
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        encrypted = server.transport.get_extra_info("ssl_object") is not None
        self.received.append((envelope.rcpt_tos, envelope.mail_from, message, encrypted))
        return "250 OK"

    def __enter__(self):
        self.controller.start()
        return self

    def __exit__(self, *_):
        self.controller.stop()

    @property
    def settings(self):
        """What makes a server deliver here, without TLS."""
        return {"STEPWELL_SMTP_HOST": "127.0.0.1", "STEPWELL_SMTP_PORT": str(self.port), "STEPWELL_SMTP_TLS": "none",
                "STEPWELL_EMAIL_FROM": "no-reply@stepwell.example"}

    def code(self, to, count=1):
        """The code in the newest mail to `to`, once there are `count`."""
        return code_in(self.wait(to, count)[-1])

    def wait(self, to, count=1, timeout=30):
        deadline = time.monotonic() + timeout
        while True:
            found = [entry for entry in self.received if to in entry[0]]
            if len(found) >= count:
                return found
            assert time.monotonic() < deadline, f"{len(found)} of {count} mails to {to}"
            time.sleep(0.05)


def code_in(entry):
    return re.search(r"\b\d{6}\b", text_of(entry[2])).group()


def text_of(message):
    """The message's words, whichever form they came in."""
    part = message.get_body(preferencelist=("plain", "html"))
    return part.get_content()


def certificate(folder):
    """A certificate for 127.0.0.1 from an authority of our own: (the server's TLS context, the authority's file)."""
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _signed("Test authority", authority_key, "Test authority", authority_key,
                        x509.BasicConstraints(ca=True, path_length=0))
    leaf = _signed("127.0.0.1", key, "Test authority", authority_key,
                   x509.SubjectAlternativeName([x509.DNSName("localhost"),
                                                x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]))
    files = [folder / name for name in ("ca.pem", "smtp.pem", "smtp.key")]
    pem = serialization.Encoding.PEM
    files[0].write_bytes(authority.public_bytes(pem))
    files[1].write_bytes(leaf.public_bytes(pem))
    files[2].write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files[1], files[2])
    return context, str(files[0])


def _signed(subject, key, issuer, issuer_key, extension):
    now = datetime.datetime.now(datetime.timezone.utc)

    def name(text):
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    return (x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name(issuer))
            .public_key(key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=2))
            .add_extension(extension, critical=True).sign(issuer_key, hashes.SHA256()))
