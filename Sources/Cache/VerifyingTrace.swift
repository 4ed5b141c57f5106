// SPDX-License-Identifier: AGPL-3.0-or-later
//
// One file that proves that nothing a run read has changed, so that the next run can say so after one
// look at each path. It knows nothing of tasks; what it hands back is opaque to it.

package import SystemPackage

/// A verifying trace (in the words of "Build Systems à la Carte"): what a run saw, without its work.
///
/// Only identities that ``FileDigests/isTrusted(_:_:)`` accepts may be put in (for directories, those
/// older than a probe from before they were read): for others an equal identity proves nothing. The
/// caller sees to that.
package struct VerifyingTrace: Sendable {
  /// Something that only the caller can look at again: the images of an engine, say.
  package struct Observation: Sendable, Hashable {
    package let kind: String
    /// What to ask; opaque here.
    package let request: [UInt8]
    /// What the answer was.
    package let digest: Digest

    /// Makes an observation.
    package init(kind: String, request: [UInt8], digest: Digest) {
      self.kind = kind
      self.request = request
      self.digest = digest
    }
  }

  /// What a check found.
  package enum Verdict: Sendable, Hashable {
    /// All paths and variables are as they were; the observations are the caller's to check.
    case valid(observations: [Observation], summary: [UInt8])
    /// The first path or variable that differs.
    case changed(String)
    /// There is no trace, or it is damaged, or of another tool, goal or format.
    case unusable
  }

  struct ExpectedPath {
    let path: String
    let identity: FileIdentity?
  }

  struct ExpectedVariable {
    let name: String
    let digest: Digest?
  }

  let tool: Digest
  let goal: Digest
  private(set) var paths: [ExpectedPath] = []
  private(set) var variables: [ExpectedVariable] = []
  private(set) var observations: [Observation] = []

  /// What the caller prints where everything is as it was; opaque here.
  package var summary: [UInt8] = []

  /// Starts a trace of what `tool` (its binary and formats) found for `goal`.
  package init(tool: Digest, goal: Digest) {
    self.tool = tool
    self.goal = goal
  }

  /// Notes what `path` was, relative to the root or absolute; nil where it must be absent.
  package mutating func expect(path: String, identity: FileIdentity?) {
    paths.append(ExpectedPath(path: path, identity: identity))
  }

  /// Notes the digest of a variable's value; nil where it must be unset.
  package mutating func expect(variable: String, value: Digest?) {
    variables.append(ExpectedVariable(name: variable, digest: value))
  }

  /// Notes something that only the caller can look at.
  package mutating func expect(_ observation: Observation) {
    observations.append(observation)
  }

  /// Writes the trace in one step.
  package func write(to file: FilePath) throws(CacheError) {
    try FileSystem.replace(file, with: TraceFile.encode(self))
  }

  /// Looks at everything that the trace names, until something differs.
  ///
  /// `environment` gives the digest of a variable's value, nil where it is unset.
  package static func check(
    _ file: FilePath, root: FilePath, tool: Digest, goal: Digest,
    environment: (String) -> Digest?
  ) -> Verdict {
    guard let trace = TraceFile(file), trace.isFor(tool: tool, goal: goal) else { return .unusable }
    guard let outcome = trace.readVariables() else { return .unusable }
    for (name, digest) in outcome where environment(name) != digest { return .changed(name) }
    return trace.checkPaths(root: root)
  }
}
