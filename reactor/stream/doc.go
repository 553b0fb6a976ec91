// Package stream serves and dials stream connections with callbacks on a
// reactor's loops: for programs with many connections, most of them idle.
//
// A [Server] accepts connections, at TCP and Unix listeners of its own or
// inherited ones, and spreads them over the loops of a group; a [Client] dials
// them, and so can a Server. Both are ended by Shutdown or Close, before their
// group is closed: a connection is not told when its group closes under it.
// Out of descriptors a server resets one client now and then, rests in
// between, and goes on with those that it has.
//
// Each [Conn] belongs to one loop for its whole life, and so do the calls to
// its [Handler]: they need no locks, and they must not block. Data arrives as
// a slice of the loop's one buffer. What is written goes to the kernel at
// once; what the kernel does not take is kept, up to a high watermark, past
// which the connection is not read until the peer has taken enough. A peer
// that sends and does not read therefore costs bounded memory and no CPU.
//
// A proxy joins two connections with [Conn.SpliceFrom], one for each direction:
// each direction waits for its own receiver only, and much goes by splice(2).
//
// # Input
//
// [Handler].Data returns how much it has used. The rest is kept in a block from
// the loop's pool, offered again together with what comes next, and can be had
// with [Conn.Peek], [Conn.Next] and [Conn.Discard]. A connection that has
// nothing kept has no buffer.
//
// # Output
//
// Between [Conn.Cork] and [Conn.Uncork], or always with Config.Cork, output is
// gathered and sent together at the end of the loop's turn. Files and readers
// ([Conn.SendFile], [Conn.CopyFrom]) are read as the peer takes them. What
// other goroutines write goes through [Conn.AsyncWrite], which is bounded.
//
// # Bounds
//
// In a turn of its loop one connection may receive 256 KiB, have Data called
// 64 times and send 1 MiB of what it owes; then the others come. Config bounds
// what one connection (HighWater, MaxInput) and what all of a loop
// (MaxBuffered) may keep. Peers that take nothing keep theirs until somebody
// ends them: WriteTimeout does, and should be set where MaxBuffered is less
// than HighWater for each of as many peers as may be slow. IdleTimeout and
// ReadTimeout end those that are silent, MaxConns and MaxPerIP bound how many
// there are.
//
// # Times
//
// Idle, read, write and handshake timeouts share one timer for each connection,
// which activity does not touch. [Conn.After] and [Conn.Every] end with the
// connection.
//
// # Ends
//
// [Conn.CloseWrite] ends our direction alone. [Conn.Close] sends what is owed,
// ends our direction and waits for the peer's end, so that it is no reset;
// [Conn.Abort] is one.
//
// [ListenNet] and DialNet give package net's view of such connections, for
// net/http and others; it costs a goroutine's switch for each call. For
// blocking calls of other programs, or Python's, use package fdsock.
package stream
