// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Values that are kept as JSON, in our records as well as in files on hosts that people may read.

package import Cache
import FoundationEssentials

/// A value whose stored form is JSON with sorted keys: equal values have equal bytes.
package protocol JSONStorable: Storable, Codable {}

extension JSONStorable {
  /// The value as JSON, keys sorted, without white space.
  package var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Only numbers that are no numbers cannot be encoded, and these values hold none.
    guard let data = try? encoder.encode(self) else { return "null" }
    return String(decoding: data, as: UTF8.self)
  }

  /// Reads what ``json`` gave; nil where it is something else.
  package init?(json: some StringProtocol) {
    guard let value = try? JSONDecoder().decode(Self.self, from: Data(json.utf8)) else {
      return nil
    }
    self = value
  }

  package func write(to writer: inout RecordWriter) { writer.write(json) }

  package init(from reader: inout RecordReader) throws(RecordError) {
    guard let value = Self(json: try reader.readString()) else { throw .malformed }
    self = value
  }
}
