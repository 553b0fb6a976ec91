package dispatch

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/pyselect"
)

const (
	// DefaultTimeout is how long a turn of Python's loop waits if it is not told.
	DefaultTimeout = 30 * time.Second
	// Unlimited is Python's None for the number of turns.
	Unlimited = -1
)

// disconnected are the error numbers that mean the end of a connection.
var disconnected = []sys.Errno{sys.ECONNRESET, sys.ENOTCONN, sys.ESHUTDOWN, sys.ECONNABORTED, sys.EPIPE, sys.EBADF}

func isDisconnected(err error) bool {
	var errno sys.Errno
	return errors.As(err, &errno) && slices.Contains(disconnected, errno)
}

// Loop makes turns until the map is empty, or count turns if that comes first;
// [Unlimited], or any negative number, is none. A turn waits until a channel is
// ready, at most for the timeout ([pyselect.Forever] for none), with
// [Poll2] if usePoll says so, otherwise [Poll]. It returns what no channel has
// handled: see the package documentation.
//
// Source: asyncore.loop.
func Loop(timeout time.Duration, usePoll bool, m *Map, count int) error {
	return LoopContext(context.Background(), timeout, usePoll, m, count)
}

// LoopContext is Loop that fails with the context's error when it would have to
// wait and the context has ended.
func LoopContext(ctx context.Context, timeout time.Duration, usePoll bool, m *Map, count int) error {
	turn := pollContext
	if usePoll {
		turn = poll2Context
	}
	for done := 0; m.Len() > 0 && (count < 0 || done < count); done++ {
		if err := turn(ctx, timeout, m); err != nil {
			return err
		}
	}
	return nil
}

// Poll makes one turn with [pyselect.Select]. A descriptor that somebody else
// has closed is EBADF. Without anything to wait for it waits for the timeout,
// which must be one then.
//
// Source: asyncore.poll.
func Poll(timeout time.Duration, m *Map) error { return pollContext(context.Background(), timeout, m) }

func pollContext(ctx context.Context, timeout time.Duration, m *Map) error {
	if m.Len() == 0 {
		return nil
	}
	r, w, x := m.lists()
	if len(x) == 0 && timeout < 0 {
		return &pyselect.ValueError{Text: "nothing to wait for, and no timeout"}
	}
	r, w, x, err := pyselect.SelectContext(ctx, r, w, x, timeout)
	if err != nil {
		return err
	}
	for _, ready := range []struct {
		objects []pyselect.Object
		handle  func(Channel) error
	}{{r, Read}, {w, Write}, {x, Exception}} {
		for _, o := range ready.objects {
			if c := m.Get(o.Fileno()); c != nil { // a handler may have closed it in this turn
				if err := ready.handle(c); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// lists are the arguments of select.
func (m *Map) lists() (r, w, x []pyselect.Object) {
	for _, rec := range slices.Clone(m.records) {
		if rec.channel == nil {
			continue
		}
		fd := pyselect.FD(rec.fd)
		reads, writes := rec.channel.Readable(), rec.channel.Writable()
		if reads {
			r = append(r, fd)
		}
		if writes && !rec.channel.Accepting() {
			w = append(w, fd)
		}
		if reads || writes {
			x = append(x, fd)
		}
	}
	return r, w, x
}

// Poll2 makes one turn with a [pyselect.Poll]: a turn costs the questions to
// the channels and what there is to answer. The timeout is rounded up to whole
// milliseconds, where Python cuts it off; any negative one is none.
//
// Source: asyncore.poll2.
func Poll2(timeout time.Duration, m *Map) error {
	return poll2Context(context.Background(), timeout, m)
}

func poll2Context(ctx context.Context, timeout time.Duration, m *Map) error {
	if m.Len() == 0 {
		return nil
	}
	if m.poll == nil {
		m.poll = pyselect.NewPoll()
	}
	for _, c := range slices.Clone(m.records) {
		if c.channel == nil {
			continue
		}
		events := eventsOf(c.channel)
		i, there := m.index[c.fd]
		if !there || m.records[i].channel != c.channel {
			continue // its own Readable has closed it
		}
		if err := m.register(&m.records[i], events); err != nil {
			return err
		}
	}
	events, err := m.poll.PollContext(ctx, timeout)
	if err != nil {
		return err
	}
	m.inOrder(events)
	for _, e := range events {
		if c := m.Get(e.FD); c != nil {
			if err := ReadWrite(c, e.Events); err != nil {
				return err
			}
		}
	}
	return nil
}

// eventsOf is what a channel is to be watched for.
func eventsOf(c Channel) (events int) {
	if c.Readable() {
		events |= pyselect.POLLIN | pyselect.POLLPRI
	}
	if c.Writable() && !c.Accepting() {
		events |= pyselect.POLLOUT
	}
	return events
}

// Read calls a channel's HandleReadEvent, and HandleError with its error.
func Read(c Channel) error { return guard(c, c.HandleReadEvent()) }

// Write is Read for HandleWriteEvent.
func Write(c Channel) error { return guard(c, c.HandleWriteEvent()) }

// Exception is Read for HandleExptEvent. Python's asyncore._exception.
func Exception(c Channel) error { return guard(c, c.HandleExptEvent()) }

// guard gives an error to its channel, save the one that is to leave the loop.
func guard(c Channel, err error) error {
	if err == nil || errors.Is(err, ErrExitNow) {
		return err
	}
	return c.HandleError(err)
}

// ReadWrite calls what the event bits of a poll object ask for. An error that
// means the end of a connection goes to HandleClose.
func ReadWrite(c Channel, events int) error {
	err := readWrite(c, events)
	if err != nil && isDisconnected(err) {
		return c.HandleClose()
	}
	return guard(c, err)
}

func readWrite(c Channel, events int) error {
	for _, on := range []struct {
		bits   int
		handle func() error
	}{
		{pyselect.POLLIN, c.HandleReadEvent},
		{pyselect.POLLOUT, c.HandleWriteEvent},
		{pyselect.POLLPRI, c.HandleExptEvent},
		{pyselect.POLLHUP | pyselect.POLLERR | pyselect.POLLNVAL, c.HandleClose},
	} {
		if events&on.bits == 0 {
			continue
		}
		if err := on.handle(); err != nil {
			return err
		}
	}
	return nil
}
