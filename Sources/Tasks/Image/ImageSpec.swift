// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What a Compose service says about building its image, as a value.

package import Cache

/// How one image is built: the `build:` section of a service, in canonical form.
package struct ImageSpec: Storable, Hashable {
  /// A name with a value.
  package struct Pair: Storable, Hashable {
    package let name: String
    package let value: String

    /// Makes a pair.
    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }

    package func write(to writer: inout RecordWriter) {
      writer.write(name)
      writer.write(value)
    }

    package init(from reader: inout RecordReader) throws(RecordError) {
      name = try reader.readString()
      value = try reader.readString()
    }
  }

  /// A build secret: where its value is, never the value in anything that is stored.
  package struct Secret: Storable, Hashable {
    /// Where the value is.
    package enum Source: Sendable, Hashable {
      /// In this file, relative to the project root.
      case file(String)
      /// In this variable.
      case variable(String)
    }

    package let name: String
    package let source: Source
    /// The value, for handing it to the build; neither stored nor compared.
    package var value: String?

    /// Makes a secret.
    package init(name: String, source: Source) {
      self.name = name
      self.source = source
    }

    package func write(to writer: inout RecordWriter) {
      writer.write(name)
      switch source {
      case .file(let path):
        writer.write(UInt8(0))
        writer.write(path)
      case .variable(let variable):
        writer.write(UInt8(1))
        writer.write(variable)
      }
    }

    package init(from reader: inout RecordReader) throws(RecordError) {
      name = try reader.readString()
      switch try reader.readByte() {
      case 0: source = .file(try reader.readString())
      case 1: source = .variable(try reader.readString())
      default: throw .malformed
      }
    }
  }

  /// A directory relative to the project root, or a URL.
  package var context = "."
  /// Relative to the context, as Compose has it; nil means `Dockerfile`.
  package var dockerfile: String?
  /// The Dockerfile's path from the project root, where it is not given from the context.
  package var dockerfileFromRoot: String?
  /// Whether the image is made by a program that needs no Dockerfile.
  package var dockerfileIsAbsent = false
  /// A Dockerfile written into the Compose file.
  package var inlineDockerfile: String?
  package var arguments: [Pair] = []
  package var target: String?
  package var platforms: [String] = []
  package var labels: [Pair] = []
  package var additionalContexts: [Pair] = []
  package var secrets: [Secret] = []
  package var ssh: [String] = []
  package var extraHosts: [String] = []
  package var cacheFrom: [String] = []
  package var cacheTo: [String] = []
  package var tags: [String] = []
  package var network: String?
  package var sharedMemory: String?
  package var pulls = false
  package var isUncached = false

  /// Compose's own defaults.
  package init() {}

  /// Whether the context is not a directory of this machine.
  package var isRemote: Bool {
    context.contains("://") || context.hasPrefix("git@") || context.hasPrefix("github.com/")
  }

  /// What `--file` gets: a path from the project root, `-` for an inline one, nil where the context
  /// is remote and has it.
  package var dockerfileArgument: String? {
    if inlineDockerfile != nil { return "-" }
    if isRemote { return dockerfile }
    return dockerfilePath
  }

  /// The Dockerfile's path from the project root.
  package var dockerfilePath: String {
    if let dockerfileFromRoot { return dockerfileFromRoot }
    let name = dockerfile ?? "Dockerfile"
    if name.hasPrefix("/") || isRemote { return name }
    return context == "." ? name : context + "/" + name
  }

  package func write(to writer: inout RecordWriter) {
    writer.write(context)
    writer.write(dockerfile)
    writer.write(dockerfileFromRoot)
    writer.write(dockerfileIsAbsent)
    writer.write(inlineDockerfile)
    writer.write(arguments)
    writer.write(target)
    writer.write(platforms)
    writer.write(labels)
    writer.write(additionalContexts)
    writer.write(secrets)
    for list in [ssh, extraHosts, cacheFrom, cacheTo, tags] { writer.write(list) }
    writer.write(network)
    writer.write(sharedMemory)
    writer.write(pulls)
    writer.write(isUncached)
  }

  package init(from reader: inout RecordReader) throws(RecordError) {
    context = try reader.readString()
    dockerfile = try reader.readOptional()
    dockerfileFromRoot = try reader.readOptional()
    dockerfileIsAbsent = try reader.readBool()
    inlineDockerfile = try reader.readOptional()
    arguments = try reader.readList()
    target = try reader.readOptional()
    platforms = try reader.readList()
    labels = try reader.readList()
    additionalContexts = try reader.readList()
    secrets = try reader.readList()
    ssh = try reader.readList()
    extraHosts = try reader.readList()
    cacheFrom = try reader.readList()
    cacheTo = try reader.readList()
    tags = try reader.readList()
    network = try reader.readOptional()
    sharedMemory = try reader.readOptional()
    pulls = try reader.readBool()
    isUncached = try reader.readBool()
  }
}
