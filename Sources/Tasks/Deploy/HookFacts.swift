// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What a hook is told of the run that it belongs to: variables for a shell, and the same with more of it
// as JSON. Holds no secret and no value of a variable.

import TaskGraph

/// What hooks are told of the run that they belong to.
package struct HookFacts: Sendable {
  /// The release that the run makes.
  package struct Release: Sendable, Hashable {
    package let id: String
    /// The release that the hosts ran before; nil where there was none.
    package let previous: String?
    /// The version; empty where there is none.
    package let version: String
    /// The commit; empty where there is none.
    package let commit: String
    /// The commit of `previous`; nil where that is not known here.
    package let previousCommit: String?

    /// Makes a value.
    package init(
      id: String, previous: String?, version: String, commit: String, previousCommit: String?
    ) {
      self.id = id
      self.previous = previous
      self.version = version
      self.commit = commit
      self.previousCommit = previousCommit
    }
  }

  /// How far the hosts are.
  package enum Status: String, Sendable, Hashable {
    /// What is new is not on all hosts yet.
    case running
    /// Every host has what it was to get.
    case done
  }

  /// `deploy`, `rollback`, `undo` or `migrate`.
  package let kind: String
  /// The environment; empty where there is none.
  package let environment: String
  /// Who runs it: `user@machine`.
  package let by: String
  /// The lock that hosts are held by, so that a hook may call this program; nil for none.
  package let token: String?
  /// The release of a name; nil where the run makes none.
  package let release: (@Sendable (ReleaseName) -> Release)?

  /// Makes a value.
  package init(
    kind: String, environment: String, by: String, token: String? = nil,
    release: (@Sendable (ReleaseName) -> Release)? = nil
  ) {
    self.kind = kind
    self.environment = environment
    self.by = by
    self.token = token
    self.release = release
  }

  /// One host as a hook is told of it.
  struct Host: Hashable {
    let name: String
    /// The services of it that are changed.
    let services: [String]
    let images: [String: String]
  }

  /// All that one hook is told.
  struct Told {
    var facts: HookFacts
    var status: Status
    var release: Release?
    /// The hosts that are changed.
    var hosts: [Host] = []
    var database: String?

    /// The variables; names are joined by spaces.
    var variables: [String: String] {
      var found = [
        "STAGECRAFT_ENV": facts.environment, "STAGECRAFT_KIND": facts.kind,
        "STAGECRAFT_BY": facts.by, "STAGECRAFT_STATUS": status.rawValue,
        "STAGECRAFT_HOSTS": hosts.map(\.name).joined(separator: " "),
        "STAGECRAFT_SERVICES": services.joined(separator: " "),
      ]
      found[Lease.variable] = facts.token
      found["STAGECRAFT_DATABASE"] = database
      guard let release else { return found }
      found["STAGECRAFT_RELEASE"] = release.id
      found["STAGECRAFT_PREVIOUS_RELEASE"] = release.previous ?? ""
      found["STAGECRAFT_VERSION"] = release.version
      found["STAGECRAFT_COMMIT"] = release.commit
      found["STAGECRAFT_PREVIOUS_COMMIT"] = release.previousCommit ?? ""
      return found
    }

    private static func nonempty(_ text: String?) -> String? {
      text.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The services that are changed on any host, by name.
    private var services: [String] { Set(hosts.flatMap(\.services)).sorted() }

    /// The content of the file that `STAGECRAFT_DATA` names.
    var json: [UInt8] {
      var writer = JSONWriter(.pretty)
      writer.object { writer in
        writer.member("schema", "hook/1")
        writer.member("kind", facts.kind)
        writer.member("environment", facts.environment)
        writer.member("by", facts.by)
        writer.member("status", status.rawValue)
        writer.member("release", release?.id)
        writer.member("previous_release", release?.previous)
        writer.member("version", Self.nonempty(release?.version))
        writer.member("commit", Self.nonempty(release?.commit))
        writer.member("previous_commit", Self.nonempty(release?.previousCommit))
        writer.member("database", database)
        writer.member("services", list: services)
        writer.key("hosts")
        writer.array { writer in
          for host in hosts {
            writer.object { writer in
              writer.member("name", host.name)
              writer.member("status", status.rawValue)
              writer.member("services", list: host.services)
              writer.key("images")
              writer.object { writer in
                for (service, image) in host.images.sorted(by: { $0.key < $1.key }) {
                  writer.member(service, image)
                }
              }
            }
          }
        }
      }
      writer.endLine()
      return writer.takeBytes()
    }
  }
}
