// Package view has the two sides of a plan, and what follows from them alone: who will be a member, who bootstraps,
// who holds and who uses what, who votes. Lifecycles, guards and repairs ask it and never change it.
package view
