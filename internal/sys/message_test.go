package sys_test

import (
	"encoding/binary"
	"math"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/internal/sys"
)

// TestMessageFaults treats Recvmsg and Sendmsg as the other transfers: EINTR
// is retried, an error surfaces, Max shortens across the buffers.
func TestMessageFaults(t *testing.T) {
	for _, op := range []sys.Op{sys.OpSend, sys.OpRecv} {
		for _, c := range []struct {
			fault sys.Fault
			n     int
			errno sys.Errno
		}{
			{sys.Fault{}, 10, 0},
			{sys.Fault{Errno: sys.EINTR}, 10, 0},
			{sys.Fault{Errno: sys.ENOBUFS}, 0, sys.ENOBUFS},
			{sys.Fault{Max: 1}, 1, 0},
			{sys.Fault{Max: 6}, 6, 0},
			{sys.Fault{Max: 99}, 10, 0},
		} {
			f := newFixture(t)
			faults := 0
			restore := sys.SetHook(func(call sys.Call) (fault sys.Fault) {
				if call.Op != op {
					return fault
				}
				if call.Len != 10 {
					t.Errorf("the hook was asked about %+v", call)
				}
				if faults++; faults == 1 || c.fault.Errno == 0 {
					fault = c.fault
				}
				return fault
			})
			m := sys.Message{Buffers: [][]byte{make([]byte, 4), nil, make([]byte, 6)}}
			call, fd := sys.Sendmsg, f.a
			if op == sys.OpRecv {
				call, fd = sys.Recvmsg, f.full
			}
			n, errno := call(fd, &m)
			restore()
			if n != c.n || errno != c.errno {
				t.Errorf("%v with %+v: %d, %v, want %d, %v", op, c.fault, n, errno, c.n, c.errno)
			}
		}
	}
}

// TestMessageControl passes a descriptor over a socket, in two buffers.
func TestMessageControl(t *testing.T) {
	f := newFixture(t)
	rights := unix.UnixRights(f.fresh)
	level, typ, data, rest, ok := sys.NextControl(rights)
	if !ok || level != unix.SOL_SOCKET || typ != unix.SCM_RIGHTS || len(data) != 4 || len(rest) != 0 {
		t.Fatalf("control message is %d, %d, %v, %v, %v", level, typ, data, rest, ok)
	}
	control := sys.AppendControl(nil, level, typ, data)
	if string(control) != string(rights) {
		t.Errorf("made %x, want %x", control, rights)
	}
	pair, errno := sys.Socketpair(sys.AF_UNIX, sys.SOCK_DGRAM, 0)
	f.check(errno)
	f.closes(pair[0], pair[1])
	out := sys.Message{Buffers: [][]byte{[]byte("ab"), []byte("cde")}, Control: control}
	n, errno := sys.Sendmsg(pair[0], &out)
	if n != 5 || errno != 0 {
		t.Fatalf("sent %d bytes, %v", n, errno)
	}
	in := sys.Message{Buffers: [][]byte{make([]byte, 1), make([]byte, 3)}, Control: make([]byte, 64)}
	n, errno = sys.Recvmsg(pair[1], &in)
	if n != 4 || errno != 0 || string(in.Buffers[0])+string(in.Buffers[1]) != "abcd" || in.RecvFlags&unix.MSG_TRUNC == 0 {
		t.Errorf("received %d bytes %q, %v, flags %#x", n, in.Buffers, errno, in.RecvFlags)
	}
	got, err := unix.ParseSocketControlMessage(in.Control[:in.ControlLen])
	if err != nil || len(got) != 1 {
		t.Fatalf("received control %v, %v", got, err)
	}
	fds, err := unix.ParseUnixRights(&got[0])
	if err != nil || len(fds) != 1 {
		t.Fatalf("received descriptors %v, %v", fds, err)
	}
	sys.Close(fds[0])
	for _, short := range [][]byte{nil, make([]byte, 3), make([]byte, 16)} {
		if _, _, _, _, ok := sys.NextControl(short); ok {
			t.Errorf("found a control message in %v", short)
		}
	}
	for _, length := range []uint{math.MaxInt, math.MaxInt32, 100} { // headers may say anything
		lying := sys.AppendControl(nil, 1, 2, []byte("data"))
		if sys.CmsgLen(0) == 16 { // a size_t of 64 bits
			binary.NativeEndian.PutUint64(lying, uint64(length))
		} else {
			binary.NativeEndian.PutUint32(lying, uint32(length))
		}
		_, _, data, rest, ok := sys.NextControl(lying)
		if !ok || len(data) < 4 || len(rest) != 0 {
			t.Errorf("length %#x: %q, %q, %v", length, data, rest, ok)
		}
	}
}

func TestDescriptorFlags(t *testing.T) {
	f := newFixture(t)
	for _, yes := range []bool{true, false} {
		f.check(sys.SetInheritable(f.fresh, yes))
		if got, errno := sys.Inheritable(f.fresh); errno != 0 || got != yes {
			t.Errorf("inheritable is %v, %v, want %v", got, errno, yes)
		}
		f.check(sys.SetNonblock(f.fresh, yes))
		if got, errno := sys.Nonblocking(f.fresh); errno != 0 || got != yes {
			t.Errorf("nonblocking is %v, %v, want %v", got, errno, yes)
		}
	}
	for _, errno := range []sys.Errno{second(sys.Inheritable(-1)), second(sys.Nonblocking(-1)), second(sys.Dup(-1))} {
		if errno != sys.EBADF {
			t.Errorf("of no descriptor: %v", errno)
		}
	}
}

func second[T any](_ T, errno sys.Errno) sys.Errno { return errno }

func TestOptionBytes(t *testing.T) {
	f := newFixture(t)
	var on, off [4]byte
	on[0], on[3] = 1, 1 // not zero in either byte order
	for _, want := range [][4]byte{on, off} {
		f.check(sys.SetsockoptBytes(f.fresh, sys.IPPROTO_TCP, sys.TCP_NODELAY, want[:], 0))
		var got [8]byte
		n, errno := sys.GetsockoptBytes(f.fresh, sys.IPPROTO_TCP, sys.TCP_NODELAY, got[:])
		if errno != 0 || n != 4 || (got == [8]byte{}) != (want == off) {
			t.Errorf("TCP_NODELAY is %v, %d bytes, %v", got, n, errno)
		}
	}
	if errno := sys.SetsockoptBytes(f.fresh, sys.IPPROTO_TCP, sys.TCP_NODELAY, nil, 4); errno != unix.EFAULT {
		t.Errorf("setting no value: %v, want %v", errno, unix.EFAULT)
	}
}
