// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The feature map against the repository: what it names is there, and nothing in spec/ is unnamed.

import Cache
import SystemPackage
import Testing
import YAML

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

struct FeatureMapTests {
  private static let root = FilePath(#filePath).removingLastComponent().removingLastComponent()
    .removingLastComponent()

  private func exists(_ path: String) -> Bool {
    FileIdentity(Self.root.pushing(FilePath(path)).string) != nil
  }

  private func features() throws -> [Node] {
    let bytes = try #require(try FileSystem.read(Self.root.pushing("spec/features.yaml")))
    return try #require(try YAMLReader.parse(bytes)?["features"]?.sequence)
  }

  private func texts(_ node: Node?) -> [String] { (node?.sequence ?? []).compactMap(\.string) }

  @Test func `every feature names an existing spec, code and tests`() throws {
    var missing: [String] = []
    for feature in try features() {
      let id = try #require(feature["id"]?.string)
      let pages = [feature["spec"]?.string ?? "none"] + texts(feature["pages"])
      let paths = pages.map { "spec/" + $0 } + texts(feature["code"]) + texts(feature["tests"])
      missing += paths.filter { !exists($0) }.map { "\(id): \($0)" }
      if texts(feature["code"]).isEmpty { missing.append("\(id): no code") }
      if texts(feature["tests"]).isEmpty { missing.append("\(id): no tests") }
    }
    #expect(missing == [])
  }

  @Test func `ids are unique, well formed, and depend on known ones`() throws {
    let ids = try features().compactMap { $0["id"]?.string }
    #expect(Set(ids).count == ids.count)
    for id in ids {
      #expect(id.allSatisfy { $0 == "_" || ($0 >= "A" && $0 <= "Z") }, "\(id)")
    }
    let unknown = try features().flatMap { texts($0["depends_on"]) }.filter { !ids.contains($0) }
    #expect(unknown == [])
  }

  @Test func `every page of the spec belongs to the feature that its head names`() throws {
    var pages: [String: String] = [:]
    for feature in try features() {
      let id = try #require(feature["id"]?.string)
      for page in [feature["spec"]?.string].compactMap({ $0 }) + texts(feature["pages"]) {
        pages[page] = id
      }
    }
    for folder in ["core", "tasks", "cli", "project"] {
      for name in try names(in: "spec/" + folder) where name.hasSuffix(".md") {
        let page = folder + "/" + name
        let bytes = try #require(try FileSystem.read(Self.root.pushing(FilePath("spec/" + page))))
        let text = String(decoding: bytes, as: UTF8.self)
        let head = text.split(separator: "---", maxSplits: 2, omittingEmptySubsequences: true)
        let feature = try YAMLReader.parse(String(head.first ?? ""))?["feature"]?.string
        #expect(pages[page] == feature, "spec/\(page) says it is \(feature ?? "nothing")")
      }
    }
  }

  private func names(in path: String) throws -> [String] {
    let directory = try #require(opendir(Self.root.pushing(FilePath(path)).string))
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { raw in
        String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
      }
      names.append(name)
    }
    return names.filter { !$0.hasPrefix(".") }.sorted()
  }
}
