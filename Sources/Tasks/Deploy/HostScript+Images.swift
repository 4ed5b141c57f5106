// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The scripts that bring images to a host: from a registry, or as a stream from the operator's engine.

extension HostScript {
  /// Arguments: image, bytes free where little is free and the size is not known, else nothing.
  static let pull =
    #"""
    set -eu
    image=$1 free=${2:-}
    if docker image inspect "$image" >/dev/null 2>&1; then
      echo present
      exit 0
    fi
    if [ -n "$free" ]; then
      limit=''
      if command -v timeout >/dev/null 2>&1; then limit='timeout 5'; fi
      # This command does not know which registries the engine may ask without TLS.
      plain=''
      case $image in 127.* | localhost:*) plain=--insecure ;; esac
      # The sizes are those of compressed layers; unpacked they are about three times as much.
      size=$($limit docker manifest inspect $plain "$image" 2>/dev/null |
        awk '/"layers"/ { on = 1 } on && /"size"/ { gsub(/[^0-9]/, ""); sum += $0 }
          END { printf "%.0f", sum * 3 }') || size=0
      if [ "${size:-0}" -gt "$free" ]; then
        echo "large $size"
        exit 0
      fi
    fi
    attempt=1
    while :; do
      status=0
      message=$(docker pull --quiet "$image" 2>&1) || status=$?
      if [ "$status" -eq 0 ]; then
        echo "pulled $message"
        exit 0
      fi
      case $message in
        *nauthorized* | *"uthentication required"* | *"oken"*)
          if [ "$attempt" -eq 1 ]; then
            attempt=2
            sleep 1
            continue
          fi
          ;;
      esac
      echo "failed $status"
      printf '%s\n' "$message" | tail -n 20 | sed 's/^/log /'
      exit 0
    done

    """#

  /// Arguments: image; answers whether it is there, and the layers of every image, a line each.
  static let layers =
    #"""
    set -eu
    if docker image inspect "$1" >/dev/null 2>&1; then echo present; fi
    ids=$(docker image ls --quiet --no-trunc | sort -u)
    if [ -n "$ids" ]; then
      docker image inspect --format '{{range .RootFS.Layers}}{{.}} {{end}}' $ids | sed 's/^/chain /'
    fi
    free=$(df -Pk "$(docker info --format '{{.DockerRootDir}}' 2>/dev/null)" 2>/dev/null |
      awk 'NR == 2 { print $4 }') || free=
    if [ -n "$free" ]; then echo "free $free"; fi

    """#

  /// Standard input is an archive of `docker image save`, compressed or not.
  static let load =
    #"""
    set -eu
    docker image load --quiet >&2

    """#

  /// Arguments: image id, name for it; answers whether the image is there.
  static let verify =
    #"""
    set -eu
    if found=$(docker image inspect --format '{{.Id}}' "$1" 2>/dev/null); then
      # A name keeps it when somebody prunes what has none.
      docker image tag "$1" "$2" >/dev/null 2>&1 || :
      echo "present $found"
    fi

    """#
}
