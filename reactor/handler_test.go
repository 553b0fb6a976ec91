package reactor_test

import (
	"testing"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

func TestRequeue(t *testing.T) {
	for name, c := range parkings {
		t.Run(name, func(t *testing.T) {
			g := newGroup(t, c, 1)
			h, _ := pair(t, g.Next())
			h.Requeue() // has no handler: nothing happens
			settle(t, g.Next())
			done := make(chan struct{})
			calls := 0
			err := h.SetHandler(handlerFunc(func(h *reactor.Handle, r reactor.Readiness) {
				if r&reactor.Writable == 0 {
					t.Errorf("handler was told %v", r)
				}
				h.Requeue()
				h.Requeue() // once is enough
				if calls++; calls == 1000 {
					close(done)
					_ = h.Close()
				}
			}))
			if err != nil {
				t.Fatal(err)
			}
			receive(t, done, "the thousandth call")
			settle(t, g.Next())
			settle(t, g.Next())
			if calls != 1000 {
				t.Errorf("%d calls, want none after Close", calls-1000)
			}
		})
	}
}

// TestSetHandlerWhenArmed sets a handler on a handle that has had its edges.
func TestSetHandlerWhenArmed(t *testing.T) {
	g := newGroup(t, reactor.Config{}, 1)
	h, peer := pair(t, g.Next())
	send(t, peer, "x")
	arm(t, h)
	g.Next().Harvest()
	settle(t, g.Next())
	told := make(chan reactor.Readiness, 1)
	err := h.SetHandler(handlerFunc(func(_ *reactor.Handle, r reactor.Readiness) { told <- r }))
	if err != nil {
		t.Fatal(err)
	}
	if r := receive(t, told, "the first call"); r != reactor.Readable|reactor.Writable {
		t.Errorf("handler was told %v", r)
	}
}

func TestHandlerSeesHangUp(t *testing.T) {
	for name, c := range parkings {
		t.Run(name, func(t *testing.T) {
			g := newGroup(t, c, 1)
			fds := socketpair(t)
			h := handle(t, g.Next(), fds[0])
			told := make(chan reactor.Readiness, 8)
			err := h.SetHandler(handlerFunc(func(_ *reactor.Handle, r reactor.Readiness) { told <- r }))
			if err != nil {
				t.Fatal(err)
			}
			receive(t, told, "the first call")
			sys.Close(fds[1])
			r := receive(t, told, "the hang-up")
			for r&reactor.HangUp == 0 {
				r = receive(t, told, "the hang-up")
			}
			if r&reactor.Input&^reactor.Error != reactor.Readable|reactor.ReadHangUp|reactor.HangUp {
				t.Errorf("told %v", r)
			}
		})
	}
}
