// Package plan compares the desired cluster with the live one and says, as plain records, what has to happen.
//
// [Diff] pairs objects by reference and yields [Change] values; guards look at them and may warn or refuse;
// each kind's lifecycle turns its changes into [Step] values; order makes stages of them. The result is a
// [Plan], a value that can be printed, saved, hashed and applied later. Nothing here runs anything.
//
// The package is pure: same input, same plan, on any machine. It imports schema alone; the kinds are handed in
// as a [schema.Registry]. A saved plan holds no secret: bodies carry [schema.SecretMark] texts.
package plan
