// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Runs every golden case. UPDATE_GOLDEN=1 writes what comes out as what is expected.

import Foundation
import Testing

struct GoldenTests {
  @Test(arguments: GoldenCase.all)
  func `the program prints exactly what the case expects`(golden: GoldenCase) throws {
    let result = try golden.run()
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" { try golden.update(result) }
    let expected = try golden.expected
    #expect(result.output == expected.output)
    #expect(result.error == expected.error)
    #expect(result.status == expected.status)
  }

  @Test func `there are cases`() {
    #expect(GoldenCase.all.count > 10)
  }
}
