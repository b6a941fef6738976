#!/bin/sh
# Registers or removes one agent on this Linux machine or Mac. Run it again at any time: what is as wanted stays as it
# is, and what an interrupted run left behind is put right.
#
#   agent.sh register | agent.sh remove
#   agent.sh unpack          only downloads the package, checks it, and unpacks it
#
# It reads these variables of its environment:
#   VSTS_AGENT_INPUT_TOKEN   the token
#   AGENT_FOLDER             where the agent is, or is to be: an absolute path
#   ORGANIZATION_URL         default: the organization of the job
#   NEW_AGENT                the name of the agent; to remove, it may be left out
#   ALREADY_DELETED          true: its pool, deployment group or environment was deleted; remove the agent here all the same
# and to register:
#   SCOPE                    agentPool, which is the default, deploymentGroup or environment
#   PLACE                    the name of the pool, deployment group or environment
#   PROJECT                  of the deployment group or environment; default: the project of the job
#   AGENT_TAGS               tags there, separated by commas
#   USER_CAPABILITIES        of an agent in a pool, instead of those it was given before: name=value, one a line
#   AGENT_USER               who runs the agent; default: the user who runs this, who must not be root
#   AGENT_SERVICE            none: install no service
#   AGENT_PATH               PATH of the agent; default: that of the agent that runs this job, else the system's own
# In a job it also reads what the job's agent knows of a proxy and a certificate authority, and sets the output variables
# registeredAgents (the agent, if it was registered just now) and since (token, or any if it was there already). Elsewhere it
# reads https_proxy and no_proxy as curl does, and AGENT_CAINFO, a file with the certificate of an authority.
set -eu
# The agent may run as another user, who has to be able to read what is made here.
umask 022

fail() {
  printf '%s\n' "$1" >&2
  exit 1
}

me=$(id -un)
as_root() {
  if [ "$me" = root ]; then "$@"; return; fi
  command -v sudo > /dev/null || fail "This machine has no sudo, which '$1' takes here. Run this as root, with AGENT_USER."
  sudo "$@"
}

# --- What was asked ---------------------------------------------------------------------------------------------------

action=${1:-register}
system=$(uname -sm)
processor=${system#* }
system=${system%% *}
# From here on the token is in the environment of curl's and the agent's own processes only, as far as they need it.
token=${VSTS_AGENT_INPUT_TOKEN:-}
unset VSTS_AGENT_INPUT_TOKEN
folder=${AGENT_FOLDER:-}
name=${NEW_AGENT:-}
kind=${SCOPE:-agentPool}
place=${PLACE:-}
project=${PROJECT:-${SYSTEM_TEAMPROJECT:-}}
user=${AGENT_USER:-$me}

check_input() {
  case $action in register | remove | unpack) ;; *) fail "Say register, remove or unpack, not '$action'." ;; esac
  case $token in '' | '$('*) fail 'There is no token. Map the secret variable AGENT_POOL_TOKEN to VSTS_AGENT_INPUT_TOKEN in the environment of this step.' ;; esac
  case $folder in
    '' | / | [!/]* | */ | *//* | */../* | */.. | */./* | */.) fail "AGENT_FOLDER is not the absolute path of a folder: '$folder'." ;;
    # systemd and the agent's own scripts take a path apart at these.
    *[!A-Za-z0-9/._@+,-]*) fail "AGENT_FOLDER may have letters, digits and / . _ @ + , - only: '$folder'." ;;
  esac
  url=${ORGANIZATION_URL:-${SYSTEM_COLLECTIONURI:-${SYSTEM_TEAMFOUNDATIONCOLLECTIONURI:-}}}
  url=${url%/}
  # A classic release is given the address of its own service.
  case $url in
    https://vsrm.dev.azure.com/*) url=https://dev.azure.com/${url#https://vsrm.dev.azure.com/} ;;
    *.vsrm.visualstudio.com*) url=${url%%.vsrm.visualstudio.com*}.visualstudio.com${url#*.vsrm.visualstudio.com} ;;
  esac
  case $url in https://?* | http://127.0.0.1:* | http://localhost:*) ;; *) fail "ORGANIZATION_URL is not the address of an organization: '$url'." ;; esac
  case $url in *[[:space:]\"\\]*) fail "ORGANIZATION_URL is not the address of an organization: '$url'." ;; esac
  # config.sh does not run as root, so it runs as whoever owns the agent.
  if [ "$action" = remove ] && [ "$me" = root ] && ! given "${AGENT_USER:-}" && [ -f "$folder/.agent" ]; then
    user=$(find "$folder/.agent" -prune -exec ls -ld {} + | awk '{ print $3 }')
  fi
  [ "$action" = register ] || return 0

  [ -n "$name" ] || fail 'NEW_AGENT, the name of the agent, is empty.'
  case $kind in agentPool | deploymentGroup | environment) ;; *) fail "SCOPE is agentPool, deploymentGroup or environment, not '$kind'." ;; esac
  [ -n "$place" ] || fail "PLACE, the name of the $kind, is empty."
  [ "$kind" = agentPool ] || [ -n "$project" ] || fail 'PROJECT is empty.'
  case $name$place$project in *[[:cntrl:]]*) fail 'A name has a line break or another control character in it.' ;; esac
  if [ "$kind" = agentPool ]; then
    [ -z "${AGENT_TAGS:-}" ] || fail 'An agent of a pool has no AGENT_TAGS. Give it USER_CAPABILITIES.'
  else
    ! given "${USER_CAPABILITIES:-}" || fail "USER_CAPABILITIES are for an agent of a pool. Give a machine of the $kind AGENT_TAGS."
  fi
  if [ "${AGENT_SERVICE:-}" != none ]; then
    # svc.sh has these names between double quotes.
    case $name$place in *[\"\$\`]*) fail "The agent's svc.sh cannot take a name with \", \$ or a backtick in it. Choose another, or set AGENT_SERVICE to none." ;; esac
    if [ "$system" = Darwin ]; then
      [ "$me" != root ] || fail 'A Mac runs the service of a user. Run this as that user, not as root.'
    else
      command -v systemctl > /dev/null || fail 'This machine has no systemd. Set AGENT_SERVICE to none, and start run.sh by other means.'
      as_root true || fail "sudo asks $me for a password, or refuses: nothing was changed. Let $me use it without one, or run this as root, with AGENT_USER."
    fi
  fi
  if [ "$user" = root ]; then
    [ -n "${AGENT_ALLOW_RUNASROOT:-}" ] || fail 'An agent should not run as root. Set AGENT_USER to the user who is to run it.'
  fi
  [ "$user" = "$me" ] || [ "$me" = root ] || fail "Only root can register an agent that $user runs."
  [ "$user" = "$me" ] || id -u "$user" > /dev/null 2>&1 || fail "There is no user '$user' on this machine."
}

# --- The organization -------------------------------------------------------------------------------------------------

downloads=$(mktemp -d)
tidy() {
  rm -rf "$downloads"
  put_service_back
}
trap tidy EXIT
trap 'exit 1' HUP INT TERM

# Lines "path value" for the values in a JSON text, such as "value.0.name Default"; or, with a path, just its value.
flatten() {
  FIELD=${1:-} \
    LC_ALL=C awk '
    { text = text $0 " " }
    END { sub(/^\357\273\277/, "", text); at = 1; value("") }
    function emit(path, found) {
      if (ENVIRON["FIELD"] == "") print path " " found
      else if (ENVIRON["FIELD"] == path) print found
    }
    function peek() { while (substr(text, at, 1) ~ /[ \t\r\n,:]/) at++; return substr(text, at, 1) }
    function string(  all, c) {
      for (at++; (c = substr(text, at, 1)) != "\"" && c != ""; at++) {
        if (c == "\\") {
          at++
          c = substr(text, at, 1)
          if (c == "u") { c = character(substr(text, at + 1, 4)); at += 4 }
          else if (c !~ /["\\\/]/) c = "\\" c
        }
        all = all c
      }
      at++
      return all
    }
    # A character by its number of four digits, as the bytes of UTF-8.
    function character(digits,  n, place) {
      for (place = 1; place <= 4; place++) n = n * 16 + index("0123456789abcdef", tolower(substr(digits, place, 1))) - 1
      if (n < 32) return "\\u" digits
      if (n < 128) return sprintf("%c", n)
      if (n < 2048) return sprintf("%c%c", 192 + int(n / 64), 128 + n % 64)
      return sprintf("%c%c%c", 224 + int(n / 4096), 128 + int(n / 64) % 64, 128 + n % 64)
    }
    function value(path,  c, count, key, start) {
      c = peek()
      if (c == "\"") emit(path, string())
      else if (c == "{" || c == "[") {
        at++
        for (count = 0; peek() != "}" && peek() != "]" && peek() != ""; count++) {
          key = c == "{" ? string() : count
          value(path == "" ? key : path "." key)
        }
        at++
      } else {
        for (start = at; substr(text, at, 1) ~ /[-+.0-9A-Za-z]/; at++);
        if (at == start) at++
        else if (substr(text, start, at - start) != "null") emit(path, substr(text, start, at - start))
      }
    }'
}
# The value at one path of a file with JSON in it, or nothing.
field() { flatten "$2" < "$1"; }

# A value for a line of curl's configuration, or for JSON, without its quotation marks.
quoted() {
  case $1 in
    *[\\\"]*) printf '%s' "$1" | sed 's/[\\"]/\\&/g' ;;
    *) printf '%s' "$1" ;;
  esac
}
# A value for an address. The letters are written out, since a range of them has others in it in some languages.
encoded() {
  case $1 in
    *[!0-9ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._-]*) printf '%s' "$1" | od -An -v -tx1 | tr -d ' \n' | sed 's/../%&/g' ;;
    *) printf '%s' "$1" ;;
  esac
}
is_true() { case ${1:-} in true | True) ;; *) return 1 ;; esac; }
given() { case ${1:-} in '' | '$('*) return 1 ;; esac; }

# Outside of a job, the machine may name a proxy as curl reads it. config.sh does not see that: its environment is small.
read_machine_proxy() {
  machine_proxy=${https_proxy:-${HTTPS_PROXY:-}}
  ! given "${AGENT_PROXYURL:-}" && [ -n "$machine_proxy" ] || return 0
  case $machine_proxy in *://*) ;; *) machine_proxy=http://$machine_proxy ;; esac
  case $machine_proxy in
    *://*:*@*)
      AGENT_PROXYUSERNAME=${machine_proxy#*://}
      AGENT_PROXYUSERNAME=${AGENT_PROXYUSERNAME%@*}
      AGENT_PROXYPASSWORD=$(decoded "${AGENT_PROXYUSERNAME#*:}")
      AGENT_PROXYUSERNAME=$(decoded "${AGENT_PROXYUSERNAME%%:*}")
      ;;
  esac
  case $machine_proxy in *@*) machine_proxy=${machine_proxy%%://*}://${machine_proxy##*@} ;; esac
  AGENT_PROXYURL=$machine_proxy
  # Names, separated by commas; each stands for what ends with it.
  AGENT_PROXYBYPASSLIST=$(printf '%s' "${no_proxy:-${NO_PROXY:-}}" | tr -s ', ' '\n' | awk '
    { sub(/^\*?\.?/, ""); gsub(/\./, "\\\\."); if ($0 != "") list = list (list == "" ? "" : ",") "\"" $0 "\"" }
    END { if (list != "") print "[" list "]" }')
}
# What an address has in place of characters, as those.
decoded() {
  printf '%s' "$1" | LC_ALL=C awk '
    function digit(c) { return index("0123456789abcdef", tolower(c)) - 1 }
    {
      while (match($0, /%[0-9A-Fa-f][0-9A-Fa-f]/)) {
        text = text substr($0, 1, RSTART - 1) sprintf("%c", digit(substr($0, RSTART + 1, 1)) * 16 + digit(substr($0, RSTART + 2, 1)))
        $0 = substr($0, RSTART + 3)
      }
      printf "%s", text $0
    }'
}

# What curl has to know to reach an address from here.
network() {
  if given "${AGENT_PROXYURL:-}"; then
    if bypassed "$1"; then
      echo 'noproxy = "*"'
    else
      printf 'proxy = "%s"\n' "$(quoted "$AGENT_PROXYURL")"
      given "${AGENT_PROXYUSERNAME:-}" && given "${AGENT_PROXYPASSWORD:-}" &&
        printf 'proxy-user = "%s"\n' "$(quoted "$AGENT_PROXYUSERNAME:$AGENT_PROXYPASSWORD")"
    fi
  fi
  if given "${AGENT_CAINFO:-}"; then
    authorities
    printf 'cacert = "%s"\n' "$downloads/authorities.pem"
  fi
}
bypass_list() {
  given "${AGENT_PROXYBYPASSLIST:-}" || return 0
  # The agent keeps regular expressions, and *.contoso.com as an expression that begins with an asterisk.
  printf '%s\n' "$AGENT_PROXYBYPASSLIST" | sed 's/\\\\/\\/g; s/^ *\[ *"//; s/" *\] *$//; s/" *, *"/\
/g' | sed 's/^\*/.*/'
}
bypassed() { bypass_list | { while IFS= read -r pattern; do printf '%s' "$1" | grep -Eiq -- "$pattern" && exit 0; done; exit 1; }; }
# The authorities that this machine trusts, and the one that the job's agent was given: curl reads one file.
authorities() {
  for file in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
    [ ! -f "$file" ] || { cat "$file"; break; }
  done > "$downloads/authorities.pem"
  cat "$AGENT_CAINFO" >> "$downloads/authorities.pem"
}

# Asks the organization. The answer goes to $answer, its HTTP status to $status; the token goes through a pipe, since a
# command line can be read by everyone on the machine.
answer=$downloads/answer.json
request() {
  address=$url/$1
  shift
  : > "$answer"
  status=$({ network "$address"; printf 'user = ":%s"\n' "$(quoted "$token")"; } |
    curl --config - --silent --show-error --retry 3 --max-time 120 --output "$answer" --write-out '%{http_code}' "$@" "$address") ||
    fail "Could not reach $address."
}
ask() {
  request "$@"
  case $status in
    200 | 204) ;;
    203 | 302 | 401) fail "The organization refused the token (HTTP $status): it has expired, was revoked, or lacks the scope. Asked: $address" ;;
    403) fail "The token may not do this (HTTP 403): $(field "$answer" message)" ;;
    *) fail "The organization answered HTTP $status to $address: $(field "$answer" message)" ;;
  esac
}
# The number of the thing whose name, in a list that was answered, is this one: a service may answer with others too.
numbered() {
  flatten < "$answer" | NAME=$1 awk '
    { split($1, part, "."); rest = substr($0, length($1) + 2) }
    $1 ~ /^value\.[0-9]+\.id$/ { id[part[2]] = rest }
    $1 ~ /^value\.[0-9]+\.name$/ && tolower(rest) == tolower(ENVIRON["NAME"]) { wanted = part[2] }
    END { if (wanted != "") print id[wanted] }'
}

# --- The service ------------------------------------------------------------------------------------------------------

# The services that run from this folder, also where .service names another: an installation that broke off has none.
services() {
  if [ "$system" = Darwin ]; then
    grep -lF "<string>$folder/runsvc.sh</string>" "$HOME"/Library/LaunchAgents/vsts.agent.*.plist 2> /dev/null || true
  elif command -v systemctl > /dev/null; then
    systemctl list-unit-files --no-legend --no-pager 'vsts.agent.*' | while read -r unit _; do
      [ "$(systemctl show --property=WorkingDirectory -- "$unit")" != "WorkingDirectory=$folder" ] || echo "$unit"
    done
  fi
}
service_runs() {
  [ -f "$folder/.service" ] || return 1
  services > "$downloads/services"
  # One, and no other.
  { IFS= read -r found && ! IFS= read -r _; } < "$downloads/services" || return 1
  if [ "$system" = Darwin ]; then
    found=${found##*/}
    launchctl list "${found%.plist}" > /dev/null 2>&1
  else
    systemctl is-enabled --quiet -- "$found" && systemctl is-active --quiet -- "$found"
  fi
}
# What svc.sh uninstall does, which fails for ever where a part of the service is missing.
remove_service() {
  services > "$downloads/services"
  while IFS= read -r service; do
    echo "Removing the service $service."
    if [ "$system" = Darwin ]; then
      launchctl unload "$service" || true
      rm "$service"
    else
      as_root systemctl stop -- "$service"
      as_root systemctl disable --quiet -- "$service"
      unit_file=$(systemctl show --property=FragmentPath -- "$service")
      as_root rm -f -- "${unit_file#FragmentPath=}"
      as_root systemctl daemon-reload
    fi
  done < "$downloads/services"
  as_root_if_needed rm -f "$folder/.service" "$folder/.service.aside"
}
install_service() {
  echo "Installing the service."
  (
    cd "$folder"
    if [ "$system" = Darwin ]; then
      ./svc.sh install && ./svc.sh start
    else
      as_root ./svc.sh install "$user" && as_root ./svc.sh start
    fi
  )
}
as_root_if_needed() { "$@" 2> /dev/null || as_root "$@"; }

# --- The agent's own programs -----------------------------------------------------------------------------------------

is_package() { [ -f "$folder/config.sh" ] && [ -f "$folder/bin/Agent.Listener" ] && [ ! -e "$folder/.unpacking" ]; }
is_empty() { [ ! -e "$folder" ] || [ -z "$(ls -A "$folder")" ]; }
# What config.sh wrote down of the agent in the folder.
read_settings() {
  agent_name='' agent_id='' server_url='' pool_id='' pool_name='' project_id='' group_id='' environment_id='' resource_id=''
  flatten < "$folder/.agent" > "$downloads/settings"
  while IFS= read -r line; do
    value=${line#* }
    case ${line%% *} in
      agentName) agent_name=$value ;;
      agentId) agent_id=$value ;;
      serverUrl) server_url=$value ;;
      poolId) pool_id=$value ;;
      poolName) pool_name=$value ;;
      projectId) project_id=$value ;;
      deploymentGroupId) group_id=$value ;;
      environmentId) environment_id=$value ;;
      environmentVMResourceId) resource_id=$value ;;
    esac
  done < "$downloads/settings"
}

# Runs config.sh with these words. Its environment is kept small: config.sh makes capabilities of it, which every reader
# of the pool sees, and keeps PATH for the jobs of the agent. Values go in variables that the agent takes out again.
config() (
  words=$* path=${AGENT_PATH:-} home=${HOME:-/} language=${LANG:-C.UTF-8} as_root_allowed=${AGENT_ALLOW_RUNASROOT:-}
  given "$path" || path=$(cat "${AGENT_HOMEDIRECTORY:-}/.path" 2> /dev/null) || path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  proxy=${AGENT_PROXYURL:-} proxy_user=${AGENT_PROXYUSERNAME:-} proxy_password=${AGENT_PROXYPASSWORD:-} ca=${AGENT_CAINFO:-}
  tags=${AGENT_TAGS:-} own_path=$PATH
  names=$(awk 'BEGIN { for (name in ENVIRON) if (name ~ /^[A-Za-z_][A-Za-z0-9_]*$/) print name }')
  for variable in $names; do
    case $variable in SHELLOPTS | BASHOPTS | PPID | UID | EUID | PATH) ;; *) unset "$variable" ;; esac
  done
  export HOME="$home" LANG="$language" FOLDER="$folder" NEW_PATH="$path" VSTS_AGENT_INPUT_TOKEN="$token"
  [ -z "$as_root_allowed" ] || export AGENT_ALLOW_RUNASROOT="$as_root_allowed"
  if [ "$1" != remove ]; then
    export VSTS_AGENT_INPUT_URL="$url" VSTS_AGENT_INPUT_AGENT="$name" VSTS_AGENT_INPUT_WORK=_work
    case $kind in
      agentPool) export VSTS_AGENT_INPUT_POOL="$place" ;;
      deploymentGroup)
        export VSTS_AGENT_INPUT_PROJECTNAME="$project" VSTS_AGENT_INPUT_DEPLOYMENTGROUPNAME="$place"
        words="$words --deploymentgroup"
        [ -z "$tags" ] || { export VSTS_AGENT_INPUT_DEPLOYMENTGROUPTAGS="$tags"; words="$words --adddeploymentgrouptags"; }
        ;;
      environment)
        export VSTS_AGENT_INPUT_PROJECTNAME="$project" VSTS_AGENT_INPUT_ENVIRONMENTNAME="$place"
        words="$words --environment"
        [ -z "$tags" ] || { export VSTS_AGENT_INPUT_VIRTUALMACHINERESOURCETAGS="$tags"; words="$words --addvirtualmachineresourcetags"; }
        ;;
    esac
    if given "$proxy"; then
      export VSTS_AGENT_INPUT_PROXYURL="$proxy"
      if given "$proxy_user" && given "$proxy_password"; then
        export VSTS_AGENT_INPUT_PROXYUSERNAME="$proxy_user" VSTS_AGENT_INPUT_PROXYPASSWORD="$proxy_password"
      fi
    fi
    ! given "$ca" || export VSTS_AGENT_INPUT_SSLCACERT="$folder/.authorities.pem"
  fi
  # .NET does not read --sslcacert, which is for tasks; on Linux it reads this file.
  [ "$system" = Darwin ] || [ ! -f "$folder/.authorities.pem" ] || export SSL_CERT_FILE="$folder/.authorities.pem"
  run="cd \"\$FOLDER\" && PATH=\$NEW_PATH && export PATH && unset FOLDER NEW_PATH && exec ./config.sh $words --unattended --auth pat"
  PATH=$own_path
  if [ "$me" = "$user" ]; then exec /bin/sh -c "$run"; else exec su -s /bin/sh "$user" -c "$run"; fi
)

# An agent can be removed from the server while its service still runs, if config.sh does not see that there is one:
# so nothing is stopped before it is known that the token may remove this agent.
put_service_back() {
  [ ! -f "$folder/.service.aside" ] || [ -f "$folder/.service" ] || [ ! -f "$folder/.agent" ] || as_root_if_needed mv "$folder/.service.aside" "$folder/.service"
}
remove_registration() {
  echo "Removing the registration of $agent_name."
  [ ! -f "$folder/.service" ] || as_root_if_needed mv "$folder/.service" "$folder/.service.aside"
  look_at_old_place
  case $old_place in
    deleted)
      is_true "${ALREADY_DELETED:-}" || fail "$pool_name (number $pool_id), where this agent is registered, was deleted, or the token's user may not see it. If it was deleted, set ALREADY_DELETED to true: then the agent is removed from this machine all the same."
      echo 'Its place is deleted, so only this machine knows of it.'
      as_root_if_needed rm -f "$folder/.credentials" "$folder/.credentials_rsaparams" "$folder/.agent"
      ;;
    *) config remove || fail 'The agent was not removed, and goes on as before: config.sh says why.' ;;
  esac
}
# Whether the server still knows the pool, group or environment that .agent names: old_place is known or deleted.
look_at_old_place() {
  if [ -n "$group_id" ]; then
    request "$project_id/_apis/distributedtask/deploymentgroups/$group_id/targets?%24top=1&api-version=7.1"
  elif [ -n "$environment_id" ]; then
    request "$project_id/_apis/pipelines/environments/$environment_id/providers/virtualmachines?name=$(encoded "$agent_name")&api-version=7.1"
    # config.sh does not look whether its machine is still there, and fails where it was deleted in the page.
    [ "$status" != 200 ] || [ "$(field "$answer" value.0.id)" = "$resource_id" ] || status=404
  else
    request "_apis/distributedtask/pools/$pool_id?api-version=7.1"
  fi
  old_place=known
  [ "$status" != 404 ] || old_place=deleted
}

# --- Registering ------------------------------------------------------------------------------------------------------

# Finds the pool, group or environment, where that is possible as one that the token may manage, before anything here changes.
find_place() {
  case $kind in
    agentPool) ask "_apis/distributedtask/pools?poolName=$(encoded "$place")&actionFilter=manage&api-version=7.1" ;;
    deploymentGroup) ask "$(encoded "$project")/_apis/distributedtask/deploymentgroups?name=$(encoded "$place")&actionFilter=manage&api-version=7.1" ;;
    environment) ask "$(encoded "$project")/_apis/pipelines/environments?name=$(encoded "$place")&api-version=7.1" ;;
  esac
  place_id=$(numbered "$place")
  [ -n "$place_id" ] || fail "The token cannot manage $place: there is no $kind of this name, or its user lacks the role Administrator on it."
}
# Both forms of an address name the same organization.
is_organization() { [ "${1%/}" = "$url" ] || [ "$(organization_of "$1")" = "$(organization_of "$url")" ]; }
organization_of() {
  printf '%s' "${1%/}" | sed -e 's|^https://dev\.azure\.com/||' -e 's|^https://\([^.]*\)\.visualstudio\.com.*|\1|' | tr '[:upper:]' '[:lower:]'
}
# Whether the agent in the folder is the one that is wanted, and the server knows it.
is_registered() {
  [ -f "$folder/.agent" ] && [ -f "$folder/.credentials" ] && [ -f "$folder/svc.sh" ] || return 1
  read_settings
  [ "$agent_name" = "$name" ] && is_organization "$server_url" || return 1
  case $kind in
    agentPool)
      [ "$pool_id$group_id$environment_id" = "$place_id" ] || return 1
      request "_apis/distributedtask/pools/$place_id/agents/$agent_id?api-version=7.1"
      [ "$status" = 200 ] && [ "$(field "$answer" name)" = "$name" ]
      return
      ;;
    deploymentGroup)
      [ "$group_id" = "$place_id" ] || return 1
      request "$project_id/_apis/distributedtask/deploymentgroups/$place_id/targets?name=$(encoded "$name")&api-version=7.1"
      ;;
    environment)
      [ "$environment_id" = "$place_id" ] || return 1
      request "$project_id/_apis/pipelines/environments/$place_id/providers/virtualmachines?name=$(encoded "$name")&api-version=7.1"
      ;;
  esac
  [ "$status" = 200 ] && [ "$(field "$answer" value.0.agent.id)" = "$agent_id" ] || return 1
  wanted=$(printf '%s' "${AGENT_TAGS:-}" | tr ',' '\n' | sed 's/^ *//; s/ *$//' | sed '/^$/d' | sort -u)
  [ "$(flatten < "$answer" | sed -n 's/^value\.0\.tags\.[0-9]* //p' | sort -u)" = "$wanted" ]
}

# The name that packages for this machine have.
find_platform() {
  case $system/$processor in
    Darwin/x86_64) platform=osx-x64 ;;
    Darwin/arm64) platform=osx-arm64 ;;
    Linux/x86_64 | Linux/amd64) platform=linux-${musl}x64 ;;
    # A 32-bit system can stand on a 64-bit kernel, as on a Raspberry Pi.
    Linux/aarch64 | Linux/arm64) if [ "$(getconf LONG_BIT)" = 32 ]; then platform=linux-arm; else platform=linux-${musl}arm64; fi ;;
    Linux/armv7* | Linux/armv8*) platform=linux-arm ;;
    *) fail "The agent is not made for $system on $processor." ;;
  esac
}
unpack_package() {
  is_empty || [ -e "$folder/.unpacking" ] || [ -f "$folder/.agent" ] || fail "There is something in $folder that is no agent. Choose another AGENT_FOLDER; nothing was changed."
  case $(ldd --version 2>&1) in *musl*) musl=musl- ;; *) musl='' ;; esac
  find_platform
  ask "_apis/distributedtask/packages/agent?platform=$platform&%24top=1"
  package='' hash=''
  flatten < "$answer" > "$downloads/package"
  while IFS= read -r line; do
    case $line in
      'value.0.downloadUrl '*) package=${line#* } ;;
      'value.0.hashValue '*) hash=${line#* } ;;
    esac
  done < "$downloads/package"
  case $hash in *[A-F]*) hash=$(printf '%s' "$hash" | tr '[:upper:]' '[:lower:]') ;; esac
  if [ -z "$package" ] || [ -z "$hash" ]; then
    fail "The organization offers no package of the agent for $platform, or no hash of it: nothing was downloaded."
  fi
  echo "Downloading $package."
  # The server of packages is not the organization: it is not given the token.
  network "$package" | curl --config - --fail --silent --show-error --location --retry 3 --output "$downloads/agent.tar.gz" "$package" ||
    fail "Could not download $package."
  if command -v sha256sum > /dev/null; then
    actual=$(sha256sum < "$downloads/agent.tar.gz")
  else
    actual=$(shasum -a 256 < "$downloads/agent.tar.gz")
  fi
  [ "${actual%% *}" = "$hash" ] || fail "The package is not the one that the organization offers: its hash is ${actual%% *}, not $hash."
  mkdir -p "$folder" 2> /dev/null || as_root mkdir -p "$folder"
  as_root_if_needed touch "$folder/.unpacking"
  as_root_if_needed tar -xzf "$downloads/agent.tar.gz" -C "$folder"
  if [ "$me" != "$user" ] || [ ! -O "$folder" ]; then as_root chown -R "$user" "$folder"; fi
  rm -f "$folder/.unpacking"
}

# Capabilities that a person or a script gives an agent, instead of all that it was given before.
set_user_capabilities() {
  given "${USER_CAPABILITIES:-}" || return 0
  printf '%s\n' "$USER_CAPABILITIES" | tr '\t\r' '  ' |
    sed 's/[\\"]/\\&/g; s/^ *//; s/ *$//; /^$/d; s/ *= */=/; /=/!s/$/=/; s/^\([^=]*\)=\(.*\)$/"\1":"\2"/' |
    paste -s -d , - | sed 's/.*/{&}/' > "$downloads/capabilities.json"
  [ "$(cat "$downloads/capabilities.json")" != '{}' ] || return 0
  read_settings
  ask "_apis/distributedtask/pools/$place_id/agents/$agent_id/usercapabilities?api-version=7.1-preview.1" \
    --request PUT --header 'Content-Type: application/json' --data-binary "@$downloads/capabilities.json"
}

# For the next steps of a job.
output() {
  [ -z "${TF_BUILD:-}" ] || printf '##vso[task.setvariable variable=%s;isOutput=true]%s\n' "$1" "$2" | sed 's/%/%AZP25/g'
}

register() {
  find_place
  if is_registered; then
    if [ "${AGENT_SERVICE:-}" = none ] || service_runs; then
      echo "$name is registered already, and nothing was changed."
      since=any
    else
      remove_service
      install_service
      echo "$name was registered already; its service was installed anew."
      since=token
    fi
  else
    is_package || unpack_package
    if [ -f "$folder/.agent" ]; then
      read_settings
      remove_registration
    fi
    remove_service
    # The svc.sh of an earlier agent has the name of that one in it.
    as_root_if_needed rm -f "$folder/.removing" "$folder/svc.sh"
    prepare_network
    config --replace --acceptteeeula || fail 'The agent was not registered: config.sh says why.'
    [ "${AGENT_SERVICE:-}" = none ] || install_service
    echo "$name is registered."
    since=token registered=$name
  fi
  set_user_capabilities
  output registeredAgents "${registered:-}"
  output since "$since"
}
# Files that config.sh and the agent read by themselves.
prepare_network() {
  rm -f "$folder/.proxybypass" "$folder/.authorities.pem"
  if given "${AGENT_PROXYURL:-}"; then bypass_list > "$folder/.proxybypass"; fi
  if given "${AGENT_CAINFO:-}"; then
    authorities
    cp "$downloads/authorities.pem" "$folder/.authorities.pem"
  fi
}

unpack() {
  is_package || unpack_package
  prepare_network
}

# --- Removing ---------------------------------------------------------------------------------------------------------

remove() {
  if [ ! -f "$folder/.agent" ] && [ ! -e "$folder/.removing" ] && [ ! -e "$folder/.unpacking" ] && ! is_package; then
    services > "$downloads/services"
    [ ! -s "$downloads/services" ] || remove_service
    is_empty || fail "$folder is not the folder of an agent: nothing was removed."
    echo "There is no agent in $folder."
    return
  fi
  if [ -f "$folder/.agent" ]; then
    is_package || unpack_package
    read_settings
    [ -z "$name" ] || [ "$agent_name" = "$name" ] || fail "The agent in $folder is $agent_name, not $name: nothing was removed."
    remove_registration
  fi
  as_root_if_needed touch "$folder/.removing"
  remove_service
  # What an agent consists of and makes, and nothing else. The mark goes last.
  as_root_if_needed rm -rf -- "$folder"/bin "$folder"/bin.[0-9]* "$folder"/externals "$folder"/externals.[0-9]* "$folder"/_work \
    "$folder"/_diag "$folder"/config.sh "$folder"/env.sh "$folder"/run.sh "$folder"/run-docker.sh "$folder"/reauth.sh \
    "$folder"/svc.sh "$folder"/runsvc.sh "$folder"/license.html "$folder"/.agent "$folder"/.credentials \
    "$folder"/.credentials_rsaparams "$folder"/.env "$folder"/.path "$folder"/.proxy "$folder"/.proxybypass \
    "$folder"/.proxycredentials "$folder"/.certificates "$folder"/.authorities.pem "$folder"/.setup_info "$folder"/.unpacking
  as_root_if_needed rm -f "$folder/.removing"
  if is_empty; then
    rmdir "$folder" 2> /dev/null || as_root rmdir "$folder"
  else
    echo "Left in $folder, since no agent made it: $(ls -A "$folder")"
  fi
  echo "The agent in $folder is removed."
}

check_input
read_machine_proxy
put_service_back
"$action"
