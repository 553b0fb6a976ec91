// Package app has the small applications that pollux serve offers, as handlers
// for reactor/stream: echo, discard, and an HTTP/1.1 server whose answers are
// made to try clients with.
//
// Everything here runs on a connection's loop and never blocks. Answers of any
// length are produced as the peer takes them: no more of one is in memory than
// the high watermark of the connection and one block.
//
// Sources: RFC 862 (echo), RFC 863 (discard), RFC 864 (chargen), RFC 9110 and RFC 9112 (HTTP).
package app
