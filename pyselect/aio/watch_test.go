package aio_test

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/pyselect/aio"
)

// TestAddReader calls as long as there is something to read, the reader that
// was added last, until it is taken out.
//
//inventory:row loop.add_reader
//inventory:row loop.remove_reader
//inventory:row loop.add_writer
//inventory:row loop.remove_writer
func TestAddReader(t *testing.T) {
	loops(t, func(t *testing.T, l *aio.Loop) {
		a, b := pair(t)
		var got []string
		note := func(s string) func() error { return func() error { got = append(got, s); return nil } }
		must(t, l.AddReader(a, note("old")))
		must(t, l.AddReader(a, note("new")))
		spin(t, l, 1)
		wants(t, got)
		_, err := b.Send([]byte("x"))
		must(t, err)
		spin(t, l, 2)
		wants(t, got, "new", "new")
		must(t, l.AddWriter(a, note("writer")))
		spin(t, l, 1)
		wants(t, got, "new", "new", "new", "writer")
		if !l.RemoveReader(a) || l.RemoveReader(a) {
			t.Error("removing the reader")
		}
		spin(t, l, 1)
		wants(t, got, "new", "new", "new", "writer", "writer")
		if !l.RemoveWriter(a) || l.RemoveWriter(a) || l.RemoveReader(b) {
			t.Error("removing the writer")
		}
		spin(t, l, 1)
		wants(t, got, "new", "new", "new", "writer", "writer")
	})
}

// TestRemovedInIteration has one reader take out another one that is ready in
// the same iteration: it is not called.
func TestRemovedInIteration(t *testing.T) {
	loops(t, func(t *testing.T, l *aio.Loop) {
		calls := 0
		var all []*fdsock.Socket
		for range 3 {
			a, b := pair(t)
			_, err := b.Send([]byte("x"))
			must(t, err)
			must(t, l.AddReader(a, func() error {
				calls++
				for _, other := range all {
					l.RemoveReader(other)
				}
				return nil
			}))
			all = append(all, a)
		}
		spin(t, l, 2)
		if calls != 1 {
			t.Error(calls)
		}
	})
}

// TestClosedUnderneath takes out what was closed already, and watches whoever
// has its number.
func TestClosedUnderneath(t *testing.T) {
	loops(t, func(t *testing.T, l *aio.Loop) {
		a, _ := pair(t)
		must(t, l.AddReader(a, func() error { t.Error("called"); return nil }))
		fd := a.Fileno()
		must(t, a.Close())
		if !l.RemoveReader(a) {
			t.Error("it was not there")
		}
		c, d := pair(t)
		must(t, l.AddReader(c, func() error { t.Error("called"); return nil }))
		must(t, l.AddReader(d, func() error { t.Error("called"); return nil }))
		must(t, c.Close())
		must(t, d.Close())
		e, f := pair(t)
		if e.Fileno() > fd && f.Fileno() > fd && e.Fileno() != c.Fileno() {
			t.Log("the numbers were given to somebody else")
		}
		reads := 0
		must(t, l.AddReader(e, func() error { reads++; return nil }))
		must(t, l.AddReader(f, func() error { reads++; return nil }))
		_, err := e.Send([]byte("x"))
		must(t, err)
		_, err = f.Send([]byte("x"))
		must(t, err)
		spin(t, l, 1)
		if reads != 2 {
			t.Error(reads)
		}
	})
}

// TestAddReaderFails for what is no descriptor, and nothing is watched then.
func TestAddReaderFails(t *testing.T) {
	loops(t, func(t *testing.T, l *aio.Loop) {
		var value *pyselect.ValueError
		if err := l.AddReader(pyselect.FD(-1), func() error { return nil }); !errors.As(err, &value) {
			t.Error(err)
		}
		spin(t, l, 1)
	})
	l := newLoop(t, aio.Config{})
	a, _ := pair(t)
	fd := pyselect.FD(a.Fileno() + 10000)
	for range 2 {
		if err := l.AddReader(fd, func() error { return nil }); !errors.Is(err, unix.EBADF) {
			t.Error(err)
		}
	}
}
