// Package plan has the values of a plan: [Change] is a difference, [Step] something to run, [Op] how, [Plan] the whole,
// which can be printed, saved, hashed and applied later. Nothing here runs anything, and nothing here decides anything.
//
// The packages below make plans: view knows the two sides and what follows from them alone, diff finds the changes,
// steps has the lifecycles that turn changes into steps, order makes a graph of these, guard speaks for or against,
// care mends what no preseed speaks of, and build puts them together. They are pure: same input, same plan, on any
// machine. They import schema alone; the kinds are handed in as a [schema.Registry]. A saved plan holds no secret:
// bodies carry [schema.SecretMark] texts.
package plan
