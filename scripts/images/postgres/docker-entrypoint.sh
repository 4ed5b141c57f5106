#!/bin/bash
# Runs a command; `postgres` first gets a cluster with the user, password and database that the
# POSTGRES_ variables name, and the scripts of /docker-entrypoint-initdb.d.
set -euo pipefail

read_secret() { # sets variable $1 from the file that $1_FILE names
  local file=${1}_FILE
  if [[ -n ${!file:-} ]]; then
    printf -v "$1" '%s' "$(<"${!file}")"
    export "${1?}"
  fi
}

as_superuser() { PGPASSWORD=${POSTGRES_PASSWORD:-} psql -v ON_ERROR_STOP=1 --no-password --no-psqlrc --username "$POSTGRES_USER" "$@"; }

create_cluster() {
  local method=${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256} script
  if [[ -z ${POSTGRES_PASSWORD:-} && $method != trust ]]; then
    echo 'error: the database is new and POSTGRES_PASSWORD is not set' >&2
    exit 1
  fi
  local options
  read -ra options <<<"${POSTGRES_INITDB_ARGS:-}"
  initdb --username="$POSTGRES_USER" --pwfile=<(printf '%s\n' "${POSTGRES_PASSWORD:-}") "${options[@]}"
  printf '\nhost all all all %s\n' "$method" >>"$PGDATA/pg_hba.conf"
  sed -i "s/^#listen_addresses = .*/listen_addresses = '*'/" "$PGDATA/postgresql.conf"
  # Reached by the local socket alone, so nobody sees the half-made database.
  pg_ctl -D "$PGDATA" -o "-c listen_addresses=''" -w start
  if [[ $POSTGRES_DB != postgres ]]; then
    as_superuser --dbname postgres --set name="$POSTGRES_DB" <<<'CREATE DATABASE :"name";'
  fi
  # shellcheck disable=SC1090  # the scripts are the user's
  for script in /docker-entrypoint-initdb.d/*; do
    case $script in
      *.sh) if [[ -x $script ]]; then "$script"; else . "$script"; fi ;;
      *.sql) as_superuser --dbname "$POSTGRES_DB" --file "$script" ;;
      *.sql.gz) gunzip -c "$script" | as_superuser --dbname "$POSTGRES_DB" ;;
    esac
  done
  pg_ctl -D "$PGDATA" -m fast -w stop
}

if [[ ${1:-} == -* ]]; then
  set -- postgres "$@"
fi
if [[ ${1:-} == postgres ]]; then
  if [[ $(id -u) == 0 ]]; then
    mkdir -p "$PGDATA"
    chown -R postgres "$PGDATA" /var/run/postgresql
    chmod 700 "$PGDATA"
    exec gosu postgres "$0" "$@"
  fi
  read_secret POSTGRES_PASSWORD
  read_secret POSTGRES_USER
  read_secret POSTGRES_DB
  export POSTGRES_USER=${POSTGRES_USER:-postgres}
  export POSTGRES_DB=${POSTGRES_DB:-$POSTGRES_USER}
  if [[ ! -s $PGDATA/PG_VERSION ]]; then
    create_cluster
  fi
fi
exec "$@"
