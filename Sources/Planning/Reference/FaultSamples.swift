// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Every fault of YAML texts, releases, files and tasks, each once, with facts that show it.
// Each code names the one after it, so that a code which is left out does not compile.

import Cache
import SystemPackage
import TaskGraph
import YAML

extension YAMLError.Code {
  /// The code after this one, with facts that show its sentence; a new case asks for its place here.
  var successor: Self? {
    switch self {
    case .syntax: .duplicateKey("KEY", first: .start)
    case .duplicateKey: .nonScalarKey
    case .nonScalarKey: .missingKey
    case .missingKey: .tooDeep(limit: 100)
    case .tooDeep: .tooManyNodes(limit: 1_000_000)
    case .tooManyNodes: .aliasExpansion(limit: 1_000_000)
    case .aliasExpansion: .unknownAlias("NAME")
    case .unknownAlias: .recursiveAlias("NAME")
    case .recursiveAlias: .mergeOfNonMapping
    case .mergeOfNonMapping: .severalDocuments
    case .severalDocuments: .invalidUTF8
    case .invalidUTF8: .invalidCharacter(7)
    case .invalidCharacter: .unsupportedEncoding
    case .unsupportedEncoding: .tooLarge(limit: 1_000_000)
    case .tooLarge: .outOfMemory
    case .outOfMemory: nil
    }
  }
}

extension ReleaseFault {
  /// The code after this one, with facts that show its sentence; a new case asks for its place here.
  var successor: Self? {
    switch self {
    case .unreadableHistory: .notFound("ID", nearest: nil)
    case .notFound: .targetMissing
    case .targetMissing: .severalTargets
    case .severalTargets: .noCurrent(environment: "ENVIRONMENT")
    case .noCurrent: .noPrevious
    case .noPrevious: .targetNotFound("ID", nearest: nil)
    case .targetNotFound: .versionNotFound("VERSION", environment: "ENVIRONMENT")
    case .versionNotFound: .otherEnvironment("ID", belongsTo: "OTHER", environment: "ENVIRONMENT")
    case .otherEnvironment: .isCurrent("ID")
    case .isCurrent: .notFullyDeployed("ID", phases: ["rollout: failed"])
    case .notFullyDeployed: nil
    }
  }
}

extension CacheError.Code {
  /// The code after this one, with facts that show its sentence; a new case asks for its place here.
  var successor: Self? {
    switch self {
    case .system: .nameNotUTF8
    case .nameNotUTF8: .unstable
    case .unstable: .corrupt
    case .corrupt: .escapes
    case .escapes: .unsupportedType
    case .unsupportedType: .missing
    case .missing: nil
    }
  }
}

extension TaskError.Code {
  /// The code after this one, with facts that show its sentence; a new case asks for its place here.
  var successor: Self? {
    switch self {
    case .exited: .signaled(9)
    case .signaled: .programMissing("PROGRAM")
    case .programMissing: .timedOut(.seconds(60))
    case .timedOut: .fileMissing("PATH")
    case .fileMissing: .files
    case .files: .unavailable("HOST")
    case .unavailable: .locked("HOST")
    case .locked: .moved("HOST")
    case .moved: .superseded("HOST")
    case .superseded: .lockLost("HOST")
    case .lockLost: .unexpectedAnswer("PROGRAM")
    case .unexpectedAnswer: .input
    case .input: .cancelled
    case .cancelled: .invariant
    case .invariant: nil
    }
  }
}
