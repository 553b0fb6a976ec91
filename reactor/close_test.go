package reactor_test

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

func isOpen(fd int) bool {
	_, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	return err == nil
}

func TestCloseWhileAcquired(t *testing.T) {
	g := newGroup(t, reactor.Config{}, 1)
	h, _ := pair(t, g.Next())
	fd := h.Fileno()
	for range 3 {
		if _, ok := h.Acquire(); !ok {
			t.Fatal("cannot acquire an open handle")
		}
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if h.Fileno() != -1 {
		t.Errorf("fd is %d after Close", h.Fileno())
	}
	if _, ok := h.Acquire(); ok {
		t.Error("acquired a closed handle")
	}
	if err := h.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	if h.Detach() != -1 {
		t.Error("detached a closed handle")
	}
	for i := range 3 {
		if !isOpen(fd) {
			t.Fatalf("descriptor closed with %d users left", 3-i)
		}
		h.Release()
	}
	if isOpen(fd) {
		t.Error("descriptor open after the last Release")
	}
	if reactor.Lookup(fd) != nil {
		t.Error("Lookup still finds the descriptor")
	}
}

func TestDetach(t *testing.T) {
	for name, c := range parkings {
		t.Run(name, func(t *testing.T) {
			g := newGroup(t, c, 1)
			h, _ := pair(t, g.Next())
			fd := h.Fileno()
			arm(t, h)
			if _, ok := h.Acquire(); !ok {
				t.Fatal("cannot acquire")
			}
			detached := make(chan int, 1)
			go func() { detached <- h.Detach() }()
			for h.Fileno() != -1 {
				runtime.Gosched()
			}
			for reactor.Lookup(fd) != nil {
				runtime.Gosched()
			}
			select {
			case <-detached:
				t.Fatal("Detach returns while the descriptor is in use")
			default:
			}
			h.Release()
			if got := <-detached; got != fd {
				t.Fatalf("Detach is %d, want %d", got, fd)
			}
			if !isOpen(fd) {
				t.Fatal("the descriptor was closed")
			}
			if reactor.Lookup(fd) != nil {
				t.Error("Lookup still finds the descriptor")
			}
			again := handle(t, g.Next(), fd) // and it can be registered anew
			arm(t, again)
			if r := await(t, again, reactor.Output); r != reactor.Writable {
				t.Errorf("readiness is %v", r)
			}
		})
	}
}

// TestDetachOnLoop detaches where others use the descriptor, on their own loop.
func TestDetachOnLoop(t *testing.T) {
	for name, c := range parkings {
		t.Run(name, func(t *testing.T) {
			g := newGroup(t, c, 1)
			for range rounds(200) {
				h, _ := pair(t, g.Next())
				var users sync.WaitGroup
				var inside atomic.Int64
				for range 3 {
					users.Go(func() {
						for {
							if _, ok := h.Acquire(); !ok {
								return
							}
							inside.Add(1)
							runtime.Gosched()
							inside.Add(-1)
							h.Release()
						}
					})
				}
				got := make(chan int, 1)
				if err := g.Next().Post(func() {
					fd := h.Detach()
					if n := inside.Load(); n != 0 {
						t.Errorf("%d calls use the descriptor", n)
					}
					got <- fd
				}); err != nil {
					t.Fatal(err)
				}
				sys.Close(<-got)
				users.Wait()
			}
		})
	}
}

func TestCloseWakesWaiters(t *testing.T) {
	for name, c := range parkings {
		t.Run(name, func(t *testing.T) {
			g := newGroup(t, c, 2)
			for range rounds(2000) {
				fds := socketpair(t)
				h, err := g.Next().NewHandle(fds[0], "test")
				if err != nil {
					t.Fatal(err)
				}
				var wg sync.WaitGroup
				for range 3 {
					wg.Go(func() {
						if r := await(t, h, reactor.Priority); r != reactor.Closed {
							t.Errorf("waiter saw %v, want %v", r, reactor.Closed)
						}
					})
				}
				runtime.Gosched()
				if err := h.Close(); err != nil {
					t.Error(err)
				}
				wg.Wait()
				sys.Close(fds[1])
			}
		})
	}
}

// TestCloseRaces closes handles while others use, wait for, arm and kick
// them. No call may ever reach a descriptor number that belongs to another.
func TestCloseRaces(t *testing.T) {
	for name, c := range parkings {
		t.Run(name, func(t *testing.T) {
			g := newGroup(t, c, 2)
			var owners sync.Map // fd -> handle
			var guard sync.WaitGroup
			for range 3 {
				guard.Go(func() {
					for range rounds(1500) {
						closeRound(t, g, &owners)
					}
				})
			}
			guard.Wait()
		})
	}
}

func closeRound(t *testing.T, g *reactor.Group, owners *sync.Map) {
	t.Helper()
	fds := socketpair(t)
	defer sys.Close(fds[1])
	h, err := g.Next().NewHandle(fds[0], "test")
	if err != nil {
		t.Error(err)
		return
	}
	owners.Store(fds[0], h)
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for {
				since, ok := h.Acquire()
				if !ok {
					return
				}
				if owner, _ := owners.Load(fds[0]); owner != h {
					t.Error("the number belongs to another handle")
				}
				var b [8]byte
				if _, errno := sys.Recv(fds[0], b[:], 0); errno == sys.EAGAIN {
					h.Clear(since, reactor.Readable)
				} else if errno != 0 {
					t.Errorf("recv: %v", errno)
				}
				h.Release()
				runtime.Gosched()
			}
		})
	}
	wg.Go(func() { await(t, h, reactor.Priority) })
	wg.Go(func() { _ = h.Arm() }) // may come after Close
	wg.Go(func() { sys.Send(fds[1], []byte("x"), 0); h.Kick() })
	wg.Go(func() {
		runtime.Gosched()
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	wg.Wait()
}

func TestArmAfterClose(t *testing.T) {
	g := newGroup(t, reactor.Config{}, 1)
	h, _ := pair(t, g.Next())
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	wantErr(t, h.Arm(), reactor.ErrClosed)
	wantErr(t, h.SetHandler(handlerFunc(func(*reactor.Handle, reactor.Readiness) {})), reactor.ErrClosed)
	if r := await(t, h, reactor.Priority); r != reactor.Closed { // does not wait
		t.Errorf("readiness is %v", r)
	}
}
