// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The task of a model as the engine runs it: reads its inputs from the project, writes its outputs
// there. Fails without a reason in its key where a switch says so.

import Cache
import Synchronization
import SystemPackage
import TaskGraph
import TestSupport

/// The names of tasks that fail whatever their inputs are, and how often each task ran.
final class ModelSwitches: Sendable {
  private let failing = Mutex<Set<String>>([])

  func set(_ names: Set<String>) { failing.withLock { $0 = names } }

  func fails(_ name: String) -> Bool { failing.withLock { $0.contains(name) } }
}

/// A task made from a ``ModelSpec``.
struct ModelTask: PureTask {
  static let kind = "model"
  static let revision = 1

  let spec: ModelSpec
  let switches: ModelSwitches

  var id: TaskID { TaskID(spec.name) }
  var outputs: OutputDeclaration { OutputDeclaration(spec.outputs, in: ".") }

  func describe(
    into manifest: inout Manifest, in context: TaskContext
  ) async throws(TaskError) {
    manifest.add(.argument, list: [spec.shape.rawValue, String(spec.salt)])
    if let name = spec.variable {
      manifest.add(.environment, name, context.variable(name) ?? "unset")
    }
    try await context.describeInputs(
      spec.inputs, below: ".", except: spec.outputs, into: &manifest)
  }

  func run(in context: TaskContext) async throws(TaskError) -> String {
    if switches.fails(spec.name) { throw TaskError(.exited(7), "it is switched off") }
    let tree = FileTree(context.root)
    do {
      var inputs: [(String, ModelSpec.Node)] = []
      for path in try context.expand(spec.inputs, below: ".").files {
        let identity = try tree.identity(path)
        if identity.type == .symbolicLink {
          inputs.append((path, .link(try FileTree.target(of: tree.path(path)))))
        } else {
          let file = ModelSpec.File(
            text: try tree.text(path) ?? "", isExecutable: identity.isExecutable)
          inputs.append((path, .file(file)))
        }
      }
      inputs.sort { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
      let variable = spec.variable.flatMap { context.variable($0) } ?? "-"
      guard let made = spec.make(inputs, variable: variable) else {
        throw TaskError(.exited(1), "an input holds `!`")
      }
      for (path, node) in made.sorted(by: { $0.key < $1.key }) {
        switch node {
        case .file(let file):
          try tree.write(path, file.text, mode: file.isExecutable ? 0o755 : 0o644)
        case .link(let target):
          try tree.remove(path)
          try tree.link(path, to: target)
        case .directory: try tree.makeDirectory(path)
        }
      }
      return spec.shape.rawValue
    } catch let error as TaskError {
      throw error
    } catch {
      throw TaskError(.files, "\(error)")
    }
  }
}
