package pyselect_test

import (
	"testing"

	"github.com/pollux-net/pollux/pyselect"
)

// TestSelectHangUp asks for a pipe whose writer is gone, of which poll(2) says
// POLLHUP and not POLLIN: it can be read, to the end.
func TestSelectHangUp(t *testing.T) {
	r, w := openPipe(t)
	defer closeBare(t, r)
	closeBare(t, w)
	ask(list{r}, nil, list{r}, 0).wants(t, list{r}, nil, nil)
	if text := read(t, r); text != "" {
		t.Errorf("read %q", text)
	}
}

// TestPollLevelOfMany asks again and again what is ready, among so many that
// the kernel is asked about candidates only: it stays ready until it is read.
func TestPollLevelOfMany(t *testing.T) {
	onDefault(t)
	p := pyselect.NewPoll()
	defer p.Close()
	for range 20 {
		_, b := pair(t)
		must(t, p.Register(b, pyselect.POLLIN))
	}
	a, b := pair(t)
	must(t, p.Register(b, pyselect.POLLIN))
	send(t, a, "x")
	for range 3 {
		poll(p, 0).wants(t, at(b, pyselect.POLLIN))
	}
	recv(t, b)
	poll(p, 0).wants(t)
}
