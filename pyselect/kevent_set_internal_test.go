package pyselect

import (
	"slices"
	"testing"

	"github.com/pollux-net/pollux/internal/sys"
)

const (
	filterRead  = -1
	filterWrite = -2
	filterProc  = -5
)

// fakeKernel is as much of kevent(2) as a keventSet can tell from a kernel:
// registrations that fire when they are told to, and end with their
// descriptors. It keeps no user data.
type fakeKernel struct {
	open       map[uint64]bool
	registered map[filterOn]uint32 // and their flags
	fired      []filterOn          // what has happened, in order
}

func newFakeKernel(open ...uint64) (*fakeKernel, *keventSet) {
	k := &fakeKernel{open: make(map[uint64]bool), registered: make(map[filterOn]uint32)}
	for _, fd := range open {
		k.open[fd] = true
	}
	return k, &keventSet{kevent: k.kevent, lives: func(on filterOn) bool { return on.filter == filterProc || k.open[on.ident] }}
}

// close ends a descriptor, and without a word what is registered for it.
func (k *fakeKernel) close(fd uint64) {
	delete(k.open, fd)
	delete(k.registered, filterOn{fd, filterRead})
	delete(k.registered, filterOn{fd, filterWrite})
}

func (k *fakeKernel) change(c Kevent) Errno {
	on := filterOn{c.Ident, c.Filter}
	_, there := k.registered[on]
	switch {
	case c.Filter != filterProc && !k.open[c.Ident]:
		return sys.EBADF
	case !there && c.Flags&evAdd == 0:
		return sys.ENOENT
	case c.Flags&evDelete != 0:
		delete(k.registered, on)
	case c.Flags&evAdd != 0:
		k.registered[on] = c.Flags &^ evAdd
	}
	return 0
}

func (k *fakeKernel) kevent(changes, room []Kevent) (n int, errno Errno) {
	for _, c := range changes {
		errno := k.change(c)
		if errno == 0 {
			continue
		}
		if n == len(room) {
			return 0, errno
		}
		room[n] = Kevent{Ident: c.Ident, Filter: c.Filter, Flags: c.Flags | evError, Data: int64(errno)}
		n++
	}
	for n < len(room) && len(k.fired) > 0 {
		on := k.fired[0]
		k.fired = k.fired[1:]
		flags, there := k.registered[on]
		if !there {
			continue
		}
		if flags&evOneShot != 0 {
			delete(k.registered, on)
		}
		room[n] = Kevent{Ident: on.ident, Filter: on.filter, Flags: flags}
		n++
	}
	return n, 0
}

func (s *keventSet) must(t *testing.T, changes ...Kevent) {
	t.Helper()
	if _, errno := s.control(changes, nil); errno != 0 {
		t.Fatal(errno)
	}
}

// gives has something happen, and compares the data that comes with it.
func (k *fakeKernel) gives(t *testing.T, s *keventSet, on filterOn, want ...uintptr) {
	t.Helper()
	k.fired = append(k.fired, on)
	room := make([]Kevent, 8)
	n, errno := s.control(nil, room)
	var got []uintptr
	for _, e := range room[:n] {
		if e.Ident != on.ident || e.Filter != on.filter {
			t.Error("another event:", e)
		}
		got = append(got, e.Udata)
	}
	if errno != 0 || !slices.Equal(got, want) {
		t.Errorf("%v gives %v, %v, want %v", on, got, errno, want)
	}
}

// TestKeventUserData follows registrations through their lives.
func TestKeventUserData(t *testing.T) {
	k, s := newFakeKernel(5, 6)
	read, write := filterOn{5, filterRead}, filterOn{5, filterWrite}
	s.must(t, Kevent{Ident: 5, Filter: filterRead, Flags: evAdd, Udata: 50},
		Kevent{Ident: 5, Filter: filterWrite, Flags: evAdd | evOneShot, Udata: 51})
	k.gives(t, s, read, 50)
	k.gives(t, s, read, 50)
	k.gives(t, s, filterOn{6, filterRead})
	k.gives(t, s, write, 51)
	k.gives(t, s, write)
	s.must(t, Kevent{Ident: 5, Filter: filterRead, Flags: 0x8, Udata: 99}) // EV_DISABLE
	k.gives(t, s, read, 50)
	s.must(t, Kevent{Ident: 5, Filter: filterRead, Flags: evAdd, Udata: 52})
	k.gives(t, s, read, 52)
	s.must(t, Kevent{Ident: 5, Filter: filterRead, Flags: evDelete})
	k.gives(t, s, read)
	if len(s.udata) != 0 {
		t.Error("left:", s.udata)
	}
}

// TestKeventRefused has changes fail: the event that says so has the change's
// data, and the registration keeps its own.
func TestKeventRefused(t *testing.T) {
	k, s := newFakeKernel(5)
	room := make([]Kevent, 4)
	n, errno := s.control([]Kevent{
		{Ident: 9, Filter: filterRead, Flags: evAdd, Udata: 90},
		{Ident: 5, Filter: filterRead, Flags: evAdd, Udata: 50},
		{Ident: 5, Filter: filterWrite, Flags: evDelete, Udata: 51},
	}, room)
	want := []Kevent{
		{Ident: 9, Filter: filterRead, Flags: evAdd | evError, Data: int64(sys.EBADF), Udata: 90},
		{Ident: 5, Filter: filterWrite, Flags: evDelete | evError, Data: int64(sys.ENOENT), Udata: 51},
	}
	if errno != 0 || !slices.Equal(room[:n], want) {
		t.Error(room[:n], errno)
	}
	if len(s.udata) != 1 {
		t.Error("kept:", s.udata)
	}
	// Without room the first failure ends the call; what was done before holds.
	_, errno = s.control([]Kevent{{Ident: 5, Filter: filterRead, Flags: evAdd, Udata: 55}, {Ident: 9, Filter: filterRead, Flags: evDelete}}, nil)
	if errno != sys.EBADF {
		t.Error(errno)
	}
	k.gives(t, s, filterOn{5, filterRead}, 55)
}

// TestKeventForgets keeps nothing of descriptors that were closed, of which the
// kernel says nothing, nor of processes that have ended.
func TestKeventForgets(t *testing.T) {
	k, s := newFakeKernel(1)
	s.must(t, Kevent{Ident: 1, Filter: filterRead, Flags: evAdd, Udata: 10})
	most := 0
	for fd := uint64(100); fd < 5000; fd++ {
		k.open[fd] = true
		s.must(t, Kevent{Ident: fd, Filter: filterRead, Flags: evAdd, Udata: 7}, Kevent{Ident: fd, Filter: filterWrite, Flags: evAdd, Udata: 8})
		k.close(fd)
		s.must(t, Kevent{Ident: fd, Filter: filterProc, Flags: evAdd, Udata: uintptr(fd)})
		k.registered[filterOn{fd, filterProc}] |= evOneShot // the process ends
		k.gives(t, s, filterOn{fd, filterProc}, uintptr(fd))
		most = max(most, len(s.udata))
	}
	if most > leastSwept+2 {
		t.Error("kept:", most)
	}
	k.gives(t, s, filterOn{1, filterRead}, 10)
}
