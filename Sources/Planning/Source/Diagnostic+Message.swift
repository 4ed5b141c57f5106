// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The sentences of all diagnostics, in one place. Knows no places and draws nothing.

import Cache

extension Diagnostic.Code {
  /// Whether this code stops the request.
  package var severity: Diagnostic.Severity {
    if case .noEffectYet = self { .warning } else { .error }
  }

  /// The sentence: plain words in lower case, names in backticks, no full stop.
  package var message: String {
    switch self {
    case .yaml(let message): message
    case .emptyFile: "the file is empty"
    case .unknownKey(let key, _, _): "unknown key \(quoted(key))"
    case .missingKey(let key, let section):
      section.isEmpty
        ? "missing key \(quoted(key))" : "\(quoted(section)) has no key \(quoted(key))"
    case .wrongType(let expected, let found): "expected \(expected), found \(found)"
    case .notOneOf(let value, _, _): "unknown value \(quoted(value))"
    case .badName(let name): "\(quoted(name)) is not a valid name"
    case .badVariableName(let name): "\(quoted(name)) is not a valid variable name"
    case .emptyValue(let what): "\(what) is empty"
    case .badDuration(let text): "\(quoted(text)) is not a length of time"
    case .badSize(let text): "\(quoted(text)) is not a size"
    case .badHostName(let name): "\(quoted(name)) is not the name of a host"
    case .badAddress(let text): "\(quoted(text)) is not an IP address"
    case .badShare(let text): "\(quoted(text)) is not a number of hosts"
    case .exclusiveKeys(let first, let second):
      "\(quoted(first)) and \(quoted(second)) exclude each other"
    case .outOfRange(let value, let minimum, let maximum):
      value < minimum
        ? "\(value) is too small, the least is \(minimum)"
        : "\(value) is too large, the most is \(maximum ?? value)"
    case .absolutePath(let path): "\(quoted(path)) is an absolute path"
    case .escapingPath(let path): "\(quoted(path)) leaves the project"
    case .badPattern(let pattern, let fault):
      "\(quoted(pattern)) is not a valid pattern: \(reason(fault))"
    case .repeatedName(let name): "\(quoted(name)) is in the list twice"
    case .excludedOutput(let pattern): "\(quoted(pattern)) excludes, and outputs cannot"
    case .outputIsProject(let path): "\(quoted(path)) is the whole project"
    case .unknownTask(let name, _): "task \(quoted(name)) is not defined"
    case .unknownPool(let name, _): "pool \(quoted(name)) is not defined"
    case .unknownProvider(let name, let area, _, _):
      "\(quoted(area)) has no provider \(quoted(name))"
    case .missingProviderSection(let name, let area):
      "\(quoted("\(area).providers")) has no section \(quoted(name))"
    case .unknownService(let name, _): "service \(quoted(name)) is not in the compose file"
    case .unknownEnvironment(let name, _, _): "environment \(quoted(name)) is not defined"
    case .unknownRole(let name, _): "role \(quoted(name)) is not defined"
    case .unknownHost(let name, _): "host \(quoted(name)) is in no role"
    case .unknownDatabase(let name, _): "database \(quoted(name)) has no migrations"
    case .roleOutsideEnvironment(let role, let environment, _):
      "environment \(quoted(environment)) has no role \(quoted(role))"
    case .hostsOfLocalEnvironment(let name):
      "environment \(quoted(name)) is the local engine and has no hosts"
    case .environmentWithoutHosts(let name, let driver):
      "environment \(quoted(name)) has driver \(quoted(driver)) and no hosts"
    case .serviceWithoutRole(let name, _):
      "\(quoted("services.\(name).role")) is missing: several hosts could run \(quoted(name))"
    case .serviceOutsideSelection(let name, _):
      "service \(quoted(name)) runs on none of the chosen hosts"
    case .externalServiceChosen(let name, let environment):
      "service \(quoted(name)) is external in \(quoted(environment)) and is not deployed"
    case .nothingSelected: "no service runs on the chosen hosts"
    case .needsItself(let name): "task \(quoted(name)) needs itself"
    case .cycle(let names):
      "tasks need each other in a circle: "
        + (names + names.prefix(1)).map(quoted).joined(separator: " → ")
    case .overlappingOutputs(let task, let output, let other, let otherOutput):
      "outputs of two tasks overlap: \(quoted(output)) of \(quoted(task)) and "
        + "\(quoted(otherOutput)) of \(quoted(other))"
    case .inputWithoutNeed(let task, let input, let producer, let output):
      "input \(quoted(input)) of \(quoted(task)) is made by \(quoted(producer)) "
        + "(\(quoted(output))), and \(quoted(task)) does not wait for it"
    case .inputFromLaterTask(let task, let input, let producer, let output, _):
      "input \(quoted(input)) of \(quoted(task)) matches what \(quoted(producer)) makes "
        + "(\(quoted(output))), and \(quoted(producer)) runs after \(quoted(task))"
    case .noEffectYet(let section, let command):
      "\(quoted(section)) is read but has no effect yet: it arrives with \(quoted(command))"
    case .badEnvironmentLine(let fault): fault.message
    case .badExpansion(let text): "\(quoted(text)) starts no variable"
    case .requiredVariable(let name, let message):
      "variable \(quoted(name)) has no value" + (message.isEmpty ? "" : ": \(message)")
    case .projectNotFound(let directory):
      "no `stagecraft.yml` in \(quoted(directory)) or any folder above it"
    case .fileNotFound(let path): "\(quoted(path)) does not exist"
    case .unreadableFile(let path, let reason): "\(quoted(path)) cannot be read: \(reason)"
    case .composeFileNotFound(let directory): "no compose file in \(quoted(directory))"
    case .stated(_, let message, _): message
    }
  }

  /// What the author could do, in one clause.
  package var hint: String? {
    switch self {
    case .unknownKey(_, let nearest, let known):
      nearest.map(didYouMean) ?? (known.isEmpty ? nil : "known here: \(few(known))")
    case .unknownTask(_, let nearest): nearest.map(didYouMean) ?? "define it under `tasks`"
    case .unknownService(_, let nearest):
      nearest.map(didYouMean) ?? "the names are those under `services` there"
    case .unknownRole(_, let nearest): nearest.map(didYouMean) ?? "define it under `hosts`"
    case .unknownHost(_, let nearest): nearest.map(didYouMean) ?? "list it under `hosts`"
    case .unknownDatabase(_, let nearest):
      nearest.map(didYouMean) ?? "give it `migrations` under `databases`"
    case .roleOutsideEnvironment(_, let environment, let nearest):
      nearest.map(didYouMean) ?? "define it under `environments.\(environment).hosts`"
    case .emptyFile: "the least is `project: { name: NAME }`"
    case .emptyValue: "give it a value, or take the key away"
    case .exclusiveKeys: "keep one of them"
    case .repeatedName: "list it once"
    case .badPattern: "a `\\` before `*`, `?`, `[` or `{` makes it stand for itself"
    case .missingProviderSection(let name, let area):
      "add `\(Printable.line(name)):` under `\(area).providers`"
    case .externalServiceChosen: "leave it out of `--services`"
    case .nothingSelected: "choose others with `--services`, `--hosts` or `--roles`"
    case .needsItself: "take it out of its `needs`"
    case .cycle: "take one of them out of `needs`"
    case .requiredVariable: "set it in the environment or in the env file"
    case .fileNotFound: "create it, or correct the path"
    case .unreadableFile: "see its owner and mode"
    case .notOneOf(_, let allowed, let nearest):
      nearest.map(didYouMean) ?? "one of \(list(allowed))"
    case .unknownPool(_, let nearest):
      nearest.map(didYouMean) ?? "declare it under `pools`"
    case .unknownProvider(_, _, let known, let nearest):
      nearest.map(didYouMean) ?? (known.isEmpty ? nil : "one of \(list(known))")
    case .unknownEnvironment(_, let known, let nearest):
      nearest.map(didYouMean)
        ?? (known.isEmpty ? "the project defines no environments" : "one of \(list(known))")
    case .badName: "letters, digits, `.`, `_` and `-`, beginning with a letter or digit"
    case .badHostName: "an ssh destination such as `web-1` or `deploy@10.0.0.5`"
    case .badAddress: "write it as in `10.0.0.5` or `fd00::5`"
    case .badShare: "write a number such as `2` or a share such as `25%`"
    case .hostsOfLocalEnvironment: "choose the driver `ssh` to deploy to hosts"
    case .environmentWithoutHosts(let name, _):
      "list them under `hosts` or `environments.\(name).hosts`"
    case .serviceWithoutRole(_, let roles): "one of \(list(roles))"
    case .serviceOutsideSelection(_, let hosts): "it runs on \(list(hosts))"
    case .badVariableName: "letters, digits and `_`, not beginning with a digit"
    case .badDuration: "write it as in `90s`, `5m`, `1h30m` or `500ms`"
    case .badSize: "write it as in `500MB`, `10GB` or `2GiB`"
    case .absolutePath, .escapingPath: "paths start at the project and stay in it"
    case .excludedOutput: "list what the task writes"
    case .outputIsProject: "name the files or folders that the task writes"
    case .overlappingOutputs: "let one task write to another place"
    case .inputWithoutNeed(_, _, let producer, _): "add `needs: [\(producer)]`"
    case .inputFromLaterTask(_, _, _, _, let exclusion): "exclude it with `!\(exclusion)`"
    case .badEnvironmentLine(let fault): fault.hint
    case .badExpansion: "write `$$` for a dollar sign"
    case .projectNotFound: "`stagecraft init` makes one"
    case .composeFileNotFound: "name it with the key `compose`"
    case .stated(_, _, let hint): hint
    default: nil
    }
  }

  private func quoted(_ text: String) -> String { "`\(Printable.line(text))`" }

  private func reason(_ fault: GlobError.Code) -> String {
    switch fault {
    case .empty: "it names nothing"
    case .escapes: "it leaves the project"
    case .badSet: "its brackets make no set"
    case .unclosedBrace: "a brace is not closed"
    case .tooManyAlternatives: "its braces stand for too many patterns"
    case .onlyNegations: "it only takes away"
    case .badEscape: "nothing follows its last backslash"
    }
  }

  private func list(_ names: [String]) -> String { names.map(quoted).joined(separator: ", ") }

  /// The first of them, and how many more there are.
  private func few(_ names: [String]) -> String {
    let most = 8
    let more = names.count > most ? " and \(names.count - most) more" : ""
    return list(Array(names.prefix(most))) + more
  }

  private func didYouMean(_ name: String) -> String { "did you mean \(quoted(name))?" }
}

extension Diagnostic.EnvironmentLineFault {
  /// The sentence; never contains a value, which may be a secret.
  var message: String {
    switch self {
    case .missingName: "the line has no variable name"
    case .badCharacter(let character):
      "`\(Printable.line(character))` cannot stand in a variable name"
    case .spaceInName(let name): "the name `\(Printable.line(name))` has a space in it"
    case .unterminatedQuote: "the quote is never closed"
    case .textAfterQuote: "text follows the closing quote"
    case .notUTF8: "the bytes are not UTF-8 text"
    case .zeroByte: "a zero byte cannot stand in a variable"
    }
  }

  /// What the author could do.
  var hint: String? {
    switch self {
    case .missingName, .badCharacter, .spaceInName: "lines are `NAME=value`"
    case .textAfterQuote: "a comment starts with ` #`"
    case .unterminatedQuote: "close it, or write the value without quotes"
    case .notUTF8: "save the file as UTF-8"
    case .zeroByte: "take it out of the file"
    }
  }
}

extension Diagnostic.NoteCode {
  /// The sentence that stands above the second place.
  package var message: String {
    switch self {
    case .needs(let task, let need):
      "`\(Printable.line(task))` needs `\(Printable.line(need))` here"
    case .output(let task, let pattern):
      "`\(Printable.line(task))` writes `\(Printable.line(pattern))` here"
    case .definedHere(let name): "`\(Printable.line(name))` is defined here"
    case .stated(let message): message
    }
  }
}
