// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Env files byte by byte. Every case with a value was compared with Docker Compose 2.26; proves
// spec/core/env.md.

import Planning
import Testing

/// The parser of env files.
@Suite struct DotEnvParserTests {
  /// The environment around the file in every case.
  private static let outer = ["B": "bval", "E": ""]

  private func parse(_ text: String) -> (file: EnvironmentFile, diagnostics: [Diagnostic]) {
    DotEnvParser.parse(SourceFile(path: ".env", text: text)) { Self.outer[$0] }
  }

  @Test(
    arguments: [
      ("A=x", ["A=x"]),
      ("A=x\n", ["A=x"]),
      ("", []),
      ("\n\n", []),
      ("# comment\n", []),
      ("# comment", []),
      ("   # comment\nA=x\n", ["A=x"]),
      ("  A=x\n", ["A=x"]),
      ("A=\n", ["A="]),
      ("A=\nD=1\n", ["A=", "D=1"]),
      ("A=   \n\n  D=1\n", ["A=", "D=1"]),
      ("A=  x  \n", ["A=x"]),
      ("A =x\n", ["A=x"]),
      ("A : x\n", ["A=x"]),
      ("A: x\n", ["A=x"]),
      ("A=x=y:z\n", ["A=x=y:z"]),
      ("A=x y  z\n", ["A=x y  z"]),
      ("A=x\nA=y\n", ["A=x", "A=y"]),
      // comments
      ("A=a  # c\n", ["A=a"]),
      ("A=a\t# c\n", ["A=a\t# c"]),
      ("A=#x\n", ["A=#x"]),
      ("A= #x\n", ["A=#x"]),
      ("A=x#y #z\n", ["A=x#y"]),
      ("A=x #\n", ["A=x"]),
      ("A='x'# c\n", ["A=x"]),
      ("A=\"a\" #c\nD=1\n", ["A=a", "D=1"]),
      ("A=\"a # b\"\n", ["A=a # b"]),
      // names
      ("export A=x\n", ["A=x"]),
      ("export\tA=x\n", ["A=x"]),
      ("exportA=x\n", ["exportA=x"]),
      ("export=x\n", ["export=x"]),
      ("1A=x\n", ["1A=x"]),
      ("A-B.C_D=x\n", ["A-B.C_D=x"]),
      ("A[0]=x\n", ["A[0]=x"]),
      ("\u{C4}B=x\n", ["\u{C4}B=x"]),
      ("B\n", ["B=bval"]),
      ("B", ["B=bval"]),
      ("export B\n", ["B=bval"]),
      ("E\n", ["E="]),
      ("NOPE\nA=x\n", ["A=x"]),
      // line ends and odd space
      ("export   A=x\r\nC=y\r\n", ["A=x", "C=y"]),
      ("A=\r\nC=y\r\n", ["A=", "C=y"]),
      ("B\r\nC=y\r\n", ["B=bval", "C=y"]),
      ("A=\"l1\r\nl2\"\r\n", ["A=l1\r\nl2"]),
      ("A='l1\nl2'\nD=1\n", ["A=l1\nl2", "D=1"]),
      ("A=x\rB=y\n", ["A=x\rB=y"]),
      ("A=\u{A0}x\u{A0}\n", ["A=x"]),
      ("\u{FEFF}A=x\n", ["A=x"]),
      ("A=e\u{301}\n", ["A=e\u{301}"]),
      // quotes and escapes
      ("A='$B'\n", ["A=$B"]),
      ("A='it\\'s'\n", ["A=it's"]),
      ("A='a\\\\b\\n'\n", ["A=a\\\\b\\n"]),
      ("A='\"'\n", ["A=\""]),
      ("A=\"'\"\n", ["A='"]),
      ("A=''\n", ["A="]),
      ("A=\"\"\n", ["A="]),
      ("A=x\"y\"z\n", ["A=x\"y\"z"]),
      ("A=a\\nb\n", ["A=a\\nb"]),
      ("A=`x`\n", ["A=`x`"]),
      ("A=\"{\\\"hello\\\": \\\"json\\\"}\"\n", ["A={\"hello\": \"json\"}"]),
      ("A=\"x\\ny\\tz\\\\n\\$B \\q \\101 \\0101\"\n", ["A=x\ny\tz\\n$B \\q \\101 A"]),
      ("A=\"\\a\\b\\f\\v\\r\\c\"\n", ["A=\u{7}\u{8}\u{C}\u{B}\r\\c"]),
      ("A=\"\\001\"\n", ["A=\\01"]),
      ("A=\"x\\\\\"\n", ["A=x\\"]),
      ("A=\"a\\\nb\"\n", ["A=a\\\nb"]),
      ("A=\"x\\$\"\n", ["A=x$"]),
      ("A=\"p@ss\\\\nword\"\n", ["A=p@ss\\nword"]),
      // variables
      ("A=x\nC=$A-$B-${NOPE:-d}\n", ["A=x", "C=x-bval-d"]),
      ("B=x\nC=$B\n", ["B=x", "C=bval"]),
      ("A=$NOPE.\n", ["A=."]),
      ("A=pa$1ss\n", ["A=pa$1ss"]),
      ("A=x$\n", ["A=x$"]),
      ("A=\"x$\"\n", ["A=x$"]),
      ("A=$$B\n", ["A=$B"]),
      ("A=\\$B\n", ["A=\\bval"]),
      ("A=\"\\$B\"\n", ["A=$B"]),
      ("A=\"${B:+alt}\"\n", ["A=alt"]),
      ("A=\"${E:-d} ${E-d}\"\n", ["A=d "]),
    ])
  func `a file without faults`(text: String, expected: [String]) {
    let (file, diagnostics) = parse(text)
    #expect(diagnostics == [])
    let found = file.entries.map { Array("\($0.name)=\($0.value)".utf8) }
    // Bytes, since texts compare equal that are not.
    #expect(found == expected.map { Array($0.utf8) })
  }

  @Test(
    arguments: [
      ("=x\nD=1\n", Diagnostic.Code.badEnvironmentLine(.missingName), "1:1", ["D"]),
      ("A B=x\nD=1\n", .badEnvironmentLine(.spaceInName("A B")), "1:1", ["D"]),
      ("C=1\n  A+=x\nD=1\n", .badEnvironmentLine(.badCharacter("+")), "2:3", ["C", "D"]),
      ("A+='x\ny'\nD=1\n", .badEnvironmentLine(.badCharacter("+")), "1:1", ["D"]),
      (
        "just words here\nD=1\n", .badEnvironmentLine(.spaceInName("just words here")), "1:1", ["D"]
      ),
      ("C=1\nA=\"x\nD=1\n", .badEnvironmentLine(.unterminatedQuote), "2:3", ["C"]),
      ("A='x\\'\n", .badEnvironmentLine(.unterminatedQuote), "1:3", []),
      ("A=\"x\\\"\n", .badEnvironmentLine(.unterminatedQuote), "1:3", []),
      ("A='x' y\nD=1\n", .badEnvironmentLine(.textAfterQuote), "1:7", ["D"]),
      ("A='x'y\nD=1\n", .badEnvironmentLine(.textAfterQuote), "1:6", ["D"]),
      ("A=${\nD=1\n", .badExpansion("${"), "1:3", ["D"]),
      ("A=${B!x}\nD=1\n", .badExpansion("${B"), "1:3", ["D"]),
      (
        "C=1\r\nA=${NOPE:?no $B}\nD=1\n", .requiredVariable("NOPE", message: "no bval"), "2:3",
        ["C", "D"]
      ),
      ("C=1\nA=a\0b\nD=1\n", .badEnvironmentLine(.zeroByte), "2:1", ["C", "D"]),
    ])
  func `a line with a fault is reported and the others are read`(
    text: String, code: Diagnostic.Code, place: String, names: [String]
  ) {
    let (file, diagnostics) = parse(text)
    #expect(diagnostics.map(\.code) == [code])
    #expect(diagnostics.first?.location?.description == ".env:\(place)")
    #expect(file.entries.map(\.name) == names)
  }

  @Test func `bytes that are not utf-8 are reported where they stand`() {
    let bytes = Array("A=x\nB=\u{E9}".utf8) + [0xFF] + Array("\n".utf8)
    let (file, diagnostics) = DotEnvParser.parse(SourceFile(path: ".env", bytes: bytes))
    #expect(diagnostics.map(\.code) == [.badEnvironmentLine(.notUTF8)])
    #expect(diagnostics.first?.location?.description == ".env:2:4")
    #expect(file.entries.isEmpty)
  }

  @Test func `every fault of a file is reported`() {
    let (_, diagnostics) = parse("=1\nA B=2\nC='x' y\nD=${\n")
    #expect(diagnostics.compactMap { $0.location?.line } == [1, 2, 3, 4])
  }

  @Test func `entries know their places`() {
    let (file, _) = parse("# é\nexport A='1\n2'\n  B=3\n")
    #expect(file.entries.map(\.location.description) == [".env:2:8", ".env:4:3"])
  }

  @Test func `names that the file asks for are known`() {
    let (file, _) = parse("A=$B\nC\nD=${X:-$Y}\nE='$Z'\nF=$B\n")
    #expect(file.requested == ["B", "C", "X", "Y"])
  }

  @Test func `an entry never shows its value`() {
    let (file, _) = parse("A=secret\n")
    #expect(!"\(file)".contains("secret"))
    #expect(!String(reflecting: file).contains("secret"))
    var dumped = ""
    dump(file, to: &dumped)
    #expect(!dumped.contains("secret"))
  }
}
