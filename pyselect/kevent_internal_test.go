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
