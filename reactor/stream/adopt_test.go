package stream_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor/stream"
)

// TestAdopt serves listeners that package net has opened, which outlive it.
func TestAdopt(t *testing.T) {
	path := filepath.Join(shortDir(t), "socket")
	for _, w := range [][2]string{{"tcp", "127.0.0.1:0"}, {"unix", path}} {
		s := newServer(t, stream.Config{})
		l, err := net.Listen(w[0], w[1])
		must(t, err)
		f, err := l.(interface{ File() (*os.File, error) }).File()
		must(t, err)
		addr, err := s.Adopt(f)
		must(t, err)
		must(t, f.Close())
		if addr.String() != l.Addr().String() || s.Addr() != addr {
			t.Errorf("adopted as %v, is %v", addr, l.Addr())
		}
		must(t, exchange(connect(t, addr), []byte("hello")))
		must(t, s.Close())
		if w[0] == "unix" {
			if _, err := os.Lstat(path); err != nil {
				t.Error("another's path is removed:", err)
			}
		}
		c, err := net.Dial(w[0], addr.String()) // into the backlog of the other descriptor
		must(t, err)
		must(t, c.Close())
		must(t, l.Close())
	}
}

func TestAdoptErrors(t *testing.T) {
	s := newServer(t, stream.Config{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	listener, err := l.(*net.TCPListener).File()
	must(t, err)
	defer listener.Close()
	conn, err := connect(t, l.Addr()).(*net.TCPConn).File()
	must(t, err)
	defer conn.Close()
	u, err := net.ListenPacket("udp", "127.0.0.1:0")
	must(t, err)
	defer u.Close()
	udp, err := u.(*net.UDPConn).File()
	must(t, err)
	defer udp.Close()
	r, w, err := os.Pipe()
	must(t, err)
	defer r.Close()
	must(t, w.Close())
	for _, f := range []*os.File{conn, udp, r, w} {
		if addr, err := s.Adopt(f); err == nil {
			t.Errorf("adopted %s: %v", f.Name(), addr)
		}
	}
	for _, op := range []sys.Op{sys.OpDup, sys.OpGetsockopt, sys.OpGetsockname, sys.OpSetsockopt, sys.OpSetNonblock, sys.OpQueueControl} {
		restore := sys.SetHook(func(c sys.Call) sys.Fault {
			if c.Op == op {
				return sys.Fault{Errno: sys.ENOBUFS}
			}
			return sys.Fault{}
		})
		addr, err := s.Adopt(listener)
		restore()
		if err == nil && (op != sys.OpSetsockopt || sys.AcceptInherits) {
			t.Errorf("%v fails: %v", op, addr)
		}
	}
	if _, err := s.Adopt(listener); err != nil {
		t.Error(err)
	}
}

// again runs one test of this binary in a child process, where the variable
// POLLUX_CHILD is set.
func again(t *testing.T, test string, files []*os.File, env ...string) {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^"+test+"$", "-test.v", "-test.timeout=60s")
	cmd.ExtraFiles = files
	cmd.Env = append(append(os.Environ(), "POLLUX_CHILD="+test), env...)
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: "+test) {
		t.Errorf("child: %v\n%s", err, out)
	}
}

// child reports whether this is the process of again.
func child(t *testing.T) bool { return os.Getenv("POLLUX_CHILD") == t.Name() }

// TestInherited is a service that systemd starts with two sockets.
func TestInherited(t *testing.T) {
	if !child(t) {
		var files []*os.File
		for range 2 {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			must(t, err)
			defer l.Close()
			f, err := l.(*net.TCPListener).File()
			must(t, err)
			defer f.Close()
			files = append(files, f)
		}
		again(t, t.Name(), files, "LISTEN_FDS=2", "LISTEN_FDNAMES=web:")
		return
	}
	// Only systemd knows the number of the process beforehand.
	t.Setenv("LISTEN_PID", strconv.Itoa(os.Getpid()))
	files, err := stream.Inherited()
	must(t, err)
	if len(files) != 2 || files[0].Name() != "web" || files[1].Name() != "unknown" {
		t.Fatal(files)
	}
	if os.Getenv("LISTEN_PID")+os.Getenv("LISTEN_FDS")+os.Getenv("LISTEN_FDNAMES") != "" {
		t.Error("the variables are left for child processes")
	}
	s := newServer(t, stream.Config{})
	for i, f := range files {
		if inheritable, errno := sys.Inheritable(3 + i); inheritable || errno != 0 {
			t.Error("left for child processes:", i, errno)
		}
		addr, err := s.Adopt(f)
		must(t, err)
		must(t, f.Close())
		must(t, exchange(connect(t, addr), []byte("hello")))
	}
	if files, err := stream.Inherited(); files != nil || err != nil {
		t.Error("a second time:", files, err)
	}
}

func TestInheritedErrors(t *testing.T) {
	pid := strconv.Itoa(os.Getpid())
	for _, w := range []struct {
		pid, fds string
		bad      bool
	}{
		{"", "", false},
		{"", "1", false},
		{pid, "", false},
		{strconv.Itoa(os.Getppid()), "1", false},
		{"me", "1", true},
		{"-1", "1", true},
		{pid, "one", true},
		{pid, "-1", true},
		{pid, "999999999", true},
		{pid, "0", false},
		{pid, "60000", true}, // more than are open
	} {
		t.Setenv("LISTEN_PID", w.pid)
		t.Setenv("LISTEN_FDS", w.fds)
		if files, err := stream.Inherited(); len(files) != 0 || (err != nil) != w.bad {
			t.Errorf("%+v: %v, %v", w, files, err)
		}
	}
}
