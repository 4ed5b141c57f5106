// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Tells folders of the project that a service may write to from single files: a folder holds data of one
// writer, a file is almost always a setting. Looks at the file system; reads no file.

import Cache
import Tasks

extension ComposeModel {
  /// The same with folders alone among what services write to in the project at `root`.
  func writingToFolders(below root: String) -> ComposeModel {
    ComposeModel(
      services: services.map { service in
        var service = service
        service.writtenInProject.removeAll { path in
          // Also through a link; what is not there may become a folder.
          FileIdentity("\(root)/\(path)") != nil && FileIdentity("\(root)/\(path)/.") == nil
        }
        return service
      }, unsupported: unsupported)
  }
}
