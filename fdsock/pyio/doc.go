// Package pyio is Python's io layer over a socket: what socket.makefile
// returns. The objects are Python's: [SocketIO] without a buffer,
// [BufferedReader], [BufferedWriter] and [BufferedRWPair] for bytes, and
// [TextIOWrapper] for text. Names are Python's in Go's case, with these
// exceptions, which keep Go's own interfaces:
//
//	Python            Go                   because
//	read(n)           ReadN(n)             Read(p) is io.Reader's
//	read()            ReadAll()            the same as ReadN(-1)
//	readinto(b)       ReadInto(p)          waits until p is full; Read(p) does not
//	for line in f     for line, err := range f.Lines()
//
// Python's forms report the end of the stream as Python does, by an empty
// result without an error; io.EOF comes from Read, ReadByte and ReadRune only.
// Where Python returns None, because a nonblocking socket has nothing to
// give or no room, the error is [ErrWouldBlock]. Where Python raises and drops
// what it had already read, it is returned along with the error.
//
// Any goroutine may call any method. As in CPython, one call reads and one
// writes at a time and the others wait, a Close included: to end a call that
// waits for the peer, shut the socket down. A SocketIO has no lock; it is as
// concurrent as its socket.
//
// A string stands for Python's str, one UTF-8 sequence to a character. A byte
// that is no part of one stands for the lone surrogate U+DC00 plus the byte,
// which is how the error handler surrogateescape shows bytes that it could
// not decode.
//
// Use bufio for a protocol that does not come from Python: it is smaller.
//
// Sources: the io and codecs modules of Python 3.11's library reference;
// PEP 3116 (the layers), PEP 383 (surrogateescape).
package pyio
