package selectors

import (
	"context"
	"time"

	"github.com/pollux-net/pollux/pyselect"
)

// PollSelector is a [Selector] on a [pyselect.Poll]: Select costs as much as
// there is ready, and answers in the order of registration. One goroutine at
// a time may be in Select; another gets [pyselect.ErrConcurrentPoll].
type PollSelector struct{ *registry }

// NewPollSelector returns an empty one. Any goroutine.
func NewPollSelector() *PollSelector {
	return &PollSelector{newRegistry(pollBackend{pyselect.NewPoll()})}
}

type pollBackend struct{ poll *pyselect.Poll }

func (b pollBackend) register(o Object, _, events int) error {
	return b.poll.Register(o, pollMask(events))
}

func (b pollBackend) modify(o Object, _, events int) error {
	return b.poll.Modify(o, pollMask(events))
}

func (b pollBackend) unregister(fd int) error { return b.poll.Unregister(pyselect.FD(fd)) }

func (b pollBackend) wait(ctx context.Context, timeout time.Duration, _ int, found func(fd, events int)) error {
	events, err := b.poll.PollContext(ctx, timeout)
	report(events, pyselect.POLLIN, pyselect.POLLOUT, found)
	return err
}

func (b pollBackend) close() error { b.poll.Close(); return nil }

func pollMask(events int) (mask int) {
	if events&EVENT_READ != 0 {
		mask |= pyselect.POLLIN
	}
	if events&EVENT_WRITE != 0 {
		mask |= pyselect.POLLOUT
	}
	return mask
}

// report translates events. What is neither input nor output, an error or a
// hang-up, makes both a read and a write return.
func report(events []pyselect.PollEvent, in, out int, found func(fd, events int)) {
	for _, ev := range events {
		got := 0
		if ev.Events&^in != 0 {
			got |= EVENT_WRITE
		}
		if ev.Events&^out != 0 {
			got |= EVENT_READ
		}
		found(ev.FD, got)
	}
}
