#!/bin/bash
# Takes one job, which is nothing here, and ends.
set -eu
cd "${0%/*}"
. bin/machine
note "run.sh $*"
if is_root && [ -z "${AGENT_ALLOW_RUNASROOT:-}" ]; then
  echo 'Must not run interactively with sudo'
  exit 1
fi
[ -z "${VSTS_AGENT_INPUT_TOKEN:-}" ] || { echo 'An agent is started with a token.' >&2; exit 1; }
announce . online
announce . offline
[ ! -f "$MACHINE/run-fails" ] || exit 1
