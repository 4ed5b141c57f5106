// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What deploying to real hosts must hold. One test after the other: some of them cut hosts off, fill
// their disks, or load them.

import Testing

@Suite(Stack.isThere, .serialized)
enum DeployTests {}
