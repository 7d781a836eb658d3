// Package guard speaks for or against a plan: refusals, warnings and advice from the two sides, the changes and the
// steps. It never changes a plan, which is shown whatever the guards say.
package guard
