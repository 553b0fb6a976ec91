// Command exit prints how many goroutines and event queues there are before
// anything was used, and after; it ends while a call waits on a socket.
package main

import (
	"fmt"
	"os"
	"runtime"

	"github.com/pollux-net/pollux/fdsock"
)

func main() {
	fmt.Println(runtime.NumGoroutine(), queues())
	a, _, err := fdsock.SocketPair()
	if err != nil {
		panic(err)
	}
	go func() { _, _ = a.Recv(1) }()
	for !a.Handle().Armed() { // as it is once the call waits
		runtime.Gosched()
	}
	n, err := a.Send([]byte("x"))
	fmt.Println(n, err, queues())
}

// queues counts the event queues of the process, with the Go runtime's own.
func queues() (n int) {
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		panic(err)
	}
	for _, fd := range fds {
		if what, err := os.Readlink("/proc/self/fd/" + fd.Name()); err == nil && what == "anon_inode:[eventpoll]" {
			n++
		}
	}
	return n
}
