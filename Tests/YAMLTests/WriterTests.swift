// SPDX-License-Identifier: AGPL-3.0-or-later
// What written YAML looks like, byte for byte.

import Testing
import YAML

@Suite struct WriterTests {
  @Test func `a compose file is written in block style`() {
    let value: YAMLValue = [
      "name": "shop",
      "services": [
        "web": [
          "image": "registry:5000/web@sha256:0123", "command": ["node", "--port", "80", ""],
          "ports": ["80:80", "127.0.0.1:22:22"], "environment": ["A": "$$VAR", "B": "x$"],
          "deploy": ["replicas": 2, "labels": [:], "hosts": []], "init": true, "mem": "512m",
        ]
      ],
      "matrix": [[1, 2], [], [["a": .null, "b": .double(0.5)], "c"]],
    ]
    let expected = """
      name: shop
      services:
        web:
          image: registry:5000/web@sha256:0123
          command:
            - node
            - --port
            - "80"
            - ""
          ports:
            - "80:80"
            - 127.0.0.1:22:22
          environment:
            A: $$VAR
            B: x$
          deploy:
            replicas: 2
            labels: {}
            hosts: []
          init: true
          mem: 512m
      matrix:
        - - 1
          - 2
        - []
        - - a: null
            b: 0.5
          - c

      """
    #expect(YAMLWriter.write(value) == expected)
  }

  @Test func `texts of several lines are literal blocks`() {
    let value: YAMLValue = [
      "pem": "-----BEGIN X-----\nabc=\n-----END X-----\n", "json": "{\n  \"a\": [\n\t1\n  ]\n}",
      "kept": "a\n\n  b\n\n\n", "list": ["x\ny"],
    ]
    let expected = """
      pem: |
        -----BEGIN X-----
        abc=
        -----END X-----
      json: |-
        {
          "a": [
        \t1
          ]
        }
      kept: |+
        a

          b


      list:
        - |-
          x
          y

      """
    #expect(YAMLWriter.write(value) == expected)
    #expect(YAMLWriter.write("a\nb\n") == "|\n  a\n  b\n")
  }

  @Test(arguments: [
    ("\n", #""\n""#), (" a\nb", #"" a\nb""#), ("\na", #""\na""#), ("a\r\nb", #""a\r\nb""#),
    ("a\n \nb", #""a\n \nb""#), ("a\tb", #""a\tb""#), ("\u{85}", #""\x85""#),
    ("\u{2028}", #""\u2028""#), ("\u{FEFF}", #""\uFEFF""#), ("\0", #""\x00""#),
    ("\u{7F}", #""\x7F""#), ("\u{1FFFF}", #""\U0001FFFF""#), ("a \"b\" \\ #", #""a \"b\" \\ #""#),
  ])
  func `what a block cannot hold stands in double quotes`(text: String, written: String) {
    #expect(YAMLWriter.write(.string(text)) == written + "\n")
  }

  @Test(arguments: [
    "", " a", "a ", "yes", "No", "ON", "off", "y", "N", "true", "FALSE", "null", "~", "1", "-1",
    "+1", "0x1f", "0o17", "017", "0b1", "1_000", "1.5", ".5", "1.", "1e3", ".inf", "-.INF", ".NaN",
    "12:34", "1:2:3.4", "2020-01-31", "2020-1-1 10:00:00", "2020-01-31T00:00:00Z", "=", "<<",
    "-", "- a", "---", "--- a", "...", "? a", "?", ": a", ":", "a:", "a: b", "a #b", "#a", "&a",
    "*a", "!a", "|", ">", "'a", "\"a", "%a", "@a", "`a", "[a", "]", "{a", "}", ",a",
  ])
  func `what could be misread is quoted`(text: String) {
    let written = YAMLWriter.write(.string(text))
    #expect(written.first == "\"")
    #expect(YAMLWriter.write([text: .null].asValue).first == "\"")
  }

  @Test(arguments: [
    "a", "a b", "-a", "--flag=1", "./x", ".", "..", "/bin/sh", "~/x", "a:b", "http://h:80/x?y#z",
    "a#b", "$$VAR", "x$", "${A:-b}", "C:\\x", "it's", "say \"x\"", "1.2.3", "10.0.0.1", "v1",
    "0xg", "2020-01", "2020-01-31x", "sha256:ab", "a,b", "a]", "nullable", "1m", "é", "😀", "a=b",
  ])
  func `what cannot be misread stands plain`(text: String) {
    #expect(YAMLWriter.write(.string(text)) == text + "\n")
  }

  @Test func `numbers are written so that every reader takes them for numbers`() {
    let value: YAMLValue = [
      .int(.min), .double(1), .double(1e20), .double(1e-7), .double(-0.0), .double(.infinity),
      .double(-.infinity), .double(.nan), .number("0440"), .number("1.10"), .number("x y"),
      .number("12:34"),
    ]
    let expected = [
      "-9223372036854775808", "1.0", "1.0e+20", "1.0e-07", "-0.0", ".inf", "-.inf", ".nan", "0440",
      "1.10", "x y", "\"12:34\"",
    ]
    #expect(YAMLWriter.write(value) == expected.map { "- \($0)\n" }.joined())
  }

  @Test func `a node keeps the digits of its numbers`() throws {
    let text =
      "mode: 0440\nversion: 1.10\nhex: 0x1F\nbig: 123456789012345678901234567890\nplus: +1\n"
    let node = try #require(try YAMLReader.parse(text))
    #expect(YAMLWriter.write(YAMLValue(node)) == text)
  }

  @Test func `keys can be sorted by their bytes`() {
    let value: YAMLValue = ["b": ["z": 1, "a": 2], "a": [["d": 1, "c": 2]], "é": 1, "Z": 1]
    #expect(
      YAMLWriter.write(value.sortingKeys()) == """
        Z: 1
        a:
          - c: 2
            d: 1
        b:
          a: 2
          z: 1
        é: 1

        """)
  }

  @Test func `a key too long for a line stands after a question mark`() throws {
    let long = String(repeating: "k", count: 2000)
    let inner: YAMLValue = ["x": 1, "y": [2]]
    let value: YAMLValue = ["a": .mapping([(long, inner), ("b", "c\nd\n")])]
    let written = YAMLWriter.write(value)
    #expect(written.hasPrefix("a:\n  ? kkk"))
    let node = try #require(try YAMLReader.parse(written))
    #expect(YAMLValue(node) == value)
  }
}

extension [String: YAMLValue] {
  /// The dictionary as a value, for a single entry.
  fileprivate var asValue: YAMLValue { .sortedMapping(map { (key: $0.key, value: $0.value) }) }
}
