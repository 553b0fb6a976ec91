package fdsock

import (
	"time"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// The terms of RFC 8305, section 5, and how many attempts there are at once.
const (
	attemptDelay    = 250 * time.Millisecond
	minAttemptDelay = 10 * time.Millisecond
	maxAttempts     = 8
)

// eyeballs is a race of connection attempts, all of which one waiter watches:
// it needs no goroutine but the caller's.
type eyeballs struct {
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
	delay := int64(max(opts.AttemptDelay, minAttemptDelay))
	if opts.AttemptDelay == 0 {
		delay = int64(attemptDelay)
	}
	e := &eyeballs{w: w, opts: opts, waiter: reactor.NewWaiter()}
	defer e.waiter.Release()
	defer e.closeAll()
	defer w.wakeWhenDone(e.waiter)()
	infos = interleave(infos)
	for next := int64(0); ; {
		if s := e.winner(); s != nil {
			return s, nil
		}
		if err := w.canceled(); err != nil {
			return nil, append(e.failures, err)
		}
		more := len(infos) > 0 && len(e.running) < maxAttempts
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

// interleave orders addresses so that the families take turns, beginning with
// the first one's. Within a family the order stays.
func interleave(infos []AddrInfo) []AddrInfo {
	var first, second []AddrInfo
	for _, info := range infos {
		if info.Family == infos[0].Family {
			first = append(first, info)
		} else {
			second = append(second, info)
		}
	}
	list := make([]AddrInfo, 0, len(infos))
	for len(first) > 0 && len(second) > 0 {
		list = append(list, first[0], second[0])
		first, second = first[1:], second[1:]
	}
	return append(append(list, first...), second...)
}

// begin begins an attempt.
func (e *eyeballs) begin(info AddrInfo) {
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
		return (&wait{op: opConnect}).refused(err)
	}
	return nil
}

// winner returns the socket of an attempt that has succeeded, if one has, and
// drops those that have failed or had their time.
func (e *eyeballs) winner() (won *Socket) {
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

func (e *eyeballs) fail(err error) {
	e.failures = append(e.failures, err)
	e.failed = true
}

// end returns when the first of the attempts has had its time.
func (e *eyeballs) end() int64 {
	end := reactor.Never
	for _, a := range e.running {
		end = min(end, a.end)
	}
	return end
}

// closeAll closes the attempts that have not won.
func (e *eyeballs) closeAll() {
	for _, a := range e.running {
		_ = a.s.Close()
	}
	e.running = nil
}
