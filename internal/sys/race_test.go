package sys_test

import (
	"sync"
	"testing"

	"github.com/pollux-net/pollux/internal/sys"
)

// TestSendAnnotation writes to the end of what is being sent, which the kernel
// has no room to take: the race detector must not be told otherwise, or each
// attempt at a large transfer would cost as much as all of it.
func TestSendAnnotation(t *testing.T) {
	for name, send := range map[string]func(fd int, p []byte) (int, sys.Errno){
		"send":  func(fd int, p []byte) (int, sys.Errno) { return sys.Send(fd, p, 0) },
		"write": sys.Write,
		"sendmsg": func(fd int, p []byte) (int, sys.Errno) {
			return sys.Sendmsg(fd, &sys.Message{Buffers: [][]byte{nil, p}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			p := make([]byte, 16<<20)
			var wg sync.WaitGroup
			wg.Go(func() { p[len(p)-1]++ })
			n, errno := send(f.a, p)
			wg.Wait()
			if errno != 0 || n == 0 || n == len(p) {
				t.Errorf("sent %d bytes of %d: %v", n, len(p), errno)
			}
		})
	}
}
