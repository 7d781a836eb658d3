// Package diff compares the desired cluster with the live one: two sets of objects in, changes out. What the preseed
// does not mention is no difference, and two spellings that the daemon takes as equal are none either.
package diff
