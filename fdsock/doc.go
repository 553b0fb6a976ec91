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
// Beside the timeout there are Go's own ways to end a call. SetDeadline sets a
// time for all of them, the earlier of it and the timeout counts; it ends
// waiting only, so that a nonblocking socket, which never waits, knows no
// deadline. The forms with a context, RecvContext for example, end their own
// call alone, with a [ContextError].
//
// Conn, Listener and PacketConn show a socket to package net and all that
// builds on it; they wait until their own deadlines, whatever the timeout.
// FromConn is the way back, SyscallConn the way to the descriptor. LocalPort
// is the port of a socket that was bound to port 0.
//
// Makefile makes files of a socket, see package pyio: while one is open, the
// descriptor is; MakefileText and MakefileBinary return the type that has
// ReadLine, of which the limit bounds a line. SendFile, ReadFrom, WriteTo and Splice copy, through the
// kernel where it can. Options have Python's calls, GetSockOpt and SetSockOpt,
// and typed forms, as in NoDelay.Set(s, true), SetLinger, TCPInfo, JoinGroup.
//
// Any goroutine may call any method of a Socket, several at once. Close ends
// the calls of the others with EBADF. A descriptor is nonblocking and not
// inherited by child processes; [KernelFlag] makes it look as Python's.
//
// PORTING.md of this module lists Python's names, those here and what differs.
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
// Of Python's module, and why:
//
//   - share, fromshare, ioctl, SO_EXCLUSIVEADDRUSE: Windows' own.
//   - CAPI, audit events, pickling and its refusal, weak references, __slots__:
//     they are about CPython's objects. Subclasses embed a *Socket.
//   - The warning about a socket that was not closed, at its collection: a
//     socket belongs to its loop until Close. [Shutdown] tells of those.
//   - Python's TypeErrors, for what is no number, no buffer or no tuple, are the
//     Go compiler's, and so are the OverflowErrors of arguments with a sized type
//     and the errors of timeouts that are not numbers. A negative timeout is
//     [NoTimeout], not a ValueError.
//   - Buffers of other elements than bytes, iterables of buffers, and nbytes:
//     slices of bytes, and slices of them, say all of that.
//   - The enumerations AddressFamily, SocketKind, MsgFlag and AddressInfo:
//     constants without a type go into every call.
//   - Handlers of signals that run inside a call and may end it: Go has none. A
//     context ends a call; [Interruptible] is for callers in C that have them.
//   - SO_RCVTIMEO and SO_SNDTIMEO as time limits: the kernel keeps them, and
//     they are for system calls that block, of which there are none here.
//   - Addresses of AF_CAN, AF_TIPC, AF_QIPCRTR, AF_RDS and AF_BLUETOOTH in parts:
//     they are a [RawAddr], in the kernel's form, because there was no kernel to
//     test a constructor against. AF_ALG's test runs where the kernel has it.
//   - The constants of Bluetooth and SCTP, which are not in every build of Python
//     either.
//   - SetHostName off Linux: ENOSYS.
//
// Of Python as it runs on the Java virtual machine:
//
//   - What it adds: is_ipv4_address, is_ipv6_address and is_ip_address are
//     netip.ParseAddr; supports and java_exception have nothing to tell of (errors
//     unwrap to their causes); NI_IDN, IN6ADDR_ANY_INIT and the names of ssl in
//     socket are no part of Python 3.11's module.
//   - Its numbers of families, options and errors, and EGETADDRINFOFAILED: the
//     values here are the system's.
//   - Exceptions about selectors, keys and channels in a wrong state or mode: there
//     is no such state. The others are the situations above.
//   - select and poll are package pyselect, ssl is package tlsbridge.
//
// Sources: the socket module of Python 3.11's library reference; socket(7),
// tcp(7), unix(7), connect(2).
package fdsock
