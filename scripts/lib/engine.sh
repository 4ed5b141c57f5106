# shellcheck shell=bash
# SPDX-License-Identifier: AGPL-3.0-or-later
# The Docker engine and its client: what answers already is used as it is; otherwise the parts are
# fetched and an engine is started. It does not know what images are needed.

PLUGIN_DIRECTORY=/usr/local/lib/docker/cli-plugins
ENGINE_STATE=$STAGECRAFT_STATE/engine

engine_answers() { timeout 10 docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }
systemd_runs() { [[ -d /run/systemd/system ]]; }

# Prints those of docker-cli, docker-compose, docker-buildx, docker-registry and docker.io (the
# engine, only if `engine` is given) that this machine lacks, as Debian names them.
missing_docker_parts() {
  have docker || printf 'docker-cli\n'
  # Looking for the files is a tenth of the time that asking the client takes.
  plugin_file docker-compose >/dev/null || printf 'docker-compose\n'
  plugin_file docker-buildx >/dev/null || printf 'docker-buildx\n'
  registry_program >/dev/null || printf 'docker-registry\n'
  if [[ ${1:-} == engine ]]; then
    engine_program >/dev/null || printf 'docker.io\n'
  fi
}

plugin_file() {
  local directory
  for directory in "${DOCKER_CONFIG:-$HOME/.docker}/cli-plugins" "$PLUGIN_DIRECTORY" \
    /usr/local/libexec/docker/cli-plugins /usr/lib/docker/cli-plugins \
    /usr/libexec/docker/cli-plugins; do
    if [[ -x $directory/$1 ]]; then
      printf '%s\n' "$directory/$1"
      return
    fi
  done
  return 1
}

engine_program() {
  if [[ -x $STAGECRAFT_LIBEXEC/dockerd ]]; then
    printf '%s\n' "$STAGECRAFT_LIBEXEC/dockerd"
  else
    PATH=$PATH:/usr/sbin:/sbin command -v dockerd
  fi
}

registry_program() {
  if [[ -x $STAGECRAFT_LIBEXEC/docker-registry ]]; then
    printf '%s\n' "$STAGECRAFT_LIBEXEC/docker-registry"
  else
    command -v docker-registry
  fi
}

# Copies the named Docker parts to where the client, the engine's starter and the tests find them.
install_docker_parts() {
  [[ $# -gt 0 ]] || return 0
  step "installing $* from Debian $NEWER_RELEASE (unpacked; package sources stay as they are)"
  local directory file
  directory=$(mktemp -d)
  unpack_packages "$NEWER_RELEASE" "$directory" "$@"
  as_root mkdir -p "$PLUGIN_DIRECTORY" "$STAGECRAFT_LIBEXEC"
  for file in "$directory"/root/usr/libexec/docker/cli-plugins/*; do
    [[ ! -f $file ]] || as_root install -m 755 "$file" "$PLUGIN_DIRECTORY/"
  done
  for file in "$directory"/root/usr/sbin/{dockerd,docker-proxy} \
    "$directory/root/usr/bin/docker-registry"; do
    [[ ! -f $file ]] || as_root install -m 755 "$file" "$STAGECRAFT_LIBEXEC/"
  done
  if [[ -f $directory/root/usr/bin/docker ]]; then
    as_root install -m 755 "$directory/root/usr/bin/docker" /usr/local/bin/docker
  fi
  rm -r "$directory"
}

# Makes an engine answer.
provide_engine() {
  if engine_answers; then
    return
  elif [[ -n ${DOCKER_HOST:-} ]]; then
    fail "no Docker engine answers at DOCKER_HOST=$DOCKER_HOST"
  elif [[ -S /var/run/docker.sock && ! -w /var/run/docker.sock ]]; then
    fail "\`$(id -un)\` may not use the Docker engine: run \`sudo usermod -aG docker $(id -un)\` and log in again"
  elif systemd_runs; then
    start_engine_service
  else
    install_packages "${ENGINE_PACKAGES[@]}"
    start_engine_process
  fi
  step "engine $(docker version --format '{{.Server.Version}}') answers"
}

start_engine_service() {
  if ! systemctl cat docker.service >/dev/null 2>&1; then
    install_packages docker.io
  fi
  step "starting the engine with systemd"
  as_root systemctl enable --now docker.service
  wait_for 60 engine_answers ||
    fail "the engine does not answer; is \`$(id -un)\` in the group \`docker\`? see journalctl -u docker"
}

start_engine_process() {
  local program log=$ENGINE_STATE/dockerd.log socket=/var/run/docker.sock group
  program=$(engine_program) || fail "no \`dockerd\` found"
  mkdir -p "$ENGINE_STATE"
  # What `docker run --init` and `init: true` start; the engine looks for it under this name.
  if ! have docker-init && [[ ! -e $STAGECRAFT_LIBEXEC/docker-init ]]; then
    as_root mkdir -p "$STAGECRAFT_LIBEXEC"
    as_root ln -s /usr/bin/tini-static "$STAGECRAFT_LIBEXEC/docker-init"
  fi
  # The engine's socket belongs to a group; without root it must be one that the user is in.
  group=docker
  if [[ $EUID -ne 0 ]]; then
    group=$(id -gn)
  elif ! getent group docker >/dev/null; then
    groupadd --system docker
  fi
  # An engine that is just ending still holds its socket and its process id file.
  wait_for 60 engine_process_is_gone || fail "an engine (process $(</var/run/docker.pid)) runs but does not answer"
  step "starting the engine by hand, log in $log"
  rm -f "$ENGINE_STATE/dockerd.pid"
  # In a session of its own and with no file of ours open, so that it outlives this script. The
  # inner shell writes the process id, then becomes the engine.
  # shellcheck disable=SC2016
  as_root env PATH="$STAGECRAFT_LIBEXEC:$PATH:/usr/sbin:/sbin" setsid --fork sh -c \
    'echo $$ >"$1"; shift; exec "$@"' sh "$ENGINE_STATE/dockerd.pid" \
    "$program" --group "$group" --host "unix://$socket" >"$log" 2>&1 </dev/null 9>&-
  wait_for 60 engine_started_or_ended "$socket" || true
  if ! engine_pings "$socket" >/dev/null; then
    tail -n 20 "$log" >&2
    fail "the engine did not start"
  fi
}

engine_pings() {
  curl --silent --fail --max-time 2 --unix-socket "$1" http://engine/_ping
}

engine_started_or_ended() {
  local pid
  # The starter writes it a moment after it has been started.
  pid=$(cat "$ENGINE_STATE/dockerd.pid" 2>/dev/null) && [[ -n $pid ]] || return 1
  [[ ! -d /proc/$pid ]] || engine_pings "$1"
}

# The file may outlive its engine, and its number may by now belong to another program.
engine_process_is_gone() {
  local pid
  pid=$(cat /var/run/docker.pid 2>/dev/null) || return 0
  [[ $(cat "/proc/$pid/comm" 2>/dev/null) != dockerd ]]
}
