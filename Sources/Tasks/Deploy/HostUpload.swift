// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Lays a release on a host: Compose file, environment, manifest, and the files that services mount.
// Skipped where the host holds a release that is the same to the byte.

package import Cache
package import TaskGraph

/// Lays a release on one host.
package struct HostUpload: HostEffect {
  package typealias Output = UploadedRelease

  package static let kind = "host-upload"
  package static let revision = 1
  /// Up to this size mounted files are sent without asking which of them are there.
  private static let askedFrom = 64 * 1024

  package let id: TaskID
  package let site: HostSite
  /// The name of the folder if one is made; no part of the key.
  package let release: String
  /// The record of the release as the host is to keep it; no part of the key.
  package let record: String
  /// The release whose files are used again; nil where they were rendered.
  package let recalled: String?

  /// Makes a task.
  package init(
    id: TaskID, site: HostSite, release: String, record: String, recalled: String? = nil
  ) {
    self.id = id
    self.site = site
    self.release = release
    self.record = record
    self.recalled = recalled
  }

  package func observed(
    key: Digest, receipt: Ledger.Receipt?, in context: TaskContext
  ) throws(TaskError) -> Observed<UploadedRelease> {
    let desired = try context.output(of: site.desired)
    guard let id = Self.held(desired, try site.facts(in: context), recalled) else {
      return .differs("`\(host.name)` has no release like this")
    }
    return .holds(UploadedRelease(id: id), "`\(host.name)` has it as release `\(id)`")
  }

  /// Hosts keep the files of a release that they go back to.
  package func presumed(in context: TaskContext) -> UploadedRelease? {
    recalled.map { UploadedRelease(id: $0) }
  }

  /// The release on the host that is the same: the one that is recalled, or the one in use, else the
  /// newest.
  package static func held(
    _ desired: DesiredHost, _ facts: HostFacts, _ recalled: String? = nil
  ) -> String? {
    let same = facts.releases.filter { $0.digest == desired.digest }
    if let recalled, same.contains(where: { $0.id == recalled }) { return recalled }
    if let receipt = facts.receipt, same.contains(where: { $0.id == receipt.release }) {
      return receipt.release
    }
    return same.last?.id
  }

  package func run(in context: TaskContext) async throws(TaskError) -> UploadedRelease {
    let desired = try context.output(of: site.desired)
    let facts = try context.output(of: site.facts)
    if desired.compose.isEmpty, let id = Self.held(desired, facts, recalled) {
      return UploadedRelease(id: id)
    }
    guard !desired.compose.isEmpty else {
      throw TaskError(
        .unavailable(host.name), "`\(host.name)` no longer has the files of the release",
        hint: "deploy it again from its sources")
    }
    let archive = ReleaseArchive(desired: desired, record: record, project: host.composeProject)
    var bytes = try archive.bytes(isMissing: { _ in true }, in: context)
    if bytes.count > Self.askedFrom, !desired.files.isEmpty {
      let units = Set(desired.files.compactMap(ReleaseArchive.unit(of:))).sorted()
      let answer = try await perform(
        HostScript.missingFiles, [host.directory] + units,
        action: "looking for mounted files", in: context)
      let missing = Set(answer.all("missing"))
      if missing.count < units.count {
        bytes = try archive.bytes(isMissing: missing.contains, in: context)
      }
    }
    let answer = try await perform(
      HostScript.upload, [host.directory, release], input: bytes,
      action: "uploading the release", in: context)
    if let user = answer["unwritable"] { throw unwritable(by: user) }
    guard answer["uploaded"] == release else {
      throw TaskError(
        .unexpectedAnswer(host.name), "`\(host.name)` did not confirm the uploaded release",
        hint: "run it again; if that does not help, see whether its disk is full")
    }
    return UploadedRelease(id: release)
  }

  private func unwritable(by user: String) -> TaskError {
    let folder = Command.quoted(host.directory)
    return TaskError(
      .unavailable(host.name),
      "`\(user)` may not write to `\(host.directory)` on `\(host.name)`",
      hint: "run there once: sudo install -d -m 0700 -o \(Command.quoted(user)) \(folder)")
  }
}
