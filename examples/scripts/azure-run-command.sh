#!/bin/sh
# Registers the agents of virtual machines in Azure from afar, by a run command on each. The token is a protected parameter
# of the run command: it is in no template, no custom data and no history of deployments. Run it again at any time.
#
#   azure-run-command.sh ID...     ids of virtual machines, or of instances of a scale set; each agent is named like its machine
#
# It reads VSTS_AGENT_INPUT_TOKEN, ORGANIZATION_URL, PLACE (the pool) and AGENT_USER (who runs the agents, on each machine);
# agent.sh has to stand beside it. It needs az, which is signed in, and jq.
# In a job it sets the output variable registeredAgents: the agents that were registered just now.
set -eu

fail() {
  printf '%s\n' "$1" >&2
  exit 1
}

: "${VSTS_AGENT_INPUT_TOKEN:?}" "${PLACE:?}" "${AGENT_USER:?}"
ORGANIZATION_URL=${ORGANIZATION_URL:-${SYSTEM_COLLECTIONURI:-}}
export ORGANIZATION_URL
[ $# -gt 0 ] || fail 'There is no machine to register an agent on: give the id of one.'
version=api-version=2024-07-01
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
trap 'exit 1' HUP INT TERM

# With an id in place of an address, az asks the resource manager of the cloud that it is signed in to.
for id in "$@"; do
  case $id in /subscriptions/?*/virtualMachines/?*) ;; *) fail "This is not the id of a machine: '$id'." ;; esac
  az rest --method get --uri "$id?$version" --output json > "$temporary/machine.json"
  name=$(jq -r '.properties.osProfile.computerName // ""' "$temporary/machine.json")
  case $name in '' | *[!A-Za-z0-9-]*) fail "$id has no computer name, so its agent has none either." ;; esac
  # The token goes from the environment into a pipe: a command line can be read by everyone on the machine.
  NEW_AGENT=$name AGENT_FOLDER=/opt/azure-agents/$name jq --rawfile script "${0%/*}/agent.sh" '
    def given(names): [names[] | {name: ., value: env[.]}];
    {location, properties: {
      source: {$script}, asyncExecution: true, timeoutInSeconds: 1200,
      parameters: given(["ORGANIZATION_URL", "PLACE", "NEW_AGENT", "AGENT_FOLDER", "AGENT_USER"]),
      protectedParameters: given(["VSTS_AGENT_INPUT_TOKEN"])}}' "$temporary/machine.json" |
    az rest --method put --uri "$id/runCommands/register-agent?$version" --body @- --output none
  printf '%s %s\n' "$name" "$id" >> "$temporary/machines"
done

registered=
failed=
while read -r name id <&3; do
  looks=120
  while
    az rest --method get --uri "$id/runCommands/register-agent?\$expand=instanceView&$version" --output json > "$temporary/command.json"
    state=$(jq -r '.properties.instanceView.executionState // "Pending"' "$temporary/command.json")
    case $state in Unknown | Pending | Running) [ "$looks" -gt 0 ] ;; *) false ;; esac
  do
    looks=$((looks - 1))
    sleep 10
  done
  jq -r '.properties.instanceView | .output // "", .error // ""' "$temporary/command.json" > "$temporary/output"
  # A machine must not give commands to this job.
  sed 's/##/#/g; /^ *$/d; s/^/'"$name"': /' "$temporary/output"
  if [ "$state" != Succeeded ] || [ "$(jq -r '.properties.instanceView.exitCode // 0' "$temporary/command.json")" != 0 ]; then
    printf '%s: the run command ended as %s; what it said stands above.\n' "$name" "$state" >&2
    failed=yes
  elif grep -qxF "$name is registered." "$temporary/output"; then
    registered=$registered${registered:+,}$name
  fi
  # The machine keeps the settings of a run command, sealed, until it is deleted.
  az rest --method delete --uri "$id/runCommands/register-agent?$version" --output none ||
    printf '%s: its run command could not be deleted. Its token is good for nothing once it is revoked.\n' "$name" >&2
done 3< "$temporary/machines"
[ -z "${TF_BUILD:-}" ] || printf '##vso[task.setvariable variable=registeredAgents;isOutput=true]%s\n' "$registered"
[ -z "$failed" ] || fail 'Not every agent was registered.'
