// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What a person asks for with `deploy` and `rollback`, as values. Names only; whether they exist is
// found out later.

/// A deploy that was asked for.
package struct DeployRequest: Sendable, Hashable {
  /// The services, hosts and roles that it is limited to.
  package var selection: DeploySelection
  /// The version that images are named after; nil for the commit.
  package var version: String?
  /// Services or images whose names are looked up anew, as globs; none where what runs is kept.
  package var updates: [String]
  /// Whether volumes may be made though data of the application lies under another name.
  package var allowsNewVolumes: Bool
  /// Whether what another deployment runs under this name is taken over.
  package var adopts: Bool
  /// Whether it goes on with other hosts however many fail.
  package var keepsGoing: Bool

  /// Makes a request.
  package init(
    selection: DeploySelection, version: String? = nil, updates: [String] = [],
    allowsNewVolumes: Bool = false, adopts: Bool = false, keepsGoing: Bool = false
  ) {
    self.adopts = adopts
    self.allowsNewVolumes = allowsNewVolumes
    self.selection = selection
    self.version = version
    self.updates = updates
    self.keepsGoing = keepsGoing
  }

  /// As a person would say it.
  package var text: String {
    let asked = updates.flatMap { $0 == "*" ? ["--update-images"] : ["--update-images", $0] }
    let volumes = (allowsNewVolumes ? ["--new-volumes"] : []) + (adopts ? ["--adopt"] : [])
    return (["deploy"] + selection.words + asked + volumes).joined(separator: " ")
  }
}

/// A rollback that was asked for.
package struct RollbackRequest: Sendable, Hashable {
  package var target: RollbackTarget.Choice
  /// The hosts that it is limited to; services and roles are whole.
  package var hosts: [String]
  /// Whether it goes on with other hosts however many fail.
  package var keepsGoing: Bool

  /// Makes a request.
  package init(target: RollbackTarget.Choice, hosts: [String] = [], keepsGoing: Bool = false) {
    self.target = target
    self.hosts = hosts
    self.keepsGoing = keepsGoing
  }

  /// As a person would say it.
  package var text: String {
    let words =
      switch target {
      case .previous: ["rollback", "--to-previous"]
      case .release(let id): ["rollback", "--to-release", id]
      case .version(let version): ["rollback", "--to-version", version]
      }
    return (words + (hosts.isEmpty ? [] : ["--hosts", hosts.joined(separator: ",")]))
      .joined(separator: " ")
  }
}

extension DeploySelection {
  /// The flags that say so.
  var words: [String] {
    [("--services", services), ("--hosts", hosts), ("--roles", roles)].flatMap { flag, names in
      names.isEmpty ? [] : [flag, names.joined(separator: ",")]
    }
  }
}
