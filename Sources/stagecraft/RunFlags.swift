// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The flags of commands that run tasks. Holds only what was typed.

import ArgumentParser
import Cache

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// How the end of a run is told on standard output.
enum ReportFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
  case text, json
}

/// Flags of every command that runs tasks.
struct RunFlags: ParsableArguments {
  @Option(
    name: [.customShort("j", allowingJoined: true), .customLong("jobs")],
    help: ArgumentHelp(
      "How many tasks may use a processor at once (default: one for each processor).",
      valueName: "count"))
  var jobs: Int?

  @Flag(
    name: [.customShort("k"), .customLong("keep-going")],
    help: "After a failure, go on with what does not depend on it.")
  var keepGoing = false

  @Option(
    name: .customLong("force"),
    help: ArgumentHelp(
      "Run the tasks whose names match, up to date or not; may be given more than once.",
      valueName: "glob"),
    completion: CompletionValues.explained)
  var force: [String] = []

  @Option(
    name: .customLong("format"),
    help: "What standard output gets: nothing, or one JSON object.")
  var format: ReportFormat = .text

  @Option(
    name: .customLong("progress"),
    help: ArgumentHelp(
      "How the run is shown on standard error (STAGECRAFT_PROGRESS; default: auto).",
      valueName: "how"))
  var progress: ProgressMode?

  @Option(
    name: .customLong("events"),
    help: ArgumentHelp(
      "Write each event as a line of JSON to this file, `-` for standard output.",
      valueName: "file"),
    completion: .file())
  var events: String?

  mutating func validate() throws {
    if events == "" { throw ValidationError("`--events` has an empty path") }
    if events == "-", format == .json {
      throw ValidationError("`--events -` and `--format json` both want standard output")
    }
    if let jobs, jobs < 1 { throw ValidationError("`--jobs` is \(jobs), the least is 1") }
    if force.contains("") { throw ValidationError("`--force` has an empty pattern") }
  }
}

extension RunFlags {
  /// The same as plain values, with defaults filled in.
  struct Values: Sendable {
    let jobs: Int
    /// How many images the engine builds at once; it waits more than it computes.
    let engineJobs: Int
    let keepsGoing: Bool
    let force: [String]

    init(_ flags: RunFlags) {
      // A child takes two pipes, their ends in flight and a handle of the process, and two pools may
      // be full at once: more children than descriptors for them would fail instead of waiting.
      let most = max(1, (Self.descriptors - 64) / 12)
      jobs = min(most, flags.jobs ?? Self.processors)
      engineJobs = min(most, flags.jobs ?? max(4, Self.processors))
      keepsGoing = flags.keepGoing
      force = flags.force
    }

    /// The values of a command without these flags.
    init(force: [String]) {
      jobs = Self.processors
      engineJobs = max(4, Self.processors)
      keepsGoing = false
      self.force = force
    }

    /// The tasks that run in any case; nil for none.
    func glob() throws(CommandFailure) -> Glob? {
      guard !force.isEmpty else { return nil }
      do throws(GlobError) {
        return try Glob(patterns: force)
      } catch {
        throw CommandFailure(.input, "`--force`: \(error)")
      }
    }

    /// How many files this process may have open.
    private static var descriptors: Int {
      var limits = rlimit()
      #if canImport(Darwin)
        let status = getrlimit(RLIMIT_NOFILE, &limits)
      #else
        let status = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits)
      #endif
      return status == 0 ? Int(min(limits.rlim_cur, 1 << 20)) : 256
    }

    private static var processors: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
  }
}
