// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What a host has after a run, service by service, from what it had before and from how the run's steps
// ended. Pure; the host's own receipts say the same, and this is what the record of a release keeps.

import Cache
package import TaskGraph
package import Tasks

/// What a run left on one host.
package struct HostAftermath: Sendable {
  /// The folder that each service runs from.
  package let folders: [String: String]
  /// What each service runs; services whose image is not known are missing.
  package let images: [String: String]
  /// Services that the run began to change there, whether it got through or not; removed ones among
  /// them.
  package let touched: Set<String>
  /// Whether every service was applied there before as it is to be now.
  package let isSame: Bool

  /// What is left on a host of which these are the facts before the run.
  ///
  /// `desired` and `laid` are missing where the run did not come so far. Of services that are not wanted
  /// it takes away those in `removable`, nil for all.
  package init(
    of facts: HostFacts, desired: DesiredHost?, laid: UploadedRelease?,
    removable: Set<String>? = nil, in report: RunReport
  ) {
    var steps: [String: [Outcome]] = [:]
    var orphans: Outcome?
    for entry in report.entries {
      guard let step = DeployStep(entry.id), step.host == facts.host else { continue }
      if step.name == "orphans" { orphans = entry.outcome }
      if let service = step.service { steps[service, default: []].append(entry.outcome) }
    }
    var folders: [String: String] = [:]
    var images: [String: String] = [:]
    var touched: Set<String> = []
    for (name, receipt) in facts.services {
      let isWanted = desired?.service(name) != nil
      if !isWanted, removable?.contains(name) ?? true, let orphans, orphans.isDone {
        if case .executed = orphans { touched.insert(name) }
        continue
      }
      folders[name] = receipt.folder
      if facts.manifest?.specs[name] == receipt.spec {
        images[name] = facts.manifest?.services.first { $0.name == name }?.image
      }
    }
    for (name, outcomes) in steps {
      if outcomes.contains(where: \.hasBegun) { touched.insert(name) }
      guard outcomes.allSatisfy(\.isDone), let desired, let laid else { continue }
      images[name] = desired.service(name)?.image
      // Another number of containers is no other spec, but comes from this release as well.
      let isChanged = outcomes.contains { if case .executed = $0 { true } else { false } }
      if isChanged || facts.services[name]?.spec != desired.specs[name] {
        folders[name] = desired.folder(of: name, laid: laid)
      }
    }
    self.folders = folders
    self.images = images
    self.touched = touched
    isSame =
      desired.map { desired in
        Set(desired.specs.keys) == Set(facts.services.keys)
          && desired.specs.allSatisfy { facts.services[$0.key]?.spec == $0.value }
      } ?? false
  }
}

extension Outcome {
  /// Whether the task came to its end well.
  fileprivate var isDone: Bool {
    switch self {
    case .executed, .reused: true
    case .failed, .skipped, .cancelled: false
    }
  }

  /// Whether it may have changed something.
  fileprivate var hasBegun: Bool {
    switch self {
    case .executed, .failed, .cancelled: true
    case .reused, .skipped: false
    }
  }
}
