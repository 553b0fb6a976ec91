// Package stream serves stream connections with callbacks on a reactor's
// loops: for servers with many connections, most of them idle.
//
// A [Server] accepts connections and spreads them over the loops of a group.
// Each [Conn] belongs to one loop for its whole life, and so do the calls to
// its [Handler]: they need no locks, and they must not block. Data arrives as
// a slice of the loop's one buffer. What is written goes to the kernel at
// once; what the kernel does not take is kept, up to a high watermark, past
// which the connection is not read until the peer has taken enough. A peer
// that sends and does not read therefore costs bounded memory and no CPU.
//
// For blocking calls, or Python's, use package fdsock.
package stream
