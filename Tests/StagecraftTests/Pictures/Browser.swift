// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A real browser without a window, driven over WebDriver. Knows the protocol and no page; one value is
// one browser, which ends with it.

import Foundation
import TestSupport
import Testing

/// A headless Chromium.
final class Browser: Sendable {
  static let driver = "/usr/bin/chromedriver"
  static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: driver) }

  /// Where screenshots are kept for people: `STAGECRAFT_TEST_ARTIFACTS`, else a folder of this machine.
  static var artifacts: URL {
    let chosen = ProcessInfo.processInfo.environment["STAGECRAFT_TEST_ARTIFACTS"]
    return chosen.map { URL(fileURLWithPath: $0) }
      ?? URL(fileURLWithPath: NSTemporaryDirectory()).appendingPathComponent("stagecraft-artifacts")
  }

  enum Failure: Error {
    case noAnswer(String)
    case refused(String)
  }

  /// The driver, which ends with the value even where no session could be made.
  private final class Driver: Sendable {
    let process = Process()

    init() {
      process.executableURL = URL(fileURLWithPath: Browser.driver)
      process.arguments = ["--port=0"]
      process.standardError = FileHandle.nullDevice
    }

    deinit {
      // It does not hear the usual signal.
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
  }

  private let driver: Driver
  private let profile: TemporaryFolder
  private let session: String

  /// Starts a browser with a window of this size.
  init(width: Int = 1440, height: Int = 900, isDark: Bool = false) throws {
    profile = try TemporaryFolder()
    driver = Driver()
    let pipe = Pipe()
    driver.process.standardOutput = pipe
    try driver.process.run()
    let base = "http://127.0.0.1:\(try Self.port(pipe.fileHandleForReading))"
    var words = [
      "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync",
      "--disable-dev-shm-usage", "--force-prefers-reduced-motion",
      "--user-data-dir=\(profile.path)", "--window-size=\(width),\(height)",
    ]
    if isDark { words.append("--blink-settings=preferredColorScheme=0") }
    let wanted: [String: Any] = [
      "goog:chromeOptions": ["args": words],
      "goog:loggingPrefs": ["browser": "ALL", "performance": "ALL"],
    ]
    let made = try Self.call(
      "POST", base + "/session", ["capabilities": ["alwaysMatch": wanted]])
    let id = try #require((made as? [String: Any])?["sessionId"] as? String)
    session = "\(base)/session/\(id)"
    // The window is less high than it was asked to be: what counts is the page.
    _ = try Self.call(
      "POST", session + "/goog/cdp/execute",
      [
        "cmd": "Emulation.setDeviceMetricsOverride",
        "params": ["width": width, "height": height, "deviceScaleFactor": 1, "mobile": false],
      ])
  }

  deinit {
    // A browser that does not answer any more ends with the folder of its profile.
    _ = try? Self.call("DELETE", session)
  }

  /// The driver says on which port it listens.
  private static func port(_ output: FileHandle) throws -> Int {
    var text = ""
    while let byte = try output.read(upToCount: 1), !byte.isEmpty {
      text += String(decoding: byte, as: UTF8.self)
      if let found = text.firstMatch(of: /successfully on port ([0-9]+)/), text.hasSuffix("\n") {
        return Int(found.1) ?? 0
      }
    }
    throw Failure.noAnswer(text)
  }

  /// One request of the protocol, made by curl: Foundation does not take the headers of the driver.
  private static func call(_ method: String, _ url: String, _ body: [String: Any] = [:]) throws
    -> Any
  {
    let answer = try Child.run(
      "/usr/bin/curl",
      [
        "--silent", "--show-error", "--max-time", "120", "--request", method, "--data-binary", "@-",
        "--header", "Content-Type: application/json", url,
      ],
      input: method == "GET" ? Data() : try JSONSerialization.data(withJSONObject: body))
    guard answer.status == 0 else { throw Failure.noAnswer(answer.error) }
    let whole = try JSONSerialization.jsonObject(with: Data(answer.output.utf8)) as? [String: Any]
    let value = whole?["value"] ?? NSNull()
    if let error = (value as? [String: Any])?["error"] as? String {
      throw Failure.refused("\(error): \((value as? [String: Any])?["message"] ?? "")")
    }
    return value
  }

  /// Loads a page and waits until it is there.
  func open(_ page: [UInt8]) throws {
    let file = profile.url.appendingPathComponent("page.html")
    try Data(page).write(to: file)
    // What the empty window asked for is none of the page's.
    _ = try requests()
    _ = try Self.call("POST", session + "/url", ["url": file.absoluteString])
  }

  /// What a script returns.
  @discardableResult
  func run(_ script: String) throws -> Any {
    try Self.call("POST", session + "/execute/sync", ["script": script, "args": [Any]()])
  }

  /// What a script returns as text.
  func text(_ script: String) throws -> String {
    try run("return String(\(script))") as? String ?? ""
  }

  /// Presses keys one after the other.
  func press(_ keys: String...) throws {
    var actions: [[String: Any]] = []
    for key in keys {
      actions.append(["type": "keyDown", "value": key])
      actions.append(["type": "keyUp", "value": key])
    }
    _ = try Self.call(
      "POST", session + "/actions",
      ["actions": [["type": "key", "id": "keyboard", "actions": actions]]])
  }

  func type(_ text: String) throws {
    for character in text { try press(String(character)) }
  }

  /// Clicks at a place, or drags from there by `distance`.
  func click(x: Int, y: Int, dragging distance: (x: Int, y: Int)? = nil) throws {
    var actions: [[String: Any]] = [
      ["type": "pointerMove", "x": x, "y": y, "duration": 0], ["type": "pointerDown", "button": 0],
    ]
    if let distance {
      actions.append(
        ["type": "pointerMove", "x": x + distance.x, "y": y + distance.y, "duration": 50])
    }
    actions.append(["type": "pointerUp", "button": 0])
    _ = try Self.call(
      "POST", session + "/actions",
      ["actions": [["type": "pointer", "id": "mouse", "actions": actions]]])
  }

  /// Turns the wheel over a place.
  func wheel(x: Int, y: Int, by amount: Int) throws {
    let action: [String: Any] = [
      "type": "scroll", "x": x, "y": y, "deltaX": 0, "deltaY": amount, "duration": 0,
    ]
    _ = try Self.call(
      "POST", session + "/actions",
      ["actions": [["type": "wheel", "id": "wheel", "actions": [action]]]])
  }

  /// Keeps a picture of the page for people.
  @discardableResult
  func keepScreenshot(_ name: String) throws -> Data {
    let text = try Self.call("GET", session + "/screenshot") as? String ?? ""
    let image = try #require(Data(base64Encoded: text))
    try FileManager.default.createDirectory(at: Self.artifacts, withIntermediateDirectories: true)
    let file = Self.artifacts.appendingPathComponent(name + ".png")
    try image.write(to: file)
    print("screenshot: \(file.path)")
    return image
  }

  /// What the page wrote to its console, errors of the browser included.
  func console() throws -> [String] {
    let lines = try Self.call("POST", session + "/se/log", ["type": "browser"])
    return (lines as? [[String: Any]] ?? []).compactMap { $0["message"] as? String }
  }

  /// The addresses of everything that was asked for since the page was opened.
  func requests() throws -> [String] {
    let lines = try Self.call("POST", session + "/se/log", ["type": "performance"])
    return try (lines as? [[String: Any]] ?? []).compactMap { line in
      let text = line["message"] as? String ?? ""
      let event = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
      guard let message = event?["message"] as? [String: Any],
        message["method"] as? String == "Network.requestWillBeSent",
        let parameters = message["params"] as? [String: Any],
        let request = parameters["request"] as? [String: Any]
      else { return nil }
      return request["url"] as? String
    }
  }
}
