package selectors_test

import (
	"errors"
	"testing"

	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/pyselect/selectors"
)

// tagged is an object whose type can be compared, but not its value.
type tagged struct {
	pyselect.Object
	tag any
}

// TestUncomparableObject looks for a closed object that cannot be compared.
func TestUncomparableObject(t *testing.T) {
	a, _ := pair(t)
	s := selectors.NewSelectSelector()
	defer s.Close()
	o := tagged{a, []int{1}}
	_, err := s.Register(o, selectors.EVENT_READ, nil)
	must(t, err)
	must(t, a.Close())
	var wrong *pyselect.ValueError
	if _, err := s.GetKey(o); !errors.As(err, &wrong) {
		t.Errorf("error is %v, want a ValueError", err)
	}
}
