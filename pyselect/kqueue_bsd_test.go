//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package pyselect_test

import (
	"testing"

	"github.com/pollux-net/pollux/pyselect"
)

// TestKqueueFromFD has two objects of one descriptor, which is closed once.
func TestKqueueFromFD(t *testing.T) {
	one, err := pyselect.NewKqueue()
	must(t, err)
	two, err := pyselect.KqueueFromFD(one.Fileno())
	must(t, err)
	must(t, one.Close())
	if fd := two.Fileno(); fd != -1 {
		t.Errorf("the other has descriptor %d", fd)
	}
	if _, err := two.Control(nil, 1, 0); err == nil {
		t.Error("the other works")
	}
	must(t, two.Close())
}
