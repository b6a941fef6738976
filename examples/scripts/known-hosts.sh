#!/bin/sh
# Reads what a machine's console shows, and writes the host keys that cloud-init printed there as lines for known_hosts.
#
#   known-hosts.sh ADDRESS < CONSOLE
#
# It fails where the console has no host keys yet.
set -eu

address=${1:-}
case $address in '' | *[!A-Za-z0-9.:_-]*) echo "This is not the address of a machine: '$address'." >&2; exit 2 ;; esac
# The console ends lines in its own way, and puts the time or the name of a program before each.
keys=$(tr -d '\r' |
  sed -n '/-----BEGIN SSH HOST KEY KEYS-----/,/-----END SSH HOST KEY KEYS-----/p' |
  grep -Eo '(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]+=*' | sort -u)
[ -n "$keys" ] || {
  echo "The console of $address shows no host keys yet." >&2
  exit 1
}
printf '%s\n' "$keys" | sed "s/^/$address /"
