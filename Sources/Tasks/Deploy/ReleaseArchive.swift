// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Packs a release for a host: its own files and the files that services mount. Reads the project's
// files; sends nothing.

import Cache
import SystemPackage
import TaskGraph

/// A release as one archive in memory.
struct ReleaseArchive: Sendable {
  let desired: DesiredHost
  let project: String

  /// The bytes of what was packed, with the record of the release as JSON where there is one.
  ///
  /// What a release is called is known later than what is in it.
  static func bytes(of packed: TarArchive, record: String) -> [UInt8] {
    var tar = packed
    // Names that are ours fit.
    if !record.isEmpty { _ = tar.addFile("release/record.json", Array(record.utf8)) }
    // The last of all: what arrives without it was cut off.
    _ = tar.addFile("complete", [])
    return tar.bytes
  }

  /// All but the record, with the files whose units `isMissing` says yes to.
  func packed(
    isMissing: (String) -> Bool, in context: TaskContext
  ) throws(TaskError) -> TarArchive {
    var tar = TarArchive()
    var unfit: String?
    func check(_ name: String, _ fits: Bool) { if !fits { unfit = unfit ?? name } }
    check("release", tar.addDirectory("release"))
    let files: [(name: String, bytes: [UInt8])] = [
      ("compose.yaml", Array(desired.compose.utf8)), ("env", desired.environment),
      ("host.json", Array(desired.manifest.json.utf8)),
    ]
    for file in files where !file.bytes.isEmpty || file.name == "env" {
      check(file.name, tar.addFile("release/" + file.name, file.bytes))
    }
    let wrapper = Array(HostScript.wrapper(project: project).utf8)
    check("compose", tar.addFile("compose", wrapper, mode: 0o700))
    check("files", tar.addDirectory("files"))
    var made: Set<String> = []
    for file in desired.files {
      guard let unit = Self.unit(of: file), isMissing(unit) else { continue }
      guard made.insert(file.remotePath).inserted else { continue }
      let parts = file.remotePath.split(separator: "/")
      for count in 2..<parts.count {
        let folder = parts.prefix(count).joined(separator: "/")
        // What is in a mounted folder is readable by whoever runs in the container.
        if made.insert(folder).inserted {
          check(file.path, tar.addDirectory(folder, mode: count == 2 ? 0o700 : 0o755))
        }
      }
      let content = try read(context.root.appending(file.path), file.path)
      check(file.path, tar.addFile(file.remotePath, content, mode: file.mode))
    }
    if let unfit {
      throw TaskError(
        .input, "the path of `\(unfit)`, which a service mounts, is too long to be sent",
        hint: "give it a name of at most 100 bytes, in a folder that is not too deep")
    }
    return tar
  }

  /// What is moved into place as a whole, below `files/`: a digest and a name.
  static func unit(of file: ReleasedFile) -> String? {
    let parts = file.remotePath.split(separator: "/")
    guard parts.count >= 3, parts[0] == "files", !parts.contains("..") else { return nil }
    return parts[1...2].joined(separator: "/")
  }

  private func read(_ path: FilePath, _ name: String) throws(TaskError) -> [UInt8] {
    do throws(CacheError) {
      if let bytes = try FileSystem.read(path) { return bytes }
    } catch {
      throw TaskError(error)
    }
    throw TaskError(
      .fileMissing(name), "`\(name)`, which a service mounts, is not there",
      hint: "create it, or take it out of the Compose file")
  }
}
