// Package order makes a graph of steps. A step names what it follows ([plan.Need]); [Steps] finds the steps that are
// meant, adds the edges of references, and returns the steps in a valid order.
//
// References count on both sides. What an object will use is made ready before the object is touched. What it uses now
// neither changes beside it nor goes before it: LXD 5.0.2 and Incus 6.0.4 refuse the update of an instance while the
// one of its profile runs ("A matching non-reusable operation has now succeeded"), and LXD 6.9 loses it (measured).
//
// The order of the steps that come in decides what people read first, and nothing else: the edges are the same in any
// order.
package order
