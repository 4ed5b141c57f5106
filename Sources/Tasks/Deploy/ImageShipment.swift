// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Brings one image from the operator's engine to one host without a registry: an archive with only
// the layers that the host lacks, compressed, through the connection that everything else uses.

import SystemPackage
import TaskGraph

extension HostEffect {
  /// Sends the image of an id to the host where it is not there yet; `name` is what people call it.
  func ship(
    _ image: String, called name: String, in context: TaskContext
  ) async throws(TaskError) {
    let name = "`\(name)`"
    guard let layers = try await ImageLayers.local(image, in: context) else {
      throw TaskError(
        .unavailable("engine"),
        "`\(host.name)` lacks the image \(name), and so does the engine of this machine",
        hint: "build it, or deploy from the machine that built it")
    }
    let answer = try await perform(
      HostScript.layers, [image], action: "asking for images", in: context)
    if answer["present"] == nil {
      let present = layers.count(in: ImageLayers.chains(of: answer))
      var facts = try context.output(of: site.facts)
      if let free = answer["free"].flatMap(HostNumber.bytes(kibibytes:)) { facts.freeBytes = free }
      if let error = DiskSpace.refusal(
        of: name, size: layers.size(above: present), on: facts)
      {
        throw error
      }
      // Some engines want every layer, even one that they have: those get all of them.
      let isComplete = try await send(image, name, layers, leavingOut: present, in: context)
      if !isComplete, present > 0 {
        context.log("the engine of `\(host.name)` did not take a part of the image")
        _ = try await send(image, name, layers, leavingOut: 0, in: context)
      }
    }
    guard try await isThere(image, in: context) else {
      throw TaskError(
        .unavailable(host.name), "`\(image)` was sent, but the engine of `\(host.name)` lacks it",
        hint: "look at its free disk and at the log of its engine, then run this again")
    }
  }

  private func isThere(_ image: String, in context: TaskContext) async throws(TaskError) -> Bool {
    let digits = image.dropFirst("sha256:".count).prefix(12)
    let name = "\(host.composeProject)/built:\(digits)"
    let answer = try await perform(
      HostScript.verify, [image, name], action: "looking for `\(image)`", in: context)
    return answer["present"] == image
  }

  /// Sends the image without its lowest `present` layers; whether the host has it then.
  private func send(
    _ image: String, _ name: String, _ layers: ImageLayers, leavingOut present: Int,
    in context: TaskContext
  ) async throws(TaskError) -> Bool {
    let archive = context.temporaryFile("image.tar.gz")
    let folder = context.temporaryFile("image")
    defer { context.removeTemporaryFile(archive) }
    // The same content may stand in a chain more than once.
    let needed = Set(layers.ids.dropFirst(present))
    let left = Set(layers.ids.prefix(present)).subtracting(needed).sorted()
    let docker = DockerCLI(in: context)
    let packed = try await context.capture(
      docker.pack(image, without: left, folder: folder, archive: archive))
    let bytes = HostNumber.read(packed.split(whereSeparator: \.isWhitespace).last ?? "") ?? 0
    context.log(
      "sending \(layers.ids.count - present) of \(layers.ids.count) layers of \(name) to "
        + "`\(host.name)`: \(DiskSpace.text(bytes))")
    do throws(TaskError) {
      try await load(archive, in: context)
    } catch {
      guard present > 0, case .exited = error.code else { throw error }
      return false
    }
    return present == 0 ? true : try await isThere(image, in: context)
  }

  /// Streams an archive from a file of this machine into the engine of the host.
  private func load(_ archive: String, in context: TaskContext) async throws(TaskError) {
    guard let lease = site.lease else {
      throw TaskError(.invariant, "`\(id)` would change `\(host.name)` without the right to")
    }
    _ = try await lease.pipe(
      from: Command(
        "cat", [archive], directory: "/", environment: DockerCLI(in: context).environment),
      HostScript.load, on: host, since: try context.output(of: site.facts).applied, in: context)
  }
}

extension DockerCLI {
  /// The layers of an image and its size, separated by spaces.
  func layers(of image: String) -> Command {
    docker([
      "image", "inspect", "--format", "{{range .RootFS.Layers}}{{.}} {{end}}{{.Size}}", image,
    ])
  }

  /// The bytes that each step of an image added, a line each, newest first.
  func history(of image: String) -> Command {
    docker(["image", "history", "--no-trunc", "--human=false", "--format", "{{.Size}}", image])
  }

  /// Writes an image without some of its layers into a compressed archive; prints its size in bytes.
  ///
  /// Engines of before 25 name the layers otherwise; then none is left out.
  func pack(
    _ image: String, without layers: [String], folder: String, archive: String
  ) -> Command {
    let script = #"""
      set -eu
      image=$1 folder=$2 archive=$3
      shift 3
      trap 'rm -rf "$folder"' EXIT
      mkdir "$folder"
      { docker image save "$image" || echo failed >"$archive.failed"; } | tar -xf - -C "$folder" "$@"
      if [ -e "$archive.failed" ]; then rm -f "$archive.failed"; exit 1; fi
      test -f "$folder/manifest.json"
      tar -cf - -C "$folder" . | gzip -1 >"$archive"
      wc -c <"$archive"
      """#
    return Command(
      "/bin/sh",
      ["-c", script, "stagecraft", image, folder, archive]
        + layers.map { "--exclude=blobs/sha256/" + $0.dropFirst("sha256:".count) },
      directory: directory, environment: environment)
  }
}
