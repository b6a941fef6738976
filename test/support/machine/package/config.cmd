#!/bin/sh
# The agent's config.cmd, as far as PowerShell sees it.
cd "${0%/*}" || exit 1
. bin/machine
note "config.cmd $*"
if [ "${1:-}" = remove ]; then exec ./bin/Agent.Listener "$@"; fi
exec ./bin/Agent.Listener configure "$@"
