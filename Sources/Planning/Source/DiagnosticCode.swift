// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Every fault that reading a project can find, each with the facts its sentence needs. Knows no
// wording and no place.

package import Cache

extension Diagnostic {
  /// What a diagnostic says, as data that a caller can match on.
  package enum Code: Sendable, Equatable {
    // MARK: the text itself
    /// The text is not YAML, breaks a limit, or repeats a key; the sentence is the YAML reader's.
    case yaml(String)
    /// The file has no content.
    case emptyFile

    // MARK: shape
    /// A key that the schema does not have at this place.
    case unknownKey(String, nearest: String?, known: [String])
    /// A key that must be there and is not; `section` is empty at the top of the file.
    case missingKey(String, section: String)
    /// A value of another kind than the schema wants.
    case wrongType(expected: String, found: String)
    /// A value outside a fixed set.
    case notOneOf(String, allowed: [String], nearest: String?)

    // MARK: values
    /// A name with a character that names cannot have.
    case badName(String)
    /// An environment variable name with a character that such names cannot have.
    case badVariableName(String)
    /// A text that is empty where one is needed; `what` names the place.
    case emptyValue(String)
    /// A length of time in an unknown form.
    case badDuration(String)
    /// A number of bytes in an unknown form.
    case badSize(String)
    /// A host that is no ssh destination.
    case badHostName(String)
    /// A text that is no address of the Internet Protocol.
    case badAddress(String)
    /// A number or share of hosts in an unknown form.
    case badShare(String)
    /// Two keys of one mapping of which only one may be there.
    case exclusiveKeys(String, String)
    /// A number outside its range.
    case outOfRange(Int, minimum: Int, maximum: Int?)
    /// A path that starts at the root of the file system.
    case absolutePath(String)
    /// A path that leaves the project through `..`.
    case escapingPath(String)
    /// A glob that cannot be read.
    case badPattern(String, GlobError.Code)
    /// A name that a list has twice.
    case repeatedName(String)
    /// An exclusion among outputs.
    case excludedOutput(String)
    /// An output that is the whole project.
    case outputIsProject(String)

    // MARK: names that refer to something
    /// A task that nobody defined.
    case unknownTask(String, nearest: String?)
    /// A pool that is neither built in nor declared.
    case unknownPool(String, nearest: String?)
    /// A provider that no area has.
    case unknownProvider(String, area: String, known: [String], nearest: String?)
    /// A provider that is chosen and has no section of its own.
    case missingProviderSection(String, area: String)
    /// A service that the Compose file does not define.
    case unknownService(String, nearest: String?)
    /// An environment that the project does not define.
    case unknownEnvironment(String, known: [String], nearest: String?)
    /// A host role that `hosts` does not define.
    case unknownRole(String, nearest: String?)

    /// A host that no role names.
    case unknownHost(String, nearest: String?)
    /// A database that `databases` does not define, or that has no migrations.
    case unknownDatabase(String, nearest: String?)

    // MARK: hosts and what runs there
    /// A role that other environments have and this one has not.
    case roleOutsideEnvironment(String, environment: String, nearest: String?)
    /// Hosts in an environment that is the operator's own engine.
    case hostsOfLocalEnvironment(String)
    /// An environment that is reached over ssh and has no hosts.
    case environmentWithoutHosts(String, driver: String)
    /// A service that could run on several roles and names none.
    case serviceWithoutRole(String, roles: [String])
    /// A service that was asked for and runs on none of the hosts that were chosen.
    case serviceOutsideSelection(String, hosts: [String])
    /// A service that was asked for and is not deployed in this environment.
    case externalServiceChosen(String, environment: String)
    /// Hosts were chosen by flags, and no service runs on them.
    case nothingSelected

    // MARK: the graph
    /// A task that needs itself.
    case needsItself(String)
    /// Tasks that need each other in a circle, shortest first found, each once.
    case cycle([String])
    /// Two tasks that write to the same place.
    case overlappingOutputs(task: String, output: String, other: String, otherOutput: String)
    /// A task reads what another writes, and nothing makes it wait.
    case inputWithoutNeed(task: String, input: String, producer: String, output: String)
    /// A task reads what another writes, which itself waits for the first.
    case inputFromLaterTask(
      task: String, input: String, producer: String, output: String, exclusion: String)

    // MARK: known to the reader, without effect yet
    /// A section that is read and checked, and whose meaning comes with a later command.
    case noEffectYet(section: String, arrivesWith: String)

    // MARK: env files and variables
    /// A line of an env file that is no assignment.
    case badEnvironmentLine(EnvironmentLineFault)
    /// A `$` that starts no variable.
    case badExpansion(String)
    /// A `${NAME:?message}` whose variable has no value.
    case requiredVariable(String, message: String)

    // MARK: finding files
    /// No stagecraft.yml in a folder or any above it.
    case projectNotFound(from: String)
    /// A file that the user named and that is not there.
    case fileNotFound(String)
    /// A file that cannot be read; the reason is the system's.
    case unreadableFile(String, reason: String)
    /// A folder that has no Compose file under any of the names Compose looks for.
    case composeFileNotFound(directory: String)

    /// Something another part of planning says, in its own words.
    case stated(id: String, message: String, hint: String?)
  }

  /// What is wrong with one line of an env file.
  package enum EnvironmentLineFault: Sendable, Equatable {
    /// There is a value without a name.
    case missingName
    /// The name has a character that names cannot have.
    case badCharacter(String)
    /// The name has a space in it.
    case spaceInName(String)
    /// A quote is opened and never closed.
    case unterminatedQuote
    /// Text follows a closing quote.
    case textAfterQuote
    /// The bytes are not UTF-8.
    case notUTF8
    /// A zero byte, which no environment can carry.
    case zeroByte
  }

  /// What stands at a second place of a diagnostic.
  package enum NoteCode: Sendable, Equatable {
    /// An edge: `task` asks for `need`.
    case needs(task: String, need: String)
    /// A task's output.
    case output(task: String, pattern: String)
    /// Something that was defined before.
    case definedHere(String)
    /// Something another part of planning says, in its own words.
    case stated(String)
  }
}
