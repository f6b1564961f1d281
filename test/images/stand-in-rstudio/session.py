"""What an R session would find: its user, folder, project and environment. Nothing runs in it but a write on request."""

import os
import pwd
import re
import subprocess
import sys

NEXT_PROJECT = ".local/share/rstudio/projects_settings/next-session-project"
INHERITED = ("PATH", "MANPATH", "LANG", "SHELL")


class Session:
    def __init__(self, name, options):
        self.user = pwd.getpwnam(name)
        self.environment = self.read_environment()
        self.timeout_minutes = options.number("session-timeout-minutes", 120)
        self.project = self.take_next_project()
        wanted = self.expand(options.text("session-default-working-dir", "~"))
        default = wanted if os.path.isdir(wanted) else self.user.pw_dir
        self.working_folder = os.path.dirname(self.project) if self.project else default

    def describe(self):
        return {
            "user": self.user.pw_name,
            "uid": self.user.pw_uid,
            "gid": self.user.pw_gid,
            "home": self.user.pw_dir,
            "workingFolder": self.working_folder,
            "project": self.project,
            "timeoutMinutes": self.timeout_minutes,
            "environment": self.environment,
        }

    def write(self, name, content):
        """Writes a file in the working folder as the user; gives the error, or nothing."""
        target = os.path.join(self.working_folder, os.path.basename(name))
        return self.run(["tee", "--", target], content).stderr.decode()

    def run(self, command, stdin=b""):
        user = self.user
        return subprocess.run(
            command,
            input=stdin,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd="/",
            env=self.environment,
            user=user.pw_uid,
            group=user.pw_gid,
            extra_groups=os.getgrouplist(user.pw_name, user.pw_gid),
            umask=self.read_umask(),
        )

    def take_next_project(self):
        """The project to open, which is asked for once: the file that names it is emptied."""
        path = os.path.join(self.user.pw_dir, NEXT_PROJECT)
        try:
            with open(path, "r+") as file:
                named = file.read().strip()
                file.truncate(0)
        except FileNotFoundError:
            return None
        if named in ("", "none"):
            return None
        project = self.expand(named)
        if not os.path.isfile(project):
            return warn(f"Next session project path doesn't exist: {project}")
        if self.run(["test", "-w", os.path.dirname(project)]).returncode != 0:
            return warn(f"Project '{project}' could not be opened: the project directory is not writeable")
        return project

    def read_environment(self):
        user = self.user
        names = {"USER": user.pw_name, "LOGNAME": user.pw_name, "HOME": user.pw_dir}
        environment = {name: os.environ[name] for name in INHERITED if name in os.environ} | names
        with open(os.path.join(os.environ.get("R_HOME", "/usr/local/lib/R"), "etc", "Renviron.site")) as file:
            for line in file:
                name, equals, value = line.strip().partition("=")
                if equals and not name.startswith("#"):
                    environment[name] = evaluate(value, environment)
        return environment

    def read_umask(self):
        try:
            with open(os.path.join(self.user.pw_dir, ".Rprofile")) as file:
                modes = re.findall(r"Sys\.umask\(mode=(\d+)\)", file.read())
        except FileNotFoundError:
            modes = []
        return int(modes[-1], 8) if modes else 0o022

    def expand(self, path):
        return self.user.pw_dir + path[1:] if path == "~" or path.startswith("~/") else path


def evaluate(value, environment):
    """A value of Renviron as R reads it: outer quotes go, `${NAME}` and `${NAME-default}` are filled in."""
    quoted = re.fullmatch(r"(['\"])(.*)\1", value.strip())
    plain = quoted[2] if quoted else re.sub(r"\\(.)", r"\1", value.strip())

    def fill(match):
        name, default = match[1], match[2] or ""
        return environment.get(name) or default

    return re.sub(r"\$\{(\w+)(?::?-([^}]*))?\}", fill, plain)


def warn(text):
    print(text, file=sys.stderr)
