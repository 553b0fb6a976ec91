// Package tlsbridge is Python's ssl module for Go, on stock crypto/tls: TLS
// for the sockets of package fdsock, in every timeout mode, and for the
// connections of package reactor/stream.
//
// A [Context] holds certificates, authorities and rules. [Context.Wrap] puts
// TLS on a connected socket, on either side and at any time, and
// [Socket.Unwrap] takes it off again. On a nonblocking socket a call that
// would have to wait fails with SSLWantReadError or SSLWantWriteError, so that
// the loop that Python programs are written around runs as written:
//
//	for {
//		err := s.DoHandshake()
//		switch {
//		case err == nil:
//			return nil
//		case tlsbridge.SSLWantReadError(err):
//			_, _, _, err = pyselect.Select([]pyselect.Object{s}, nil, nil, pyselect.Forever)
//		case tlsbridge.SSLWantWriteError(err):
//			_, _, _, err = pyselect.Select(nil, []pyselect.Object{s}, nil, pyselect.Forever)
//		}
//		...
//	}
//
// A TLS socket is readable for select when plaintext, end of file or an error
// waits, not when a piece of a record does. It reads record by record and
// never past one, so its descriptor may be watched by others, and what follows
// the peer's close_notify stays in the kernel.
//
// Any goroutine may call any method of a Socket; one may read while another
// writes. On a nonblocking socket only one should make the handshake: a second
// that was told to wait for input is not told that the first has had it. A
// handshake in progress must be ended, by success, failure or [Socket.Close],
// or the memory of its coroutine is never freed.
//
// Sources: the ssl module of Python 3.11's library reference; RFC 8446, RFC
// 5246; crypto/tls.
package tlsbridge
