// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Puts a picture, the style and the script into one page that needs nothing else. The files of the
// page lie in Page/ and are part of the program; a policy in the page forbids every request.

import Cache
import FoundationEssentials

/// Makes pages.
package enum HTMLPage {
  /// A page that shows `picture`, ending with a line break.
  package static func render(_ picture: Picture) -> [UInt8] {
    let style = PackageResources.page_css
    var script = Array("\"use strict\";\n(() => {\n".utf8)
    for part in [
      PackageResources.model_js, PackageResources.shapes_js, PackageResources.graph_js,
      PackageResources.draw_js, PackageResources.timeline_js, PackageResources.list_js,
      PackageResources.details_js, PackageResources.main_js,
    ] { script += part }
    script += Array("})();\n".utf8)
    return fill([
      "title": Array(escaped(title(picture)).utf8),
      "policy": Array(policy(style: style, script: script).utf8),
      "style": style, "data": PictureJSON.render(picture), "script": script,
    ])
  }

  /// `plan: deploy, prod · stagecraft`.
  private static func title(_ picture: Picture) -> String {
    let place = picture.environment.isEmpty ? "" : ", \(picture.environment)"
    return VisibleText.line("\(picture.kind.rawValue): \(picture.goal)\(place) · stagecraft")
  }

  /// Nothing may be fetched, and no other script or style may run than those that stand here.
  private static func policy(style: [UInt8], script: [UInt8]) -> String {
    "default-src 'none'; base-uri 'none'; form-action 'none'; "
      + "style-src '\(source(style))'; script-src '\(source(script))'"
  }

  private static func source(_ bytes: [UInt8]) -> String {
    "sha256-" + Data(Digest.of(bytes).bytes).base64EncodedString()
  }

  /// The template with `{{name}}` replaced.
  private static func fill(_ values: [String: [UInt8]]) -> [UInt8] {
    var page: [UInt8] = []
    page.reserveCapacity(values.values.reduce(4096) { $0 + $1.count })
    var rest = PackageResources.page_html[...]
    while let open = rest.firstRange(of: Array("{{".utf8)) {
      page += rest[..<open.lowerBound]
      rest = rest[open.upperBound...]
      guard let close = rest.firstRange(of: Array("}}".utf8)) else { break }
      page += values[String(decoding: rest[..<close.lowerBound], as: UTF8.self)] ?? []
      rest = rest[close.upperBound...]
    }
    return page + rest
  }

  /// Text as it may stand in markup.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
