package tlsbridge

import (
	"errors"
	"io"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/tlsbridge/engine"
)

// operation is a call by its Python name, with the errors it has ready.
type operation struct {
	name string
	// flushes says that the call has ended only when all it produced is sent.
	flushes bool
	// These are made once: would-block and timeout paths allocate nothing.
	wantRead, wantWrite *Error
	timedOut            *fdsock.Error
}

func newOperation(name string, flushes bool) *operation {
	return &operation{
		name: name, flushes: flushes,
		wantRead:  &Error{Kind: KindWantRead, Op: name},
		wantWrite: &Error{Kind: KindWantWrite, Op: name},
		timedOut:  &fdsock.Error{Op: name},
	}
}

var (
	opHandshake = newOperation("do_handshake", false)
	opRead      = newOperation("read", false)
	opWrite     = newOperation("write", true)
	opUnwrap    = newOperation("unwrap", true)
)

// call is a call in progress.
type call struct {
	op *operation
	p  []byte // what is read into or written
	n  int    // what a read came to
}

// pump makes a call's steps until it has come to an end, and waits in between
// as far as the socket's timeout allows.
func (s *Socket) pump(c *call) error {
	mask, err := s.turn(c)
	switch {
	case mask == 0:
		return err
	case s.GetTimeout() == 0:
		return c.op.wouldBlock(mask)
	}
	return s.wait(c, mask)
}

// turn makes steps as long as the kernel has bytes for them, or room. It
// returns what has to be waited for, or the outcome of the call.
func (s *Socket) turn(c *call) (wait reactor.Readiness, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		err := s.step(c)
		full, ioErr := s.flush()
		switch {
		case s.link.answer(&s.mu):
			continue // the handshake has what it waited for
		case errors.Is(err, engine.ErrWantRead):
			blocked, err := s.pull()
			switch {
			case err != nil:
				return 0, c.transport(err)
			case blocked && ioErr != nil && !s.negotiated:
				return 0, s.undelivered(c) // the peer cannot answer what it does not get
			case blocked:
				return reactor.Input, nil
			}
		case err != nil && !errors.Is(err, engine.ErrWantWrite):
			return 0, s.outcome(c, err)
		case ioErr != nil && (err != nil || c.op.flushes):
			return 0, s.undelivered(c)
		case full && (err != nil || c.op.flushes):
			return reactor.Output, nil
		case err == nil:
			return 0, nil
		}
	}
}

// step runs the engine once for a call. It is repeated until it returns
// neither ErrWantRead nor ErrWantWrite.
func (s *Socket) step(c *call) (err error) {
	if s.plain {
		return errUnwrapped
	}
	switch c.op {
	case opUnwrap:
		return s.farewell()
	case opHandshake:
		return s.negotiate()
	}
	if !s.negotiated {
		if err := s.negotiate(); err != nil {
			return err
		}
	}
	if c.op == opWrite {
		return s.encrypt(c.p)
	}
	c.n, err = s.engine.Read(c.p)
	return err
}

// negotiate steps the handshake, which is over only when its last flight is
// out: a peer that never got it would never answer.
func (s *Socket) negotiate() error {
	s.link.begin()
	if err := handshake(s.engine); err != nil || s.negotiated {
		return err
	}
	if len(s.engine.Outgoing()) > 0 {
		return engine.ErrWantWrite
	}
	s.negotiated = true
	s.link.finish(s.engine.ConnectionState().DidResume)
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
func (s *Socket) encrypt(p []byte) error {
	for {
		if len(s.engine.Outgoing()) > 0 {
			return engine.ErrWantWrite
		}
		if s.wrote == len(p) && len(p) > 0 {
			return nil
		}
		n, err := s.engine.Write(p[s.wrote:min(s.wrote+recordSize, len(p))])
		if err != nil || len(p) == 0 {
			return err
		}
		s.wrote += n
	}
}

// farewell sends our close_notify and reads the peer's.
func (s *Socket) farewell() error {
	if err := s.engine.CloseNotify(); err != nil {
		return err
	}
	if len(s.engine.Outgoing()) > 0 {
		return engine.ErrWantWrite
	}
	if err := s.engine.Fill(); err != nil {
		return err
	}
	if s.engine.PeerClosed() && s.engine.Pending() == 0 {
		return nil
	}
	if s.engine.Pending() > 0 {
		return errDataAfterClose
	}
	_, err := s.engine.Read(make([]byte, 1))
	return err
}

var errDataAfterClose = errors.New("application data after close notify")

// outcome turns the engine's error into the call's.
func (s *Socket) outcome(c *call, err error) error {
	switch {
	case errors.Is(err, io.EOF) && s.engine.State() == engine.StateClosed:
		return &Error{Kind: KindZeroReturn, Op: c.op.name} // we have said farewell too
	case errors.Is(err, io.EOF), errors.Is(err, errUnwrapped):
		return err
	case errors.Is(err, engine.ErrAborted):
		return s.closed(c)
	case errors.Is(err, errDataAfterClose):
		return &Error{Kind: KindSSL, Op: c.op.name, Library: "SSL", Reason: "APPLICATION_DATA_AFTER_CLOSE_NOTIFY"}
	}
	return s.link.rules.explain(c.op.name, err)
}

// undelivered reports, once, why sending has failed.
func (s *Socket) undelivered(c *call) error {
	err := s.unsent
	s.unsent = nil
	return c.transport(err)
}

// sink sends ciphertext straight from where it was made. What it leaves is
// flush's.
func (s *Socket) sink(p []byte) int {
	n, err := s.sock.Send(p, fdsock.MSG_DONTWAIT)
	if err != nil && !again(err) {
		s.unsent = err
	}
	return n
}

// flush sends what the engine has for the peer. full means that the kernel
// has no room for the rest. An error stays until a call has reported it.
func (s *Socket) flush() (full bool, err error) {
	for s.unsent == nil {
		out := s.engine.Outgoing()
		if len(out) == 0 {
			return false, nil
		}
		n, err := s.sock.Send(out, fdsock.MSG_DONTWAIT)
		s.engine.Sent(n)
		if again(err) {
			return true, nil
		}
		s.unsent = err
	}
	return false, s.unsent
}

// pull receives the present record, or what there is of it, or the end.
// blocked means that the kernel has nothing more yet. The engine is given a
// record in one piece where possible: looking at pieces costs crypto/tls an
// allocation each.
func (s *Socket) pull() (blocked bool, err error) {
	if s.broken != nil {
		err, s.broken = s.broken, nil
		return false, err
	}
	buf := records.Get().(*[headerSize + bodySize]byte)
	defer records.Put(buf)
	have := 0
	for {
		n, err := s.sock.RecvInto(buf[have:have+s.frames.want()], fdsock.MSG_DONTWAIT)
		s.frames.took(buf[have : have+n])
		have += n
		if n > 0 && !s.frames.due() {
			continue
		}
		s.engine.Feed(buf[:have])
		switch {
		case again(err):
			return true, nil
		case err == nil && n == 0:
			s.engine.FeedEOF()
		}
		return false, err
	}
}
