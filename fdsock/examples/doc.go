// Package examples holds three programs of the kinds that Python's socket
// documentation shows, each a main package of its own: echo (a TCP server and
// its client), datagram (the same over UDP) and chat (a server of many
// clients around select, and its client). Each says with -h how it is used,
// and ends on an interrupt.
//
// Their tests use them as a user would, each in a process of its own.
package examples
