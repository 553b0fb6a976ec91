package fdsock_test

import (
	"fmt"
	"testing"

	"github.com/pollux-net/pollux/fdsock"
)

// TestReprOfSocket shows an unconnected socket, a connected one and a closed
// one.
//
//inventory:row repr
func TestReprOfSocket(t *testing.T) {
	onDefault(t)
	wantText := func(s *fdsock.Socket, text string, args ...any) {
		t.Helper()
		if got, wanted := fmt.Sprint(s), fmt.Sprintf(text, args...); got != wanted {
			t.Errorf("it is %s, want %s", got, wanted)
		}
	}
	l, err := fdsock.CreateServer("127.0.0.1", 0, fdsock.ServerOptions{})
	want(t, err, nil)
	closeAtEnd(t, l)
	name, err := l.GetSockName()
	want(t, err, nil)
	kind := fmt.Sprintf("family=%d, type=%d, proto=%d", l.Family(), l.Type(), l.Proto())
	wantText(l, "<fdsock.Socket fd=%d, %s, laddr=%q>", l.Fileno(), kind, name)
	c, err := fdsock.CreateConnection("127.0.0.1", name.(fdsock.InetAddr).Port, fdsock.DialOptions{})
	want(t, err, nil)
	from, err := c.GetSockName()
	want(t, err, nil)
	kind = fmt.Sprintf("family=%d, type=%d, proto=%d", c.Family(), c.Type(), c.Proto())
	wantText(c, "<fdsock.Socket fd=%d, %s, laddr=%q, raddr=%q>", c.Fileno(), kind, from, name)
	closeSocket(t, c)
	wantText(c, "<fdsock.Socket [closed] fd=-1, %s>", kind)
	wantText(nil, "<nil>")
}
