// SPDX-License-Identifier: AGPL-3.0-or-later
// The only file that calls libyaml: a parser over bytes in memory that hands out one event after
// the other, and owns the memory of both. It does not know what the events are good for.

import CLibYAML

/// The events of a YAML text, read by libyaml.
///
/// The bytes must stay where they are as long as this lives; parser and event are freed with it.
struct EventSource: ~Copyable {
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  /// The event that was read last; valid until the next is read.
  let event: UnsafeMutablePointer<yaml_event_t>

  /// A source over UTF-8 without byte order mark; nil if there is no memory.
  init?(_ bytes: UnsafeRawBufferPointer) {
    parser = .allocate(capacity: 1)
    event = .allocate(capacity: 1)
    event.initialize(to: yaml_event_t())
    guard yaml_parser_initialize(parser) == 1 else {
      parser.deallocate()
      event.deallocate()
      return nil
    }
    let empty: StaticString = ""
    let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) ?? empty.utf8Start
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    yaml_parser_set_input_string(parser, start, bytes.count)
  }

  deinit {
    yaml_event_delete(event)
    yaml_parser_delete(parser)
    event.deallocate()
    parser.deallocate()
  }

  /// Reads the next event; false if the text is at fault, which `fault` then describes.
  func advance() -> Bool {
    yaml_event_delete(event)
    return yaml_parser_parse(parser, event) == 1
  }

  /// What stopped the parser.
  var fault: SyntaxFault {
    let state = parser.pointee
    return SyntaxFault(
      origin: origin(state.error),
      problem: state.problem.map { String(cString: $0) } ?? "",
      context: state.context.map { String(cString: $0) } ?? "",
      problemMark: state.problem_mark,
      contextMark: state.context_mark,
      byteOffset: state.problem_offset,
      value: state.problem_value)
  }

  private func origin(_ error: yaml_error_type_t) -> SyntaxFault.Origin {
    switch error {
    case YAML_MEMORY_ERROR: .memory
    case YAML_READER_ERROR: .reader
    default: .grammar
    }
  }
}
