// Package e2e tests the built command on real LXD daemons. Each script of testdata has a lab of its own; README and
// .github/CONTRIBUTING.md say how to run them. They need root and the build tag e2e:
//
//	go test -tags e2e,nosqlite3 ./cmd/e2e                     all scripts, four at a time
//	go test -tags e2e,nosqlite3 ./cmd/e2e -run Scripts/seed   one script
//	go test -tags e2e,nosqlite3 ./cmd/e2e -run '^$' -bench .  the benchmarks
//
// The scripts' own commands are described where they are made, in commands_test.go.
package e2e
