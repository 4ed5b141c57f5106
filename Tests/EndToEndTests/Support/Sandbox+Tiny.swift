// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The smallest projects that the tests share: services that each copy a file into busybox.

import Testing

extension Sandbox {
  /// The project file with this much beside the name.
  static func project(_ more: String = "") -> String {
    "project:\n  name: $NAME\nenvironments:\n  dev: { driver: local }\n" + more
  }

  /// A project with these services; each has a folder with a Dockerfile and one file.
  static func tiny(_ services: [String] = ["app"], project more: String = "") throws -> Sandbox {
    var files = ["stagecraft.yml": project(more)]
    var compose = "services:\n"
    for service in services {
      compose += "  \(service):\n    build: ./\(service)\n"
      files["\(service)/Dockerfile"] = "FROM busybox:1.35\nCOPY text.txt /text.txt\n"
      // Equal content would give two services one image.
      files["\(service)/text.txt"] = "\(service) of $NAME\n"
      files["\(service)/.dockerignore"] = "*.md\n"
    }
    files["docker-compose.yml"] = compose
    return try Sandbox(files)
  }

  /// What a file in an image holds, read by running the image.
  func content(of path: String, in image: String) throws -> String {
    try docker(["run", "--rm", "--network", "none", image, "cat", path]).ends(0).out
  }
}
