package engine

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// TestStoreAgainstBuffer does random things to a store and to a bytes.Buffer.
func TestStoreAgainstBuffer(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	var s store
	var model bytes.Buffer
	for i := range 20000 {
		n := rng.IntN(1 << rng.IntN(14))
		switch rng.IntN(4) {
		case 0, 1:
			p := bytes.Repeat([]byte{byte(i)}, n)
			s.append(p)
			model.Write(p)
		case 2:
			p := make([]byte, n)
			if got := s.take(p); !bytes.Equal(p[:got], model.Next(n)) {
				t.Fatalf("step %d: take differs", i)
			}
		case 3:
			n = min(n, s.len())
			s.drop(n)
			model.Next(n)
		}
		if !bytes.Equal(s.data, model.Bytes()) {
			t.Fatalf("step %d: %d bytes, want %d", i, s.len(), model.Len())
		}
		if s.len() == 0 && s.blk != nil {
			t.Fatalf("step %d: an empty store holds memory", i)
		}
	}
	s.release()
}

func TestStoreSizes(t *testing.T) {
	for _, c := range []struct{ n, room int }{
		{1, 512},
		{512, 512},
		{513, 2 << 10},
		{2049, 18 << 10},
		{maxPlaintext + 256 + headerLen, 18 << 10},
		{64 << 10, 72 << 10},
		{72<<10 + 1, 72<<10 + 1},
	} {
		var s store
		s.append(make([]byte, c.n))
		if got := len(s.blk.mem); got != c.room {
			t.Errorf("%d bytes are in a block of %d, want %d", c.n, got, c.room)
		}
		s.drop(c.n)
	}
}

// TestStoreSlidesRarely moves a queue of constant length through its block: a
// byte in, a byte out. The bytes copied stay within a few per byte.
func TestStoreSlidesRarely(t *testing.T) {
	var s store
	s.append(make([]byte, 500))
	moved, one := 0, make([]byte, 1)
	for range 100_000 {
		had := cap(s.data)
		s.append(one)
		if cap(s.data) > had {
			moved += s.len()
		}
		s.drop(1)
	}
	if moved > 400_000 {
		t.Errorf("%d bytes were moved for 100000", moved)
	}
	s.release()
}
