"""The HTML that browsers see."""

import os
from html import escape

HERE = os.path.dirname(__file__)
MESSAGES = {
    "1": "Incorrect or invalid username/password",
    "2": "Temporary server error, please try again",
    "3": "Unauthorized user.",
}


def sign_in(csrf_name, token, app_uri, error):
    with open(os.path.join(HERE, "sign-in.js")) as file:
        script = file.read()
    return page(
        "RStudio Sign In (stand-in)",
        f"""
<p id="errortext">{escape(MESSAGES.get(error, ""))}</p>
<form id="form">
<label>Username: <input type="text" name="username" id="username" autofocus></label>
<label>Password: <input type="password" name="password" id="password"></label>
<label><input type="checkbox" id="staySignedIn"> Stay signed in</label>
<button type="submit">Sign In</button>
</form>
<form action="auth-do-sign-in" name="realform" method="POST">
<input type="hidden" name="persist" id="persist">
<input type="hidden" name="appUri" value="{escape(app_uri)}">
<input type="hidden" name="clientPath" id="clientPath">
<input type="hidden" name="v" id="package">
<input type="hidden" name="{csrf_name}" value="{escape(token)}">
</form>
<script>
{script}</script>""",
    )


def workbench(session, csrf_name, token):
    return page(
        "RStudio (stand-in)",
        f"""
<dl>
<dt>User</dt><dd id="user">{escape(session.user.pw_name)}</dd>
<dt>Working folder</dt><dd id="working-folder">{escape(session.working_folder)}</dd>
<dt>Project</dt><dd id="project">{escape(session.project or "(None)")}</dd>
<dt>R session</dt><dd id="r-session">is asked</dd>
</dl>
<script>
fetch("/rpc/client_init", {{ method: "POST", headers: {{ "X-RS-CSRF-Token": "{escape(token)}" }} }})
  .then((answer) => answer.json())
  .then(({{ result }}) => (document.getElementById("r-session").textContent = result ? "answers" : "refuses"));
</script>
<form action="auth-sign-out" method="POST">
<input type="hidden" name="{csrf_name}" value="{escape(token)}">
<button type="submit" id="sign-out">Sign Out</button>
</form>""",
    )


def unsupported_browser():
    return page("RStudio (stand-in): unsupported browser", "<p>Your web browser is not supported by RStudio.</p>")


def page(title, body):
    return f'<!DOCTYPE html>\n<html lang="en">\n<meta charset="UTF-8">\n<title>{title}</title>\n<h1>{title}</h1>{body}\n</html>\n'
