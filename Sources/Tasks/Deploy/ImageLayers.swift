// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The layers of an image in the operator's engine beside those that a host has. A layer is known by
// all below it as well, so what a host has of an image is always its beginning.

import TaskGraph

/// The layers of an image and how large each is.
package struct ImageLayers: Sendable, Hashable {
  /// `sha256:…` of each layer's content, lowest first.
  package let ids: [String]
  /// Bytes of each, unpacked; empty where they are not known.
  package let sizes: [Int64]
  /// Bytes of all.
  package let total: Int64

  /// Makes a value.
  package init(ids: [String], sizes: [Int64], total: Int64) {
    self.ids = ids
    self.sizes = sizes.count == ids.count ? sizes : []
    self.total = total
  }

  /// How many of the lowest layers a host has, whose images have these layers.
  package func count(in chains: [[String]]) -> Int {
    chains.reduce(0) { best, chain in
      max(best, zip(ids, chain).prefix { $0 == $1 }.count)
    }
  }

  /// Bytes of the layers above the lowest `count`.
  package func size(above count: Int) -> Int64 {
    if count == ids.count { return 0 }
    if sizes.isEmpty { return total }
    return sizes.dropFirst(count).reduce(0) { min($0 + $1, HostNumber.most) }
  }

  /// Asks the operator's engine; nil where it has no such image or there is none.
  static func local(
    _ image: String, in context: TaskContext
  ) async throws(TaskError) -> ImageLayers? {
    let docker = DockerCLI(in: context)
    do throws(TaskError) {
      let inspected = try await context.capture(docker.layers(of: image), isQuiet: true)
      var words = inspected.split(whereSeparator: \.isWhitespace).map(String.init)
      guard let size = words.popLast().flatMap(HostNumber.read), !words.isEmpty else { return nil }
      // Steps that changed no file have no layer; their size is zero.
      let history = try await context.capture(docker.history(of: image), isQuiet: true)
      let sizes = history.split(whereSeparator: \.isNewline).compactMap(HostNumber.read)
        .filter { $0 > 0 }
      return ImageLayers(ids: words, sizes: sizes.reversed(), total: size)
    } catch {
      switch error.code {
      case .exited, .programMissing: return nil
      default: throw error
      }
    }
  }

  /// Reads the lines of the script ``HostScript/layers``.
  static func chains(of answer: ScriptAnswer) -> [[String]] {
    answer.all("chain").map { $0.split(separator: " ").map(String.init) }
  }
}
