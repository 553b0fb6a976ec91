package main

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestServeAddresses listens at two TCP addresses and a Unix socket, whose path
// is removed at the end.
func TestServeAddresses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	s := serve(t, "--app=echo", "--addr=127.0.0.1:0", "--addr=unix:"+path, "--addr=127.0.0.1:0")
	addrs := strings.Fields(s.addr)
	if len(addrs) != 3 || addrs[1] != "unix:"+path {
		t.Fatal(addrs)
	}
	for _, addr := range addrs {
		network := "tcp"
		if p, unix := strings.CutPrefix(addr, "unix:"); unix {
			network, addr = "unix", p
		}
		c, err := net.Dial(network, addr)
		if err != nil {
			t.Fatal(err)
		}
		echoed(t, c)
	}
	s.stop(t)
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Error("the path is left:", err)
	}
}

// echoed wants an echo, and closes the connection.
func echoed(t *testing.T, c net.Conn) {
	t.Helper()
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	exchange(t, c, "hello", "hello")
}

// listening is a listener of somebody else's, and a descriptor of it.
func listening(t *testing.T) (net.Listener, *os.File) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	f, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return l, f
}

// TestServeDescriptor serves a listener of somebody else's, and nothing else.
func TestServeDescriptor(t *testing.T) {
	l, f := listening(t)
	fd, err := unix.Dup(int(f.Fd())) // the command closes it
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t, "--app=echo", "--fd="+strconv.Itoa(fd))
	if s.addr != l.Addr().String() {
		t.Errorf("serves %s, want %s", s.addr, l.Addr())
	}
	echoed(t, dial(t, s.addr, ""))
	s.stop(t)
}

// TestServeSystemd passes a listener as systemd does, and --addr adds one.
func TestServeSystemd(t *testing.T) {
	l, f := listening(t)
	cmd := child(t, "serve", "--app=echo", "--addr=127.0.0.1:0")
	// The shell's number is the child's, for it becomes the child.
	args := cmd.Args
	cmd.Path, cmd.Args = "/bin/sh", append([]string{"sh", "-c", `LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@"`}, args...)
	cmd.ExtraFiles = []*os.File{f}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	addrs := strings.Fields(ready(t, out))
	if len(addrs) != 2 || addrs[0] != l.Addr().String() {
		t.Error(addrs)
	}
	for _, addr := range addrs {
		echoed(t, dial(t, addr, ""))
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, out); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// TestServeBadListeners wants errors that name the flag.
func TestServeBadListeners(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--addr=unix:"}, exitUsage, "the path is missing"},
		{[]string{"--addr=nonsense"}, exitUsage, "want HOST:PORT"},
		{[]string{"--fd=-1"}, exitUsage, "--fd"},
		{[]string{"--fd=987654"}, exitFailure, "descriptor 987654"},
		{[]string{"--addr=unix:/no/such/directory/s"}, exitFailure, "/no/such/directory/s"},
	} {
		pollux(t, append([]string{"serve"}, c.args...)...).expect(t, c.code, nil, []string{c.want})
	}
}
