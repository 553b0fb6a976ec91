package tlsbridge

import (
	"errors"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/tlsbridge/engine"
)

// Fileno returns the descriptor, or -1 once the socket is closed.
func (s *Socket) Fileno() int { return s.sock.Fileno() }

// Handle returns the registration of the socket underneath.
func (s *Socket) Handle() *reactor.Handle { return s.sock.Handle() }

// Subscribe implements reactor.Pollable.
func (s *Socket) Subscribe(sub *reactor.Subscription) { s.sock.Subscribe(sub) }

// Unsubscribe implements reactor.Pollable.
func (s *Socket) Unsubscribe(sub *reactor.Subscription) { s.sock.Unsubscribe(sub) }

// Readiness implements reactor.Pollable: what is known without a look.
func (s *Socket) Readiness(mask reactor.Readiness) reactor.Readiness {
	r := s.sock.Readiness(mask)
	if mask&reactor.Readable != 0 && s.Pending() > 0 {
		r |= reactor.Readable
	}
	return r
}

// Test implements reactor.Tester. Until the handshake is complete the socket
// is as ready as the one underneath; after that it is readable when plaintext,
// end of file or an error waits, and to find out it takes what the kernel has.
func (s *Socket) Test(mask reactor.Readiness) reactor.Readiness {
	s.mu.Lock()
	r := s.test(mask)
	s.giveBack()
	tell := s.took()
	s.mu.Unlock()
	if tell {
		s.Handle().Kick()
	}
	return r
}

func (s *Socket) test(mask reactor.Readiness) reactor.Readiness {
	r := s.kernel(mask)
	if r&reactor.Closed != 0 || s.plain || mask&reactor.Readable == 0 {
		return r
	}
	if state := s.engine.State(); state == engine.StateIdle || state == engine.StateHandshaking {
		return r
	}
	if s.fill() {
		return r | reactor.Readable
	}
	return r &^ (reactor.Input &^ reactor.HangUp)
}

// fill decrypts what there is until plaintext, end of file or an error waits.
func (s *Socket) fill() bool {
	for {
		err := s.engine.Fill()
		full, _ := s.flush() // a key update's answer; an error shows at the next Send
		if !errors.Is(err, engine.ErrWantRead) || full && len(s.engine.Outgoing()) > maxAnswers {
			return true
		}
		blocked, err := s.pull()
		if err != nil {
			s.broken = err // for the call that this makes ready
			return true
		}
		if blocked {
			return false
		}
	}
}

// kernel asks the kernel about the socket underneath.
func (s *Socket) kernel(mask reactor.Readiness) reactor.Readiness {
	h := s.sock.Handle()
	before, ok := h.Acquire()
	if !ok {
		return reactor.Closed
	}
	defer h.Release()
	fds := [1]sys.PollFD{{Fd: int32(s.sock.Fileno())}}
	for _, c := range pollBits {
		if mask&c.on != 0 {
			fds[0].Events |= c.bit
		}
	}
	if _, errno := sys.PollNow(fds[:]); errno != 0 {
		return reactor.Error & mask
	}
	var r reactor.Readiness
	for _, c := range pollBits {
		if fds[0].Revents&c.bit != 0 {
			r |= c.on
		}
	}
	h.Clear(before, mask&(reactor.Readable|reactor.Writable|reactor.Priority)&^r)
	return r
}

// pollBits pairs the reactor's conditions with poll(2)'s.
var pollBits = [...]struct {
	on  reactor.Readiness
	bit int16
}{
	{reactor.Readable, sys.PollIn},
	{reactor.Writable, sys.PollOut},
	{reactor.Priority, sys.PollPri},
	{reactor.HangUp, sys.PollHup},
	{reactor.Error, sys.PollErr},
}
