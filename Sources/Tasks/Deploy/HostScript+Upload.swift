// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The scripts that lay a release on a host. All arrives in one folder beside the releases and is
// moved into place by renaming, so that a release is there whole or not at all.

import TaskGraph

extension HostScript {
  /// Arguments: directory, release; standard input is a tar archive with `release/`, `compose`,
  /// `files/` and at its end `complete`.
  static let upload =
    #"""
    set -eu
    umask 077
    directory=$1 release=$2
    if [ ! -d "$directory" ] && ! mkdir -p "$directory" 2>/dev/null; then
      sudo -n install -d -m 0700 -o "$(id -u)" -g "$(id -g)" "$directory" 2>/dev/null || :
    fi
    if [ ! -w "$directory" ]; then
      echo "unwritable $(id -un)"
      exit 0
    fi
    chmod 0700 "$directory" || :
    cd "$directory"
    # What an interrupted run left; the lock keeps others out.
    rm -rf upload.tmp prune.tmp
    mkdir -p releases files upload.tmp
    tar -xpof - -C upload.tmp
    test -f upload.tmp/release/host.json
    # To tar an archive that was cut off between two files is whole.
    if [ ! -f upload.tmp/complete ]; then
      echo "the release did not arrive whole" >&2
      exit 1
    fi
    # It may have waited for the rest longer than its run had the lock.
    stagecraft_holds || exit 97
    for unit in upload.tmp/files/*/*; do
      place=${unit#upload.tmp/}
      if [ ! -e "$unit" ] || [ -e "$place" ]; then continue; fi
      mkdir -p "${place%/*}"
      mv "$unit" "$place"
    done
    sync upload.tmp/release/* upload.tmp/release 2>/dev/null || :
    mv -f upload.tmp/compose compose
    if [ -e "releases/$release" ]; then mv "releases/$release" upload.tmp/replaced; fi
    mv upload.tmp/release "releases/$release"
    rm -rf upload.tmp
    echo "uploaded $release"

    """#

  /// Arguments: directory, then paths below `files/`; answers those that are not there.
  static let missingFiles =
    #"""
    set -eu
    directory=$1
    shift
    for unit in "$@"; do
      if [ ! -e "$directory/files/$unit" ]; then echo "missing $unit"; fi
    done

    """#

  /// The file `compose` in the host's directory, for people: Docker Compose as deployed last.
  static func wrapper(project: String) -> String {
    #"""
    #!/bin/sh
    # Runs docker compose on what was deployed last: ./compose ps, ./compose logs web
    set -eu
    cd "$(dirname "$0")"
    release=$(head -n 1 receipt)
    cd "releases/$release"
    STAGECRAFT_RELEASE=$release
    export STAGECRAFT_RELEASE
    set -a
    . ./env
    set +a

    """# + "exec docker compose -p \(Command.quoted(project)) -f compose.yaml \"$@\"\n"
  }

  /// Arguments: directory, folder; the first line of standard input is the digest that the receipt is to
  /// hold, the others are the receipts of all services that the host has now.
  ///
  /// That of a service which its own steps have written already stays as it is.
  static let receipt =
    #"""
    set -euf
    umask 077
    directory=$1 folder=$2
    cd "$directory"
    test -f "releases/$folder/host.json"
    IFS= read -r digest
    mkdir -p services
    kept=' '
    while IFS= read -r line; do
      set -- $line
      there=
      { IFS= read -r there <"services/$1"; } 2>/dev/null || :
      case "$there " in
        "$1 "*" $3 "*) ;;
        *)
          printf '%s\n' "$line" >receipt.tmp
          mv -f receipt.tmp "services/$1"
          ;;
      esac
      kept="$kept$1 "
    done
    set +f
    find services -type f | while IFS= read -r place; do
      case $kept in *" ${place#services/} "*) ;; *) rm -f "$place" ;; esac
    done
    printf '%s\n' "$folder" "$digest" "${stagecraft_release:-$folder}" "$(date +%s)" \
      "${stagecraft_by:--}" >receipt.tmp
    sync receipt.tmp services/* 2>/dev/null || :
    mv -f receipt.tmp receipt
    echo "receipt $folder"

    """#

  /// Arguments: directory, project, then the releases to remove.
  ///
  /// Images go that only those name, in no environment below the same root, and that no container
  /// has; files go that neither a release nor a container mounts.
  static let prune =
    #"""
    set -eu
    directory=$1 project=$2
    shift 2
    cd "$directory"
    # What any service runs from stays, whoever asks.
    current=" $(head -n 1 receipt 2>/dev/null || :) $(find services -type f -exec cat {} + 2>/dev/null |
      cut -d ' ' -f 2 | tr '\n' ' ' || :)"
    removed=
    for release in "$@"; do
      case $release in '' | . | .. | */*) continue ;; esac
      case $current in *" $release "*) continue ;; esac
      if [ ! -d "releases/$release" ]; then continue; fi
      removed="$removed $release"
    done
    images_of() {
      for manifest in "$@"; do
        if [ -r "$manifest" ]; then
          grep -o '"image":"[^"]*"' "$manifest" | sed 's/^"image":"//; s/"$//' || :
        fi
      done | sort -u
    }
    gone=
    for release in $removed; do
      gone="$gone $(images_of "releases/$release/host.json")"
    done
    # Every environment on this host counts.
    here=$(pwd -P)
    kept=$(for manifest in ../../*/*/releases/*/host.json releases/*/host.json; do
      folder=${manifest%/host.json}
      case " $removed " in
        *" ${folder##*/} "*)
          if [ "$(cd "$folder" && pwd -P)" = "$here/releases/${folder##*/}" ]; then continue; fi
          ;;
      esac
      images_of "$manifest"
    done)
    # One image may have several names, and goes with the last of them.
    kept_ids=$(if [ -n "$kept" ]; then
      docker image inspect --format '{{.Id}}' $kept 2>/dev/null || :
    fi)
    for image in $(printf '%s\n' $gone | sort -u); do
      if printf '%s\n' "$kept" | grep -qxF -e "$image"; then continue; fi
      id=$(docker image inspect --format '{{.Id}}' "$image" 2>/dev/null) || continue
      if printf '%s\n' "$kept_ids" | grep -qxF -e "$id"; then continue; fi
      case $image in
        sha256:*)
          short=$(printf '%s' "$image" | cut -c8-19)
          for tag in $(docker image inspect --format '{{range .RepoTags}}{{println .}}{{end}}' \
            "$image" 2>/dev/null || :); do
            case $tag in "$project"/*":$short") docker image rm "$tag" >/dev/null 2>&1 || : ;; esac
          done
          ;;
      esac
      # The engine itself refuses where a container has it.
      if docker image rm "$image" >/dev/null 2>&1; then echo "image $image"; fi
    done
    # Last, so that a run that is killed before finds the same to do.
    rm -rf prune.tmp
    mkdir prune.tmp
    for release in $removed; do
      mv "releases/$release" prune.tmp/
      echo "release $release"
    done
    rm -rf prune.tmp
    # What releases were is a little text: it stays longer than their files.
    find records -type f 2>/dev/null | sort -r | tail -n +31 | while IFS= read -r record; do
      rm -f "$record"
    done
    mounts=$(docker ps -aq --filter "label=com.docker.compose.project=$project" |
      xargs docker inspect --format '{{range .Mounts}}{{println .Source}}{{end}}' 2>/dev/null || :)
    for folder in files/*; do
      if [ ! -d "$folder" ]; then continue; fi
      if grep -qsF -e "/$folder/" releases/*/compose.yaml; then continue; fi
      case $mounts in *"/$folder/"*) continue ;; esac
      rm -rf "$folder"
      echo "files ${folder##*/}"
    done

    """#
}
