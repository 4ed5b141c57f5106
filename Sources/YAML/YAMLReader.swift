// SPDX-License-Identifier: AGPL-3.0-or-later
// The way from bytes to nodes: checks size and encoding, then lets NodeBuilder build. It opens no
// file and knows no key.

/// Reads a YAML text, or a JSON text, into nodes.
///
/// JSON is read as the YAML that it is, with three exceptions of libyaml: escapes of surrogate
/// pairs (`"\\ud83d\\ude00"`), the raw character U+007F and keys of more than 1,000 characters are
/// refused.
package enum YAMLReader {
  /// The value in a text, nil if there is none; throws the first fault.
  package static func parse(
    _ bytes: [UInt8], limits: Limits = .default
  ) throws(YAMLError) -> Node? {
    let (node, faults) = read(bytes, limits: limits)
    if let first = faults.first { throw first }
    return node
  }

  /// The value in a text, nil if there is none; throws the first fault.
  package static func parse(
    _ text: String, limits: Limits = .default
  ) throws(YAMLError) -> Node? {
    try parse(Array(text.utf8), limits: limits)
  }

  /// The value in a text, nil if there is none; throws the first fault.
  package static func parse(
    _ bytes: UnsafeRawBufferPointer, limits: Limits = .default
  ) throws(YAMLError) -> Node? {
    let (node, faults) = read(bytes, limits: limits)
    if let first = faults.first { throw first }
    return node
  }

  /// Reads on after faults that do not hide what follows, such as a repeated key.
  ///
  /// The faults stand in the order of the text. With any, the node is only good for finding more
  /// faults: of a repeated key the first value stays, an unknown alias is null.
  package static func read(
    _ bytes: [UInt8], limits: Limits = .default
  ) -> (node: Node?, faults: [YAMLError]) {
    bytes.withUnsafeBytes { read($0, limits: limits) }
  }

  /// Reads on after faults that do not hide what follows, such as a repeated key.
  ///
  /// The faults stand in the order of the text. With any, the node is only good for finding more
  /// faults: of a repeated key the first value stays, an unknown alias is null.
  package static func read(
    _ bytes: UnsafeRawBufferPointer, limits: Limits = .default
  ) -> (node: Node?, faults: [YAMLError]) {
    let limit = min(limits.bytes, Int(UInt32.max) - 1)
    guard bytes.count <= limit else {
      return (nil, [YAMLError(.tooLarge(limit: limit), at: .start)])
    }
    if bytes.starts(with: [0xFE, 0xFF]) || bytes.starts(with: [0xFF, 0xFE])
      || bytes.starts(with: [0, 0, 0xFE, 0xFF])
    {
      return (nil, [YAMLError(.unsupportedEncoding, at: .start)])
    }
    let skipped = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    let text = UnsafeRawBufferPointer(rebasing: bytes[skipped...])
    guard let source = EventSource(text) else {
      return (nil, [YAMLError(.outOfMemory, at: .start)])
    }
    var builder = NodeBuilder(
      source: source, finder: MarkFinder(text, skipped: skipped), limits: limits)
    return builder.build()
  }
}
