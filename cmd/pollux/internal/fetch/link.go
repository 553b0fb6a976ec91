package fetch

import (
	"errors"
	"io"
	"log/slog"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/tlsbridge"
)

// link is a connection in one of the two modes, as an io.ReadWriter.
type link struct {
	sock        *fdsock.Socket
	tls         *tlsbridge.Socket // nil for http
	nonblocking bool
	deadline    int64
	log         *slog.Logger
	forget      func() bool // ends the watch over the context
}

// want is what a call must wait for.
type want string

const (
	wantNothing want = ""
	wantRead    want = "read"
	wantWrite   want = "write"
)

// wants tells what a call that ended with err waits for. A plain socket says
// only that it would block; in which direction is known from the call.
func wants(err error, direction want) want {
	switch {
	case err == nil:
		return wantNothing
	case tlsbridge.SSLWantReadError(err):
		return wantRead
	case tlsbridge.SSLWantWriteError(err):
		return wantWrite
	case fdsock.BlockingIOError(err):
		return direction
	}
	return wantNothing
}

// call makes one of Python's calls, as the mode has it.
func (l *link) call(op string, direction want, f func() error) error {
	for {
		time, err := left(l.deadline, op)
		if err != nil {
			return err
		}
		if l.nonblocking {
			time = 0
		}
		l.sock.SetTimeout(time)
		err = f()
		w := wants(err, direction)
		if w == wantNothing {
			return inOp(op, err)
		}
		l.log.Debug("wants", "call", op, "for", string(w), "because", name(err))
		if err := l.wait(op, w); err != nil {
			return err
		}
	}
}

// inOp names the call in a timeout's error.
func inOp(op string, err error) error {
	var e *fdsock.Error
	if errors.As(err, &e) && e.Errno == 0 && e.Addr == nil {
		return timedOut(op)
	}
	return err
}

// name is the short name of an error that means to wait.
func name(err error) string {
	var e *tlsbridge.Error
	var errno fdsock.Errno
	switch {
	case errors.As(err, &e):
		return e.Kind.String()
	case errors.As(err, &errno):
		return sys.ErrnoName(errno)
	}
	return err.Error()
}

// wait selects until the socket can do what is wanted.
func (l *link) wait(op string, w want) error {
	time, err := left(l.deadline, op)
	if err != nil {
		return err
	}
	var object pyselect.Object = l.sock
	if l.tls != nil {
		object = l.tls
	}
	var reading, writing []pyselect.Object
	if w == wantRead {
		reading = append(reading, object)
	} else {
		writing = append(writing, object)
	}
	r, wr, _, err := pyselect.Select(reading, writing, nil, time)
	if err != nil {
		return err
	}
	if len(r)+len(wr) == 0 {
		return timedOut(op)
	}
	l.log.Debug("ready", "readable", len(r), "writable", len(wr))
	return nil
}

// Read implements io.Reader.
func (l *link) Read(p []byte) (n int, err error) {
	if l.tls != nil {
		err = l.call("read", wantRead, func() (err error) { n, err = l.tls.RecvInto(p); return err })
	} else {
		err = l.call("recv", wantRead, func() (err error) { n, err = l.sock.RecvInto(p); return err })
	}
	if err != nil {
		return 0, err
	}
	l.log.Debug("received", "bytes", n)
	if n == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

// Write implements io.Writer.
func (l *link) Write(p []byte) (int, error) {
	sent := 0
	for sent < len(p) {
		n, err := l.send(p[sent:])
		sent += n
		if err != nil {
			return sent, err
		}
		l.log.Debug("sent", "bytes", n)
	}
	return sent, nil
}

func (l *link) send(p []byte) (n int, err error) {
	if l.tls != nil {
		err = l.call("write", wantWrite, func() (err error) { n, err = l.tls.Send(p); return err })
	} else {
		err = l.call("send", wantWrite, func() (err error) { n, err = l.sock.Send(p); return err })
	}
	return n, err
}

// close closes the connection without a farewell.
func (l *link) close() {
	l.forget()
	if l.tls != nil {
		_ = l.tls.Close() // nothing is owed
	}
	_ = l.sock.Close() // TLS that was taken off has left it open
}
