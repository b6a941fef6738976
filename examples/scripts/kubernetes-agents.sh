#!/bin/sh
# Runs agents that take one job each in a cluster of Kubernetes.
#
#   kubernetes-agents.sh start            starts them; the token is in a Secret that the Job owns
#   kubernetes-agents.sh wait-registered  waits until each has registered
#   kubernetes-agents.sh forget-token     deletes the Secret
#   kubernetes-agents.sh wait-finished    waits until each has taken its job, or the Job came to its deadline
#   kubernetes-agents.sh stop             deletes the Job with all that belongs to it
#
# It needs kubectl, which is signed in to the cluster, and jq; agent.sh and kubernetes-agents.yaml have to stand beside it.
# It reads BURST, the name of the Job, with which the names of its agents begin; and to start:
#   VSTS_AGENT_INPUT_TOKEN   the token
#   ORGANIZATION_URL         default: the organization of the job
#   PLACE                    the name of the pool
#   AGENTS                   how many
#   NAMESPACE                of the cluster, for every word; default: that of kubectl
# Each agent has the user capability burst, whose value is the name of the Job, so that jobs can demand it.
set -eu

fail() {
  printf '%s\n' "$1" >&2
  exit 1
}

burst=${BURST:-}
case $burst in '' | [!a-z]* | *[!a-z0-9-]* | *-) fail "BURST has to be lower-case letters, digits and hyphens, and to begin with a letter: '$burst'." ;; esac
# A pod has five more characters and a hyphen.
[ "${#burst}" -le 57 ] || fail "BURST is longer than 57 characters: '$burst'."
cluster() {
  if [ -n "${NAMESPACE:-}" ]; then kubectl --namespace "$NAMESPACE" "$@"; else kubectl "$@"; fi
}

line_break='
'
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
trap 'exit 1' HUP INT TERM

start() {
  : "${VSTS_AGENT_INPUT_TOKEN:?}" "${PLACE:?}"
  ORGANIZATION_URL=${ORGANIZATION_URL:-${SYSTEM_COLLECTIONURI:-}}
  export ORGANIZATION_URL
  case ${AGENTS:-} in '' | 0* | *[!0-9]*) fail "AGENTS is not a whole number of at least 1: '${AGENTS:-}'." ;; esac
  # kubectl reads the file here, without the cluster.
  job=$(kubectl label --local --filename "${0%/*}/kubernetes-agents.yaml" "azure-agents=$burst" --output json |
    jq --arg name "$burst" --argjson agents "$AGENTS" '
      .metadata.name = $name | .spec.parallelism = $agents | .spec.completions = $agents
      | (.spec.template.spec.volumes[] | select(.name == "secret")).secret.secretName = $name
      | .spec.template.spec.initContainers[0].env += [
          {name: "ORGANIZATION_URL", value: env.ORGANIZATION_URL}, {name: "PLACE", value: env.PLACE},
          {name: "USER_CAPABILITIES", value: "burst=\($name)"}]
      # Kubernetes would take a name in these brackets for a variable.
      | (.spec.template.spec.initContainers[0].env[] | select(.value)).value |= gsub("\\$\\("; "$$(")' |
    cluster create --filename - --output json)
  # Created, not applied: kubectl apply would keep a copy of the token in an annotation. It goes through a pipe, because a
  # command line can be read by everyone on the machine.
  printf '%s\n' "$job" | jq --rawfile script "${0%/*}/agent.sh" '
    {apiVersion: "v1", kind: "Secret", immutable: true, type: "Opaque",
     metadata: {name: .metadata.name, ownerReferences: [
       {apiVersion: "batch/v1", kind: "Job", name: .metadata.name, uid: .metadata.uid}]},
     stringData: {token: (env.VSTS_AGENT_INPUT_TOKEN + "\n"), "agent.sh": $script}}' |
    cluster create --filename - --output name
  cluster patch job "$burst" --type merge --patch '{"spec":{"suspend":false}}'
}
# It asks the cluster and not the pool: an agent whose job was short is gone from the pool before the last one is there.
wait_registered() {
  while
    cluster get job "$burst" --output json > "$temporary/job"
    cluster get pods --selector "job-name=$burst" --output json > "$temporary/pods"
    wanted=$(jq .spec.completions "$temporary/job")
    registered=$(jq '[.items[] | select(any(.status.conditions[]?; .type == "Initialized" and .status == "True"))] | length' "$temporary/pods")
    [ "$registered" -lt "$wanted" ]
  do
    failed=$(jq -r '.items[] | select(any(.status.initContainerStatuses[]?; (.state.terminated.exitCode // 0) != 0)) | .metadata.name' "$temporary/pods")
    [ -z "$failed" ] || {
      cluster logs "${failed%%"$line_break"*}" --container register | sed 's/##/#/g'
      fail "Not registered: $(printf '%s' "$failed" | tr '\n' ' '). What the first one said stands above."
    }
    printf '%s of %s agents are registered.\n' "$registered" "$wanted"
    sleep 10
  done
  printf 'All %s agents are registered.\n' "$wanted"
}
wait_finished() {
  while
    cluster get job "$burst" --output json > "$temporary/job"
    ended=$(jq -r '[.status.conditions[]? | select(.status == "True" and (.type == "Complete" or .type == "Failed")) | .type][0] // ""' "$temporary/job")
    [ -z "$ended" ]
  do sleep 15; done
  printf 'The Job ended: %s. %s of its agents ended well.\n' "$ended" "$(jq '.status.succeeded // 0' "$temporary/job")"
}
forget_token() { cluster delete secret "$burst" --ignore-not-found; }
stop() { cluster delete job "$burst" --ignore-not-found; }

case ${1:-} in
  start) start ;;
  wait-registered) wait_registered ;;
  forget-token) forget_token ;;
  wait-finished) wait_finished ;;
  stop) stop ;;
  *) fail "Say start, wait-registered, forget-token, wait-finished or stop, not '${1:-}'." ;;
esac
