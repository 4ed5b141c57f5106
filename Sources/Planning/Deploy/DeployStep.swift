// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Which step of a deploy a task is, read from its name as ``DeployPlanning`` gives it. Pure.

package import TaskGraph

/// A step of a deploy on a host.
package struct DeployStep: Sendable, Hashable {
  package let host: Substring
  /// `receipt`, `rollout/web/change` and the like.
  package let name: Substring

  /// The step that `id` names; nil for what is done on no host.
  package init?(_ id: TaskID) {
    guard let place = RunOutline.place(of: id) else { return nil }
    (host, name) = place
  }

  /// The service that it is about; nil for what is done to the host as a whole.
  package var service: String? {
    let parts = name.split(separator: "/")
    return parts.count == 3 && parts[0] == "rollout" ? String(parts[1]) : nil
  }
}
