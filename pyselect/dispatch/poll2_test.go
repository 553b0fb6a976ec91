package dispatch_test

import (
	"testing"
	"time"

	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/pyselect/dispatch"
)

// TestPoll2OfNothing makes a turn with an empty map, which does not wait.
func TestPoll2OfNothing(t *testing.T) {
	m := dispatch.NewMap()
	done := make(chan error, 1)
	go func() { done <- dispatch.Poll2(pyselect.Forever, m) }()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Fatal("it waits")
	}
}
