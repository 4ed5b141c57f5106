// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The path on which nothing is to be done: proves from one file that everything a run read is as it
// was, without reading the project. What it cannot prove is left to a run.

package import Cache
package import SystemPackage
package import TaskGraph

/// Proves that a goal needs nothing.
package struct UpToDateProof: Sendable {
  private let root: FilePath
  private let file: FilePath
  private let tool: Digest
  private let goal: Digest

  /// A proof for one goal in one project.
  ///
  /// `settings` is everything beside files and variables that decides what a run does: the
  /// environment's name, the version, the salt.
  package init(root: FilePath, configuration: FilePath, goal: Goal, settings: [String]) {
    self.root = root
    var name = DigestBuilder()
    name.frame(goal.text)
    name.frame(configuration.string)
    var whole = DigestBuilder()
    whole.frame(goal.text)
    whole.frame(configuration.string)
    for setting in settings { whole.frame(setting) }
    self.goal = whole.finalize()
    // One file a goal: another version or environment takes the place of the last.
    file = StateLayout(projectRoot: root).traces.appending(name.finalize().hex + ".idx")
    tool = Self.program
  }

  /// What this program is: the identity of its own file.
  ///
  /// Another build of it proves anew.
  private static var program: Digest {
    #if os(Linux)
      let path = "/proc/self/exe"
    #else
      let path = CommandLine.arguments.first ?? ""
    #endif
    var writer = RecordWriter()
    FilePath(path).resolved.flatMap { FileIdentity($0) }?.write(to: &writer)
    writer.write(Manifest.formatVersion)
    return Digest.of(writer.bytes)
  }

  /// What stood at the end of the run that proved it; nil where something changed or cannot be told.
  package func holds(
    environment: [String: String], ask: (VerifyingTrace.Observation) async -> Digest?
  ) async -> [UInt8]? {
    let verdict = VerifyingTrace.check(file, root: root, tool: tool, goal: goal) { name in
      environment[name].map { Digest.of($0) }
    }
    guard case .valid(let observations, let summary) = verdict else { return nil }
    for observation in observations {
      guard await ask(observation) == observation.digest else { return nil }
    }
    return summary
  }

  /// Records that a run found everything done.
  package func record(
    _ proof: RunResult.Proof, reads: [String: FileIdentity?], environment: [String: String],
    summary: [UInt8]
  ) throws(CacheError) {
    var trace = VerifyingTrace(tool: tool, goal: goal)
    for (path, identity) in reads { trace.expect(path: path, identity: identity) }
    for (path, identity) in proof.reads.files { trace.expect(path: path, identity: identity) }
    for name in proof.reads.variables.keys {
      // The process's own value: the environment's file is a file like any other.
      trace.expect(variable: name, value: environment[name].map { Digest.of($0) })
    }
    for observation in proof.observations { trace.expect(observation) }
    trace.summary = summary
    try trace.write(to: file)
  }
}

extension FilePath {
  /// The path with every link followed; nil where nothing is there.
  fileprivate var resolved: String? {
    withPlatformString { path in
      guard let real = realpath(path, nil) else { return nil }
      defer { free(real) }
      return String(cString: real)
    }
  }
}

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif
