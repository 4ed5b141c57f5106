// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Short lives that the program once got wrong, each found by random ones and made as short as it goes.
// They are played before all others.

/// A life of a project that is always played.
struct ModelCase: Sendable {
  /// What must hold.
  let name: String
  let acts: [ModelAct]

  init(_ name: String, _ text: String) {
    self.name = name
    acts = text.split(separator: ",").compactMap { ModelAct($0) }
  }

  init(_ name: String, _ acts: [ModelAct]) {
    self.name = name
    self.acts = acts
  }

  static let all = [
    ModelCase(
      "a partial deploy leaves a service that is gone from the files",
      "add 1 0,add 1 0,deploy,remove 1,change 0,partial 0 1,settle"),
    ModelCase(
      "a partial deploy leaves a service that was renamed",
      "add 1 0,add 1 0,deploy,rename 1,partial 0 1,settle"),
    ModelCase(
      "a rollback after a repair goes to what was different",
      "add 1 0,deploy,destroy 0,deploy,previous,change 0,deploy,destroy 0,deploy,previous"),
    ModelCase(
      "who shares a network goes with its owner", "add 1 0,add 1 0,share 1 0,deploy,change 0,deploy"
    ),
    ModelCase(
      "who shares a network starts when its owner is new",
      "add 1 0,add 1 0,share 1 0,deploy,change 0,change 1,deploy,change 0,change 1,deploy"),
    ModelCase(
      "a service that a signal met is not down",
      "add 1 3,deploy,change 0,term 350,change 0,int 500,change 0,term 600,settle"),
    ModelCase(
      "a closed terminal is a signal as others are",
      "add 1 3,add 1 0,deploy,change 0,change 1,hup 400,change 0,change 1,hup 600,settle"),
    ModelCase(
      "a failed start is put back to what ran, not to the last release",
      "add 0 0,add 1 0,deploy,change 0,sick 1,deploy,sick 0,deploy"),
    ModelCase(
      "a failed start after a partial deploy is put back to what ran",
      "add 1 0,add 0 3,deploy,change 0,change 1,partial 0 1,sick 1,deploy"),
    ModelCase(
      "an undo of a partial deploy leaves the others",
      "undo,add 1 0,add 0 0,deploy,change 0,change 1,partial 0 1,sick 0,partial 0 1"),
    ModelCase(
      "a rollback of partial deploys brings back what ran",
      "add 1 0,add 0 0,deploy,change 0,change 1,partial 0 1,change 0,change 1,partial 0 1,previous"),
    ModelCase(
      "releases have the order of the host, whatever the operators' clocks",
      "add 1 0,deploy,change 0,by 2,deploy,by 1,change 0,deploy,previous"),
    ModelCase(
      "who lost the lock does not win", "add 1 0,add 1 3,deploy,steal 300 0,steal 500 1,steal 700 0"
    ),
    ModelCase(
      "of two operators the later one wins", "add 1 0,add 1 3,deploy,race 200 0,race 600 1"),
    ModelCase(
      "a deploy after a kill finishes the job",
      "add 1 0,add 1 3,deploy,replicas 0 1,change 0,change 1,kill 400,deploy,change 0,kill 650,by 1,settle"
    ),
  ]
}
