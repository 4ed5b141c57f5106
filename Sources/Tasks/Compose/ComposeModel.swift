// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What this program needs of a Compose application, as Compose itself resolved it: all services of all
// profiles, and which of them run. Holds nothing secret, for it is stored.

package import Cache
package import TaskGraph

/// A Compose application.
package struct ComposeModel: Storable, Hashable {
  /// Of all profiles; sorted by name.
  package let services: [ComposeService]
  /// Keys below `build:` that have no equivalent in a build of ours, as `service.key`.
  package let unsupported: [String]

  /// Makes a model.
  package init(services: [ComposeService], unsupported: [String] = []) {
    self.services = services.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    self.unsupported = unsupported
  }

  package func write(to writer: inout RecordWriter) {
    writer.write(services)
    writer.write(unsupported)
  }

  package init(from reader: inout RecordReader) throws(RecordError) {
    services = try reader.readList()
    unsupported = try reader.readList()
  }

  /// The service of that name.
  package func service(_ name: String) -> ComposeService? { services.first { $0.name == name } }

  /// The profiles that a value of `COMPOSE_PROFILES` makes active.
  package static func profiles(in value: String?) -> Set<String> {
    let names = (value ?? "").split(separator: ",").map { name in
      String(name.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
    return Set(names.filter { !$0.isEmpty })
  }

  /// The services that run with these profiles active, sorted by name; `*` stands for all profiles.
  ///
  /// Throws where one of them needs a service that does not run.
  package func services(
    withProfiles active: Set<String>
  ) throws(TaskError) -> [ComposeService] {
    func runs(_ service: ComposeService) -> Bool {
      service.profiles.isEmpty || active.contains("*")
        || service.profiles.contains { active.contains($0) }
    }
    let running = services.filter(runs)
    for service in running {
      for dependency in service.dependencies where dependency.isRequired {
        guard let other = self.service(dependency.service), !runs(other) else { continue }
        let names = other.profiles.map { "`\($0)`" }.joined(separator: " or ")
        let noun = other.profiles.count == 1 ? "profile" : "profiles"
        throw TaskError(
          .input,
          "service `\(service.name)` depends on `\(other.name)`, whose \(noun) \(names) "
            + "\(other.profiles.count == 1 ? "is" : "are") not active",
          hint: "add \(names) to `COMPOSE_PROFILES`, or say `required: false` in `depends_on`")
      }
    }
    return running
  }

  /// Whether another service waits for the end of this one.
  package func isAwaited(_ name: String) -> Bool {
    services.contains { service in
      service.dependencies.contains { $0.service == name && $0.condition == .completed }
    }
  }
}
