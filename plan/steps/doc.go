// Package steps has the lifecycles, one file each: they turn the changes of a kind into steps.
//
// It imports diff for one question: what still differs once a member has joined, or a volume has been moved.
package steps
