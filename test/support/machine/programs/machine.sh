# What the programs of this machine share. They read it and start as few processes as they can, because tests start them
# thousands of times.
MACHINE=${MACHINE:-${0%/bin/*}}
note() { printf '%s\n' "$*" >> "$MACHINE/record"; }
# Who this is on the machine: the user in its file, or whom sudo or su has made of that one.
me=${MACHINE_USER:-}
[ -n "$me" ] || IFS= read -r me < "$MACHINE/user" || true
is_root() { [ "$me" = root ]; }
# What it is.
about() { IFS=/ read -r system processor kind < "$MACHINE/system" || true; }
# An agent says so itself that it comes and goes; what is not registered says nothing.
announce() {
  [ -f "$1/.agent" ] || return 0
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in *'"agentName": "'*) ;; *) continue ;; esac
    line=${line#*: \"}
    line=${line%\",}
    # As in JSON, where a quotation mark and a backslash have a backslash before them.
    name=
    while case $line in *\\*) ;; *) false ;; esac; do
      name=$name${line%%\\*}
      line=${line#*\\}
      rest=${line#?}
      name=$name${line%"$rest"}
      line=$rest
    done
    printf 'The agent %s is %s\n' "$name$line" "$2"
  done < "$1/.agent"
}
