package fdsock

import (
	"bytes"
	"io"
	"net"
	"os"
	"sync"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// UnsentError says that a copy has ended with bytes that were taken from the
// source and have not reached the destination.
type UnsentError struct {
	Rest []byte // the bytes, which belong to the receiver of the error
	Err  error  // why
}

// Error implements error.
func (e *UnsentError) Error() string { return e.Err.Error() }

// Unwrap returns why the copy has ended.
func (e *UnsentError) Unwrap() error { return e.Err }

// unsent makes the error of a copy that has left bytes behind.
func unsent(rest []byte, err error) error {
	if len(rest) == 0 || err == nil {
		return err
	}
	return &UnsentError{append([]byte(nil), rest...), err}
}

// ReadFrom sends what r gives until its end, and returns how many bytes were
// sent: io.ReaderFrom. An [os.File] that is regular goes by sendfile(2), from
// its position on; on Linux pipes, TCP connections and Unix streams of package
// net go by splice(2); an [io.LimitedReader] of these counts too; everything
// else is read and sent.
//
// The socket must be a stream. Its timeout is for the whole call, its mode for
// the sending alone: reading waits as r does. Nothing is lost: if bytes of r
// could not be sent, the error is an [UnsentError] that holds them. Any
// goroutine; the bytes of one call are kept in order, not kept apart from
// those of other calls.
func (s *Socket) ReadFrom(r io.Reader) (int64, error) {
	w := wait{op: opSend}
	w.begin()
	return s.readFrom(&w, r)
}

// WriteTo receives until the end of the stream and writes it all to dst, and
// returns how many bytes were written: io.WriterTo. On Linux files, pipes, TCP
// connections and Unix streams of package net are written to by splice(2).
//
// The socket must be a stream. Its timeout is for the whole call, its mode for
// the receiving alone: a nonblocking one ends with EAGAIN when nothing more is
// there. What was received and could not be written is in an [UnsentError].
func (s *Socket) WriteTo(dst io.Writer) (int64, error) {
	w := wait{op: opRecv}
	w.begin()
	return s.writeTo(&w, dst)
}

// Splice moves bytes from one stream to another until src ends, or limit bytes
// if that is not negative, and returns how many dst has taken. On Linux they
// do not pass through the program, see splice(2). Each socket waits as its own
// mode says; the timeouts are for the whole call. What was received and could
// not be sent is in an [UnsentError].
func Splice(dst, src *Socket, limit int64) (int64, error) {
	if dst.kind != SOCK_STREAM || src.kind != SOCK_STREAM {
		return 0, errNoStream
	}
	to, from := dst.splicing(opSend), src.splicing(opRecv)
	moved, rest, err := pump(to, from, limit)
	if !cannot(err) {
		return moved, unsent(rest, err)
	}
	if limit >= 0 {
		limit -= moved + int64(len(rest))
	}
	n, err := dst.readSend(&to.wait, after(rest, limited(receiver{src, &from.wait}, limit)))
	return moved + n, err
}

func (s *Socket) readFrom(w *wait, r io.Reader) (int64, error) {
	if s.kind != SOCK_STREAM {
		return 0, errNoStream
	}
	src, limit := r, int64(-1)
	bounded, ok := r.(*io.LimitedReader)
	if ok {
		src, limit = bounded.R, max(bounded.N, 0)
	}
	moved, rest, done, err := s.readFast(w, src, limit)
	if bounded != nil {
		bounded.N -= moved + int64(len(rest))
	}
	if done {
		return moved, unsent(rest, err)
	}
	n, err := s.readSend(w, after(rest, r))
	return moved + n, err
}

// readFast lets the kernel move the data, if it can: done is false if
// something is left to be read and sent. The rest has been read, not sent.
func (s *Socket) readFast(w *wait, src io.Reader, limit int64) (moved int64, rest []byte, done bool, err error) {
	if f, size := regularFile(src); f != nil {
		if size == 0 {
			return 0, nil, false, nil // files of /proc have no length and no sendfile
		}
		at, err := f.Seek(0, io.SeekCurrent)
		if err != nil {
			return 0, nil, true, err
		}
		moved, done, err = s.sendFile(w, f, at, limit)
		return moved, nil, done, err
	}
	from, ok := foreignStream(src)
	if !ok {
		return 0, nil, false, nil
	}
	moved, rest, err = pump(&splicing{s: s, wait: *w}, from, limit)
	return moved, rest, !cannot(err), err
}

func (s *Socket) writeTo(w *wait, dst io.Writer) (int64, error) {
	if s.kind != SOCK_STREAM {
		return 0, errNoStream
	}
	var moved int64
	if to, ok := foreignStream(dst); ok {
		var rest []byte
		var err error
		moved, rest, err = pump(to, &splicing{s: s, wait: *w}, -1)
		if !cannot(err) {
			return moved, unsent(rest, err)
		}
		k, err := writeAll(dst, rest)
		moved += int64(k)
		if err != nil {
			return moved, unsent(rest[k:], err)
		}
	}
	n, err := s.recvWrite(w, dst)
	return moved + n, err
}

// foreignStream returns the descriptor of a stream that is not this package's
// and that splice(2) takes. It asks for the very types of the standard
// library: what wraps them may have read ahead.
func foreignStream(x any) (end, bool) {
	var raw sys.RawConn
	var err error
	switch x := x.(type) {
	case *Conn:
		return &splicing{x.s, wait{op: opSplice, view: &x.view}}, x.s.kind == SOCK_STREAM
	case *net.TCPConn:
		raw, err = x.SyscallConn()
	case *net.UnixConn:
		raw, err = x.SyscallConn()
	case *os.File:
		raw, err = x.SyscallConn()
	}
	if raw == nil || err != nil {
		return nil, false
	}
	return foreign{raw}, spliceable(raw)
}

// spliceable reports whether a descriptor is a regular file, a pipe or a
// stream socket.
func spliceable(raw sys.RawConn) (yes bool) {
	_ = raw.Control(func(fd uintptr) {
		kind, _, errno := sys.Fstat(int(fd))
		if errno == 0 && kind == sys.SocketFile {
			typ, errno := sys.GetsockoptInt(int(fd), SOL_SOCKET, SO_TYPE)
			yes = errno == 0 && typ == SOCK_STREAM
			return
		}
		yes = errno == 0 && kind != sys.OtherFile
	})
	return yes
}

// end is a descriptor at one end of a transfer by the kernel.
type end interface {
	// move makes a call until it does not say EAGAIN, waiting in between as
	// the end does, for input or output.
	move(mask reactor.Readiness, call func(fd int) Errno) error
	// inTime returns an error when the whole has taken too long.
	inTime(mask reactor.Readiness) error
	// hold keeps other writes to the end out until the result is called.
	hold() (release func())
}

// splicing is a socket at one end.
type splicing struct {
	s    *Socket
	wait wait
}

func (s *Socket) splicing(o op) *splicing {
	p := &splicing{s: s, wait: wait{op: o}}
	p.wait.begin()
	return p
}

func (p *splicing) move(mask reactor.Readiness, call func(fd int) Errno) error {
	return p.s.repeat(&p.wait, mask, call)
}

func (p *splicing) inTime(mask reactor.Readiness) error { return p.wait.overdue(p.s, mask) }

func (p *splicing) hold() (release func()) { return p.wait.hold() }

// foreign is somebody else's descriptor, which waits in its own way.
type foreign struct{ raw sys.RawConn }

func (f foreign) move(mask reactor.Readiness, call func(fd int) Errno) error {
	access := f.raw.Read
	if mask == reactor.Output {
		access = f.raw.Write
	}
	var errno Errno
	if err := access(func(fd uintptr) bool { errno = call(int(fd)); return errno != sys.EAGAIN }); err != nil {
		return err
	}
	return fail(opSplice, errno)
}

func (foreign) inTime(reactor.Readiness) error { return nil }

func (foreign) hold() (release func()) { return func() {} }

// copyBuffers are for what the kernel cannot move by itself.
var copyBuffers = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// readSend reads and sends until the end of r.
func (s *Socket) readSend(w *wait, r io.Reader) (sent int64, err error) {
	buffer := copyBuffers.Get().(*[32 << 10]byte)
	defer copyBuffers.Put(buffer)
	for {
		n, readErr := r.Read(buffer[:])
		if n > 0 {
			release := w.hold()
			k, err := s.sendAll(w, buffer[:n], 0)
			release()
			sent += int64(k)
			if err != nil {
				return sent, unsent(buffer[k:n], err)
			}
			if err := w.overdue(s, reactor.Output); err != nil {
				return sent, err
			}
		}
		switch {
		case readErr == io.EOF:
			return sent, nil
		case readErr != nil:
			return sent, readErr
		}
	}
}

// recvWrite receives and writes until the end of the stream.
func (s *Socket) recvWrite(w *wait, dst io.Writer) (written int64, err error) {
	buffer := copyBuffers.Get().(*[32 << 10]byte)
	defer copyBuffers.Put(buffer)
	from := receiver{s, w}
	for {
		n, err := from.Read(buffer[:])
		if err == io.EOF { //nolint:errorlint // our own
			return written, nil
		}
		if err != nil {
			return written, err
		}
		k, err := writeAll(dst, buffer[:n])
		written += int64(k)
		if err == nil {
			err = w.overdue(s, reactor.Input)
		}
		if err != nil {
			return written, unsent(buffer[k:n], err)
		}
	}
}

// writeAll writes p, and takes a Write that came short for an error.
func writeAll(dst io.Writer, p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	n, err := dst.Write(p)
	n = max(0, min(n, len(p)))
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	return n, err
}

// after puts bytes in front of a reader.
func after(rest []byte, r io.Reader) io.Reader {
	if len(rest) == 0 {
		return r
	}
	return io.MultiReader(bytes.NewReader(rest), r)
}

// receiver is the receiving side of a call as an io.Reader.
type receiver struct {
	s *Socket
	w *wait
}

func (r receiver) Read(p []byte) (int, error) {
	n, err := r.s.recvInto(r.w, p, 0)
	if n == 0 && err == nil && len(p) > 0 {
		return 0, io.EOF
	}
	return n, err
}

// limited bounds a reader unless limit is negative.
func limited(r io.Reader, limit int64) io.Reader {
	if limit < 0 {
		return r
	}
	return io.LimitReader(r, limit)
}
