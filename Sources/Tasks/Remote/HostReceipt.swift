// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What is applied on a host, as the host itself keeps it: of the host as a whole, and of each service.
// Values and their text; where the files lie and who writes them is not known here.

package import Cache

/// What of one service is applied on a host.
///
/// On the host one line: service, folder, spec, release, seconds, and who, separated by blanks.
package struct ServiceReceipt: Storable, Hashable {
  package let service: String
  /// The folder below `releases/` that it was started from.
  package let folder: String
  /// The value of the label `dev.stagecraft.spec` of its containers; never shown.
  package let spec: String
  /// The release that brought it.
  package let release: String
  /// Since when, in seconds since 1970 by the host's clock; 0 where that was not kept.
  package let since: Int64
  /// Who brought it: `user@machine (stagecraft deploy …)`; empty where that was not kept.
  package let by: String

  /// Makes a value.
  package init(
    service: String, folder: String, spec: String, release: String, since: Int64 = 0,
    by: String = ""
  ) {
    self.service = service
    self.folder = folder
    self.spec = spec
    self.release = release
    self.since = since
    self.by = by
  }

  /// The line on the host.
  package var line: String { "\(service) \(folder) \(spec) \(release) \(since) \(by)" }

  /// Reads a line; nil where it is something else.
  package init?(line: some StringProtocol) {
    let words = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: false)
    guard words.count >= 5, words.prefix(4).allSatisfy({ !$0.isEmpty }) else { return nil }
    self.init(
      service: String(words[0]), folder: String(words[1]), spec: String(words[2]),
      release: String(words[3]), since: Int64(words[4]).map { max(0, $0) } ?? 0,
      by: words.count > 5 ? String(words[5]) : "")
  }

  package func write(to writer: inout RecordWriter) { writer.write(line) }

  package init(from reader: inout RecordReader) throws(RecordError) {
    guard let receipt = ServiceReceipt(line: try reader.readString()) else { throw .malformed }
    self = receipt
  }
}

/// What was last applied on a host as a whole.
package struct HostReceipt: Storable, Hashable {
  /// The folder below `releases/` whose files were applied.
  package let folder: String
  /// ``DesiredHost/digest`` of what was applied; something that equals no digest where only a part of
  /// it was.
  package let digest: String
  /// The release that wrote it: the folder is an earlier one's where that was the same to the byte.
  package let release: String
  /// Since when, in seconds since 1970 by the host's clock; 0 where that was not kept.
  package let since: Int64
  /// Who applied it; empty where that was not kept.
  package let by: String

  /// Makes a value; the release is the folder's where nothing else is said.
  package init(
    folder: String, digest: String, release: String? = nil, since: Int64 = 0, by: String = ""
  ) {
    self.folder = folder
    self.digest = digest
    self.release = release ?? folder
    self.since = since
    self.by = by
  }

  /// Reads the file; nil where it is cut off or something else.
  ///
  /// Earlier versions wrote the first two lines alone.
  package init?(text: String) {
    let lines = text.split(separator: "\n").map(String.init)
    guard lines.count == 2 || lines.count == 5 else { return nil }
    self.init(
      folder: lines[0], digest: lines[1], release: lines.count == 5 ? lines[2] : nil,
      since: lines.count == 5 ? Int64(lines[3]).map { max(0, $0) } ?? 0 : 0,
      by: lines.count == 5 ? lines[4] : "")
  }

  package func write(to writer: inout RecordWriter) {
    for text in [folder, digest, release, by] { writer.write(text) }
    writer.write(Int(since))
  }

  package init(from reader: inout RecordReader) throws(RecordError) {
    folder = try reader.readString()
    digest = try reader.readString()
    release = try reader.readString()
    by = try reader.readString()
    since = Int64(try reader.readInt())
  }
}

/// What is applied on a host, as its files say it: as a whole, and of each service.
///
/// These differ where a run brought only a part, or did not get through.
package struct HostApplied: Storable, Hashable {
  /// nil where nothing was ever applied as a whole.
  package var receipt: HostReceipt?
  /// By service.
  package var services: [String: ServiceReceipt] = [:]

  /// Nothing.
  package init() {}

  /// Reads the text of the file `receipt` and the lines of all that lie in `services/`.
  package init(receipt: String, services: String) {
    self.receipt = HostReceipt(text: receipt)
    for line in services.split(separator: "\n") {
      guard let service = ServiceReceipt(line: line) else { continue }
      self.services[service.service] = service
    }
  }

  /// The newest release of which anything is there, also of one that did not get through; nil where
  /// there is nothing.
  package var newest: (release: String, by: String, since: Int64)? {
    let whole = receipt.map { ($0.release, $0.by, $0.since) }
    let parts = services.values.map { ($0.release, $0.by, $0.since) }
    return (parts + [whole].compactMap(\.self)).max { ($0.0, $0.2) < ($1.0, $1.2) }
  }

  /// The services; of what earlier versions applied, which kept none, as the release that was applied
  /// as a whole says it of itself.
  package func services(filledFrom manifest: HostManifest?) -> [String: ServiceReceipt] {
    guard let receipt, let manifest, manifest.digest == receipt.digest else { return services }
    var services = self.services
    for service in manifest.services where services[service.name] == nil {
      guard let spec = manifest.specs[service.name] else { continue }
      services[service.name] = ServiceReceipt(
        service: service.name, folder: receipt.folder, spec: spec, release: receipt.release,
        since: receipt.since, by: receipt.by)
    }
    return services
  }

  package func write(to writer: inout RecordWriter) {
    writer.write(receipt)
    writer.write(services.values.sorted { $0.service < $1.service })
  }

  package init(from reader: inout RecordReader) throws(RecordError) {
    receipt = try reader.readOptional()
    let list: [ServiceReceipt] = try reader.readList()
    services = Dictionary(list.map { ($0.service, $0) }) { first, _ in first }
  }
}
