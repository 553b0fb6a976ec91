package selectors_test

import (
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/pyselect/selectors"
)

//inventory:row test_selectors.BaseSelectorTestCase.test_register
func TestRegister(t *testing.T) {
	every(t, func(t *testing.T, s selectors.Selector) {
		a, _ := pair(t)
		key := register(t, s, a, read, "data")
		if key != (selectors.SelectorKey{Fileobj: a, FD: a.Fileno(), Events: read, Data: "data"}) {
			t.Error(key)
		}
		_, err := s.Register(pyselect.FD(0), 999999, nil)
		isValueError(t, err, "Invalid events: 999999")
		_, err = s.Register(pyselect.FD(0), 0, nil)
		isValueError(t, err, "Invalid events: 0")
		_, err = s.Register(pyselect.FD(-10), read, nil)
		isValueError(t, err, "Invalid file descriptor: -10")
		_, err = s.Register(nil, read, nil)
		isValueError(t, err, "Invalid file object: None")
		_, err = s.Register(a, read, nil)
		isKeyError(t, err, "is already registered")
		_, err = s.Register(pyselect.FD(a.Fileno()), read, nil)
		isKeyError(t, err, "is already registered")
	})
}

//inventory:row test_selectors.BaseSelectorTestCase.test_unregister
func TestUnregister(t *testing.T) {
	every(t, func(t *testing.T, s selectors.Selector) {
		a, _ := pair(t)
		key := register(t, s, a, read, nil)
		if got, err := s.Unregister(a); err != nil || got != key {
			t.Error(got, err)
		}
		_, err := s.Unregister(pyselect.FD(999999))
		isKeyError(t, err, "999999 is not registered")
		_, err = s.Unregister(a)
		isKeyError(t, err, "is not registered")
	})
}

//inventory:row test_selectors.BaseSelectorTestCase.test_unregister_after_fd_close
//inventory:row test_selectors.BaseSelectorTestCase.test_unregister_after_socket_close
func TestUnregisterAfterClose(t *testing.T) {
	every(t, func(t *testing.T, s selectors.Selector) {
		for _, byNumber := range []bool{true, false} {
			a, b := pair(t)
			for i, sock := range []*fdsock.Socket{a, b} {
				var o selectors.Object = sock
				if byNumber {
					o = pyselect.FD(sock.Fileno())
				}
				register(t, s, o, 1+i, nil)
				must(t, sock.Close())
				if _, err := s.Unregister(o); err != nil {
					t.Error(err)
				}
			}
		}
		if s.GetMap().Len() != 0 {
			t.Error("some are left")
		}
	})
}

//inventory:row test_selectors.BaseSelectorTestCase.test_unregister_after_fd_close_and_reuse
func TestUnregisterAfterReuse(t *testing.T) {
	every(t, func(t *testing.T, s selectors.Selector) {
		a, b := pair(t)
		c, d := pair(t)
		fa, fb := a.Fileno(), b.Fileno()
		register(t, s, pyselect.FD(fa), read, nil)
		register(t, s, pyselect.FD(fb), write, nil)
		must(t, a.Close())
		must(t, b.Close())
		for i, fd := range []int{min(fa, fb), max(fa, fb)} { // each gets the lowest number that is free
			got, err := unix.FcntlInt(uintptr([]int{c.Fileno(), d.Fileno()}[i]), unix.F_DUPFD_CLOEXEC, fd)
			must(t, err)
			defer unix.Close(got)
			if got != fd {
				t.Skip("the number went to somebody else")
			}
		}
		for _, fd := range []int{fa, fb} {
			if _, err := s.Unregister(pyselect.FD(fd)); err != nil {
				t.Error(err)
			}
		}
	})
}

//inventory:row test_selectors.BaseSelectorTestCase.test_modify
func TestModify(t *testing.T) {
	every(t, func(t *testing.T, s selectors.Selector) {
		a, _ := pair(t)
		register(t, s, a, read, 1)
		key, err := s.Modify(a, write, 2)
		must(t, err)
		if got, err := s.GetKey(a); err != nil || got != key || key.Events != write || key.Data != 2 {
			t.Error(got, err)
		}
		ask(s, 0).wants(t, selectors.Ready{Key: key, Events: write})
		calls := 0
		restore := sys.SetHook(func(c sys.Call) sys.Fault {
			if c.Op == sys.OpQueueControl {
				calls++
			}
			return sys.Fault{}
		})
		key, err = s.Modify(a, write, 3)
		restore()
		if err != nil || key.Data != 3 || calls != 0 {
			t.Error(key, err, calls)
		}
		_, err = s.Modify(a, 7, nil)
		isValueError(t, err, "Invalid events: 7")
		_, err = s.Modify(pyselect.FD(999999), read, nil)
		isKeyError(t, err, "is not registered")
	})
}

//inventory:row test_selectors.BaseSelectorTestCase.test_modify_unregister
func TestModifyFails(t *testing.T) {
	s, err := selectors.NewDefaultSelector()
	must(t, err)
	defer s.Close()
	a, _ := pair(t)
	register(t, s, a, read, nil)
	restore := sys.SetHook(func(c sys.Call) sys.Fault {
		if c.Op == sys.OpQueueControl {
			return sys.Fault{Errno: sys.ENOMEM}
		}
		return sys.Fault{}
	})
	_, err = s.Modify(a, write, nil)
	restore()
	if !errors.Is(err, unix.ENOMEM) || s.GetMap().Len() != 0 {
		t.Error(err, s.GetMap().Len())
	}
}

//inventory:row test_selectors.BaseSelectorTestCase.test_close
//inventory:row test_selectors.BaseSelectorTestCase.test_context_manager
func TestClose(t *testing.T) {
	every(t, func(t *testing.T, s selectors.Selector) {
		a, b := pair(t)
		func() {
			defer s.Close()
			register(t, s, a, read, nil)
			register(t, s, b, write, nil)
		}()
		for _, o := range []*fdsock.Socket{a, b} {
			if _, err := s.GetKey(o); !errors.Is(err, selectors.ErrClosed) {
				t.Error(err)
			}
			_, err := s.GetMap().Get(o)
			isKeyError(t, err, "is not registered")
			_, err = s.Unregister(o)
			isKeyError(t, err, "is not registered")
			if _, err := s.Register(o, read, nil); !errors.Is(err, selectors.ErrClosed) {
				t.Error(err)
			}
		}
		if err := ask(s, 0).err; !errors.Is(err, selectors.ErrClosed) {
			t.Error(err)
		}
		must(t, s.Close())
	})
}

//inventory:row test_selectors.BaseSelectorTestCase.test_get_key
//inventory:row test_selectors.BaseSelectorTestCase.test_get_map
func TestGetMap(t *testing.T) {
	every(t, func(t *testing.T, s selectors.Selector) {
		keys := s.GetMap()
		if keys.Len() != 0 || len(maps.Collect(keys.All())) != 0 {
			t.Error("not empty")
		}
		var want []int
		for range 5 {
			a, _ := pair(t)
			key := register(t, s, a, read, "data")
			want = append(want, key.FD)
			one, err := keys.Get(a)
			two, err2 := s.GetKey(pyselect.FD(key.FD))
			if err != nil || err2 != nil || one != key || two != key {
				t.Error(one, two, err, err2)
			}
		}
		var got []int
		for fd, key := range keys.All() {
			if got = append(got, fd); key.FD != fd {
				t.Error(key)
			}
		}
		if !slices.Equal(got, want) || keys.Len() != 5 {
			t.Error(got, want)
		}
		for range keys.All() {
			break
		}
		_, err := keys.Get(pyselect.FD(999999))
		isKeyError(t, err, "999999 is not registered")
		_, err = s.GetKey(pyselect.FD(999999))
		isKeyError(t, err, "999999 is not registered")
	})
}

//inventory:row test_selectors.BaseSelectorTestCase.test_select
//inventory:row test_selectors.BaseSelectorTestCase.test_select_read_write
func TestSelect(t *testing.T) {
	every(t, func(t *testing.T, s selectors.Selector) {
		a, b := pair(t)
		ka, kb := register(t, s, a, read, nil), register(t, s, b, write, nil)
		ask(s, forever).wants(t, selectors.Ready{Key: kb, Events: write})
		send(t, b, "foo")
		ask(s, forever).wants(t, selectors.Ready{Key: ka, Events: read}, selectors.Ready{Key: kb, Events: write})
		ka, err := s.Modify(a, read|write, nil)
		must(t, err)
		ask(s, forever).wants(t, selectors.Ready{Key: ka, Events: read | write}, selectors.Ready{Key: kb, Events: write})
		must(t, b.Close()) // a hang-up is both, as far as asked for
		_, err = s.Unregister(b)
		must(t, err)
		ask(s, forever).wants(t, selectors.Ready{Key: ka, Events: read | write})
		ka, err = s.Modify(a, read, nil)
		must(t, err)
		ask(s, forever).wants(t, selectors.Ready{Key: ka, Events: read})
	})
}

//inventory:row test_selectors.BaseSelectorTestCase.test_fileno
func TestFileno(t *testing.T) {
	s, err := selectors.NewDefaultSelector()
	must(t, err)
	f := s.(interface{ Fileno() int })
	if f.Fileno() < 0 {
		t.Error(f.Fileno())
	}
	must(t, s.Close())
	if f.Fileno() != -1 {
		t.Error(f.Fileno())
	}
}

//inventory:row test_selectors.BaseSelectorTestCase.test_selector
func TestMessages(t *testing.T) {
	every(t, func(t *testing.T, s selectors.Selector) {
		seed := rand.Uint64()
		t.Logf("seed %#x", seed)
		rnd := rand.New(rand.NewPCG(seed, 0))
		for range 12 {
			a, b := pair(t)
			register(t, s, a, read, b)
			register(t, s, b, write, a)
		}
		pick := func(event int) selectors.SelectorKey {
			got := ask(s, forever)
			must(t, got.err)
			got.ready = slices.DeleteFunc(got.ready, func(r selectors.Ready) bool { return r.Events&event == 0 })
			if len(got.ready) == 0 {
				t.Fatal("nobody is ready for", event)
			}
			return got.ready[rnd.IntN(len(got.ready))].Key
		}
		for range 12 {
			to := pick(write)
			send(t, to.Fileobj.(*fdsock.Socket), "a message")
			from := pick(read)
			if from.Fileobj != to.Data {
				t.Fatal("another can be read")
			}
			if p, err := from.Fileobj.(*fdsock.Socket).Recv(100); err != nil || string(p) != "a message" {
				t.Fatal(p, err)
			}
			for _, key := range []selectors.SelectorKey{from, to} {
				_, err := s.Unregister(key.Fileobj)
				must(t, err)
			}
		}
	})
}
