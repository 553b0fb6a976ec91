// Badpeers shows what servers do when their peers misbehave: how many bytes
// are lost, what a bad connection costs in memory, what a stalled server does
// with its processor, and what the other connections notice.
//
// # Processes
//
//	badpeers               the runner: idle while it measures
//	 +- badpeers serve X   one echo server, pinned
//	 +- badpeers live      well-behaved connections, pinned elsewhere
//	 +- badpeers bad NAME  the bad ones, beside the live ones at a low priority
//
// Every scenario starts all of them anew. The live connections send a message
// every 100 ms each, and count from when it was due. The runner compares a
// window without the bad peers with a window in which they are at their worst;
// after that they behave again, and everything they are owed must arrive.
//
// Measuring needs Linux. The README beside this folder explains the columns.
package main
