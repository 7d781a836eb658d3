// Package simulation proves that apply finishes what was broken off. It has tests alone.
//
// A story of wishes (testdata/story.txtar: forming, pools, networks, workloads, a removal, a replacement) is applied
// once in the sandbox, through the use cases of cmd/session and the engine of apply, and the world is kept as it is
// before each step. A case begins in one of these scenes. In the first run a fault strikes at one driver call:
// clusterctl is killed, a connection breaks, a daemon dies, a reading is out of date. Then everything that died is
// started again, and one plain run must end in the world of the undisturbed run, with nothing destroyed that nobody
// allowed, and three further plans empty.
//
// What is compared is every object, every member, and the number of rows in each table of the database. A case is one
// line (scene, fault@call), and everything that is drawn comes from one number: a failure is seen again by either.
//
// Decision (2026-11-29): clusterctl dies with its context: every further call of the run fails without an effect, its
// lock stays, and names a process that has ended.
package simulation
