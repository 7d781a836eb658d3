// Package drivertest holds one suite for every world: the same REST calls and scenarios are run against the
// sandbox and against real daemons, and the answers are compared.
//
// A script (testdata/*.script) is a list of raw REST calls, the refused ones included. Its transcript has the
// status and the error text of each answer. The transcripts in testdata/*.lxd were recorded on LXD 5.0.2
// daemons; go test compares the sandbox with them. With the build tag e2e real daemons are compared with them again,
// and with -update their answers are written:
//
//	go test -tags e2e,nosqlite3 ./drivers/drivertest -run OnLXD/pending -update
//
// A scenario (testdata/*.txtar, see Scenario in suite_test.go) is a story of preseeds: what is planned, what applying
// it leads to, and that a second plan is empty. It names the capabilities that it needs, never a world; a world plays
// all that it can.
//
//	go test ./drivers/drivertest -run Scenarios/resume -rewrite          expected plans as they are now
//	go test -tags e2e,nosqlite3 ./drivers/drivertest -run ScenariosOnLXD
//
// Properties (property_test.go) do the same with random preseeds; -rapid.checks=500 tries more of them.
//
// A difference between the two worlds is a bug in the sandbox: write the script or scenario first, then mend it.
package drivertest
