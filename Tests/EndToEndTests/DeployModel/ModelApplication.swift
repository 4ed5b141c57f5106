// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What the files of a model's project say at one moment, in memory: its services and settings, and what
// edits make of them. Knows nothing of engines.

/// A project as its files have it.
struct ModelApplication: Sendable {
  var services: [String: ModelService] = [:]
  /// Whether a failed deploy takes itself back.
  var undoes = false
  private var nextVersion = 1
  private var nextName = 0

  /// Names in a fixed order, so that numbers mean the same services each time.
  var names: [String] { services.keys.sorted() }

  /// Services that use the network of another.
  func sharers(of name: String) -> [String] { names.filter { services[$0]?.shares == name } }

  /// Services that cannot work.
  var broken: Set<String> { Set(services.filter { $0.value.health != .good }.keys) }

  /// The Compose file.
  var compose: String {
    var text = "services:\n"
    for name in names { text += services[name]?.compose(name) ?? "" }
    let volumes = Set(services.values.compactMap(\.volume)).sorted()
    if !volumes.isEmpty {
      text += "volumes: { \(volumes.map { "\($0): {}" }.joined(separator: ", ")) }\n"
    }
    if services.values.contains(where: \.hasNetwork) { text += "networks: { extra: {} }\n" }
    return text
  }

  /// `stagecraft.yml` for one project, with the lines that say where it runs.
  func settings(of project: String, environment: String) -> String {
    var text = "project: { name: \(project) }\nenvironments:\n  dev:\n\(environment)"
    text += "    keep_releases: 30\n"
    text += "    rollout: { on_failure: \(undoes ? "rollback" : "stop") }\n"
    let own = names.compactMap { name in services[name]?.settings.map { "  \(name): \($0)\n" } }
    if !own.isEmpty { text += "services:\n" + own.joined() }
    return text
  }

  private mutating func newVersion() -> Int {
    defer { nextVersion += 1 }
    return nextVersion
  }

  private mutating func newName() -> String {
    defer { nextName += 1 }
    return "s\(nextName)"
  }

  /// Makes every service work that does not; says whether there was one.
  @discardableResult
  mutating func mend() -> Bool {
    let ill = broken
    for name in ill.sorted() {
      let version = newVersion()
      services[name]?.health = .good
      services[name]?.version = version
    }
    return !ill.isEmpty
  }

  /// Carries out an edit.
  mutating func edit(_ act: ModelAct) {
    if act.kind == .add { return add(act) }
    if act.kind == .undo { return undoes.toggle() }
    if act.kind == .mend { return _ = mend() }
    let names = self.names
    guard !names.isEmpty else { return }
    let name = names[act.first % names.count]
    guard var service = services[name] else { return }
    let isShared = !sharers(of: name).isEmpty
    switch act.kind {
    case .change: service.version = newVersion()
    case .sick, .crash:
      service.version = newVersion()
      service.health = act.kind == .sick ? .sick : .crashing
    case .strategy:
      if service.shares == nil {
        service.strategy = [nil, .rolling, .recreate][act.second % 3]
      }
    case .replicas:
      if service.shares == nil, !isShared { service.replicas = 1 + act.second % 3 }
    case .volume: service.volume = service.volume ?? "data-\(name)"
    case .network: if service.shares == nil { service.hasNetwork.toggle() }
    case .share: return share(name, act.second)
    case .remove:
      if names.count > 1, !isShared { services[name] = nil }
      return
    case .rename: return rename(name)
    default: return
    }
    services[name] = service
  }

  private mutating func add(_ act: ModelAct) {
    guard services.count < 4 else { return }
    let name = newName()
    var service = ModelService(version: newVersion())
    if act.first % 3 == 0 { service.volume = "data-\(name)" }
    service.strategy = [nil, nil, .rolling, .recreate][act.second % 4]
    services[name] = service
  }

  private mutating func rename(_ name: String) {
    let other = newName()
    services[other] = services[name]
    services[name] = nil
    for sharer in sharers(of: name) { services[sharer]?.shares = other }
  }

  private mutating func share(_ name: String, _ number: Int) {
    guard var service = services[name], sharers(of: name).isEmpty else { return }
    if service.shares != nil {
      service.shares = nil
    } else {
      let others = names.filter { $0 != name && services[$0]?.shares == nil }
      guard !others.isEmpty else { return }
      let other = others[number % others.count]
      service.shares = other
      service.replicas = 1
      service.hasNetwork = false
      service.strategy = nil
      services[other]?.replicas = 1
    }
    services[name] = service
  }
}
