// Package apply carries a plan out. The [Engine] runs the steps as soon as what they need is done, hands each
// operation to an executor that speaks to drivers.API, and tells a [Sink] what happens, in order and from one
// goroutine. It computes no difference, formats no text for people and never knows which world it works on.
//
// What is left behind by a failure is the truth in the database: a second plan continues from it.
package apply
