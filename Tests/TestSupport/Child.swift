// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Runs a program and collects all that it prints. Knows nothing of what is tested.

package import Foundation

/// A program that ran to its end.
package struct Child {
  package let output: String
  package let error: String
  package let status: Int32

  /// Runs a program; its output goes through files, so that no pipe can fill up.
  package static func run(
    _ program: String, _ arguments: [String], input: Data = Data(), directory: String? = nil,
    environment: [String: String]? = nil
  ) throws -> Child {
    let folder = try TemporaryFolder()
    let names = ["input", "output", "error"].map { folder.url.appendingPathComponent($0) }
    try input.write(to: names[0])
    for name in names[1...] { try Data().write(to: name) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.environment = environment
    if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
    process.standardInput = try FileHandle(forReadingFrom: names[0])
    process.standardOutput = try FileHandle(forWritingTo: names[1])
    process.standardError = try FileHandle(forWritingTo: names[2])
    try process.run()
    process.waitUntilExit()
    return Child(
      output: String(decoding: try Data(contentsOf: names[1]), as: UTF8.self),
      error: String(decoding: try Data(contentsOf: names[2]), as: UTF8.self),
      status: process.terminationReason == .exit
        ? process.terminationStatus : 128 + process.terminationStatus)
  }
}

/// A folder of its own that goes away with the value.
package final class TemporaryFolder: Sendable {
  package let url: URL

  package init() throws {
    let base = URL(fileURLWithPath: NSTemporaryDirectory()).resolvingSymlinksInPath()
    url = base.appendingPathComponent("stagecraft-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  package var path: String { url.path }

  deinit { try? FileManager.default.removeItem(at: url) }
}
