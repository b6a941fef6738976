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
mapfile kept < .env
[ -z "${LANG:-}" ] || [[ ${kept[*]} == *LANG=* ]] || echo "LANG=$LANG" >> .env
# In this process, because each start of another one makes tests slower.
if [ "${1:-}" = remove ]; then
  . ./bin/Agent.Listener "$@"
else
  . ./bin/Agent.Listener configure "$@"
fi
