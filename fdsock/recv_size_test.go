package fdsock_test

import (
	"testing"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
)

// TestRecvTooMuch asks for more than there is memory: an error, and nothing is
// lost.
func TestRecvTooMuch(t *testing.T) {
	onDefault(t)
	a, b, err := fdsock.SocketPair()
	want(t, err, nil)
	closeAtEnd(t, a)
	closeAtEnd(t, b)
	send(t, a, "x")
	const much = 1<<31 - 1
	for name, call := range map[string]func() error{
		"recv":            func() error { _, err := b.Recv(much); return err },
		"recvfrom":        func() error { _, _, err := b.RecvFrom(much); return err },
		"recvmsg":         func() error { _, _, err := b.RecvMsg(much, 0); return err },
		"RecvContext":     func() error { _, err := b.RecvContext(t.Context(), much); return err },
		"RecvFromContext": func() error { _, _, err := b.RecvFromContext(t.Context(), much); return err },
	} {
		t.Run(name, func(t *testing.T) { want(t, call(), sys.ENOMEM) })
	}
	wantRecv(t, b, "x")
}
