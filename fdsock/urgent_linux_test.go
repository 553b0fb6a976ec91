//go:build linux

package fdsock_test

import (
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"
)

// TestUrgentUnderSignals passes urgent marks while signals rain down: with one
// pending, Linux says EAGAIN at the mark although there is data. It is the
// signal that the Go runtime preempts goroutines with.
func TestUrgentUnderSignals(t *testing.T) {
	tcpOnly(t, func(t *testing.T, w *world) {
		if w.threads {
			t.Skip("the parking does not matter")
		}
		var done atomic.Bool
		var rain sync.WaitGroup
		rain.Go(func() {
			for !done.Load() {
				threads, err := os.ReadDir("/proc/self/task")
				if err != nil {
					t.Error(err)
					return
				}
				for range 3 {
					for _, thread := range threads {
						id, _ := strconv.Atoi(thread.Name())
						_ = unix.Tgkill(unix.Getpid(), id, unix.SIGURG) // it may have ended
					}
				}
			}
		})
		passMarks(t, w, rounds(3000))
		done.Store(true)
		rain.Wait()
	})
}
