package dispatch_test

import (
	"errors"
	"testing"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/pyselect/dispatch"
)

// TestAttachClosed leaves nothing behind in the map, nor in the dispatcher.
func TestAttachClosed(t *testing.T) {
	a, b, err := fdsock.SocketPair()
	must(t, err)
	defer b.Close()
	must(t, a.Close())
	m := newMap(t)
	c := &chat{}
	c.Init(c, m)
	if err := c.Attach(a); !errors.Is(err, sys.EBADF) {
		t.Errorf("error is %v, want EBADF", err)
	}
	if m.Len() != 0 || c.Socket() != nil {
		t.Errorf("%d channels, socket %v", m.Len(), c.Socket())
	}
	c.AddChannel()
	if m.Len() != 0 {
		t.Error("there is a channel without a descriptor")
	}
}

// TestAddChannelAgain takes a channel off its map for a while.
func TestAddChannelAgain(t *testing.T) {
	a, b, err := fdsock.SocketPair()
	must(t, err)
	defer b.Close()
	m := newMap(t)
	c := &chat{}
	c.Init(c, m)
	must(t, c.Attach(a))
	c.DelChannel()
	if m.Len() != 0 {
		t.Errorf("%d channels", m.Len())
	}
	c.AddChannel()
	if m.Get(a.Fileno()) != dispatch.Channel(c) {
		t.Errorf("%v is there", m.Get(a.Fileno()))
	}
}

// discarding is a producer that has its channel forget everything.
type discarding struct{ c *chat }

func (d discarding) More() ([]byte, error) { d.c.DiscardBuffers(); return nil, nil }

// TestProducerDiscards is no panic.
func TestProducerDiscards(t *testing.T) {
	a, b, err := fdsock.SocketPair()
	must(t, err)
	defer b.Close()
	c := &chat{}
	c.Init(c, newMap(t))
	must(t, c.Attach(a))
	must(t, c.PushWithProducer(discarding{c}))
	if c.Writable() {
		t.Error("something waits")
	}
}
