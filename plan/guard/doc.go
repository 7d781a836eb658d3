// Package guard speaks for or against a plan: refusals, warnings and advice from the two sides, the changes and the
// steps. It never changes a plan, which is shown whatever the guards say.
//
// [Situations] is the one table of what members and joins may be in. Everything that is said of them comes from it,
// also by doctor, status, recover and after a join that failed: those bring the facts that they have seen, and get the
// words, what to do and which look decides. An advice that takes anything away is in no row: that is a planned step,
// with consent.
package guard
