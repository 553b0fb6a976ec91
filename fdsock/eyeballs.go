package fdsock

import (
	"github.com/pollux-net/pollux/internal/eyeballs"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// contest is a race of connection attempts, all of which one waiter watches:
// it needs no goroutine but the caller's.
type contest struct {
	w        *wait
	opts     DialOptions
	waiter   *reactor.Waiter
	running  []*attempt
	failures []error
	failed   bool // an attempt has failed since the last began
}

// attempt is a connection that has been begun.
type attempt struct {
	s    *Socket
	addr Addr
	sa   sys.Sockaddr
	end  int64 // when its time is up
}

// race connects to the address that answers first (RFC 8305).
func race(w *wait, infos []AddrInfo, opts DialOptions) (*Socket, []error) {
	delay := int64(max(opts.AttemptDelay, eyeballs.MinDelay))
	if opts.AttemptDelay == 0 {
		delay = int64(eyeballs.Delay)
	}
	e := &contest{w: w, opts: opts, waiter: reactor.NewWaiter()}
	defer e.waiter.Release()
	defer e.closeAll()
	defer w.wakeWhenDone(e.waiter)()
	infos = eyeballs.Interleave(infos, familyOf)
	for next := int64(0); ; {
		if s := e.winner(); s != nil {
			return s, nil
		}
		if err := w.canceled(); err != nil {
			return nil, append(e.failures, err)
		}
		more := len(infos) > 0 && len(e.running) < eyeballs.MaxAttempts
		switch now := reactor.Now(); {
		case more && (len(e.running) == 0 || e.failed || now >= next):
			e.begin(infos[0])
			infos, next = infos[1:], now+delay
		case len(e.running) == 0:
			return nil, e.failures
		case more:
			e.waiter.Wait(min(next, e.end()))
		default:
			e.waiter.Wait(e.end())
		}
	}
}

// begin begins an attempt.
func (e *contest) begin(info AddrInfo) {
	e.failed = false
	s, err := e.opts.socket(e.w.context(), info)
	if err != nil {
		e.fail(err)
		return
	}
	a := &attempt{s: s, addr: info.Addr, end: reactor.Never}
	if timeout := s.timeout.Load(); timeout > 0 {
		a.end = reactor.Now() + timeout
	}
	if a.sa, err = info.Addr.sockaddr(e.w.context(), s.family); err == nil {
		err = a.start()
	}
	if err != nil {
		_ = s.Close()
		e.fail(err)
		return
	}
	e.waiter.Watch(s.handle, reactor.Output)
	e.running = append(e.running, a)
}

func (a *attempt) start() error {
	errno := a.s.attempt(&a.sa)
	if errno == errClosed {
		return connectWait(a.addr, onClosed[opConnect])
	}
	if errno != 0 && errno != sys.EINPROGRESS || a.s.timeout.Load() == 0 {
		return failAt(opConnect, a.addr, errno) // a nonblocking socket waits for nothing
	}
	if err := a.s.handle.Arm(); err != nil {
		return connectWait(a.addr, (&wait{op: opConnect}).refused(err))
	}
	return nil
}

// winner returns the socket of an attempt that has succeeded, if one has, and
// drops those that have failed or had their time.
func (e *contest) winner() (won *Socket) {
	running := e.running
	e.running = running[:0]
	for _, a := range running {
		late := reactor.Now() >= a.end
		errno := sys.EINPROGRESS
		if late || a.s.handle.Readiness(reactor.Output) != 0 {
			errno = a.s.outcome(&a.sa)
		}
		switch {
		case won != nil:
			_ = a.s.Close()
		case errno == 0:
			won = a.s
		case errno == sys.EINPROGRESS && !late:
			e.running = append(e.running, a)
		case errno == sys.EINPROGRESS:
			_ = a.s.Close()
			e.fail(connectWait(a.addr, timedOut[opConnect]))
		case errno == errClosed: // by Shutdown
			e.fail(connectWait(a.addr, onClosed[opConnect]))
		default:
			_ = a.s.Close()
			e.fail(failAt(opConnect, a.addr, errno))
		}
	}
	return won
}

func (e *contest) fail(err error) {
	e.failures = append(e.failures, err)
	e.failed = true
}

// end returns when the first of the attempts has had its time.
func (e *contest) end() int64 {
	end := reactor.Never
	for _, a := range e.running {
		end = min(end, a.end)
	}
	return end
}

// closeAll closes the attempts that have not won.
func (e *contest) closeAll() {
	for _, a := range e.running {
		_ = a.s.Close()
	}
	e.running = nil
}

func familyOf(info AddrInfo) int { return info.Family }
