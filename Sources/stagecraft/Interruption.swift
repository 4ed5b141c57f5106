// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Turns SIGINT and SIGTERM into the cancellation of a run. The first one asks, the second one ends the
// program at once; it knows nothing of what runs.

import UnixSignals

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Stops a run when a person or a machine asks for it.
enum Interruption {
  /// Runs `work`, and cancels it on the first signal.
  ///
  /// `asked` is called on the first signal. On the second one `atOnce` is called (to kill what still runs) and the program ends with 130.
  /// The caller's own task is never cancelled, so that the report still comes.
  static func watch<Result: Sendable>(
    asked: @escaping @Sendable () -> Void = {}, atOnce: @escaping @Sendable () -> Void,
    _ work: @escaping @Sendable () async -> Result
  ) async -> Result? {
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
    let (interrupts, continuation) = AsyncStream<Void>.makeStream()
    return await withTaskGroup(of: Void.self) { watching in
      watching.addTask {
        var count = 0
        for await _ in signals {
          count += 1
          if count > 1 { exitNow(atOnce) }
          asked()
          continuation.yield()
        }
      }
      let result = await cancelling(on: interrupts, work)
      watching.cancelAll()
      return result
    }
  }

  /// Runs `work`, and cancels it when `interrupts` gives a value.
  static func cancelling<Result: Sendable>(
    on interrupts: AsyncStream<Void>, _ work: @escaping @Sendable () async -> Result
  ) async -> Result? {
    await withTaskGroup(of: Result?.self) { group in
      group.addTask { await work() }
      group.addTask {
        var iterator = interrupts.makeAsyncIterator()
        _ = await iterator.next()
        return nil
      }
      var result: Result?
      // Whichever comes first, the other child is cancelled and then awaited.
      for await outcome in group {
        if let outcome { result = outcome }
        group.cancelAll()
      }
      return result
    }
  }

  private static func exitNow(_ atOnce: () -> Void) -> Never {
    atOnce()
    TerminalCursor.restore()
    // No handlers of any library: they could wait for what is stuck.
    _exit(ExitStatus.interrupted.rawValue)
  }
}
