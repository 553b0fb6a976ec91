package pyselect

import (
	"slices"
	"testing"
)

//inventory:row test_kqueue.TestKQueue.test_create_event
func TestKeventCompare(t *testing.T) {
	base := Kevent{1, -1, 1, 0, 0, 0}
	if base.Compare(base) != 0 {
		t.Error("a kevent differs from itself")
	}
	ordered := []Kevent{
		base, {1, -1, 1, 0, 0, 1}, {1, -1, 1, 0, 1, 0}, {1, -1, 1, 1, 0, 0}, {1, -1, 2, 0, 0, 0}, {1, 0, 0, 0, 0, 0}, {2, -9, 0, 0, 0, 0},
	}
	if !slices.IsSortedFunc(ordered, Kevent.Compare) {
		t.Error("order is not by the fields in turn")
	}
	for i := range len(ordered) - 1 {
		if ordered[i].Compare(ordered[i+1]) >= 0 || ordered[i+1].Compare(ordered[i]) <= 0 {
			t.Errorf("%v and %v", ordered[i], ordered[i+1])
		}
	}
	const text = "<select.kevent ident=7 filter=-2 flags=0x11 fflags=0x0 data=0x10 udata=0x5>"
	if got := (Kevent{7, -2, 0x11, 0, 16, 5}).String(); got != text {
		t.Errorf("text is %s", got)
	}
}

// TestKeventUserData follows registrations through their lives.
func TestKeventUserData(t *testing.T) {
	const read, write = -1, -2
	u := make(userData)
	u.note([]Kevent{{Ident: 5, Filter: read, Flags: evAdd, Udata: 50}, {Ident: 5, Filter: write, Flags: evAdd | evOneShot, Udata: 51}})
	fired := func(ident uint64, filter int) uintptr {
		events := []Kevent{{Ident: ident, Filter: filter}}
		u.fill(events)
		return events[0].Udata
	}
	for range 2 {
		if fired(5, read) != 50 || fired(6, read) != 0 {
			t.Error("the data of a lasting registration is not kept")
		}
	}
	if fired(5, write) != 51 || fired(5, write) != 0 {
		t.Error("one-shot data is not given once")
	}
	u.note([]Kevent{{Ident: 5, Filter: read, Flags: 0x8, Udata: 99}}) // EV_DISABLE
	if fired(5, read) != 50 {
		t.Error("a change without EV_ADD has changed the data")
	}
	u.note([]Kevent{{Ident: 5, Filter: read, Flags: evAdd, Udata: 52}})
	if fired(5, read) != 52 {
		t.Error("adding again has not changed the data")
	}
	u.note([]Kevent{{Ident: 5, Filter: read, Flags: evDelete}})
	if fired(5, read) != 0 || len(u) != 0 {
		t.Error("deleting has not ended it")
	}
}
