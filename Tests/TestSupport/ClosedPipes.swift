// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What the program does when it starts, for tests that run its parts.

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Makes a closed pipe an error of the write instead of the end of the process.
package func ignoreClosedPipes() { signal(SIGPIPE, SIG_IGN) }
