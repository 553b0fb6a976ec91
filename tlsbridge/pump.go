package tlsbridge

import (
	"errors"

	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/tlsbridge/engine"
)

// pump makes a call's steps until it has come to an end, and waits in between
// as far as the socket's timeout allows.
func (s *Socket) pump(c *call) error {
	mask, err := s.turn(c)
	switch {
	case mask == 0:
		return err
	case !c.mayWait():
		return c.op.wouldBlock(mask)
	}
	return s.wait(c, mask)
}

// starved reports whether a step would come to nothing but ErrWantRead: the call
// is to read, and there is nothing to be read here. That is so whenever a peer
// is waited for. Call with mu held.
func (s *Socket) starved(c *call) bool {
	return c.op == opRead && s.negotiated && !s.plain && s.engine.Starved() && len(s.engine.Outgoing()) == 0
}

// turn makes steps as long as the kernel has bytes for them, or room. It
// returns what has to be waited for, or the outcome of the call.
func (s *Socket) turn(c *call) (reactor.Readiness, error) {
	wait, tell, err := s.lockedRun(c)
	if tell {
		s.Handle().Kick()
	}
	return wait, err
}

// lockedRun also says whether others are to look again.
func (s *Socket) lockedRun(c *call) (wait reactor.Readiness, tell bool, err error) {
	s.mu.Lock()
	defer s.endTurn() // also if a callback panics
	shaken := s.shaken()
	wait, err = s.run(c)
	return wait, s.took() || s.shaken() != shaken, err
}

// shaken reports whether the handshake has come to its end, good or bad.
func (s *Socket) shaken() bool { return s.negotiated || s.engine.Ended() }

func (s *Socket) endTurn() {
	s.giveBack()
	s.mu.Unlock()
}

// took reports, once, whether bytes that were received have left something to
// be read here, plaintext or an end. Others who wait for it may never see the
// kernel's edge: epoll(7) drops one if by the time the loop looks there is
// nothing to receive any more, and no room to send either. Call with mu held.
func (s *Socket) took() bool {
	pulled := s.pulled
	s.pulled = false
	if !pulled || s.plain {
		return false
	}
	return s.engine.Pending() > 0 || s.engine.Buffered() > 0 || s.engine.Ended() || s.broken != nil
}

// run is turn with mu held.
func (s *Socket) run(c *call) (reactor.Readiness, error) {
	if err := s.settled(); err != nil {
		return 0, c.named(err)
	}
	if s.starved(c) {
		if blocked, err := s.supply(c, nil); blocked || err != nil {
			return wanted(err), err
		}
	}
	return s.steps(c)
}

// steps steps until something is missing or the call has come to an end.
func (s *Socket) steps(c *call) (reactor.Readiness, error) {
	for {
		err := s.step(c)
		full, ioErr := s.flush()
		switch {
		case err == nil && !full && ioErr == nil && s.negotiated:
			return 0, nil
		case s.link.answer(&s.mu):
			continue // the handshake has what it waited for
		case errors.Is(err, engine.ErrWantRead) && s.link.asking():
			return reactor.Input, nil // when another goroutine's callback has returned
		case errors.Is(err, engine.ErrWantRead) && full && len(s.engine.Outgoing()) > maxAnswers:
			return reactor.Output, nil // a peer that has asked for so many answers takes them first
		case errors.Is(err, engine.ErrWantRead):
			if blocked, err := s.supply(c, ioErr); blocked || err != nil {
				return wanted(err), err
			}
		case err != nil && !errors.Is(err, engine.ErrWantWrite):
			if errors.Is(err, engine.ErrAborted) {
				return 0, s.closed(c)
			}
			s.discard()
			return 0, s.outcome(c, err)
		case ioErr != nil && (err != nil || c.op.flushes):
			return 0, s.undelivered(c)
		case full && (err != nil || c.op.flushes):
			return reactor.Output, nil //nolint:nilerr // it is the wish to send
		case err == nil:
			return 0, nil
		}
	}
}

// maxAnswers bounds what key updates may queue while a call only reads.
const maxAnswers = 64 << 10

// wanted is what a call waits for whose input is missing, unless it has failed.
func wanted(err error) reactor.Readiness {
	if err != nil {
		return 0
	}
	return reactor.Input
}

// supply gets more from the kernel, unless that is known to have nothing.
// ioErr is why the output does not go out, nil if it does.
func (s *Socket) supply(c *call, ioErr error) (blocked bool, err error) {
	if blocked = s.futile(c); !blocked {
		blocked, err = s.pull()
	}
	switch {
	case err != nil:
		return false, c.transport(err)
	case blocked && ioErr != nil && !s.negotiated:
		return true, s.undelivered(c) // the peer cannot answer what it does not get
	}
	return blocked, nil
}

// discard receives, and forgets, what a client has sent behind the certificate
// that ended its handshake. Left in the kernel it would make closing the
// socket a reset, which can overtake the alert that says why.
func (s *Socket) discard() {
	if s.engine.State() != engine.StateFailed || !s.link.server || s.negotiated || s.link.rules.verify == CERT_NONE {
		return
	}
	buf := records.Get().(*recordBuffer)
	defer records.Put(buf)
	_, _ = s.sock.TryRecv(buf[:]) // a flight is no longer than this
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
	n, err := s.sock.TrySend(p)
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
		n, err := s.sock.TrySend(out)
		s.engine.Sent(n)
		if again(err) {
			return true, nil
		}
		s.unsent = err
	}
	return false, s.unsent
}

// futile reports whether a call that may wait need not ask the kernel: nothing
// has come since it said so, or the edge is on its way, and ends the wait. One
// that may not wait asks, for it has to be exact.
func (s *Socket) futile(c *call) bool {
	return s.broken == nil && c.mayWait() && s.sock.Readiness(reactor.Input)&(reactor.Input|reactor.Closed) == 0
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
	if s.opts.ReadAhead {
		return s.pullAhead()
	}
	s.giveBack()
	buf := records.Get().(*recordBuffer)
	s.lentRecord = buf
	have := 0
	for {
		n, err := s.piece(buf[have:])
		have += n
		if n > 0 && !s.frames.due() {
			continue
		}
		return s.feed(buf[:have], n, err)
	}
}

// piece receives what it can of the present record, in as few system calls as
// its size suggests: a small one is looked at whole, and then received.
func (s *Socket) piece(room []byte) (n int, err error) {
	if s.frames.small() {
		n, err = s.sock.TryRecvPart(room[:smallSize], firstRecord)
	} else {
		n, err = s.sock.TryRecv(room[:s.frames.want()])
	}
	s.frames.took(room[:n])
	return n, err
}

// pullAhead receives what there is, up to some records.
func (s *Socket) pullAhead() (blocked bool, err error) {
	s.giveBack()
	buf := aheads.Get().(*aheadBuffer)
	s.lentAhead = buf
	n, err := s.sock.TryRecv(buf[:])
	return s.feed(buf[:n], n, err)
}

// giveBack ends the loan of a receive buffer to the engine, which copies what it
// has not used. Call with mu held, when the turn is over.
func (s *Socket) giveBack() {
	switch {
	case s.lentRecord != nil:
		s.engine.Settle()
		records.Put(s.lentRecord)
		s.lentRecord = nil
	case s.lentAhead != nil:
		s.engine.Settle()
		aheads.Put(s.lentAhead)
		s.lentAhead = nil
	}
}

// feed lends the engine what was received, in an attempt that brought n bytes
// or failed.
func (s *Socket) feed(p []byte, n int, err error) (blocked bool, _ error) {
	s.engine.Borrow(p)
	s.pulled = s.pulled || !again(err)
	switch {
	case again(err):
		return true, nil
	case err == nil && n == 0:
		s.engine.FeedEOF()
	}
	return false, err
}
