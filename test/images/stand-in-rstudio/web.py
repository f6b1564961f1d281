"""The routes. Which method a request has, rserver does not ask either."""

import json
import os
import re
import sys
import time
import uuid
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import accounts
import pages
from session import Session

FORM = "application/x-www-form-urlencoded"
USER, USER_LIST, PERSIST = "user-id", "user-list-id", "persist-auth"
ALL_USERS = "9c16856330a7400cbbbba228392a5d83"  # the open source edition's one value of the user list
DAY, MINUTE = 86400, 60
BROWSERS = re.compile("Chrome|Firefox|Safari|AppleWebKit")


class Site:
    """What all requests share."""

    def __init__(self, is_old, options, session_options, accounts, cookies, key_pair):
        self.is_old = is_old
        self.options = options
        self.session_options = session_options
        self.accounts = accounts
        self.cookies = cookies
        self.key_pair = key_pair
        self.sessions = {}
        self.auth_none = options.switch("auth-none")
        self.timeout_minutes = 0 if is_old else options.number("auth-timeout-minutes", 60)
        days = options.number("auth-stay-signed-in-days", 30)
        self.valid_seconds = self.timeout_minutes * MINUTE or days * DAY
        # The form has one field, which is found under the old name too; the cookie is set under both.
        self.csrf_names = ["csrf-token"] if is_old else ["rs-csrf-token", "csrf-token"]

    def session(self, name):
        if name not in self.sessions:
            self.sessions[name] = Session(name, self.session_options)
        return self.sessions[name]


class Rserver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site = None

    def do_GET(self):
        self.set_cookies = []
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.route = urlsplit(self.path).path
        self.query = parse_fields(urlsplit(self.path).query)
        self.in_cookies = parse_cookies(self.headers.get("Cookie", ""))
        handle = {
            "/": self.show_workbench,
            "/auth-public-key": lambda: self.send(self.site.key_pair.public, "text/plain"),
            "/auth-sign-in": self.show_sign_in,
            "/auth-do-sign-in": self.sign_in,
            "/auth-sign-out": lambda: self.signed_in(self.sign_out),
            "/unsupported_browser.htm": lambda: self.send(pages.unsupported_browser()),
            "/rpc/client_init": lambda: self.signed_in(self.answer_rpc),
            "/stand-in/session": lambda: self.signed_in(self.describe_session),
            "/stand-in/write": lambda: self.signed_in(self.write_file),
        }.get(self.route, lambda: self.send(f"{self.route} not found", status=404))
        handle()

    do_POST = do_GET

    # Pages

    def show_workbench(self):
        agent = self.headers.get("User-Agent", "")
        if self.site.options.switch("www-verify-user-agent", True) and not BROWSERS.search(agent):
            return self.redirect("/unsupported_browser.htm")
        name = self.user()
        if name is None:
            return self.ask_to_sign_in()
        token = self.read_csrf_cookie()
        self.send(pages.workbench(self.site.session(name), self.site.csrf_names[0], token))

    def show_sign_in(self):
        if self.site.auth_none:
            # rserver's own user, as the environment names it: rocker's init sees to that.
            self.set_sign_in_cookies(os.environ.get("USER", "root"), persist=False)
            return self.redirect("/")
        if self.user() is not None:
            return self.redirect(rooted(self.query.get("appUri", "")))
        token = self.set_csrf_cookies(expires=None)
        fields = self.query.get("appUri", ""), self.query.get("error", "")
        self.send(pages.sign_in(self.site.csrf_names[0], token, *fields), headers={"X-Frame-Options": "DENY"})

    def answer_rpc(self, name):
        """The R session takes a call of the page only with the CSRF cookie's value in a header, and not without any."""
        token = self.read_csrf_cookie()
        if token == "" or self.headers.get("X-RS-CSRF-Token", self.headers.get("X-CSRF-Token", "")) != token:
            return self.send(json.dumps({"error": {"code": 1, "message": "Unauthorized"}}), "application/json")
        self.send(json.dumps({"result": {"user": name}}), "application/json")

    def describe_session(self, name):
        self.send(json.dumps(self.site.session(name).describe()), "application/json")

    def write_file(self, name):
        error = self.site.session(name).write(self.query["name"], self.body)
        self.send(error, "text/plain", 500 if error else 200)

    # Signing in and out

    def sign_in(self):
        if not self.is_csrf_right():
            if self.site.is_old:
                return self.send("Missing or incorrect token.", status=400)
            return self.redirect_to_sign_in("appUri", accounts.SERVER)  # the name in place of the value is rserver's slip
        # A content type with a charset is another one to rserver: the form is empty then.
        form = parse_fields(self.body.decode()) if self.headers.get("Content-Type") == FORM else {}
        app_uri = form.get("appUri", "")
        text = self.site.key_pair.decrypt(form.get("v", ""))
        if text is None or "\n" not in text:
            return self.redirect_to_sign_in(app_uri, accounts.SERVER)
        name, _, password = text.partition("\n")
        error = self.site.accounts.check(name, password)
        if error != accounts.NONE:
            print(f"sign-in of {name} refused: error {error}", file=sys.stderr)
            return self.redirect_to_sign_in(app_uri, error)
        self.set_sign_in_cookies(name, persist=form.get("persist") == "1")
        self.redirect(rooted(app_uri))

    def sign_out(self, _name):
        if not self.is_csrf_right():
            return self.send("Missing or incorrect token.", status=400)
        self.site.cookies.revoke(self.in_cookies[USER])
        self.set_cookies.clear()
        self.clear_sign_in_cookies()
        self.redirect("/auth-sign-in")

    def signed_in(self, handle):
        """Calls the handler with the user's name, and prolongs the sign-in; asks all others to sign in."""
        name = self.user()
        if name is None:
            return self.ask_to_sign_in()
        if self.site.timeout_minutes > 0:
            self.set_sign_in_cookies(name, persist=self.in_cookies.get(PERSIST) == "1")
        handle(name)

    def user(self):
        return self.site.cookies.read(self.in_cookies.get(USER, ""))

    def ask_to_sign_in(self):
        self.clear_sign_in_cookies()
        self.redirect_to_sign_in(self.path)

    def redirect_to_sign_in(self, app_uri, error=accounts.NONE):
        fields = {"appUri": app_uri} | ({"error": error} if error else {})
        self.redirect("/auth-sign-in?" + urlencode(fields, quote_via=quote, safe=""))

    # Cookies

    def set_sign_in_cookies(self, name, persist):
        valid = self.site.valid_seconds
        expires = valid if persist else None
        self.set_cookie(USER, self.site.cookies.sign(name, valid), expires)
        self.set_cookie(USER_LIST, self.site.cookies.sign(ALL_USERS, valid), expires)
        if self.site.timeout_minutes > 0:
            self.set_cookie(PERSIST, "1" if persist else "0", valid)
        self.set_csrf_cookies(expires)

    def clear_sign_in_cookies(self):
        for name in (USER, USER_LIST, *([PERSIST] if self.site.timeout_minutes > 0 else [])):
            self.set_cookie(name, "", -2 * DAY)

    def set_csrf_cookies(self, expires):
        token = self.read_csrf_cookie() or str(uuid.uuid4())
        for name in self.site.csrf_names:
            self.set_cookie(name, token, expires)
        return token

    def set_cookie(self, name, value, expires):
        """`expires` in seconds from now; None: when the browser ends."""
        when = "" if expires is None else f"; expires={formatdate(time.time() + expires, usegmt=True)}"
        self.set_cookies.append(f"{name}={value}{when}; path={self.root_path()}; HttpOnly")

    def is_csrf_right(self):
        """The double submit: the cookie is what the form says. The form's type does not matter here."""
        form = parse_fields(self.body.decode(errors="replace"))
        sent = next((form[name] for name in self.site.csrf_names if form.get(name)), "")
        return sent != "" and sent == self.read_csrf_cookie()

    def read_csrf_cookie(self):
        return next((self.in_cookies[name] for name in self.site.csrf_names if self.in_cookies.get(name)), "")

    # Answers

    def redirect(self, path):
        scheme = self.headers.get("X-Forwarded-Proto", "http")
        root = self.root_path().rstrip("/")
        location = f"{scheme}://{self.headers.get('Host', '')}{root}{path}"
        self.send(location, "text/html", 302, {"Location": location})

    def root_path(self):
        """Where a proxy says that it serves this, or the setting."""
        root = self.headers.get("X-RStudio-Root-Path") or self.site.options.text("www-root-path", "/")
        return "/" + root.strip("/")

    def send(self, text, kind="text/html", status=200, headers={}):
        body = text.encode()
        self.send_response(status)
        all_headers = {"Content-Type": kind, "Content-Length": str(len(body)), "Cache-Control": "no-store"} | headers
        for name, value in all_headers.items():
            self.send_header(name, value)
        for cookie in self.set_cookies:
            self.send_header("Set-Cookie", cookie)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def parse_fields(text):
    return {name: values[0] for name, values in parse_qs(text, keep_blank_values=True).items()}


def parse_cookies(header):
    """The first of a name counts, as browsers send the most specific one first."""
    cookies = {}
    for part in header.split(";"):
        name, _, value = part.strip().partition("=")
        cookies.setdefault(name, value)
    return cookies


def rooted(uri):
    """No redirect may leave this server."""
    return uri if uri.startswith("/") else "/" + uri
