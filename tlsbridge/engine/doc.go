// Package engine is TLS without I/O: a stock [crypto/tls.Conn] on an in-memory
// pipe, driven by whoever has the bytes.
//
// Ciphertext goes in by [Conn.Feed] or [Conn.Borrow], plaintext comes out of
// [Conn.Read]; plaintext goes in by [Conn.Write], ciphertext comes out of
// [Conn.Outgoing] or goes to the function given to [Conn.SetSink]. No call
// waits for the peer or leaves a goroutine behind, except a suspended handshake
// ([Conn.Abort] ends it), so the same engine serves an event loop, a blocking socket and a memory buffer. Programs
// that have a net.Conn and a goroutine to spend should use crypto/tls itself.
//
// # Theory of operation
//
// crypto/tls latches every error of a handshake, a would-block too, and so the
// handshake must really be suspended when the pipe is empty. It runs inside
// [iter.Pull]: the pipe's Read yields, [Conn.Handshake] returns [WantRead] or
// [WantWrite], and the next call resumes it, from whatever goroutine, also one
// locked to a thread ([Conn.SetInline] is for owners that can do without that).
// When it is over the coroutine is gone. After the handshake crypto/tls keeps
// partial records across an error that is a net.Error with Temporary() ==
// true, which is what the pipe then answers when it is empty; Read and Write
// run inline.
//
// The pipe hands crypto/tls the header of a record, then its body, and never a
// byte of the next record. Three things follow. Bytes behind the peer's
// close_notify stay here ([Conn.TakeUnread]). [Conn.Buffered] and
// [Conn.Pending] are exact. And a Read is done with one record at a time, so
// that no more than the rest of one record is ever held as plaintext.
//
// # States
//
//	         Handshake             Handshake = Done
//	idle ---------------> handshaking ---------------> open
//	                           |                        |
//	                     error |      +-----------------+------------------+
//	                           |      | CloseNotify     | close_notify     | end without
//	                           |      v                 v read             v close_notify
//	                           | close-sent        peer-closed         truncated
//	                           |      |                 |                  |
//	                           |      | either end      | CloseNotify      | CloseNotify
//	                           |      v                 v                  v
//	                           |      +------------> closed <--------------+
//	                           v
//	                         failed <--- a fatal error in any state from open to truncated
//
//	aborted <--- Abort, in every state
//
// Idle and handshaking engines answer Read and Write with the handshake, as
// OpenSSL does. A truncated engine still writes: a peer may end its direction
// of the transport without close_notify and go on reading.
//
// # Who may call
//
// A Conn has one owner at a time and no locks: no two of its methods may run at
// once. The owner may change between calls, also in the middle of a handshake,
// if the hand-over is synchronised as for any other memory; lent memory must be
// settled first. Callbacks of the tls.Config and the sink run while the owner is
// inside a call, in the handshake on another goroutine unless SetInline says
// otherwise, and must not call the Conn.
//
// # Limits
//
// Renegotiation (TLS 1.2, tls.Config.Renegotiation) is not supported: the
// request makes Read fail.
//
// Sources: RFC 8446 sections 5 and 6 (records, alerts), RFC 5246 section 6.2,
// and crypto/tls/conn.go for what survives an error.
package engine
