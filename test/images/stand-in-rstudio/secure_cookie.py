"""Signed cookies: `value|expires|hmac`, and the file that holds the key they are signed with."""

import base64
import hmac
import os
import time
from email.utils import formatdate, parsedate_to_datetime
from urllib.parse import quote, unquote

PLACES = ("/etc/rstudio/secure-cookie-key", "/var/lib/rstudio-server/secure-cookie-key")
MINIMUM_BYTES = 32


class SecureCookies:
    def __init__(self, path=""):
        self.key = read_key(path or next(filter(os.path.exists, PLACES), PLACES[-1]))
        self.revoked = set()

    def sign(self, value, valid_seconds):
        expires = formatdate(time.time() + valid_seconds, usegmt=True)
        return "|".join(quote(part, safe="") for part in (value, expires, self.hmac(value + expires)))

    def read(self, cookie):
        """The value that was signed; None for a cookie that is foreign, changed, expired or revoked."""
        parts = [unquote(part) for part in cookie.split("|")]
        if len(parts) != 3 or cookie in self.revoked:
            return None
        value, expires, mark = parts
        if not hmac.compare_digest(mark.encode(), self.hmac(value + expires).encode()):
            return None
        return value if parsedate_to_datetime(expires).timestamp() > time.time() else None

    def revoke(self, cookie):
        self.revoked.add(cookie)

    def hmac(self, text):
        return base64.b64encode(hmac.digest(self.key, text.encode(), "sha256")).decode()


def read_key(path):
    if not os.path.exists(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(os.urandom(16).hex())
    with open(path, "rb") as file:
        key = file.read()
    if len(key) < MINIMUM_BYTES:
        raise SystemExit(f"rserver: {path} must be at least 256 bits (32 bytes/characters) long!")
    return key
