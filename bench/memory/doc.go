// Memory measures what servers pay for a connection that does nothing: when it
// has been accepted, when it has been used once, and when it has been used
// often.
//
// # Processes
//
//	memory               the runner, which reads /proc
//	 +- memory serve X   one echo server, pinned
//	 +- memory hold      the connections, pinned elsewhere
//
// A server that has served a few connections already, twice, is the base; so
// the pages of its program and of its runtime that any connection needs count
// for none.
//
// Measuring needs Linux. The README beside this folder explains the columns.
package main
