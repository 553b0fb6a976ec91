package reactor_test

import (
	"testing"
	"time"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

func TestSmoke(t *testing.T) {
	g, err := reactor.NewGroup(reactor.Config{Loops: 2})
	if err != nil {
		t.Fatal(err)
	}
	fds, errno := sys.Socketpair(sys.AF_UNIX, sys.SOCK_STREAM, 0)
	if errno != 0 {
		t.Fatal(errno)
	}
	a, err := g.Next().NewHandle(fds[0], "a")
	if err != nil {
		t.Fatal(err)
	}
	b, err := g.Next().NewHandle(fds[1], "b")
	if err != nil {
		t.Fatal(err)
	}
	w := reactor.NewWaiter()
	w.Watch(a, reactor.Input)
	go func() {
		_ = g.Next().Post(func() { sys.Send(b.Fileno(), []byte("x"), 0) })
	}()
	for a.Readiness(reactor.Input) == 0 {
		if !w.Wait(reactor.Now() + int64(time.Second*5)) {
			t.Fatal("timeout")
		}
	}
	w.Release()
	ch := make(chan int)
	g.Next().After(time.Millisecond, func() { close(ch) })
	<-ch
	a.Close()
	err = g.Close()
	t.Log(err)
}
