#!/bin/bash
# Takes one job, which is nothing here, and ends.
set -eu
cd "${0%/*}"
./bin/machine note "run.sh $*"
if [ "$(./bin/machine id -u)" -eq 0 ] && [ -z "${AGENT_ALLOW_RUNASROOT:-}" ]; then
  echo 'Must not run interactively with sudo'
  exit 1
fi
[ -z "${VSTS_AGENT_INPUT_TOKEN:-}" ] || { echo 'An agent is started with a token.' >&2; exit 1; }
name=$(sed -n '/"agentName"/{s/.*: "\(.*\)",$/\1/;s/\\\(.\)/\1/g;p;}' .agent)
echo "The agent $name is online"
echo "The agent $name is offline"
[ ! -f "$(./bin/machine where)/run-fails" ] || exit 1
