package sys_test

import (
	"testing"

	"github.com/pollux-net/pollux/internal/sys"
)

// TestDatagramFaults treats Recvfrom and Sendto as the other transfers, and
// carries the addresses.
func TestDatagramFaults(t *testing.T) {
	for _, op := range []sys.Op{sys.OpSend, sys.OpRecv} {
		for _, c := range []struct {
			fault sys.Fault
			n     int
			errno sys.Errno
		}{
			{sys.Fault{}, 10, 0},
			{sys.Fault{Errno: sys.EINTR}, 10, 0},
			{sys.Fault{Errno: sys.ENOBUFS}, 0, sys.ENOBUFS},
			{sys.Fault{Max: 3}, 3, 0},
		} {
			f := newFixture(t)
			f.check(sys.Bind(f.datagram, &f.any))
			to, errno := sys.Getsockname(f.datagram)
			f.check(errno)
			asked := 0
			hook := func(call sys.Call) (fault sys.Fault) {
				if call.Op != op {
					return fault
				}
				if asked++; asked == 1 || c.fault.Errno == 0 {
					fault = c.fault
				}
				return fault
			}
			var from sys.Sockaddr
			p := make([]byte, 10)
			restore := func() {}
			if op == sys.OpSend {
				restore = sys.SetHook(hook)
			}
			n, errno := sys.Sendto(f.datagram, f.data, 0, &to)
			if op == sys.OpRecv {
				f.check(errno)
				restore = sys.SetHook(hook)
				n, errno = sys.Recvfrom(f.datagram, p, 0, &from)
				if errno == 0 && from != to {
					t.Errorf("from %+v, want %+v", from, to)
				}
			}
			restore()
			if n != c.n || errno != c.errno {
				t.Errorf("%v with %+v: %d, %v", op, c.fault, n, errno)
			}
		}
	}
}

// TestStructOptions fails and interrupts the options that are structures.
func TestStructOptions(t *testing.T) {
	f := newFixture(t)
	for name, call := range map[string]func() sys.Errno{
		"linger":    func() sys.Errno { _, _, errno := sys.GetLinger(f.fresh); return errno },
		"timeval":   func() sys.Errno { _, errno := sys.GetTimeval(f.fresh, sys.SOL_SOCKET, sys.SO_RCVTIMEO); return errno },
		"settime":   func() sys.Errno { return sys.SetTimeval(f.fresh, sys.SOL_SOCKET, sys.SO_RCVTIMEO, 1) },
		"peercred":  func() sys.Errno { _, _, _, errno := sys.Peercred(f.a); return errno },
		"peercred2": func() sys.Errno { _, _, _, errno := sys.Peercred(f.full); return errno },
	} {
		for _, fault := range []sys.Errno{sys.EINTR, sys.ENOBUFS, 0} {
			asked := 0
			restore := sys.SetHook(func(sys.Call) (f sys.Fault) {
				if asked++; asked == 1 {
					f.Errno = fault
				}
				return f
			})
			errno := call()
			restore()
			if fault == sys.ENOBUFS && errno == fault || fault != sys.ENOBUFS && (errno == 0 || errno == sys.EOPNOTSUPP) {
				continue
			}
			t.Errorf("%s: %v after %v", name, errno, fault)
		}
	}
}
