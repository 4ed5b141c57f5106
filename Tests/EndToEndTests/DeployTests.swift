// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What deploying to real hosts must hold. Suites that share hosts run one after the other: some of them cut
// hosts off, fill their disks, or load them.

import Testing

@Suite(Stack.isThere)
enum DeployTests {}
