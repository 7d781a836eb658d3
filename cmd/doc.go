// Package cmd is the command line, and the only package where kinds, concrete drivers and renderers meet. Commands that
// look at a cluster are in looking.go, those that change one in changing.go, those about preseeds in preseeds.go and
// writing.go, and those about clusterctl itself in about.go.
//
// A command is flags in, one call, text out: flags write into values (flags.go), a function of cmd/session
// without any cli does the work with them, and cmd/render has the words for what comes of it. Everything a command
// touches outside its arguments comes in two values: [Streams] (what a person sees and types) and [World] (how a
// cluster is reached), so that tests run whole commands in-process.
//
// Decisions:
//   - 2026-11-23: flags may stand before or after the inputs, as everywhere else; urfave/cli v2 alone stops at
//     the first input, so arguments are sorted before it sees them (arguments.go).
//   - 2026-11-23: results go to stdout, questions and errors to stderr; what apply does is its result.
//   - 2026-11-28: nobody who prints looks at the writer's error; standard output keeps the first one (streams.go).
//   - 2026-11-23: a saved plan is applied without a question: saving it was the decision.
package cmd
