// Package session does what the commands do: it reads inputs, looks at clusters, plans, and has plans carried out. It
// knows no flag and prints nothing: what is to be done comes in as values, what came of it is returned, or told to a
// [Report] while it happens, and somebody above finds the words. It may use everything but cmd and cmd/render.
//
// A [Session] is one command line. Everything that it touches of the world outside comes in two values: [World] (how a
// cluster is reached) and [Machine] (this machine), so that tests bring their own.
//
// Errors carry the exit code and the next step ([Fail]), since both follow from what went wrong.
package session
