package dispatch_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/pyselect/dispatch"
)

// dummy is a channel that notes what is called.
type dummy struct {
	calls []string
	err   error // of every handler
	end   error // of Close and HandleError
}

func (d *dummy) note(call string, err error) error {
	d.calls = append(d.calls, call)
	return err
}

func (d *dummy) Readable() bool          { return true }
func (d *dummy) Writable() bool          { return true }
func (d *dummy) Accepting() bool         { return false }
func (d *dummy) HandleReadEvent() error  { return d.note("read", d.err) }
func (d *dummy) HandleWriteEvent() error { return d.note("write", d.err) }
func (d *dummy) HandleExptEvent() error  { return d.note("expt", d.err) }
func (d *dummy) HandleClose() error      { return d.note("closed", d.err) }
func (d *dummy) Close() error            { return d.note("close", d.end) }

func (d *dummy) HandleError(err error) error {
	if !errors.Is(err, d.err) {
		return fmt.Errorf("handled %w", err)
	}
	return d.note("error", d.end)
}

var errSpam = errors.New("no spam")

// TestReadWriteExc has handlers fail: with ErrExitNow they leave the loop, with
// another error HandleError gets it, and what that returns leaves the loop.
//
//inventory:row test_asyncore.HelperFunctionTests.test_readwriteexc
func TestReadWriteExc(t *testing.T) {
	for name, call := range map[string]func(dispatch.Channel) error{
		"read": dispatch.Read, "write": dispatch.Write, "expt": dispatch.Exception,
	} {
		exit := &dummy{err: fmt.Errorf("enough: %w", dispatch.ErrExitNow)}
		if err := call(exit); !errors.Is(err, dispatch.ErrExitNow) || !slices.Equal(exit.calls, []string{name}) {
			t.Errorf("%s: %v, %v", name, err, exit.calls)
		}
		crash := &dummy{err: errSpam}
		if err := call(crash); err != nil || !slices.Equal(crash.calls, []string{name, "error"}) {
			t.Errorf("%s: %v, %v", name, err, crash.calls)
		}
		twice := &dummy{err: errSpam, end: dispatch.ErrExitNow}
		if err := call(twice); !errors.Is(err, dispatch.ErrExitNow) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestReadWrite has each bit call the method that it means, and no other.
//
//inventory:row test_asyncore.HelperFunctionTests.test_readwrite
func TestReadWrite(t *testing.T) {
	for bits, want := range map[int]string{
		pyselect.POLLIN: "read", pyselect.POLLPRI: "expt", pyselect.POLLOUT: "write",
		pyselect.POLLERR: "closed", pyselect.POLLHUP: "closed", pyselect.POLLNVAL: "closed",
	} {
		d := &dummy{}
		if err := dispatch.ReadWrite(d, bits); err != nil || !slices.Equal(d.calls, []string{want}) {
			t.Errorf("%#x: %v, %v", bits, err, d.calls)
		}
		exit := &dummy{err: dispatch.ErrExitNow}
		if err := dispatch.ReadWrite(exit, bits); !errors.Is(err, dispatch.ErrExitNow) {
			t.Errorf("%#x: %v", bits, err)
		}
		crash := &dummy{err: errSpam}
		if err := dispatch.ReadWrite(crash, bits); err != nil || !slices.Equal(crash.calls, []string{want, "error"}) {
			t.Errorf("%#x: %v, %v", bits, err, crash.calls)
		}
	}
	all := &dummy{}
	if err := dispatch.ReadWrite(all, 0xffff); err != nil || !slices.Equal(all.calls, []string{"read", "write", "expt", "closed"}) {
		t.Error(err, all.calls)
	}
}

// closing is a dummy whose read fails, and that may be closed.
type closing struct{ dummy }

func (c *closing) HandleClose() error { return c.note("closed", nil) }

// TestReadWriteDisconnected has an error that means the end of a connection go
// to HandleClose.
func TestReadWriteDisconnected(t *testing.T) {
	for _, errno := range []unix.Errno{unix.ECONNRESET, unix.ENOTCONN, unix.ESHUTDOWN, unix.ECONNABORTED, unix.EPIPE, unix.EBADF} {
		c := &closing{dummy{err: &fdsock.Error{Op: "recv", Errno: errno}}}
		if err := dispatch.ReadWrite(c, pyselect.POLLIN); err != nil || !slices.Equal(c.calls, []string{"read", "closed"}) {
			t.Errorf("%v: %v, %v", errno, err, c.calls)
		}
	}
	c := &closing{dummy{err: unix.EINVAL}}
	if err := dispatch.ReadWrite(c, pyselect.POLLIN); err != nil || !slices.Equal(c.calls, []string{"read", "error"}) {
		t.Error(err, c.calls)
	}
}

// TestCloseAll closes every channel, also those after one that was closed
// already, and stops at another error unless told to ignore it.
//
//inventory:row test_asyncore.HelperFunctionTests.test_closeall
//inventory:row test_asyncore.HelperFunctionTests.test_closeall_default
func TestCloseAll(t *testing.T) {
	fill := func(ends ...error) (*dispatch.Map, []*dummy) {
		m, all := dispatch.NewMap(), []*dummy{}
		for i, end := range ends {
			d := &dummy{end: end}
			all = append(all, d)
			m.Set(i, d)
		}
		return m, all
	}
	m, all := fill(nil, unix.EBADF, nil)
	other, untouched := fill(nil)
	must(t, dispatch.CloseAll(m, false))
	for _, d := range all {
		if m.Len() != 0 || !slices.Equal(d.calls, []string{"close"}) {
			t.Error(m.Len(), d.calls)
		}
	}
	if other.Len() != 1 || len(untouched[0].calls) != 0 {
		t.Error("another map's channels are closed")
	}
	m, all = fill(errSpam, nil)
	if err := dispatch.CloseAll(m, false); !errors.Is(err, errSpam) || len(all[1].calls) != 0 {
		t.Error(err, all[1].calls)
	}
	must(t, dispatch.CloseAll(m, true))
	if len(all[1].calls) != 1 || m.Len() != 0 {
		t.Error(all[1].calls, m.Len())
	}
	m, _ = fill(dispatch.ErrExitNow, nil)
	if err := dispatch.CloseAll(m, true); !errors.Is(err, dispatch.ErrExitNow) {
		t.Error(err)
	}
}

// TestMap keeps channels in order, replaces in place, and survives many
// deletions.
func TestMap(t *testing.T) {
	m, all := dispatch.NewMap(), []dispatch.Channel{}
	for i := range 100 {
		d := &dummy{}
		all = append(all, d)
		m.Set(i, d)
	}
	all[3] = &dummy{}
	m.Set(3, all[3])
	for i := 99; i >= 10; i-- {
		m.Delete(i)
		m.Delete(i)
		if m.Len() != i || m.Get(i) != nil || !slices.Equal(m.Channels(), all[:i]) {
			t.Fatal(i, m.Len())
		}
	}
}

// TestLoopCount makes as many turns as it is told, fewer if no channel is left.
func TestLoopCount(t *testing.T) {
	for _, usePoll := range []bool{false, true} {
		m := newMap(t)
		a, b, err := fdsock.SocketPair()
		must(t, err)
		defer b.Close()
		turns := 0
		c := newStrict(t, m)
		c.write = func() error {
			if turns++; turns == 5 {
				return c.Close()
			}
			return nil
		}
		must(t, c.Attach(a))
		must(t, dispatch.Loop(turn, usePoll, m, 0))
		if turns != 0 {
			t.Error(turns)
		}
		must(t, dispatch.Loop(turn, usePoll, m, 3))
		if turns != 3 {
			t.Error(turns)
		}
		must(t, dispatch.Loop(turn, usePoll, m, dispatch.Unlimited))
		if turns != 5 {
			t.Error(turns)
		}
	}
}

// TestLoopContext ends a loop from outside.
func TestLoopContext(t *testing.T) {
	for _, usePoll := range []bool{false, true} {
		m := newMap(t)
		a, b, err := fdsock.SocketPair()
		must(t, err)
		defer b.Close()
		ctx, cancel := context.WithCancel(context.Background())
		c := newStrict(t, m)
		c.writable = func() bool { return false }
		must(t, c.Attach(a))
		go cancel()
		if err := dispatch.LoopContext(ctx, pyselect.Forever, usePoll, m, dispatch.Unlimited); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
}

// TestNothingToWaitFor waits for the timeout, which must be one.
func TestNothingToWaitFor(t *testing.T) {
	m := newMap(t)
	a, b, err := fdsock.SocketPair()
	must(t, err)
	defer b.Close()
	c := newStrict(t, m)
	c.readable = func() bool { return false }
	c.writable = c.readable
	must(t, c.Attach(a))
	must(t, dispatch.Poll(turn, m))
	must(t, dispatch.Poll2(turn, m))
	var value *pyselect.ValueError
	if err := dispatch.Poll(pyselect.Forever, m); !errors.As(err, &value) {
		t.Error(err)
	}
}

// TestClosedInTurn has one handler close another's channel, which is ready in
// the same turn: it is not called any more.
func TestClosedInTurn(t *testing.T) {
	for _, usePoll := range []bool{false, true} {
		m := newMap(t)
		var all []*strict
		calls := 0
		for range 2 {
			a, b, err := fdsock.SocketPair()
			must(t, err)
			defer b.Close()
			c := newStrict(t, m)
			c.write = func() error {
				calls++
				for _, other := range all {
					if other != c {
						must(t, other.Close())
					}
				}
				return nil
			}
			must(t, c.Attach(a))
			all = append(all, c)
		}
		must(t, dispatch.Loop(turn, usePoll, m, 1))
		if calls != 1 || m.Len() != 1 {
			t.Error(calls, m.Len())
		}
	}
}

// TestNumberReused has a new channel get the number of one that was closed, and
// the old one closed again: the new one stays, and is served.
func TestNumberReused(t *testing.T) {
	for _, usePoll := range []bool{false, true} {
		w := &world{usePoll: usePoll, m: newMap(t)}
		a, b, err := fdsock.SocketPair()
		must(t, err)
		old := newStrict(t, w.m)
		must(t, old.Attach(a))
		must(t, dispatch.Loop(0, usePoll, w.m, 1))
		fd := old.Fileno()
		must(t, a.Close()) // behind its dispatcher's back
		must(t, b.Close())
		c, d, err := fdsock.SocketPair()
		must(t, err)
		defer d.Close()
		if c.Fileno() != fd {
			c, d = d, c
		}
		if c.Fileno() != fd {
			t.Skip("the number was given to another thread's file")
		}
		read := false
		fresh := newStrict(t, w.m)
		fresh.read = func() error { _, err := fresh.Recv(10); read = true; return err }
		must(t, fresh.Attach(c))
		must(t, old.Close())
		if w.m.Get(fd) != dispatch.Channel(fresh) {
			t.Fatal("the new channel is gone")
		}
		_, err = d.Send([]byte("x"))
		must(t, err)
		w.until(t, "the new channel reads", func() bool { return read })
		must(t, d.Close())
	}
}
