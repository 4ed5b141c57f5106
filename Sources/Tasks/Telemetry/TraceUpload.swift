// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Sends spans with curl, which speaks TLS, proxies and certificates as the machine's user knows them.
// Headers may be secret: they go through standard input, so that no list of processes shows them.

import Cache
import SystemPackage
package import TaskGraph

/// Sends traces to a collector.
package struct TraceUpload: Sendable {
  private let settings: TraceSettings
  private let commands: any CommandRunner
  private let environment: [String: String]

  /// An upload with these settings; `environment` is where curl finds proxies.
  package init(
    _ settings: TraceSettings, commands: any CommandRunner, environment: [String: String]
  ) {
    self.settings = settings
    self.commands = commands
    self.environment = environment
  }

  /// Sends a body; returns what went wrong, if anything.
  ///
  /// Takes no longer than the settings allow.
  package func send(_ body: [UInt8]) async -> String? {
    let folder = FilePath(environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp")
    let name = "stagecraft-traces-\(UInt64.random(in: 0 ... .max)).json"
    let file = folder.appending(name)
    do throws(CacheError) {
      // Too large for a line of the configuration, and of an argument.
      try FileSystem.replace(file, with: body, mode: 0o600)
    } catch {
      return error.description
    }
    let fault = await post(file)
    do throws(CacheError) { try FileSystem.removeFile(file) } catch {
      return fault ?? error.description
    }
    return fault
  }

  private func post(_ file: FilePath) async -> String? {
    let log = LineBuffer(limit: 4096)
    do throws(TaskError) {
      let ended = try await commands.run(command(for: file)) { line, stream in
        log.append(line, stream)
      }
      if ended.isSuccess { return nil }
    } catch {
      return error.message
    }
    let words = log.tail(1).first ?? "curl did not say why"
    // `curl: (7) Failed to connect …`: who said it is of no interest.
    return words.hasPrefix("curl: (")
      ? String(words.drop { $0 != ")" }.dropFirst(2)) : words
  }

  /// The call of curl that sends a file.
  func command(for file: FilePath) -> Command {
    let parts = settings.timeout.components
    let milliseconds = parts.seconds * 1000 + parts.attoseconds / 1_000_000_000_000_000
    let fraction = String(milliseconds % 1000 + 1000).dropFirst()
    var lines = [
      Self.line("url", settings.url), Self.line("request", "POST"),
      Self.line("header", "Content-Type: application/json"),
      // Without this curl waits a second for a go-ahead before it sends more than a little.
      Self.line("header", "Expect:"),
    ]
    lines += settings.headers.map { Self.line("header", "\($0.name): \($0.value)") }
    lines += [
      Self.line("data-binary", "@\(file.string)"), Self.line("output", "/dev/null"),
      Self.line("proto", "=http,https"), "max-time = \(milliseconds / 1000).\(fraction)",
      "silent", "show-error", "fail", "globoff",
    ]
    if let path = settings.certificate { lines.append(Self.line("cacert", path)) }
    if let path = settings.clientCertificate { lines.append(Self.line("cert", path)) }
    if let path = settings.clientKey { lines.append(Self.line("key", path)) }
    return Command(
      "curl", ["--disable", "--config", "-"], directory: "/",
      environment: ChildEnvironment.selecting(
        [
          "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy",
          "all_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE",
        ], from: environment),
      input: Array((lines.joined(separator: "\n") + "\n").utf8))
  }

  /// One option, quoted as curl reads its configuration.
  private static func line(_ name: String, _ value: String) -> String {
    let quoted = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
      .replacing("\n", with: "\\n").replacing("\r", with: "\\r").replacing("\t", with: "\\t")
    return "\(name) = \"\(quoted)\""
  }
}
