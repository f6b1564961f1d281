#!/usr/bin/env bash
# Runs the tests of RStudio sessions on a real image instead of the stand-in, where one can be had:
#
#   test/real-rstudio.sh rocker/rstudio:4.5
#
# Needs what `npm test` needs, and an engine that has the image or can pull it. Tests that look into what only the stand-in
# shows (/stand-in/…, its older generations) are left out.
set -euo pipefail
if (($# != 1)); then
  sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0"
  exit 2
fi
cd "$(dirname "$0")/.."
docker image inspect "$1" >/dev/null 2>&1 || docker pull "$1"
npm run build
export EZJ_TEST_RSTUDIO=$1
node_modules/.bin/vitest run --project cli test/cli/rstudio.test.ts --testNamePattern '^(?!.*\[stand-in\])'
node_modules/.bin/vitest run --project browser test/browser/rstudio.test.ts --testNamePattern '^(?!.*\[stand-in\])'
