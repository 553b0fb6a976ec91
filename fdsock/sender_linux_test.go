package fdsock_test

import (
	"path/filepath"
	"testing"

	"github.com/pollux-net/pollux/fdsock"
)

// TestWaitAllKeepsSender fills a buffer in parts from a Unix stream, whose
// receives name the sender (unix(7)): the end of the stream does not take the
// name away.
func TestWaitAllKeepsSender(t *testing.T) {
	onDefault(t)
	l := closeAtEnd(t, openSocket(t, fdsock.AF_UNIX, fdsock.SOCK_STREAM))
	addr := fdsock.UnixAddr(filepath.Join(t.TempDir(), "l"))
	want(t, l.Bind(addr), nil)
	want(t, l.Listen(), nil)
	a := closeAtEnd(t, openSocket(t, fdsock.AF_UNIX, fdsock.SOCK_STREAM))
	want(t, a.Connect(addr), nil)
	b, _, err := l.Accept()
	want(t, err, nil)
	send(t, b, "part")
	closeSocket(t, b)
	p, from, err := a.RecvFrom(10, fdsock.MSG_WAITALL)
	want(t, err, nil)
	if string(p) != "part" || from != addr {
		t.Errorf("received %q from %v", p, from)
	}
}
