// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Asks a recorded question again, without the graph that it was asked in.

import Cache
package import TaskGraph
import Tasks

/// The kinds of observation that can be repeated.
package enum Observers {
  /// A question that can be asked again.
  package static func question(
    kind: String, request: [UInt8]
  ) -> (any ObserveTask)? {
    do throws(RecordError) {
      switch kind {
      case EngineImages.kind: return try EngineImages(request: request)
      case HostFactsTask.kind: return try HostFactsTask(request: request)
      case RegistryDigest.kind: return try RegistryDigest(request: request)
      default: return nil
      }
    } catch {
      return nil
    }
  }
}
