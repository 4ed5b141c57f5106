// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The names that a shell offers for an argument: those of the project's file, its Compose file, and
// the records of past runs. Reads a few files and asks nobody; where there is no project, it has none.

import ArgumentParser
import Cache
import Planning
import SystemPackage

/// The project that a command line is about, for its names.
struct CompletionValues: Sendable {
  private let place: Place
  private let project: Project

  /// The project of the folder that the shell is in, or of the `--config` among `words`.
  ///
  /// nil where there is none, or none that can be read: a shell is told nothing then.
  private init?(_ words: [String]) {
    do {
      let config = words.indices.dropLast().first { ["-c", "--config"].contains(words[$0]) }
      place = try Place(
        config: config.map { words[$0 + 1] } ?? ProcessVariables.value("STAGECRAFT_CONFIG"))
      let source = try ProjectLocator.read(place.location)
      guard let project = ProjectReader.read(file: source).project else { return nil }
      self.project = project
    } catch {
      return nil
    }
  }

  /// Names that `list` finds in the project.
  private static func names(
    _ list: @escaping @Sendable (CompletionValues) -> [String]
  ) -> CompletionKind {
    .custom { words, _, _ in CompletionValues(words).map(list) ?? [] }
  }

  /// The same for a list that is separated by commas: the last name of it is completed.
  private static func listed(
    _ list: @escaping @Sendable (CompletionValues) -> [String]
  ) -> CompletionKind {
    .custom { words, _, prefix in
      let before = prefix.lastIndex(of: ",").map { String(prefix[...$0]) } ?? ""
      let taken = before.split(separator: ",").map(String.init)
      return (CompletionValues(words).map(list) ?? []).filter { !taken.contains($0) }
        .map { before + $0 }
    }
  }

  // MARK: what is offered

  static let environments = names { $0.project.environments.map(\.name) }
  static let tasks = names { $0.project.tasks.map(\.name) }
  static let services = names(\.services)
  static let serviceList = listed(\.services)
  static let hostList = listed(\.hosts)
  static let roleList = listed { values in
    values.unique(values.roles.flatMap(\.roleNames))
  }
  static let databases = names { $0.project.databases(in: nil).map(\.name) }
  static let releases = names(\.releases)
  /// Tasks of the project, those that ran before, and hosts.
  static let explained = names { values in
    values.unique(
      values.project.tasks.map(\.name) + values.recorded + values.hosts.map { "host/\($0)" })
  }
  /// The goals of `plan`, then what they take.
  static let goals = CompletionKind.custom { words, _, _ in
    guard let goal = words.dropFirst(2).first(where: { !$0.hasPrefix("-") }) else {
      return PlanWord.allCases.map(\.rawValue)
    }
    let values = CompletionValues(words)
    switch PlanWord(rawValue: goal) {
    case .build: return values?.services ?? []
    case .run: return values?.project.tasks.map(\.name) ?? []
    default: return PlanWord.allCases.map(\.rawValue)
    }
  }

  private enum PlanWord: String, CaseIterable {
    case build, run, deploy, rollback, affected
  }

  // MARK: where names are found

  private var roles: [HostRoles] {
    ([project.hosts] + project.environments.map(\.hosts)).compactMap(\.self)
  }

  private var hosts: [String] { unique(roles.flatMap(\.hostNames)) }

  /// Services of the Compose file as it stands, and of the project's own.
  private var services: [String] {
    let own = project.services.map(\.name) + (project.backend.map { [$0.service] } ?? [])
    let root = place.location.root
    do {
      let files = try ProjectLocator.composeFiles(root: root, named: project.compose)
      let found = try files.files.flatMap { file in
        try FileSystem.read(root.pushing(FilePath(file)))
          .map { ComposeOverview(file: file, $0).services } ?? []
      }
      return unique(found + own)
    } catch {
      return own
    }
  }

  private var releases: [String] {
    let history = ReleaseHistory(
      layout: StateLayout(projectRoot: place.location.root), variables: place.environment)
    do {
      return try history.records().map(\.id).reversed()
    } catch {
      return []
    }
  }

  private var recorded: [String] {
    TaskIndex.load(StateLayout(projectRoot: place.location.root).taskIndex).tasks
  }

  private func unique(_ names: [String]) -> [String] {
    var seen: Set<String> = []
    return names.filter { seen.insert($0).inserted }
  }
}
