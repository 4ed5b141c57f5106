// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The key that a project's secrets are digested with, so that what is on disk neither shows a secret
// nor lets one guess it. It stays on this machine, outside of the project.

package import SystemPackage

/// Thirty-two random bytes a project.
package enum SecretKey {
  /// Where the keys of this user are: `$XDG_DATA_HOME/stagecraft/keys`, else
  /// `~/.local/share/stagecraft/keys` (`~/Library/Application Support/stagecraft/keys` on macOS).
  package static func directory(environment: [String: String]) -> FilePath {
    if let path = environment["XDG_DATA_HOME"], path.hasPrefix("/") {
      return FilePath(path).appending("stagecraft").appending("keys")
    }
    let home = FilePath(environment["HOME"] ?? "/")
    #if canImport(Darwin)
      return home.appending("Library/Application Support/stagecraft/keys")
    #else
      return home.appending(".local/share/stagecraft/keys")
    #endif
  }

  /// The variable with the text that the key is made of, so that several machines have one.
  package static let variable = "STAGECRAFT_SECRET_KEY"
  /// How many characters that text has at least.
  package static let leastCharacters = 32

  /// The key of `project` that follows from a text that several machines share; nil where the text is
  /// too short to be one that nobody guesses.
  package static func derived(from text: String, project: String) -> [UInt8]? {
    guard text.utf8.count >= leastCharacters else { return nil }
    return Digest.keyed(Array("stagecraft key of \(project)".utf8), by: Array(text.utf8)).bytes
  }

  /// The key of `project`, any text that names it; made at the first call.
  ///
  /// Of processes that make it at once one wins, and all get that one. A key file of another length is
  /// a `corrupt` error; without it every result that depends on a secret is made again.
  package static func load(
    directory: FilePath, project: String
  ) throws(CacheError) -> [UInt8] {
    let file = directory.appending(Digest.of(project).hex)
    if let key = try read(file) { return key }
    try FileSystem.createDirectory(directory, mode: 0o700)
    var source = SystemRandomNumberGenerator()
    let key = (0..<32).map { _ in UInt8.random(in: 0...255, using: &source) }
    let temporary = directory.appending(FileSystem.temporaryName())
    try FileSystem.replace(temporary, with: key, mode: 0o600, durable: true)
    defer { FileTransfer.discard(temporary) }
    do throws(CacheError) {
      try FileSystem.createName(file, for: temporary)
    } catch {
      guard error.code == .system(.fileExists) else { throw error }
    }
    try FileSystem.synchronizeDirectory(directory)
    guard let key = try read(file) else { throw CacheError(.missing, "read", file.string) }
    return key
  }

  private static func read(_ file: FilePath) throws(CacheError) -> [UInt8]? {
    guard let identity = FileIdentity(file.string) else { return nil }
    guard identity.type == .regular else {
      throw CacheError(.unsupportedType, "read", file.string)
    }
    // Others may have widened it; it is a secret all the same.
    if identity.mode & 0o077 != 0 { try FileSystem.setMode(file, 0o600) }
    guard let key = try FileSystem.read(file) else { return nil }
    guard key.count == 32 else { throw CacheError(.corrupt, "read", file.string) }
    return key
  }
}
