// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Turns SIGINT, SIGTERM and SIGHUP into the cancellation of a run. The first one asks, a later one ends
// the program at once; it knows nothing of what runs.

import Synchronization
import UnixSignals

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Stops a run when a person or a machine asks for it.
enum Interruption {
  /// Signals that come so close together are one wish: `timeout` sends two, and so does who closes a
  /// terminal.
  static let oneWish = Duration.seconds(1)

  /// What is to be done about a signal.
  enum Answer: Sendable, Hashable {
    case ask, nothing, end
  }

  /// Which signals came so far.
  struct Wishes: Sendable {
    private var first: ContinuousClock.Instant?

    /// Whether anybody asked.
    var isAsked: Bool { first != nil }

    /// Takes a signal that comes now.
    mutating func take(at now: ContinuousClock.Instant) -> Answer {
      guard let first else {
        self.first = now
        return .ask
      }
      return now - first < Interruption.oneWish ? .nothing : .end
    }
  }

  private struct State {
    var isWatched = false
    var wishes = Wishes()
    var asked: (@Sendable () -> Void)?
    var atOnce: (@Sendable () -> Void)?
  }

  private static let state = Mutex(State())

  /// Runs `work`, and cancels it on the first signal.
  ///
  /// `asked` is called on the first signal. On a later one `atOnce` is called (to say what still runs)
  /// and the program ends with 130. The caller's own task is never cancelled, so that the report still
  /// comes; from the first call on signals are taken for good, also while that is made. Work that begins
  /// after a signal is cancelled from its beginning.
  static func watch<Result: Sendable>(
    asked: @escaping @Sendable () -> Void = {}, atOnce: @escaping @Sendable () -> Void,
    _ work: @escaping @Sendable () async -> Result
  ) async -> Result? {
    let (interrupts, continuation) = AsyncStream<Void>.makeStream()
    let isLate = state.withLock { state in
      state.asked = {
        asked()
        continuation.yield()
      }
      state.atOnce = atOnce
      return state.wishes.isAsked
    }
    if isLate { continuation.yield() }
    await takeSignals()
    let result = await cancelling(on: interrupts, work)
    state.withLock { $0.asked = nil }
    return result
  }

  /// From now on signals are ours.
  private static func takeSignals() async {
    let isFirst = state.withLock { state in
      defer { state.isWatched = true }
      return !state.isWatched
    }
    guard isFirst else { return }
    // Under `nohup` a closed terminal is nothing to stop for.
    let trapped: [UnixSignal] =
      isIgnored(SIGHUP) ? [.sigint, .sigterm] : [.sigint, .sigterm, .sighup]
    let signals = await UnixSignalsSequence(trapping: trapped)
    Task.detached {
      for await _ in signals {
        let (answer, asked, atOnce) = state.withLock { state in
          (state.wishes.take(at: .now), state.asked, state.atOnce)
        }
        switch answer {
        case .ask: asked?()
        case .nothing: break
        case .end: exitNow(atOnce ?? {})
        }
      }
    }
  }

  private static func isIgnored(_ signal: Int32) -> Bool {
    var action = sigaction()
    guard sigaction(signal, nil, &action) == 0 else { return false }
    #if canImport(Darwin)
      let handler = action.__sigaction_u.__sa_handler
    #else
      let handler = action.__sigaction_handler.sa_handler
    #endif
    return unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
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
