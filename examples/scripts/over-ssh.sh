#!/bin/sh
# Registers an agent on another machine, through ssh.
#
#   over-ssh.sh [OPTION OF SSH...] USER@HOST
#
# It reads VSTS_AGENT_INPUT_TOKEN, ORGANIZATION_URL, PLACE (the pool), NEW_AGENT and AGENT_FOLDER, where the agent is to be on
# that machine; default: azure-agent in the user's home. Several agents of one machine take a folder each, since the one that
# is in a folder makes room for another. agent.sh has to stand beside it.
set -eu

: "${VSTS_AGENT_INPUT_TOKEN:?}" "${PLACE:?}" "${NEW_AGENT:?}"
# One value a line, the token first: an argument of ssh could be read by everyone on both machines. The script of the
# other machine is a file there, so that no program in it can read what is left of it.
{
  printf '%s\n' "$VSTS_AGENT_INPUT_TOKEN" "${ORGANIZATION_URL:-${SYSTEM_COLLECTIONURI:-}}" "$PLACE" "$NEW_AGENT" "${AGENT_FOLDER:-}"
  cat "${0%/*}/agent.sh"
} | ssh -o BatchMode=yes "$@" '
  set -eu
  IFS= read -r VSTS_AGENT_INPUT_TOKEN
  IFS= read -r ORGANIZATION_URL
  IFS= read -r PLACE
  IFS= read -r NEW_AGENT
  IFS= read -r AGENT_FOLDER
  script=$(mktemp)
  trap "rm -f \"$script\"" EXIT
  cat > "$script"
  export VSTS_AGENT_INPUT_TOKEN ORGANIZATION_URL PLACE NEW_AGENT AGENT_FOLDER="${AGENT_FOLDER:-$HOME/azure-agent}"
  sh "$script" register < /dev/null'
