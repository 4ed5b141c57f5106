// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The six phases that a deploy reports and a release records, in their order. Knows no task.

/// A phase of a deploy.
package enum DeployPhase: String, Sendable, Hashable, CaseIterable {
  case build
  case push
  case migratePre = "migrate_pre"
  case rollout
  case migratePost = "migrate_post"
  case finalize
}
