package pyselect_test

import (
	"testing"

	"github.com/pollux-net/pollux/pyselect"
)

// TestPollDeniesNoMoreThanItAsks polls sockets that can be read and written to
// for conditions that do not hold, and looks whether others still know.
func TestPollDeniesNoMoreThanItAsks(t *testing.T) {
	a, b := pair(t)
	send(t, a, "x")
	others := list{b}
	for range 10 { // past asking the kernel about all
		_, idle := pair(t)
		others = append(others, idle)
	}
	ask(others, nil, nil, 0).wants(t, list{b}, nil, nil)
	for _, mask := range []int{pyselect.POLLRDHUP, pyselect.POLLRDBAND, pyselect.POLLPRI, 0} {
		poll(newPoll(t, mask, b), 0).wants(t)
		ask(others, list{b}, nil, 0).wants(t, list{b}, list{b}, nil)
	}

	poll(newPoll(t, pyselect.POLLRDBAND, b), 0).wants(t)
	b.SetTimeout(patience)
	if got, err := b.Recv(8); err != nil || string(got) != "x" {
		t.Errorf("received %q, %v", got, err)
	}
}
