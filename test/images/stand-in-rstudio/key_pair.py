"""The RSA key with which the sign-in form encrypts name and password: a new one in every process."""

import base64
import os
import subprocess

FILE = "/run/rstudio-server/sign-in-key"
EXPONENT = "010001"  # 65537, which openssl takes by default


class KeyPair:
    def __init__(self):
        """Starts making the key, so that the server can get on with its start."""
        os.makedirs(os.path.dirname(FILE), mode=0o700, exist_ok=True)
        self.making = subprocess.Popen(["openssl", "genrsa", "-out", FILE, "2048"], stderr=subprocess.DEVNULL)

    def finish(self):
        if self.making.wait() != 0:
            raise SystemExit("rserver: openssl made no key")
        modulus = subprocess.run(["openssl", "rsa", "-in", FILE, "-noout", "-modulus"], check=True, capture_output=True)
        self.public = f"{EXPONENT}:{modulus.stdout.decode().strip().removeprefix('Modulus=')}"

    def decrypt(self, text):
        """The text that was encrypted, or None."""
        # Without the last option openssl answers a wrong padding with random bytes.
        options = ["rsa_padding_mode:pkcs1", "rsa_pkcs1_implicit_rejection:0"]
        command = ["openssl", "pkeyutl", "-decrypt", "-inkey", FILE]
        for option in options:
            command += ["-pkeyopt", option]
        try:
            done = subprocess.run(command, input=base64.b64decode(text), capture_output=True)
            return done.stdout.decode() if done.returncode == 0 else None
        except ValueError:
            return None
