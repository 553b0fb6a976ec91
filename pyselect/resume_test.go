package pyselect_test

import (
	"testing"
	"time"

	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/reactor"
)

// TestCallBegan takes calls up again whose time ran out while a signal handler
// had its turn: they end with nothing, and their time still counts from when
// they first began.
func TestCallBegan(t *testing.T) {
	onDefault(t)
	_, b := pair(t)
	p := newPoll(t, pyselect.POLLIN, b)
	const began = 1 // of a clock that was 0 when the process was
	for name, call := range map[string]func(c *pyselect.Call, timeout time.Duration) (int, error){
		"select": func(c *pyselect.Call, timeout time.Duration) (int, error) {
			r, _, _, err := c.Select(list{b}, nil, nil, timeout)
			return len(r), err
		},
		"poll": func(c *pyselect.Call, timeout time.Duration) (int, error) {
			events, err := c.Poll(p, nil, timeout)
			return len(events), err
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := pyselect.Call{Began: began}
			if n, err := call(&c, time.Duration(reactor.Now())); n != 0 || err != nil {
				t.Errorf("%d are ready, %v", n, err)
			}
			if c.Began != began {
				t.Errorf("it began at %d, want %d", c.Began, began)
			}
		})
	}
}
