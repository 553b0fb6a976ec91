package reactor

import (
	"sync"

	"github.com/pollux-net/pollux/internal/clock"
	"github.com/pollux-net/pollux/internal/poller"
	"github.com/pollux-net/pollux/internal/sys"
)

// ErrInterrupted is a wait that a signal cut short: EINTR.
const ErrInterrupted = sys.EINTR

// bells keeps the bells that nobody waits for. They are never closed: a Wake
// that comes late must not find their descriptors in other hands. There are as
// many as threads have ever waited at once.
var bells struct {
	mu   sync.Mutex
	free []*poller.Bell
}

// WaitInterruptible is Wait on the calling thread: a signal that the thread
// handles ends it with [ErrInterrupted], so that the handler's owner can act
// before the wait goes on. It is for callers that have a thread of their own
// anyway, such as calls from C; it costs a thread's sleep where Wait parks a
// goroutine.
func (w *Waiter) WaitInterruptible(deadline int64) (inTime bool, err error) {
	b, err := takeBell()
	if err != nil {
		return false, err
	}
	w.bell.Store(b) // from here on Wake rings
	defer w.putBell(b)
	select {
	case <-w.wake:
		return clock.Now() < deadline, nil
	default:
	}
	left := int64(-1)
	if deadline != clock.Never {
		if left = deadline - clock.Now(); left <= 0 {
			return false, nil
		}
	}
	if _, errno := b.Wait(left); errno != 0 {
		return true, errno
	}
	select {
	case <-w.wake:
	default:
	}
	return clock.Now() < deadline, nil
}

func takeBell() (*poller.Bell, error) {
	bells.mu.Lock()
	defer bells.mu.Unlock()
	n := len(bells.free)
	if n == 0 {
		return poller.NewBell()
	}
	b := bells.free[n-1]
	bells.free = bells.free[:n-1]
	return b, nil
}

// putBell gives a bell back. A Wake that has just loaded it may still ring it:
// the next to use it then wakes for nothing.
func (w *Waiter) putBell(b *poller.Bell) {
	w.bell.Store(nil)
	b.Silence()
	bells.mu.Lock()
	defer bells.mu.Unlock()
	bells.free = append(bells.free, b)
}
