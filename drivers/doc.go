// Package drivers is the contract between clusterctl and the world: a [Backend] reads a cluster, gives access to
// each member's REST API and runs the few named commands that need a shell. Concrete drivers live below it;
// nothing above apply and cmd knows which one is in use.
//
// Errors that cross this border are *[Error] values: the daemon's answer is classified here, once, where it is
// seen. Above it kinds are tested, never texts.
package drivers
