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
// writes. On a nonblocking socket only one should make the handshake: another
// is told at once to wait for input, or room, and not told that the first has
// had it. A handshake in progress must be ended, by success, failure or
// [Socket.Close], or the memory of its coroutine is never freed.
//
// # Beyond Python
//
// A Socket has the face of [fdsock.Socket]: deadlines beside the timeout
// ([Socket.SetDeadline]), calls that end with a context
// ([Socket.HandshakeContext], [Socket.RecvContext] and others), attempts that
// never wait ([Socket.TryRecv], [Socket.TrySend]), options and names. What such
// an end cuts short may be called again; TLS is whole. [Socket.ConnectionState]
// is crypto/tls's.
//
// [Socket.Conn] and [Socket.Listener] show a socket to package net and all
// that uses it: net/http on either end, for example. Their first transfer
// makes the handshake, their Accept never does, and their Close says farewell.
//
// What concerns datagrams, addresses and ancillary data is not there, as in
// Python, where an SSLSocket refuses it.
//
// # What is not there
//
// crypto/tls cannot do all that OpenSSL does. Asking for these fails with an
// error that is [errors.ErrUnsupported]:
//
//   - versions with a hole between them (OP_NO_TLSv1_2 between 1.1 and 1.3)
//   - post-handshake authentication ([Context.SetPostHandshakeAuth],
//     [Socket.VerifyClientPostHandshake]) and NPN
//   - DH parameters, and elliptic curves other than P-256, P-384, P-521 and X25519
//   - options and verify flags without an effect, VERIFY_ALLOW_PROXY_CERTS
//     among them
//   - more than one session ticket; the default of two means one
//   - "tls-unique" in TLS 1.3
//
// And these with the error that Python has for what OpenSSL was built without:
//
//   - SSLv2 and SSLv3: a ValueError
//   - suites with DHE, PSK, SRP, CCM, ARIA, CAMELLIA or DSA: they select nothing in
//     a cipher list, and a list of nothing else is an SSLError
//   - keys of DSA, and encrypted ones whose scheme is not PBES2 with SHA-1,
//     SHA-256 or scrypt, nor that of legacy PEM: an SSLError
//
// Some have no call that could fail, and are only said here:
//
//   - compression and renegotiation: never done; a peer's renegotiation ends the
//     connection
//   - the order of cipher suites, and the choice of those of TLS 1.3, are
//     crypto/tls's; an OpenSSL security level in a cipher list weeds out suites
//     but not keys
//   - session identifiers are made up, and there is no stateful cache: what
//     SessionStats says of one is 0. Changing a server's context changes the
//     keys of its tickets
//   - the key log has no EXPORTER_SECRET; there is no message callback
//   - the alert for a refused certificate is crypto/tls's choice (a client's is
//     bad_certificate); a server name callback's own is sent
//   - a certificate that crypto/x509 cannot parse ends the handshake, whatever
//     the verify mode; signatures with SHA-1 and RSA keys under 1024 bits are
//     refused
//   - Python's default cipher list selects CBC with SHA-256 too; here it is off
//     until [Context.SetCiphers] names it, for crypto/tls does not defend it
//     against timing
//   - OpenSSL's error numbers; reasons have OpenSSL's names where one is known
//
// Sources: the ssl module of Python 3.11's library reference; RFC 8446, RFC
// 5246; crypto/tls.
package tlsbridge
