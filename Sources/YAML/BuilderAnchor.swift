// SPDX-License-Identifier: AGPL-3.0-or-later
// What NodeBuilder keeps of a value with an anchor. It does nothing by itself.

/// What a name leads to: a node, or one that has begun and not ended.
enum BuilderAnchor {
  case open(depth: Int)
  case closed(Node, weight: Int, height: Int)
}
