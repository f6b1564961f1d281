#!/usr/bin/python3
"""Written after docker-stacks' health check: asks the server that the first runtime file names."""
import json
import urllib.request
from pathlib import Path

from jupyter_core.paths import jupyter_runtime_dir

server = json.loads(next(Path(jupyter_runtime_dir()).glob("*server-*.json")).read_text())
urllib.request.urlopen(server["url"] + "api", timeout=1)
