package stream

import (
	"errors"

	"github.com/pollux-net/pollux/internal/eyeballs"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// race is the attempts of a dial (RFC 8305). Dialing.mu guards it.
type race struct {
	next     []sys.Sockaddr // addresses not tried yet
	running  []*attempt
	failures []error
	due      bool           // the next may begin although others run
	pace     *reactor.Timer // tells when it is
}

// attempt is a connection that has been begun.
type attempt struct {
	d      *Dialing
	handle *reactor.Handle
	fd     int
	to     sys.Sockaddr
}

// end closes the attempts that are left.
func (r *race) end() {
	for _, a := range r.running {
		_ = a.handle.Close()
	}
	r.running, r.next = nil, nil
	if r.pace != nil {
		r.pace.Stop()
	}
}

// drop takes an attempt out of the race.
func (r *race) drop(a *attempt) {
	for i, other := range r.running {
		if other == a {
			r.running = append(r.running[:i], r.running[i+1:]...)
			return
		}
	}
}

// begin begins the race, unless the look-up has failed.
func (d *Dialing) begin(to []sys.Sockaddr, err error) {
	if err != nil {
		d.end(err)
		return
	}
	d.race.next = eyeballs.Interleave(to, func(sa sys.Sockaddr) int { return sa.Family })
	d.step()
}

// step begins the attempts whose time has come, and ends a race that is lost.
func (d *Dialing) step() {
	r := &d.race
	for len(r.next) > 0 && len(r.running) < eyeballs.MaxAttempts && (len(r.running) == 0 || r.due) {
		to := r.next[0]
		r.next, r.due = r.next[1:], false
		a, err := d.attempt(to)
		if err != nil {
			r.failures = append(r.failures, err)
			r.due = true
			continue
		}
		r.running = append(r.running, a)
		d.keepPace()
	}
	if len(r.running)+len(r.next) == 0 {
		d.end(joined(r.failures))
	}
}

// keepPace has the next attempt begin when the last has not answered soon.
func (d *Dialing) keepPace() {
	r := &d.race
	switch {
	case len(r.next) == 0:
	case r.pace != nil:
		r.pace.Reset(eyeballs.Delay)
	default:
		r.pace = d.loop.After(eyeballs.Delay, func() {
			d.locked(func() {
				r.due = true
				d.step()
			})
		})
	}
}

// joined is one error, or all of several.
func joined(errs []error) error {
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}

// attempt begins to connect.
func (d *Dialing) attempt(to sys.Sockaddr) (*attempt, error) {
	where := netAddr(to).String()
	fd, errno := sys.Socket(to.Family, sys.SOCK_STREAM, 0)
	if errno != 0 {
		return nil, opError("socket", where, errno)
	}
	if op, errno := d.connect(fd, &to); errno != 0 && errno != sys.EINPROGRESS {
		sys.Close(fd)
		return nil, opError(op, where, errno)
	}
	handle, err := d.loop.NewHandle(fd, kindOf(to.Family))
	if err != nil {
		sys.Close(fd)
		return nil, err
	}
	a := &attempt{d: d, handle: handle, fd: fd, to: to}
	if err := handle.SetHandler(a); err != nil {
		_ = handle.Close()
		return nil, err
	}
	return a, nil
}

// connect prepares a socket and starts its connection. Whether it is made
// already, as with Unix sockets, the first edge will tell.
func (d *Dialing) connect(fd int, to *sys.Sockaddr) (string, sys.Errno) {
	if to.Family != sys.AF_UNIX {
		if errno := tcpOptions(&d.hub.config, fd); errno != 0 {
			return "setsockopt", errno
		}
	}
	if d.goal.local != nil {
		if errno := sys.Bind(fd, d.goal.local); errno != 0 {
			return "bind", errno
		}
	}
	return "connect", sys.Connect(fd, to)
}

// Ready learns how an attempt has ended. Loop-only; part of reactor.Handler.
func (a *attempt) Ready(_ *reactor.Handle, r reactor.Readiness) {
	if r&reactor.Output != 0 {
		a.d.locked(func() { a.outcome(r) })
	}
}

func (a *attempt) outcome(r reactor.Readiness) {
	errno := a.errno(r)
	if errno == sys.EINPROGRESS {
		return // an edge from before connect
	}
	d := a.d
	d.race.drop(a)
	if errno == 0 {
		d.connected(a)
		return
	}
	_ = a.handle.Close()
	d.race.failures = append(d.race.failures, opError("connect", netAddr(a.to).String(), errno))
	d.race.due = true
	d.step()
}

// errno returns 0 when the attempt has connected, and EINPROGRESS when it is
// not decided.
func (a *attempt) errno(r reactor.Readiness) sys.Errno {
	if _, ok := a.handle.Acquire(); !ok {
		return sys.EBADF // the group has closed it
	}
	defer a.handle.Release()
	if errno := sys.SocketError(a.fd); errno != 0 {
		return errno
	}
	peer, errno := sys.Getpeername(a.fd)
	switch {
	case errno == sys.ENOTCONN && r&(reactor.HangUp|reactor.Error) == 0:
		return sys.EINPROGRESS
	case errno == sys.ENOTCONN:
		return sys.ECONNRESET // somebody else has taken the error
	case a.to.Family == sys.AF_UNIX || errno != 0:
		return 0 // BSDs do not name a peer that has left already
	}
	if own, errno := sys.Getsockname(a.fd); errno == 0 && own.Addr == peer.Addr && own.Port == peer.Port {
		return sys.ECONNREFUSED // connected to itself: nobody listens
	}
	return 0
}
