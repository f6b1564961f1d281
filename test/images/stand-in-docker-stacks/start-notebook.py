#!/usr/bin/python3
"""Written after docker-stacks' start-notebook.py: one `jupyter` subcommand, with arguments from NOTEBOOK_ARGS and argv."""
import os
import shlex
import sys

command = [
    "jupyter",
    os.environ.get("DOCKER_STACKS_JUPYTER_CMD", "lab"),
    *shlex.split(os.environ.get("NOTEBOOK_ARGS", "")),
    *sys.argv[1:],
]
print("Executing: " + " ".join(command), flush=True)
os.execvp(command[0], command)
