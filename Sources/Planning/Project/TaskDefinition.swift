// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A task that the user wrote under `tasks:`. Knows what was written, checked on its own; whether
// names and patterns fit together across tasks is checked by TaskGraphCheck.

/// One entry of `tasks:`.
package struct TaskDefinition: Sendable, Hashable {
  /// What the task runs.
  package enum Command: Sendable, Hashable {
    /// A program and its arguments, started without a shell; never empty.
    case arguments([String])
    /// A line for `sh -c`; never empty.
    case shell(String)
  }

  /// One variable of the task's environment.
  package enum EnvironmentVariable: Sendable, Hashable {
    /// The value comes from the environment of the run and is part of the key.
    case passed(String)
    /// The value stands in the file.
    case fixed(name: String, value: String)

    /// The variable's name.
    package var name: String {
      switch self {
      case .passed(let name), .fixed(let name, _): name
      }
    }
  }

  /// Where a task stands in every run of some kinds that changes something.
  package struct Hook: Sendable, Hashable {
    /// A kind of run that hooks may be part of.
    package enum Run: String, Sendable, Hashable, CaseIterable {
      case deploy
      case rollback
      /// What brings back what ran before, after a deploy that failed.
      case undo
      /// `stagecraft migrate`; the migrations of a deploy belong to the deploy.
      case migrate

      /// The phases that such a run has.
      package var phases: [DeployPhase] {
        switch self {
        case .deploy: DeployPhase.allCases
        case .rollback, .undo: [.rollout, .finalize]
        case .migrate: [.migratePre, .migratePost]
        }
      }
    }

    /// Which side of the phase.
    package enum Side: String, Sendable, Hashable, CaseIterable {
      case before
      case after
    }

    /// Which side of the phase it runs on.
    package let side: Side
    /// The phase.
    package let phase: DeployPhase
    /// The runs that it is part of, in the order written; never empty.
    package let runs: [Run]

    /// Makes a hook.
    package init(_ side: Side, _ phase: DeployPhase, on runs: [Run] = [.deploy]) {
      self.side = side
      self.phase = phase
      self.runs = runs
    }
  }

  /// The name, unique in the project.
  package let name: String
  /// What it runs.
  package let command: Command
  /// Where it runs, from the project root; `.` is the root.
  package let directory: String
  /// What it reads, in the order written.
  package let inputs: [PathPattern]
  /// What it writes, in the order written; never exclusions.
  package let outputs: [PathPattern]
  /// The variables it sees, in the order written, each name once.
  package let environment: [EnvironmentVariable]
  /// The tasks that end before it starts; each is a task of the project.
  package let needs: [Reference]
  /// How long it may run; nil for no limit.
  package let timeout: Duration?
  /// How many times it is tried again after a failure.
  package let retries: Int
  /// The pool it takes a place in; nil for the default.
  package let pool: String?
  /// Where in a deploy it runs; nil for a task that is no hook.
  package let hook: Hook?
  /// Where its name stands.
  package let location: SourceLocation

  /// Makes a task from its parts.
  package init(
    name: String, command: Command, directory: String = ".", inputs: [PathPattern] = [],
    outputs: [PathPattern] = [], environment: [EnvironmentVariable] = [],
    needs: [Reference] = [], timeout: Duration? = nil, retries: Int = 0, pool: String? = nil,
    hook: Hook? = nil, location: SourceLocation
  ) {
    self.name = name
    self.command = command
    self.directory = directory
    self.inputs = inputs
    self.outputs = outputs
    self.environment = environment
    self.needs = needs
    self.timeout = timeout
    self.retries = retries
    self.pool = pool
    self.hook = hook
    self.location = location
  }
}
