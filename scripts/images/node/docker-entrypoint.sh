#!/bin/sh
# Runs a command; an option or a script's name is given to `node`.
set -e
case ${1:-} in
  -*) set -- node "$@" ;;
  *) command -v "${1:-}" >/dev/null 2>&1 || set -- node "$@" ;;
esac
exec "$@"
