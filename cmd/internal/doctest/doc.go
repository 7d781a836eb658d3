// Package doctest reads the blocks of the documentation, so that tests run what readers are told. It is test code: the
// product does not import it.
//
// A page is one story: its blocks run in order, in one folder, on one cluster. The folder has the examples and the
// README's preseed.yaml, and the cluster is formed from that, unless the page has the comment
//
//	<!-- world: servers -->
//
// and so begins with three servers outside a cluster; "world: incus" makes them Incus, and with "machines" the real
// ones are machines with systemd and apt. Other comments of this form change what is outside, see World.
//
// A yaml block after a line that ends in "`NAME.yaml`:" is written to that file. A sh block is run. The comment before
// it says where:
//
//	(none)                   on this machine alone; it asks no server
//	<!-- e2e -->             in the sandbox and on real daemons
//	<!-- sandbox: REASON --> in the sandbox alone
//	<!-- lab: REASON -->     on real daemons alone
//	<!-- never: REASON -->   nowhere
//	<!-- ci -->              by the script of the continuous integration itself
//
// With "exits CODE" after e2e, sandbox or lab the last command must end with that code: <!-- e2e exits 5 -->. A text
// block after a sh block shows lines of its output, in their order; "..." stands for anything, and several blanks for
// one.
package doctest
