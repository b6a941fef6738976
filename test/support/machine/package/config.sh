#!/bin/bash
# As the agent's own: not for root, keeps PATH and some variables, and hands over to its program.
cd "${0%/*}" || exit 1
. bin/machine
if is_root && [ -z "${AGENT_ALLOW_RUNASROOT:-}" ]; then
  echo 'Must not run with sudo'
  exit 1
fi
echo "$PATH" > .path
[ -f .env ] || : > .env
[ -z "${LANG:-}" ] || grep -q '^LANG=' .env || echo "LANG=$LANG" >> .env
if [ "${1:-}" = remove ]; then
  exec ./bin/Agent.Listener "$@"
else
  exec ./bin/Agent.Listener configure "$@"
fi
