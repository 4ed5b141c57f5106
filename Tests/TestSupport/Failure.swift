// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The error of work that is expected to fail, as a value to look at. Asserts nothing.

package import TaskGraph

/// The error that `body` ends with; nil where it ends well.
package func failure<Value>(_ body: () async throws -> Value) async -> TaskError? {
  do {
    _ = try await body()
    return nil
  } catch let error as TaskError {
    return error
  } catch {
    return TaskError(.invariant, "\(error)")
  }
}
