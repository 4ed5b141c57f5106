// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Brings one image from the operator's engine to one host without a registry: an archive with only
// the layers that the host lacks, compressed, through the connection that everything else uses.

package import Cache
import SystemPackage
package import TaskGraph

/// Sends the image of a service to one host.
package struct ImageTransfer: HostEffect {
  package typealias Output = Applied

  package static let kind = "image-transfer"
  package static let revision = 1

  package let id: TaskID
  package let site: HostSite
  /// What is sent.
  package let image: TaskRef<BuiltImage>

  /// Makes a task.
  package init(
    id: TaskID, site: HostSite, image: TaskRef<BuiltImage>
  ) {
    self.id = id
    self.site = site
    self.image = image
  }

  /// Which image it is follows from what it waits for.
  package func describe(
    into manifest: inout Manifest, in context: TaskContext
  ) async throws(TaskError) {
    describeHost(into: &manifest)
  }

  package func isDecided(in context: TaskContext) -> Bool { context.settled(image) != nil }

  package func observed(
    key: Digest, receipt: Ledger.Receipt?, in context: TaskContext
  ) throws(TaskError) -> Observed<Applied> {
    let image = try context.output(of: image).id
    if host.reach == .local { return .holds(Applied([image]), "it was built by this engine") }
    guard ImagePresence.has(image, try site.facts(in: context)) else {
      return .differs("`\(host.name)` does not have it")
    }
    return .holds(Applied([image]), "`\(host.name)` has it")
  }

  package func run(in context: TaskContext) async throws(TaskError) -> Applied {
    let built = try context.output(of: image)
    let image = built.id
    if host.reach == .local { return Applied([image]) }
    let name = "`\(built.references.first ?? image)`"
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
      if let free = answer["free"].flatMap(Int64.init) { facts.freeBytes = free * 1024 }
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
    return Applied([image])
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
    let bytes = Int64(packed.split(whereSeparator: \.isWhitespace).last.map(String.init) ?? "") ?? 0
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
      HostScript.load, on: host, since: try context.output(of: site.facts).receipt, in: context)
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
