"""Who may sign in: the password against /etc/shadow, the rules for user ids, and the throttle."""

import ctypes
import hmac
import pwd
import sys
import time

# The numbers in `auth-sign-in?error=N`.
NONE, INVALID_LOGIN, SERVER, UNAUTHORIZED = range(4)


class Accounts:
    def __init__(self, options):
        self.minimum_user_id = resolve_minimum(options.text("auth-minimum-user-id", "auto"))
        self.throttle_seconds = options.number("auth-sign-in-throttle-seconds", 5)
        self.attempts = {}

    def check(self, name, password):
        """The error that a sign-in ends with. The order is RStudio's: a wrong password starts the throttle too."""
        authenticated = matches_shadow(name, password)
        if not self.may_use(name):
            return UNAUTHORIZED
        if self.is_throttled(name):
            return SERVER
        return NONE if authenticated else INVALID_LOGIN

    def may_use(self, name):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            return False
        if user.pw_uid >= self.minimum_user_id:
            return pwd.getpwuid(user.pw_uid).pw_name == name
        print(
            f"User {name} could not be authenticated because they did not meet the minimum required user id "
            f"({self.minimum_user_id}). The minimum user id is controlled by the auth-minimum-user-id rserver.conf option.",
            file=sys.stderr,
        )
        return False

    def is_throttled(self, name):
        now = int(time.time())
        if self.attempts.get(name, 0) > now - self.throttle_seconds:
            return True
        self.attempts[name] = now
        return False


def matches_shadow(name, password):
    if not password:
        return False
    with open("/etc/shadow") as file:
        hashes = dict(line.split(":")[:2] for line in file)
    crypt = ctypes.CDLL("libcrypt.so.1").crypt
    crypt.restype = ctypes.c_char_p
    known = hashes.get(name, "!").encode()
    return hmac.compare_digest(crypt(password.encode(), known) or b"*0", known)


def resolve_minimum(text):
    if text.isdecimal():
        return int(text)
    with open("/etc/login.defs") as file:
        return next((int(line.split()[1]) for line in file if line.startswith("UID_MIN")), 1000)
