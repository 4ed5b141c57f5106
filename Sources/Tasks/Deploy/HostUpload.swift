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
  /// The record of the release as the host is to keep it, once it is known what the release is called;
  /// no part of the key.
  package let record: @Sendable (ReleaseName) -> String
  /// What is used again of earlier releases; nil where files were rendered.
  package let recalled: HostComposition?
  /// What the application may be called there, where data of it under another name is to be found; nil
  /// where nobody asks.
  private let names: ApplicationNames?

  /// Makes a task.
  package init(
    id: TaskID, site: HostSite, record: @escaping @Sendable (ReleaseName) -> String = { _ in "" },
    recalled: HostComposition? = nil, names: ApplicationNames? = nil
  ) {
    self.names = names
    self.id = id
    self.site = site
    self.record = record
    self.recalled = recalled
  }

  package func observed(
    key: Digest, receipt: Ledger.Receipt?, in context: TaskContext
  ) throws(TaskError) -> Observed<UploadedRelease> {
    let desired = try context.output(of: site.desired)
    let facts = try site.facts(in: context)
    // It comes before all that changes something there.
    if let error = HostLack(desired, facts, leaving: site.leaving)?.error { throw error }
    if let names,
      let error = DataBeside(
        desired: desired, facts: facts, project: host.composeProject, names: names
      ).error
    {
      throw error
    }
    guard let id = Self.held(desired, facts, recalled) else {
      return .differs("`\(host.name)` has no release like this")
    }
    return .holds(UploadedRelease(id: id), "`\(host.name)` has it as release `\(id)`")
  }

  /// Hosts keep the files of a release that they go back to.
  package func presumed(in context: TaskContext) -> UploadedRelease? {
    recalled.map { UploadedRelease(id: $0.main) }
  }

  /// The folder on the host that has all of it: of what is recalled the main one, else one that is the
  /// same to the byte, the one in use before the newest.
  package static func held(
    _ desired: DesiredHost, _ facts: HostFacts, _ recalled: HostComposition? = nil
  ) -> String? {
    let whole = facts.releases.filter { !$0.digest.isEmpty }
    if let recalled {
      let there = Set(whole.map(\.id))
      return recalled.needed.allSatisfy(there.contains) ? recalled.main : nil
    }
    let same = whole.filter { $0.digest == desired.digest }
    if let receipt = facts.receipt, same.contains(where: { $0.id == receipt.folder }) {
      return receipt.folder
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
    // What cannot be packed is told before anybody is kept away.
    let archive = ReleaseArchive(desired: desired, project: host.composeProject)
    let whole = try archive.packed(isMissing: { _ in true }, in: context)
    let name = try await site.releaseName(in: context)
    let release = name.id
    var bytes = ReleaseArchive.bytes(of: whole, record: record(name))
    if bytes.count > Self.askedFrom, !desired.files.isEmpty {
      let units = Set(desired.files.compactMap(ReleaseArchive.unit(of:))).sorted()
      let answer = try await perform(
        HostScript.missingFiles, [host.directory] + units,
        action: "looking for mounted files", in: context)
      let missing = Set(answer.all("missing"))
      if missing.count < units.count {
        bytes = ReleaseArchive.bytes(
          of: try archive.packed(isMissing: missing.contains, in: context), record: record(name))
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
