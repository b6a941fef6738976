#!/bin/sh
# Starts an agent in a container on this machine, in place of the one that an earlier run started. The earlier one goes on
# until the new one is registered.
#
#   container-agent.sh
#
# It reads VSTS_AGENT_INPUT_TOKEN, ORGANIZATION_URL, PLACE (the pool), NEW_AGENT and what agent.sh reads of the network;
# agent.sh has to stand beside it. Neither the image nor the settings of the container hold the token: it goes to the one
# process that registers.
set -eu

fail() {
  printf '%s\n' "$1" >&2
  exit 1
}

: "${VSTS_AGENT_INPUT_TOKEN:?}" "${PLACE:?}" "${NEW_AGENT:?}"
url=${ORGANIZATION_URL:-${SYSTEM_COLLECTIONURI:-}}
context=$(mktemp -d)
container=
tidy() {
  rm -rf "$context"
  # Only what this run started, and did not finish.
  [ -z "$container" ] || docker rm --force "$container" > /dev/null
}
trap tidy EXIT
trap 'exit 1' HUP INT TERM

given() { case ${1:-} in '' | '$('*) return 1 ;; esac; }
encoded() { printf '%s' "$1" | od -An -v -tx1 | tr -d ' \n' | sed 's/../%&/g'; }

AGENT_FOLDER=$context/agent sh "${0%/*}/agent.sh" unpack
cat > "$context/Dockerfile" <<'END'
FROM ubuntu:24.04
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates curl git && rm -rf /var/lib/apt/lists/*
COPY agent /agent
RUN [ ! -f /agent/.authorities.pem ] || cp /agent/.authorities.pem /etc/ssl/certs/ca-certificates.crt
RUN /agent/bin/installdependencies.sh && useradd --create-home agent && chown -R agent /agent
USER agent
WORKDIR /agent
# It is registered from outside within two minutes, or it ends.
CMD ["sh", "-c", "for second in $(seq 120); do [ -f .agent ] && exec ./run.sh; sleep 1; done; exit 1"]
END
# What the job's agent knows of the network, for the build and for the agent. docker keeps these build arguments in no image.
# Without a value, docker takes that of the environment.
network=
set -- --quiet --label azure-agent-image --tag azure-agent
if given "${AGENT_PROXYURL:-}"; then
  export VSTS_AGENT_INPUT_PROXYURL="$AGENT_PROXYURL"
  network='--env VSTS_AGENT_INPUT_PROXYURL'
  http_proxy=$AGENT_PROXYURL
  if given "${AGENT_PROXYUSERNAME:-}" && given "${AGENT_PROXYPASSWORD:-}"; then
    export VSTS_AGENT_INPUT_PROXYUSERNAME="$AGENT_PROXYUSERNAME" VSTS_AGENT_INPUT_PROXYPASSWORD="$AGENT_PROXYPASSWORD"
    network="$network --env VSTS_AGENT_INPUT_PROXYUSERNAME --env VSTS_AGENT_INPUT_PROXYPASSWORD"
    http_proxy=${AGENT_PROXYURL%%://*}://$(encoded "$AGENT_PROXYUSERNAME"):$(encoded "$AGENT_PROXYPASSWORD")@${AGENT_PROXYURL#*://}
  fi
  https_proxy=$http_proxy
  export http_proxy https_proxy
  set -- "$@" --build-arg http_proxy --build-arg https_proxy
fi
if given "${AGENT_CAINFO:-}"; then
  export VSTS_AGENT_INPUT_SSLCACERT=/agent/.authorities.pem
  network="$network --env VSTS_AGENT_INPUT_SSLCACERT"
fi
docker build "$@" "$context"
unset http_proxy https_proxy

container=$(docker run --detach --init --restart no --label "azure-agent=$NEW_AGENT" azure-agent)
export VSTS_AGENT_INPUT_URL="$url" VSTS_AGENT_INPUT_POOL="$PLACE" VSTS_AGENT_INPUT_AGENT="$NEW_AGENT"
# docker gives these to this one process.
# shellcheck disable=SC2086 # These are words.
docker exec $network --env VSTS_AGENT_INPUT_TOKEN --env VSTS_AGENT_INPUT_URL --env VSTS_AGENT_INPUT_POOL --env VSTS_AGENT_INPUT_AGENT \
  "$container" ./config.sh --unattended --auth pat --work _work --replace --acceptteeeula ||
  fail 'The agent was not registered: config.sh says why. An earlier container goes on.'
docker update --restart unless-stopped "$container" > /dev/null
registered=$container container=

# The new one has its place, so what runs under this name otherwise cannot work any more.
docker ps --all --quiet --no-trunc --filter "label=azure-agent=$NEW_AGENT" | while IFS= read -r other; do
  [ "$other" = "$registered" ] || docker rm --force "$other" > /dev/null
done
# Earlier images of this script, and of nothing else.
docker image prune --force --filter label=azure-agent-image > /dev/null
echo "$NEW_AGENT is registered, in the container $registered."
[ -z "${TF_BUILD:-}" ] || printf '##vso[task.setvariable variable=since;isOutput=true]token\n'
