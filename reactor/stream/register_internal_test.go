package stream

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestRegister compares the register with a map.
func TestRegister(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	var r register
	model, conns := map[*Conn]bool{}, make([]Conn, 8)
	for range 1000 {
		switch c := &conns[random.IntN(len(conns))]; {
		case model[c]:
			r.remove(c)
			delete(model, c)
		default:
			r.remove(c) // is not in
			r.add(c)
			model[c] = true
		}
		list := slices.Collect(r.all())
		if len(list) != len(model) || r.n != len(model) {
			t.Fatalf("%d are listed, %d counted, %d there", len(list), r.n, len(model))
		}
		for _, c := range list {
			if !model[c] {
				t.Fatal("one is listed that was removed, or twice")
			}
		}
	}
	for c := range r.all() {
		r.remove(c)
	}
	if r.n != 0 || r.first != nil {
		t.Errorf("%d are left", r.n)
	}
}
