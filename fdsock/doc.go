// Package fdsock is Python's socket module for Go: the same calls, with the
// same results, error numbers and edge cases, in Go's case (recv_into is
// RecvInto), on nonblocking descriptors that belong to a reactor.
//
// Every call is a nonblocking system call. What happens when the kernel
// answers EAGAIN is decided by the socket's timeout alone:
//
//	timeout      SetTimeout        at EAGAIN
//	none         NoTimeout (< 0)   wait until ready
//	zero         0                 fail with EAGAIN, a BlockingIOError
//	positive     d                 wait until ready, or fail with ErrTimeout
//
// so a socket can be switched between the modes at any moment, also while
// other goroutines are inside a call: these go on by the new rule. Waiting
// parks the goroutine; no thread blocks.
//
// Data is read on demand and never ahead, so that backpressure, MSG_PEEK,
// resets and end of file are the kernel's own truth. As in Python, the end of
// a stream is an empty result without an error, not io.EOF.
//
// Beside the timeout there are Go's own ways to end a call: SetDeadline, and
// the forms with a context, RecvContext for example. Conn, Listener and
// PacketConn show a socket to package net and all that builds on it; FromConn
// is the way back.
//
// Any goroutine may call any method of a Socket, several at once. Close ends
// the calls of the others with EBADF.
//
// # Names
//
// Look-ups wait in Go's resolver, in the goroutine that asks, 64 at a time and
// until their context ends; no loop ever waits. They read /etc/hosts,
// /etc/services and /etc/protocols and ask the name servers that
// /etc/resolv.conf and /etc/nsswitch.conf name. Hosts in Unicode are encoded
// by IDNA 2003, see [EncodeHost]. Answers hold addresses, so that Connect has
// nothing to look up.
//
// What the C library does and Go's resolver does not: sources of nsswitch.conf
// other than files and dns, unless Go is built with cgo; databases of services
// and protocols that are no text files; gai.conf; EAI_NODATA, which is told
// as EAI_NONAME; a zero byte in a host ends it there and is refused here. The
// AI_, NI_ and EAI_ constants have Linux's values on every system.
//
// # Situations
//
// What a program is told when things go wrong; each of these is produced in a
// test. The numbers are the kernel's own, on Linux.
//
//	connect
//	  nobody listens                                ECONNREFUSED   ConnectionRefusedError
//	  the file of a Unix listener that has gone     ECONNREFUSED   ConnectionRefusedError
//	  no such Unix path                             ENOENT         FileNotFoundError
//	  a Unix path through a file                    ENOTDIR        NotADirectoryError
//	  a Unix listener of another type               EPROTOTYPE     OSError
//	  a Unix path that is too long                  ENAMETOOLONG   OSError (no number in Python)
//	  no route to the network                       ENETUNREACH    OSError
//	  the host cannot be reached                    EHOSTUNREACH   OSError
//	  the way there is prohibited                   EACCES         PermissionError
//	  connected already                             EISCONN        OSError
//	  nonblocking, begun                            EINPROGRESS    BlockingIOError
//	  nonblocking, begun before                     EALREADY       BlockingIOError
//	  the kernel gives up                           ETIMEDOUT      TimeoutError
//	  the socket's timeout                          none           TimeoutError, ErrTimeout
//	  an address of another family                  EAFNOSUPPORT   OSError
//	  an unknown host                               EAI_NONAME     gaierror, GAIError
//	  a literal of another family                   EAI_ADDRFAMILY gaierror, GAIError
//	  an unknown service                            EAI_SERVICE    gaierror, GAIError
//	  a port beyond 65535                           none           OverflowError
//	  a host that cannot be encoded                 none           UnicodeError (TypeError in Python)
//	socket, bind, listen, accept, options
//	  address or Unix path in use                   EADDRINUSE     OSError
//	  no address of this machine                    EADDRNOTAVAIL  OSError
//	  bound already; accept without listen          EINVAL         OSError
//	  an unknown family                             EAFNOSUPPORT   OSError
//	  a protocol of another type                    EPROTONOSUPPORT OSError
//	  listening on a datagram socket                EOPNOTSUPP     OSError
//	  a connection aborted in the queue             ECONNABORTED   ConnectionAbortedError
//	  an unknown option                             ENOPROTOOPT    OSError
//	  out of descriptors                            EMFILE         OSError
//	send, recv, shutdown
//	  not connected                                 ENOTCONN       OSError
//	  not connected, sending on a stream            EPIPE          BrokenPipeError
//	  a datagram without a destination              EDESTADDRREQ   OSError
//	  a message that is too long                    EMSGSIZE       OSError
//	  broadcast without SO_BROADCAST                EACCES         PermissionError
//	  a connected datagram that nobody took         ECONNREFUSED   ConnectionRefusedError
//	  reset by the peer                             ECONNRESET     ConnectionResetError
//	  sending after Shutdown, or to a peer gone     EPIPE          BrokenPipeError
//	  would have to wait                            EAGAIN         BlockingIOError
//	  the socket's timeout                          none           TimeoutError, ErrTimeout
//	  closed here                                   EBADF          OSError, net.ErrClosed
//
// # What is not here
//
// Of Python's module: share and fromshare (Windows); the capsule CAPI, the
// audit events, pickling and weak references, which are CPython's own; the
// warning about a socket that was not closed (reactor.Shutdown tells of
// those). Python's TypeErrors are the Go compiler's, and so are the
// OverflowErrors of arguments that have a sized type here. Addresses of
// AF_CAN, AF_TIPC, AF_ALG, AF_QIPCRTR, AF_RDS and AF_BLUETOOTH are a
// [RawAddr], in the kernel's form: they have no constructor, as there is no
// kernel here to test one against. SetHostName fails with ENOSYS off Linux.
//
// Sources: the socket module of Python 3.11's library reference; socket(7),
// tcp(7), unix(7), connect(2).
package fdsock
