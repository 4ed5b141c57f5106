// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What all effects on hosts have in common: they decide from facts, act by one script under the lease,
// and turn its answer into an output or an error. Knows no script.

package import Cache
package import TaskGraph

/// An effect on one host.
package protocol HostEffect: EffectTask {
  /// The host, what it is to run, what it says of itself, and the right to change it.
  var site: HostSite { get }
}

/// An effect on one service of one host.
package protocol ServiceEffect: HostEffect {
  /// The Compose service.
  var service: String { get }
  /// The folder that Compose runs in.
  var upload: TaskRef<UploadedRelease> { get }
}

extension HostEffect {
  package func describe(
    into manifest: inout Manifest, in context: TaskContext
  ) async throws(TaskError) {
    describeHost(into: &manifest)
    try describeDesired(into: &manifest, in: context)
  }

  package func isDecided(in context: TaskContext) -> Bool {
    context.assumed(site.desired)?.unsettled.isEmpty == true
  }

  /// Adds what the host is to be, for steps that follow from all of it.
  func describeDesired(
    into manifest: inout Manifest, in context: TaskContext
  ) throws(TaskError) {
    let desired = try context.output(of: site.desired)
    manifest.add(
      .setting, "desired",
      desired.unsettled.isEmpty ? desired.fingerprint.hex : Manifest.unknown)
  }

  /// The host.
  var host: Host { site.host }

  /// Adds what every effect on this host depends on.
  func describeHost(into manifest: inout Manifest) {
    manifest.add(.argument, "host", host.name)
    manifest.add(.argument, "directory", host.directory)
    manifest.add(.argument, "project", host.composeProject)
  }

  /// Runs a script on the host and reads its answer; `action` says in an error what failed.
  ///
  /// With `limit`, the seconds that it takes at most by what it was asked to wait for, the script goes on
  /// on the host whatever becomes of this run; without, it ends with its connection.
  func perform(
    _ script: String, _ arguments: [String], input: [UInt8]? = nil, action: String,
    within limit: Int? = nil, in context: TaskContext
  ) async throws(TaskError) -> ScriptAnswer {
    let step = limit.map { HostStep(action, within: $0 + HostStep.ofEngine) }
    do throws(TaskError) {
      return ScriptAnswer(
        try await site.change(script, arguments, input: input, as: step, in: context))
    } catch {
      guard case .exited = error.code else { throw error }
      throw TaskError(
        error.code, "\(action) on `\(host.name)` failed", hint: error.hint, logTail: error.logTail)
    }
  }
}

extension HostStep {
  /// What an engine takes beside all waiting: seconds.
  static let ofEngine = 30
}

extension ServiceEffect {
  package func describe(
    into manifest: inout Manifest, in context: TaskContext
  ) async throws(TaskError) {
    try describeService(into: &manifest, in: context)
    let desired = try context.output(of: site.desired)
    manifest.add(
      .setting, "desired",
      desired.unsettled.contains(service)
        ? Manifest.unknown : desired.fingerprint(of: service).hex)
  }

  package func isDecided(in context: TaskContext) -> Bool {
    context.assumed(site.desired)?.unsettled.contains(service) == false
  }

  /// Adds the host and the service.
  func describeService(
    into manifest: inout Manifest, in context: TaskContext
  ) throws(TaskError) {
    describeHost(into: &manifest)
    manifest.add(.argument, "service", service)
  }

  /// The service as the facts show it.
  func view(in context: TaskContext) throws(TaskError) -> ServiceView {
    try ServiceView(
      service, desired: try context.output(of: site.desired),
      facts: try context.output(of: site.facts), leaving: site.leaving)
  }

  /// The arguments that the scripts of services begin with.
  func arguments(
    _ more: [String], in context: TaskContext
  ) throws(TaskError) -> [String] {
    let folder = try context.output(of: site.desired)
      .folder(of: service, laid: try context.output(of: upload))
    return [host.directory, host.composeProject, folder, service] + more
  }
}
