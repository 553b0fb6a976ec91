package tlsbridge

import "testing"

// TestPoolOrder gives a pool of one goroutine more than fits its first queue:
// everything is done once, in order.
func TestPoolOrder(t *testing.T) {
	const steps = 1000
	p := NewHandshakePool(1, steps)
	stuck, done := make(chan struct{}), make(chan int, steps)
	if !p.do(func() { <-stuck }) {
		t.Fatal("refused")
	}
	for i := range steps {
		if !p.do(func() { done <- i }) {
			t.Fatalf("step %d is refused", i)
		}
	}
	if p.do(func() {}) {
		t.Error("one more than may wait is taken")
	}
	close(stuck)
	for want := range steps {
		if got := <-done; got != want {
			t.Fatalf("step %d is done where %d should be", got, want)
		}
	}
}
