// Package apply carries a plan out. The [Engine] runs the steps as soon as what they need is done, hands each
// operation to an executor that speaks to drivers.API, and tells a [Sink] what happens, in order and from one
// goroutine. It computes no difference, formats no text for people and never knows which world it works on.
//
// What is left behind by a failure is the truth in the database: a second plan continues from it.
//
// Decisions:
//   - After a failure nothing new starts; what runs is awaited. There is no "continue other branches" mode: the
//     next plan starts from the truth, so trying again costs nothing and surprises nobody.
//   - Engine.Stop is the first Ctrl-C (finish what runs), the context of Run is the second (stop now).
//   - Mutating calls are sent once. Only reads and edits under an ETag are repeated.
//   - A join is started with exactly one PUT /1.0/cluster. Whether it succeeded is read from the cluster's list
//     of members, never from the joiner, whose HTTPS certificate and cached name change meanwhile.
//   - Time comes from the package time; tests move it with testing/synctest instead of an injected clock.
package apply
