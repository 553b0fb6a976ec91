// Pingpong measures echo servers side by side: processor time and context
// switches per request first, requests per second and latency after that.
//
// # Processes
//
//	pingpong              the runner: idle while it measures
//	 +- pingpong serve X  one echo server, pinned
//	 +- pingpong client   the load: one thread on epoll, pinned elsewhere
//
// Every run starts a fresh server and a fresh client. The runs of a scenario
// are interleaved (A B C A B C ...), so that a noisy minute hurts all servers
// alike, and ratios are taken within a round before their median is.
//
// The client reads the server's accounts in /proc when the warm-up ends and
// again when the measurement does; nothing else happens in between but the
// closed loop: each connection sends a message, waits for the whole echo and
// sends the next.
//
// Measuring needs Linux. The servers run wherever they compile. The README
// beside this folder explains the columns.
package main
