#!/bin/sh
# Runs a command; options or a configuration file are given to `redis-server`, which runs as the
# user `redis` and, as in the original, answers other containers without a password.
set -e
case ${1:-} in
  -* | *.conf) set -- redis-server "$@" ;;
esac
if [ "${1:-}" = redis-server ]; then
  case " $* " in
    *" --protected-mode "*) ;;
    *) set -- "$@" --protected-mode no ;;
  esac
  if [ "$(id -u)" = 0 ]; then
    find . \! -user redis -exec chown redis '{}' +
    set -- gosu redis "$@"
  fi
fi
exec "$@"
