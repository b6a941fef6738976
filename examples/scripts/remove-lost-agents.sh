#!/bin/sh
# Removes the registrations of agents whose machine is gone, so that it cannot run config remove any more.
#
#   remove-lost-agents.sh [--dry-run]
#
# It reads these variables of its environment, and needs curl, jq and GNU date:
#   VSTS_AGENT_INPUT_TOKEN   the token
#   PLACE                    the name of the pool
#   LOST_AGENTS              names of agents, one a line; * stands for any text
#   OFFLINE_MINUTES          how long an agent has to be offline, whole minutes; default 60
#   ORGANIZATION_URL         default: the organization of the job
# An agent that came online again in the meantime is left alone. A name that no agent has fails the script.
set -eu

fail() {
  printf '%s\n' "$1" >&2
  exit 1
}

dry_run=${1:-}
case $dry_run in '' | --dry-run) ;; *) fail "Say --dry-run or nothing, not '$dry_run'." ;; esac
token=${VSTS_AGENT_INPUT_TOKEN:-}
unset VSTS_AGENT_INPUT_TOKEN
case $token in '' | '$('*) fail 'There is no token. Map it: VSTS_AGENT_INPUT_TOKEN: $(AGENT_POOL_TOKEN).' ;; esac
minutes=${OFFLINE_MINUTES:-60}
case $minutes in '' | *[!0-9]*) fail "OFFLINE_MINUTES is not a whole number: '$minutes'." ;; esac
[ -n "${PLACE:-}" ] || fail 'PLACE, the name of the pool, is empty.'
wanted=$(printf '%s\n' "${LOST_AGENTS:-}" | sed 's/^[[:space:]]*//; s/[[:space:]]*$//; /^$/d')
[ -n "$wanted" ] || fail 'LOST_AGENTS names no agent.'
url=${ORGANIZATION_URL:-${SYSTEM_COLLECTIONURI:-}}
url=${url%/}
case $url in https://?* | http://127.0.0.1:*) ;; *) fail "ORGANIZATION_URL is not the address of an organization: '$url'." ;; esac
pools=$url/_apis/distributedtask/pools

temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
trap 'exit 1' HUP INT TERM
# The token reaches curl through a pipe: a command line can be read by everyone on the machine.
ask() {
  printf 'user = ":%s"\n' "$token" |
    curl --config - --fail --silent --show-error --retry 3 --max-time 120 --dump-header "$temporary/headers" "$@"
}
# The clock that counts is that of the service, which says since when an agent is offline.
now() { date -u -d "$(sed -n 's/^[Dd]ate: *//p' "$temporary/headers" | tr -d '\r' | tail -n 1)" +%s; }
# Agents that are offline for long enough, of a list.
lost='def seconds: sub("\\.[0-9]+"; "") | sub("Z?$"; "Z") | fromdateiso8601;
  select(.status == "offline" and ((.statusChangedOn // .createdOn) | seconds) <= $now - $minutes * 60)'

ask --get --data-urlencode "poolName=$PLACE" --data api-version=7.1 "$pools" > "$temporary/pools.json"
pool=$(jq -r --arg name "$PLACE" '.value[] | select((.name | ascii_downcase) == ($name | ascii_downcase)) | .id' "$temporary/pools.json")
case $pool in
  '') fail "There is no pool $PLACE that the token may see." ;;
  *[!0-9]*) fail "There are several pools named $PLACE." ;;
esac
ask "$pools/$pool/agents?api-version=7.1" > "$temporary/agents.json"
now=$(now)

failed=
printf '%s\n' "$wanted" > "$temporary/wanted"
while IFS= read -r pattern; do
  jq --arg pattern "$pattern" '
    ($pattern | gsub("(?<sign>[][\\\\^$.|?+(){}])"; "\\" + .sign) | gsub("\\*"; ".*")) as $expression
    | .value[] | select(.name | test("^" + $expression + "$"; "i"))' "$temporary/agents.json" > "$temporary/matching.json"
  if [ ! -s "$temporary/matching.json" ]; then
    printf 'No agent in the pool %s is named %s.\n' "$PLACE" "$pattern" >&2
    failed=yes
    continue
  fi
  jq -r "$lost"' | .id' --argjson now "$now" --argjson minutes "$minutes" "$temporary/matching.json" > "$temporary/lost"
  jq -r '.name' "$temporary/matching.json" | sed "s/\$/ is looked at./"
  while IFS= read -r id; do
    name=$(jq -r --argjson id "$id" '.value[] | select(.id == $id) | .name' "$temporary/agents.json")
    if [ -n "$dry_run" ]; then
      printf '%s would be removed.\n' "$name"
      continue
    fi
    # A machine that restarts is back by now: ask for this one again before it is removed.
    if ! ask "$pools/$pool/agents/$id?api-version=7.1" > "$temporary/agent.json"; then
      printf '%s is gone already.\n' "$name"
    elif jq -e "$lost" --argjson now "$(now)" --argjson minutes "$minutes" "$temporary/agent.json" > /dev/null; then
      ask --request DELETE "$pools/$pool/agents/$id?api-version=7.1"
      printf '%s is removed.\n' "$name"
    else
      printf '%s came back, and is left alone.\n' "$name"
    fi
  done < "$temporary/lost"
  jq -r "select([$lost] == [])"' | "\(.name) is \(.status) since \(.statusChangedOn // .createdOn), and is left alone."' \
    --argjson now "$now" --argjson minutes "$minutes" "$temporary/matching.json"
done < "$temporary/wanted"
[ -z "$failed" ] || fail 'Some names match no agent: see above.'
