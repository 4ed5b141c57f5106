// SPDX-License-Identifier: AGPL-3.0-or-later
// A stack whose top part can be moved out as an array without copying its elements, which saves
// the reference counting of every text in a file. It knows nothing of YAML.

/// A growing stack of values.
struct MoveStack<Element>: ~Copyable {
  private var storage: UnsafeMutablePointer<Element>
  private var capacity: Int
  /// How many elements there are.
  private(set) var count = 0

  /// An empty stack with room for some elements.
  init(capacity: Int = 64) {
    self.capacity = capacity
    storage = .allocate(capacity: capacity)
  }

  deinit {
    storage.deinitialize(count: count)
    storage.deallocate()
  }

  /// Puts an element on top.
  @inline(__always)
  mutating func push(_ element: consuming Element) {
    if count == capacity { grow() }
    (storage + count).initialize(to: element)
    count += 1
  }

  /// The element on top, to look at and to change; valid until the next is pushed.
  var top: UnsafeMutablePointer<Element>? {
    count > 0 ? storage + (count - 1) : nil
  }

  /// Takes off the element on top.
  mutating func drop() {
    guard count > 0 else { return }
    count -= 1
    (storage + count).deinitialize(count: 1)
  }

  /// The elements from a height to the top, to look at.
  func from(_ base: Int) -> UnsafeBufferPointer<Element> {
    UnsafeBufferPointer(start: storage + base, count: count - base)
  }

  /// Takes off the elements from a height to the top.
  mutating func pop(from base: Int) -> [Element] {
    let size = count - base
    count = base
    if size == 0 { return [] }
    var result: [Element] = []
    result.reserveCapacity(size)
    for offset in base..<base + size { result.append((storage + offset).move()) }
    return result
  }

  private mutating func grow() {
    let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2)
    larger.moveInitialize(from: storage, count: count)
    storage.deallocate()
    storage = larger
    capacity *= 2
  }
}
