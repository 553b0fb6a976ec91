package reactor_test

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/reactor"
)

// Any descriptor can be brought onto the loops: here a pipe, which a goroutine
// waits for without blocking a thread.
func Example() {
	group, err := reactor.NewGroup(reactor.Config{Loops: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer group.Close()

	r, w, err := os.Pipe()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer w.Close()
	fd, err := unix.Dup(int(r.Fd()))
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = r.Close()
	if err := unix.SetNonblock(fd, true); err != nil {
		fmt.Println(err)
		return
	}
	pipe, err := group.Next().NewHandle(fd, "pipe") // owns fd from here on
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pipe.Close()

	group.Next().After(time.Millisecond, func() { _, _ = w.WriteString("tick") })

	waiter := reactor.NewWaiter()
	defer waiter.Release()
	waiter.Watch(pipe, reactor.Input)
	for {
		before := pipe.Snapshot()
		var buf [16]byte
		n, err := unix.Read(fd, buf[:])
		if err == nil {
			fmt.Println(string(buf[:n]))
			return
		}
		pipe.Clear(before, reactor.Input) // nothing there, unless an edge has come meanwhile
		for pipe.Readiness(reactor.Input) == 0 {
			waiter.Wait(reactor.Never)
		}
	}
	// Output: tick
}
