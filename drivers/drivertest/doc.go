// Package drivertest holds one suite for every world: the same REST calls and scenarios are run against the
// sandbox and against real daemons, and the answers are compared.
//
// A script (testdata/*.script) is a list of raw REST calls, the refused ones included. Its transcript has the
// status and the error text of each answer. The transcripts in testdata/*.lxd were recorded on LXD 5.0.2
// daemons; go test compares the sandbox with them. With the build tag e2e and CLUSTERCTL_LAB naming the folder
// of fresh daemons, the real ones are compared with them again. A difference is a bug in the sandbox.
package drivertest
