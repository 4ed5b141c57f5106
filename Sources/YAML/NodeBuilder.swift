// SPDX-License-Identifier: AGPL-3.0-or-later
// Builds the tree of nodes from libyaml's events in one pass, without recursion: follows aliases,
// applies merge keys, refuses what the limits forbid. It does not know where the bytes come from.

import CLibYAML

/// Builds one tree.
struct NodeBuilder: ~Copyable {
  /// The innermost list or mapping, in its place on the stack of frames.
  private typealias Frame = UnsafeMutablePointer<BuilderFrame>

  private let source: EventSource
  private var finder: MarkFinder
  private let limits: Limits
  private var faults: [YAMLError] = []
  private var root: Node?
  private var documents = 0
  private var frames = MoveStack<BuilderFrame>()
  private var nodes = MoveStack<Node>()
  private var entries = MoveStack<Mapping.Entry>()
  private var anchors: [String: BuilderAnchor] = [:]
  private var written = 0
  private var expanded = 0

  /// A builder that has read nothing.
  init(source: consuming EventSource, finder: MarkFinder, limits: Limits) {
    self.source = source
    self.finder = finder
    self.limits = limits
  }

  /// Reads to the end, or to the first fault that hides what follows.
  mutating func build() -> (node: Node?, faults: [YAMLError]) {
    while step() {}
    guard !faults.isEmpty else { return (root, []) }
    faults.sort { $0.mark < $1.mark }
    return (root, faults)
  }

  /// Takes one event; false if it was the last.
  private mutating func step() -> Bool {
    guard source.advance() else {
      faults.append(source.fault.error(&finder))
      root = nil
      return false
    }
    let event = source.event
    switch event.pointee.type {
    case YAML_SCALAR_EVENT: return scalar(event)
    case YAML_SEQUENCE_START_EVENT:
      let data = event.pointee.data.sequence_start
      return open(event, isMapping: false, tag: data.tag, anchor: data.anchor)
    case YAML_MAPPING_START_EVENT:
      let data = event.pointee.data.mapping_start
      return open(event, isMapping: true, tag: data.tag, anchor: data.anchor)
    case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: return close(event)
    case YAML_ALIAS_EVENT: return alias(event)
    case YAML_DOCUMENT_START_EVENT:
      documents += 1
      return documents == 1 || stop(.severalDocuments, finder.mark(event.pointee.start_mark))
    case YAML_STREAM_END_EVENT: return false
    default: return true
    }
  }

  private mutating func stop(_ code: YAMLError.Code, _ mark: Mark) -> Bool {
    faults.append(YAMLError(code, at: mark))
    return false
  }

  // MARK: scalars

  private mutating func scalar(_ event: UnsafeMutablePointer<yaml_event_t>) -> Bool {
    let start = finder.mark(event.pointee.start_mark)
    let end = finder.mark(event.pointee.end_mark)
    let data = event.pointee.data.scalar
    let text = String(
      decoding: UnsafeBufferPointer(start: data.value, count: data.length), as: UTF8.self)
    let isPlain = data.style == YAML_PLAIN_SCALAR_STYLE
    guard count(at: start) else { return false }
    if data.anchor == nil, let frame = frames.top, frame.pointee.awaitsKey {
      let isMissing = isPlain && text.isEmpty && data.tag == nil
      key(frame, text, start, end, isMerge: isPlain && text == "<<", isMissing: isMissing)
      return true
    }
    let isExplicitlyText = isPlain && data.plain_implicit == 0 && data.tag == nil
    let node = Node(
      .scalar(Scalar(text: text, style: style(data.style))), start: start, end: end,
      tag: isExplicitlyText ? "!" : shortTag(data.tag))
    if frames.count == 0 && isPlain && text.isEmpty && node.tag == nil {
      return true
    }
    if let anchor = data.anchor {
      anchors[String(cString: anchor)] = .closed(node, weight: 1, height: 0)
    }
    accept(node, weight: 1, height: 0)
    return true
  }

  private func style(_ style: yaml_scalar_style_t) -> Scalar.Style {
    switch style {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
    case YAML_LITERAL_SCALAR_STYLE: .literal
    case YAML_FOLDED_SCALAR_STYLE: .folded
    default: .plain
    }
  }

  private func shortTag(_ tag: UnsafeMutablePointer<yaml_char_t>?) -> String? {
    guard let tag else { return nil }
    let text = String(cString: tag)
    let prefix = "tag:yaml.org,2002:"
    return text.hasPrefix(prefix) ? "!!" + text.dropFirst(prefix.count) : text
  }

  private mutating func key(
    _ frame: Frame, _ text: String, _ start: Mark, _ end: Mark, isMerge: Bool = false,
    isMissing: Bool = false
  ) {
    if isMissing {
      faults.append(YAMLError(.missingKey, at: start))
      frame.pointee.state = .skipsValue
      return
    }
    frame.pointee.key = text
    frame.pointee.keyStart = start
    frame.pointee.keyEnd = end
    frame.pointee.state = isMerge ? .awaitsMerge : .awaitsValue
  }

  // MARK: lists and mappings

  private mutating func open(
    _ event: UnsafeMutablePointer<yaml_event_t>, isMapping: Bool,
    tag: UnsafeMutablePointer<yaml_char_t>?, anchor: UnsafeMutablePointer<yaml_char_t>?
  ) -> Bool {
    let start = finder.mark(event.pointee.start_mark)
    guard count(at: start) else { return false }
    guard frames.count < limits.depth else { return stop(.tooDeep(limit: limits.depth), start) }
    var frame = BuilderFrame(
      isMapping: isMapping, start: start, base: isMapping ? entries.count : nodes.count)
    frame.tag = shortTag(tag)
    if let anchor {
      let name = String(cString: anchor)
      frame.anchor = name
      anchors[name] = .open(depth: frames.count + 1)
    }
    frames.push(frame)
    return true
  }

  private mutating func close(_ event: UnsafeMutablePointer<yaml_event_t>) -> Bool {
    guard let frame = frames.top else { return false }
    // Only a bracket has a width; in block style the event stands where the next token begins.
    let isBracket = event.pointee.start_mark.index != event.pointee.end_mark.index
    let end = isBracket ? finder.mark(event.pointee.end_mark) : frame.pointee.lastEnd
    let value: Node.Value
    if frame.pointee.isMapping {
      checkKeys(frame)
      merge(frame)
      value = .mapping(Mapping(entries.pop(from: frame.pointee.base), index: frame.pointee.index))
    } else {
      value = .sequence(nodes.pop(from: frame.pointee.base))
    }
    let node = Node(value, start: frame.pointee.start, end: end, tag: frame.pointee.tag)
    let weight = frame.pointee.weight
    let height = frame.pointee.height
    if let name = frame.pointee.anchor, case .open(frames.count) = anchors[name] {
      anchors[name] = .closed(node, weight: weight, height: height)
    }
    frames.drop()
    accept(node, weight: weight, height: height)
    return true
  }

  /// Hands a finished node to the list or mapping around it.
  private mutating func accept(_ node: consuming Node, weight: Int, height: Int) {
    guard let frame = frames.top else {
      root = node
      return
    }
    frame.pointee.weight += weight
    frame.pointee.height = max(frame.pointee.height, height + 1)
    frame.pointee.lastEnd = max(frame.pointee.lastEnd, node.end)
    guard frame.pointee.isMapping else {
      nodes.push(node)
      return
    }
    switch frame.pointee.state {
    case .awaitsKey: keyNode(frame, node)
    case .awaitsValue:
      entries.push(
        Mapping.Entry(
          key: frame.pointee.key, keyMark: frame.pointee.keyStart, keyEnd: frame.pointee.keyEnd,
          value: node))
      frame.pointee.state = .awaitsKey
    case .awaitsMerge: mergeValue(frame, node)
    case .skipsValue: frame.pointee.state = .awaitsKey
    }
  }

  /// A key that came with an anchor, by an alias or as a list or mapping.
  private mutating func keyNode(_ frame: Frame, _ node: Node) {
    if let text = node.string {
      key(frame, text, node.start, node.end)
    } else {
      faults.append(YAMLError(.nonScalarKey, at: node.start))
      frame.pointee.state = .skipsValue
    }
  }

  // MARK: limits

  private mutating func count(at mark: Mark) -> Bool {
    written += 1
    return written <= limits.nodes || stop(.tooManyNodes(limit: limits.nodes), mark)
  }

  private mutating func expand(_ weight: Int, at mark: Mark) -> Bool {
    expanded += weight
    return expanded <= limits.aliasExpansion
      || stop(.aliasExpansion(limit: limits.aliasExpansion), mark)
  }

  // MARK: aliases

  private mutating func alias(_ event: UnsafeMutablePointer<yaml_event_t>) -> Bool {
    let start = finder.mark(event.pointee.start_mark)
    let end = finder.mark(event.pointee.end_mark)
    guard let anchor = event.pointee.data.alias.anchor else { return true }
    let name = String(cString: anchor)
    guard count(at: start) else { return false }
    guard case .closed(let node, let weight, let height) = anchors[name] else {
      let code: YAMLError.Code = anchors[name] == nil ? .unknownAlias(name) : .recursiveAlias(name)
      faults.append(YAMLError(code, at: start))
      substitute(start, end)
      return true
    }
    guard expand(weight, at: start) else { return false }
    // A chain of aliases must not build what could not be written down.
    guard frames.count + height <= limits.depth else {
      return stop(.tooDeep(limit: limits.depth), start)
    }
    guard let frame = frames.top else { return true }
    if frame.pointee.awaitsKey, let text = node.string {
      key(frame, text, start, end)
    } else {
      accept(node, weight: weight, height: height)
    }
    frame.pointee.lastEnd = end
    return true
  }

  /// Puts null in the place of an alias that leads nowhere, to find further faults.
  private mutating func substitute(_ start: Mark, _ end: Mark) {
    guard let frame = frames.top else { return }
    switch frame.pointee.state {
    case .awaitsKey where frame.pointee.isMapping: frame.pointee.state = .skipsValue
    case .awaitsMerge: frame.pointee.state = .awaitsKey
    default:
      let null = Node(.scalar(Scalar(text: "", style: .plain)), start: start, end: end)
      accept(null, weight: 1, height: 0)
    }
  }

  // MARK: keys and merges

  /// Refuses repeated keys, and makes the index of a large mapping.
  private mutating func checkKeys(_ frame: Frame) {
    let own = entries.from(frame.pointee.base)
    guard own.count > 1 else { return }
    var repeated: [(position: Int, first: Int)] = []
    if own.count > KeyIndex.threshold {
      (frame.pointee.index, repeated) = KeyIndex.make(own)
    } else {
      for position in 1..<own.count {
        for first in 0..<position where own[first].key.isIdentical(to: own[position].key) {
          repeated.append((position, first))
          break
        }
      }
    }
    guard !repeated.isEmpty else { return }
    for (position, first) in repeated {
      faults.append(
        YAMLError(
          .duplicateKey(own[position].key, first: own[first].keyMark), at: own[position].keyMark))
    }
    let dropped = Set(repeated.map(\.position))
    replace(frame) { entries in
      entries.indices.filter { !dropped.contains($0) }.map { entries[$0] }
    }
  }

  private mutating func replace(
    _ frame: Frame, _ change: ([Mapping.Entry]) -> [Mapping.Entry]
  ) {
    let changed = change(entries.pop(from: frame.pointee.base))
    for entry in changed { entries.push(entry) }
    frame.pointee.index = changed.count > KeyIndex.threshold ? KeyIndex(changed) : nil
  }

  /// Keeps the value of `<<` until the mapping's own keys are known.
  private mutating func mergeValue(_ frame: Frame, _ node: Node) {
    frame.pointee.state = .awaitsKey
    if let first = frame.pointee.mergeMark {
      faults.append(YAMLError(.duplicateKey("<<", first: first), at: frame.pointee.keyStart))
      return
    }
    frame.pointee.mergeMark = frame.pointee.keyStart
    frame.pointee.mergePosition = entries.count - frame.pointee.base
    for source in node.sequence ?? [node] {
      if let mapping = source.mapping {
        frame.pointee.merges.append(mapping)
      } else {
        faults.append(YAMLError(.mergeOfNonMapping, at: source.start))
      }
    }
  }

  /// Applies `<<`: own keys win, then those of the earlier mapping.
  private mutating func merge(_ frame: Frame) {
    guard !frame.pointee.merges.isEmpty else { return }
    let merges = frame.pointee.merges
    let position = min(frame.pointee.mergePosition, entries.count - frame.pointee.base)
    replace(frame) { own in
      let ownKeys = Mapping(own)
      var taken = Set<ExactKey>()
      var merged: [Mapping.Entry] = []
      for mapping in merges {
        for entry in mapping.entries
        where ownKeys.entry(entry.key) == nil && taken.insert(ExactKey(entry.key)).inserted {
          merged.append(entry)
        }
      }
      return own[..<position] + merged + own[position...]
    }
  }
}
