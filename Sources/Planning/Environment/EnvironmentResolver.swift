// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Puts an env file and the process environment together. A pure function; the caller reads the file.

/// Makes the environment of a run.
package enum EnvironmentResolver {
  /// The environment of a run, and every fault of the env file.
  ///
  /// Values of the process win over those of the file, as in Compose; with `envFile` nil there are
  /// none of a file. With a fault, the environment has what could be read.
  package static func resolve(
    envFile: SourceFile?, process: [String: String]
  ) -> (environment: ResolvedEnvironment, diagnostics: [Diagnostic]) {
    guard let envFile else { return (ResolvedEnvironment(process: process), []) }
    let (file, diagnostics) = DotEnvParser.parse(envFile) { process[$0] }
    return (ResolvedEnvironment(file: file, process: process), diagnostics)
  }
}
