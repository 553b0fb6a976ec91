package tlsbridge

import (
	"crypto/tls"
	"errors"
	"io"
	"sync"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/tlsbridge/engine"
)

// recordSize is the most plaintext that one record holds.
const recordSize = 16384

// machine is the TLS of one connection without its transport: what a [Socket]
// and an [SSLObject] have in common.
type machine struct {
	mu         sync.Mutex // guards what follows; never held while waiting
	negotiated bool       // the handshake is over, and all of it is sent
	plain      bool       // Unwrap has ended TLS
	frames     frames
	wrote      int // bytes of the Send in progress that are encrypted
	engine     *engine.Conn
	link       link // to the context; last, for data has no use for it
}

// start makes the engine; conn is what server name callbacks are given.
func (m *machine) start(c *Context, opts Options, conn NamedConn) error {
	l, err := c.newLink(opts.Side, opts.ServerHostname)
	if err != nil {
		return err
	}
	if l.server && opts.ServerHostname != "" {
		return &ValueError{"server_hostname can only be specified in client mode"}
	}
	m.link = *l
	if opts.Session != nil {
		if err := m.link.setSession(opts.Session); err != nil {
			return err
		}
	}
	m.link.conn = conn
	m.engine = m.link.engine()
	return nil
}

// operation is a call by its Python name, with the errors it has ready.
type operation struct {
	name string
	// flushes says that the call has ended only when all it produced is sent.
	flushes bool
	// ends is what the call does as a whole: the deadlines it ends by.
	ends reactor.Readiness
	// These are made once: would-block and timeout paths allocate nothing.
	wantRead, wantWrite   *Error
	timedOut, interrupted *fdsock.Error
}

func newOperation(name string, flushes bool, ends reactor.Readiness) *operation {
	return &operation{
		name: name, flushes: flushes, ends: ends,
		wantRead:    &Error{Kind: KindWantRead, Op: name},
		wantWrite:   &Error{Kind: KindWantWrite, Op: name},
		timedOut:    &fdsock.Error{Op: name},
		interrupted: &fdsock.Error{Op: name, Errno: sys.EINTR},
	}
}

var (
	opHandshake  = newOperation("do_handshake", false, reactor.Input|reactor.Output)
	opRead       = newOperation("read", false, reactor.Input)
	opWrite      = newOperation("write", true, reactor.Output)
	opUnwrap     = newOperation("unwrap", true, reactor.Input|reactor.Output)
	opCloseWrite = newOperation("close_write", true, reactor.Output)
)

// resumable reports whether err leaves a call where making it again goes on
// with it.
func (o *operation) resumable(err error) bool {
	for _, e := range []error{o.wantRead, o.wantWrite, o.timedOut, o.interrupted} {
		if err == e { //nolint:errorlint // these very values, and nothing that wraps them
			return true
		}
	}
	_, ended := err.(*fdsock.ContextError) //nolint:errorlint // the same
	return ended
}

// call is a call in progress.
type call struct {
	op    *operation
	p     []byte      // what is read into or written
	n     int         // what a read came to
	flags int         // of a call that may be passed on
	wait  fdsock.Call // how long it may wait; an SSLObject's never does
	rule  rule
}

// rule is how a call differs from Python's.
type rule uint8

const (
	once    rule = 1 << iota // it never waits
	strict                   // an end without close_notify is an error, whatever the options say
	partial                  // an error leaves what was written so far counted and done with
)

// step runs the engine once for a call. It is repeated until it returns
// neither ErrWantRead nor ErrWantWrite.
func (m *machine) step(c *call) (err error) {
	if m.plain {
		return errUnwrapped
	}
	switch c.op {
	case opUnwrap:
		return m.farewell()
	case opHandshake:
		return m.negotiate()
	}
	if !m.negotiated {
		if err := m.negotiate(); err != nil {
			return err
		}
	}
	switch c.op {
	case opWrite:
		return m.encrypt(c.p)
	case opCloseWrite:
		return m.engine.CloseNotify()
	}
	c.n, err = m.engine.Read(c.p)
	return err
}

// negotiate steps the handshake, which is over only when its last flight is
// out: a peer that never got it would never answer.
func (m *machine) negotiate() error {
	m.link.begin()
	if err := handshake(m.engine); err != nil || m.negotiated {
		return err
	}
	if len(m.engine.Outgoing()) > 0 {
		return engine.ErrWantWrite
	}
	m.negotiated = true
	m.link.finish(m.engine.ConnectionState().DidResume)
	return nil
}

// handshake steps the handshake, and says what it wants as Read and Write do.
func handshake(e *engine.Conn) error {
	status, err := e.Handshake()
	switch {
	case err != nil || status == engine.Done:
		return err
	case status == engine.WantRead:
		return engine.ErrWantRead
	}
	return engine.ErrWantWrite
}

// encrypt produces the next record, once the one before is out: what a Send
// keeps in memory is bounded by one record. The progress is remembered, for a
// nonblocking caller makes the same call again.
func (m *machine) encrypt(p []byte) error {
	for {
		if len(m.engine.Outgoing()) > 0 {
			return engine.ErrWantWrite
		}
		if m.wrote == len(p) && len(p) > 0 {
			return nil
		}
		n, err := m.engine.Write(p[m.wrote:min(m.wrote+recordSize, len(p))])
		if err != nil || len(p) == 0 {
			return err
		}
		m.wrote += n
	}
}

// farewell sends our close_notify and reads the peer's.
func (m *machine) farewell() error {
	if err := m.engine.CloseNotify(); err != nil {
		return err
	}
	if len(m.engine.Outgoing()) > 0 {
		return engine.ErrWantWrite
	}
	if err := m.engine.Fill(); err != nil {
		return err
	}
	if m.engine.PeerClosed() && m.engine.Pending() == 0 {
		return nil
	}
	if m.engine.Pending() > 0 {
		return errDataAfterClose
	}
	_, err := m.engine.Read(make([]byte, 1))
	return err
}

var errDataAfterClose = errors.New("application data after close notify")

// outcome turns the engine's error into the call's.
func (m *machine) outcome(c *call, err error) error {
	switch {
	case errors.Is(err, io.EOF) && (m.engine.State() == engine.StateClosed || !m.engine.ConnectionState().HandshakeComplete):
		return &Error{Kind: KindZeroReturn, Op: c.op.name} // we have said farewell too, or nothing else yet
	case errors.Is(err, io.EOF), errors.Is(err, errUnwrapped):
		return err
	case errors.Is(err, errDataAfterClose):
		return &Error{Kind: KindSSL, Op: c.op.name, Library: "SSL", Reason: "APPLICATION_DATA_AFTER_CLOSE_NOTIFY"}
	}
	return m.link.rules.explain(c.op.name, err, m.engine.ConnectionState().HandshakeComplete)
}

func (m *machine) state() tls.ConnectionState {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.engine.ConnectionState()
}

// Pending returns how many bytes a read returns without waiting: what is left
// of the present record.
func (m *machine) Pending() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.engine.Pending()
}
