// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Every fault of files that people write, each once, with facts that show its sentence.
// Each code names the one after it, so that a code which is left out does not compile.

import Cache

extension Diagnostic.Code {
  /// The code after this one, with facts that show its sentence; a new case asks for its place here.
  var successor: Self? {
    switch self {
    case .yaml: .emptyFile
    case .emptyFile: .unknownKey("KEY", nearest: "OTHER", known: ["OTHER"])
    case .unknownKey: .missingKey("KEY", section: "SECTION")
    case .missingKey: .wrongType(expected: "a list", found: "a text")
    case .wrongType: .notOneOf("VALUE", allowed: ["ONE", "TWO"], nearest: nil)
    case .notOneOf: .badName("NAME")
    case .badName: .badVariableName("NAME")
    case .badVariableName: .emptyValue("`KEY`")
    case .emptyValue: .badDuration("90")
    case .badDuration: .badSize("10")
    case .badSize: .badHostName("HOST")
    case .badHostName: .badAddress("ADDRESS")
    case .badAddress: .badShare("half")
    case .badShare: .exclusiveKeys("ONE", "TWO")
    case .exclusiveKeys: .outOfRange(0, minimum: 1, maximum: nil)
    case .outOfRange: .absolutePath("/PATH")
    case .absolutePath: .escapingPath("../PATH")
    case .escapingPath: .badPattern("PATTERN", .badSet)
    case .badPattern: .repeatedName("NAME")
    case .repeatedName: .excludedOutput("!PATH")
    case .excludedOutput: .outputIsProject(".")
    case .outputIsProject: .unknownTask("TASK", nearest: nil)
    case .unknownTask: .unknownPool("POOL", nearest: nil)
    case .unknownPool:
      .unknownProvider("PROVIDER", area: "SECTION", known: ["ONE", "TWO"], nearest: nil)
    case .unknownProvider: .missingProviderSection("PROVIDER", area: "SECTION")
    case .missingProviderSection: .unknownService("SERVICE", nearest: nil)
    case .unknownService: .unknownEnvironment("ENVIRONMENT", known: ["ONE", "TWO"], nearest: nil)
    case .unknownEnvironment: .unknownRole("ROLE", nearest: nil)
    case .unknownRole: .unknownHost("HOST", nearest: nil)
    case .unknownHost: .unknownDatabase("DATABASE", nearest: nil)
    case .unknownDatabase: .roleOutsideEnvironment("ROLE", environment: "ENVIRONMENT", nearest: nil)
    case .roleOutsideEnvironment: .hostsOfLocalEnvironment("ENVIRONMENT")
    case .hostsOfLocalEnvironment: .environmentWithoutHosts("ENVIRONMENT", driver: "ssh")
    case .environmentWithoutHosts: .serviceWithoutRole("SERVICE", roles: ["ONE", "TWO"])
    case .serviceWithoutRole: .serviceOutsideSelection("SERVICE", hosts: ["HOST"])
    case .serviceOutsideSelection: .externalServiceChosen("SERVICE", environment: "ENVIRONMENT")
    case .externalServiceChosen: .nothingSelected
    case .nothingSelected: .needsItself("TASK")
    case .needsItself: .cycle(["ONE", "TWO"])
    case .cycle:
      .overlappingOutputs(task: "TASK", output: "PATH", other: "OTHER", otherOutput: "PATH")
    case .overlappingOutputs:
      .inputWithoutNeed(task: "TASK", input: "PATH", producer: "OTHER", output: "PATH")
    case .inputWithoutNeed:
      .inputFromLaterTask(
        task: "TASK", input: "GLOB", producer: "OTHER", output: "PATH", exclusion: "PATH")
    case .inputFromLaterTask: .noEffectYet(section: "SECTION", arrivesWith: "COMMAND")
    case .noEffectYet: .badEnvironmentLine(.missingName)
    case .badEnvironmentLine: .badExpansion("${")
    case .badExpansion: .requiredVariable("NAME", message: "")
    case .requiredVariable: .projectNotFound(from: "FOLDER")
    case .projectNotFound: .fileNotFound("PATH")
    case .fileNotFound: .unreadableFile("PATH", reason: "Permission denied")
    case .unreadableFile: .composeFileNotFound(directory: "FOLDER")
    case .composeFileNotFound:
      .stated(id: "ID", message: "what another part of planning says", hint: nil)
    case .stated: nil
    }
  }
}

extension Diagnostic.EnvironmentLineFault {
  /// The code after this one, with facts that show its sentence; a new case asks for its place here.
  var successor: Self? {
    switch self {
    case .missingName: .badCharacter("CHARACTER")
    case .badCharacter: .spaceInName("NAME")
    case .spaceInName: .unterminatedQuote
    case .unterminatedQuote: .textAfterQuote
    case .textAfterQuote: .notUTF8
    case .notUTF8: .zeroByte
    case .zeroByte: nil
    }
  }
}

extension GlobError.Code {
  /// The code after this one, with facts that show its sentence; a new case asks for its place here.
  var successor: Self? {
    switch self {
    case .empty: .escapes
    case .escapes: .badSet
    case .badSet: .unclosedBrace
    case .unclosedBrace: .tooManyAlternatives
    case .tooManyAlternatives: .onlyNegations
    case .onlyNegations: .badEscape
    case .badEscape: nil
    }
  }
}
