"""rserver.conf and rsession.conf: lines of `key=value`, of which every key has to be known."""

SERVER = """
server-working-dir server-user server-daemonize server-pid-file server-app-armor-enabled server-set-umask
secure-cookie-key-file server-data-dir server-add-header www-address www-port www-root-path www-local-path
www-symbol-maps-path www-use-emulated-stack www-thread-pool-size www-proxy-localhost www-verify-user-agent
www-same-site www-frame-origin www-enable-origin-check www-allow-origin session-use-file-storage rsession-which-r
rsession-path rldpath-path rsession-ld-library-path rsession-config-file rsession-proxy-max-wait-secs
rsession-memory-limit-mb rsession-stack-limit-mb rsession-process-limit database-config-file db-command auth-none
auth-validate-users auth-stay-signed-in-days auth-timeout-minutes auth-encrypt-password auth-login-page-html
auth-rdp-login-page-html auth-required-user-group auth-minimum-user-id auth-pam-helper-path
auth-pam-require-password-prompt auth-pam-requires-priv auth-sign-in-throttle-seconds auth-revocation-list-dir
auth-cookies-force-secure monitor-interval-seconds
""".split()

SESSION = """
session-connections-block-suspend session-external-pointers-block-suspend session-timeout-minutes
session-timeout-suspend session-disconnected-timeout-minutes session-preflight-script session-create-public-folder
session-create-profile session-rprofile-on-resume-default session-save-action-default session-default-working-dir
session-default-new-project-dir show-help-home session-default-console-term session-default-clicolor-force
session-quit-child-processes-on-exit session-first-project-template-path default-rsconnect-server docs-url
websocket-ping-seconds websocket-connect-timeout websocket-log-level websocket-handshake-timeout
package-output-to-package-folder restrict-directory-view directory-view-allow-list session-port-range
session-ephemeral-env-vars session-suspend-on-incomplete-statement session-use-file-storage
session-project-user-data-dir allow-vcs-executable-edit allow-r-cran-repos-edit allow-vcs allow-package-installation
allow-shell allow-terminal-websockets allow-file-downloads allow-file-uploads allow-remove-public-folder
allow-rpubs-publish allow-external-publish allow-publish allow-presentation-commands allow-full-ui
r-core-source r-modules-source r-libs-user r-cran-repos r-cran-repos-file r-cran-repos-url r-auto-reload-source
r-resources-path r-doc-dir-override r-restore-workspace r-run-rprofile limit-file-upload-size-mb
limit-cpu-time-minutes limit-xfs-disk-quota
""".split()


class OptionsError(Exception):
    pass


class Options:
    """The settings of one file; the last line of a key counts."""

    def __init__(self, path, known):
        self.values = {}
        for line in read_lines(path):
            key, equals, value = (part.strip() for part in line.partition("="))
            if not equals:
                raise OptionsError(f"Error reading {path}: the options configuration file contains an invalid line '{line}'")
            if key not in known:
                raise OptionsError(f"Error reading {path}: unrecognised option '{key}'")
            self.values[key] = value

    def text(self, key, default=""):
        return self.values.get(key, default)

    def number(self, key, default):
        return int(self.values.get(key, default))

    def switch(self, key, default=False):
        return self.values[key].lower() in ("1", "on", "yes", "true") if key in self.values else default


def read_lines(path):
    try:
        with open(path) as file:
            lines = (line.partition("#")[0].strip() for line in file)
            return [line for line in lines if line]
    except FileNotFoundError:
        return []
