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
# In a job it also reads what the job's agent knows of a proxy and a certificate authority.
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
case $token in '' | '$('*) fail 'There is no token. Map the secret variable AGENT_POOL_TOKEN to VSTS_AGENT_INPUT_TOKEN in the environment of this step.' ;; esac
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
given() { case ${1:-} in '' | '$('*) return 1 ;; esac; }
quoted() { printf '%s' "$1" | sed 's/[\\"]/\\&/g'; }
# The agent keeps regular expressions, and *.contoso.com as an expression that begins with an asterisk.
bypassed() {
  given "${AGENT_PROXYBYPASSLIST:-}" || return 1
  printf '%s' "$AGENT_PROXYBYPASSLIST" | jq -r '.[] | sub("^[*]"; ".*")' > "$temporary/bypass"
  while IFS= read -r pattern; do
    if printf '%s' "$pools" | grep -Eiq -- "$pattern"; then return 0; fi
  done < "$temporary/bypass"
  return 1
}
{
  printf 'user = ":%s"\n' "$token"
  if given "${AGENT_PROXYURL:-}"; then
    if bypassed; then
      echo 'noproxy = "*"'
    else
      printf 'proxy = "%s"\n' "$(quoted "$AGENT_PROXYURL")"
      if given "${AGENT_PROXYUSERNAME:-}" && given "${AGENT_PROXYPASSWORD:-}"; then
        printf 'proxy-user = "%s"\n' "$(quoted "$AGENT_PROXYUSERNAME:$AGENT_PROXYPASSWORD")"
      fi
    fi
  fi
  if given "${AGENT_CAINFO:-}"; then
    for file in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
      if [ -f "$file" ]; then
        cat "$file"
        break
      fi
    done > "$temporary/authorities.pem"
    cat "$AGENT_CAINFO" >> "$temporary/authorities.pem"
    printf 'cacert = "%s"\n' "$temporary/authorities.pem"
  fi
} > "$temporary/curl"
# The answer goes to the file that comes first. The token reaches curl in a file that only this user can read: a command line
# can be read by everyone on the machine.
request() {
  file=$1
  shift
  status=$(curl --config "$temporary/curl" --silent --show-error --retry 3 --max-time 120 --dump-header "$temporary/headers" \
    --output "$file" --write-out '%{http_code}' "$@") || fail "Could not reach $url."
}
ask() {
  request "$@"
  case $status in
    200 | 204) ;;
    203 | 302 | 401) fail "The organization refused the token (HTTP $status): it has expired, was revoked, or lacks the scope." ;;
    403) fail 'The token may not do this (HTTP 403): its user needs the role Administrator on the pool.' ;;
    *) fail "The organization answered HTTP $status." ;;
  esac
}
# The clock that counts is that of the service, which says since when an agent is offline.
now_there() { date -u -d "$(sed -n 's/^[Dd]ate: *//p' "$temporary/headers" | tr -d '\r' | tail -n 1)" "$@"; }
# Agents that are offline for long enough, of a list.
lost='def seconds: sub("\\.[0-9]+"; "") | sub("Z?$"; "Z") | fromdateiso8601;
  select(.status == "offline" and ((.statusChangedOn // .createdOn) | seconds) <= $now - $minutes * 60)'

ask "$temporary/pools.json" --get --data-urlencode "poolName=$PLACE" --data api-version=7.1 "$pools"
pool=$(jq -r --arg name "$PLACE" '.value[] | select((.name | ascii_downcase) == ($name | ascii_downcase)) | .id' "$temporary/pools.json")
case $pool in
  '') fail "There is no pool $PLACE that the token may see." ;;
  *[!0-9]*) fail "There are several pools named $PLACE." ;;
esac
ask "$temporary/agents.json" "$pools/$pool/agents?api-version=7.1"
now=$(now_there +%s)

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
    request "$temporary/agent.json" "$pools/$pool/agents/$id?api-version=7.1"
    if [ "$status" = 404 ]; then
      printf '%s is gone already.\n' "$name"
    elif [ "$status" != 200 ]; then
      fail "The organization answered HTTP $status when it was asked for $name; it and those after it are left alone."
    elif jq -e "$lost" --argjson now "$(now_there +%s)" --argjson minutes "$minutes" "$temporary/agent.json" > /dev/null; then
      ask "$temporary/removed" --request DELETE "$pools/$pool/agents/$id?api-version=7.1"
      printf '%s is removed.\n' "$name"
    else
      printf '%s came back, and is left alone.\n' "$name"
    fi
  done < "$temporary/lost"
  jq -r "select([$lost] == [])"' | "\(.name) is \(.status) since \(.statusChangedOn // .createdOn), and is left alone."' \
    --argjson now "$now" --argjson minutes "$minutes" "$temporary/matching.json"
done < "$temporary/wanted"
[ -z "$failed" ] || fail 'Some names match no agent: see above.'
