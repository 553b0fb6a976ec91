package frame_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/pollux-net/pollux/reactor/stream/frame"
)

// codec is a splitter that can make frames as well.
type codec interface {
	frame.Splitter
	Append(dst, payload []byte) ([]byte, error)
}

// codecs makes one of each kind. Payloads of 8 bytes without LF or ";;" fit all.
var codecs = map[string]func() codec{
	"fixed":              func() codec { return frame.Fixed(8) },
	"length":             func() codec { return new(frame.Length) },
	"length 1":           func() codec { return &frame.Length{Size: 1} },
	"length 2 little":    func() codec { return &frame.Length{Size: 2, Order: binary.LittleEndian} },
	"length 8":           func() codec { return &frame.Length{Size: 8} },
	"length with itself": func() codec { return &frame.Length{Size: 2, Adjust: -2} },
	"varint":             func() codec { return new(frame.Varint) },
	"delimiter":          func() codec { return &frame.Delimiter{Bytes: []byte(";;")} },
	"line":               func() codec { return new(frame.Line) },
}

func eachCodec(t *testing.T, fn func(t *testing.T, c func() codec)) {
	for name, c := range codecs {
		t.Run(name, func(t *testing.T) { fn(t, c) })
	}
}

// feed gives a splitter a stream in pieces, as a connection would, and returns
// the frames and what is left.
func feed(s frame.Splitter, stream []byte, piece func() int) (frames [][]byte, kept []byte, err error) {
	for len(stream) > 0 {
		n := min(piece(), len(stream))
		kept = append(kept, stream[:n]...)
		stream = stream[n:]
		used, err := frame.Each(s, kept, func(f []byte) bool {
			frames = append(frames, bytes.Clone(f))
			return true
		})
		kept = append([]byte(nil), kept[used:]...)
		if err != nil {
			return frames, kept, err
		}
	}
	return frames, kept, nil
}

// TestPieces cuts streams anywhere: the frames are the same.
func TestPieces(t *testing.T) {
	eachCodec(t, func(t *testing.T, c func() codec) {
		r := rand.New(rand.NewPCG(1, 2))
		var stream []byte
		var want [][]byte
		for i := range 50 {
			payload := bytes.Repeat([]byte{byte('a' + i%26)}, 8)
			var err error
			if stream, err = c().Append(stream, payload); err != nil {
				t.Fatal(err)
			}
			want = append(want, payload)
		}
		for name, piece := range map[string]func() int{
			"whole":  func() int { return len(stream) },
			"bytes":  func() int { return 1 },
			"random": func() int { return 1 + r.IntN(30) },
		} {
			frames, kept, err := feed(c(), stream, piece)
			if err != nil || len(kept) != 0 || len(frames) != len(want) {
				t.Fatalf("%s: %d frames of %d, %d bytes left, %v", name, len(frames), len(want), len(kept), err)
			}
			for i := range want {
				if !bytes.Equal(frames[i], want[i]) {
					t.Errorf("%s: frame %d is %q, want %q", name, i, frames[i], want[i])
				}
			}
		}
	})
}

// TestUnfinished ends before the last frame does: it is neither given out nor
// lost.
func TestUnfinished(t *testing.T) {
	eachCodec(t, func(t *testing.T, c func() codec) {
		one, err := c().Append(nil, []byte("abcdefgh"))
		if err != nil {
			t.Fatal(err)
		}
		stream := append(bytes.Clone(one), one[:len(one)-1]...)
		frames, kept, err := feed(c(), stream, func() int { return 3 })
		if len(frames) != 1 || !bytes.Equal(kept, one[:len(one)-1]) || err != nil {
			t.Errorf("%q, %q left, %v", frames, kept, err)
		}
	})
}

// TestStop has the callback stop: what follows stays for the next call.
func TestStop(t *testing.T) {
	eachCodec(t, func(t *testing.T, c func() codec) {
		one, err := c().Append(nil, []byte("abcdefgh"))
		if err != nil {
			t.Fatal(err)
		}
		two := append(bytes.Clone(one), one...)
		calls := 0
		used, err := frame.Each(c(), two, func([]byte) bool { calls++; return false })
		if used != len(one) || calls != 1 || err != nil {
			t.Errorf("%d bytes in %d calls, %v", used, calls, err)
		}
	})
}

// TestOwnFrame appends to a frame: the bytes that follow it are not touched.
func TestOwnFrame(t *testing.T) {
	eachCodec(t, func(t *testing.T, c func() codec) {
		one, err := c().Append(nil, []byte("abcdefgh"))
		if err != nil {
			t.Fatal(err)
		}
		two := append(bytes.Clone(one), one...)
		n := 0
		if _, err := frame.Each(c(), two, func(f []byte) bool { n++; _ = append(f, "overwritten"...); return true }); err != nil || n != 2 {
			t.Errorf("%d frames, %v", n, err)
		}
		if !bytes.Equal(two[len(one):], one) {
			t.Errorf("the next frame is %q", two[len(one):])
		}
	})
}

// TestLimit meets every limit, and passes it by one.
func TestLimit(t *testing.T) {
	payload := func(n int) []byte { return bytes.Repeat([]byte("x"), n) }
	for name, c := range map[string]struct {
		small, large codec
		longest      int
	}{
		"length":       {&frame.Length{Limit: 14}, new(frame.Length), 10},
		"length 1":     {&frame.Length{Size: 1, Limit: 11}, &frame.Length{Size: 1}, 10},
		"varint":       {&frame.Varint{Limit: 10}, new(frame.Varint), 10},
		"delimiter":    {&frame.Delimiter{Bytes: []byte(";;"), Limit: 10}, &frame.Delimiter{Bytes: []byte(";;")}, 10},
		"line":         {&frame.Line{Limit: 10}, new(frame.Line), 10},
		"default line": {new(frame.Line), &frame.Line{Limit: 1 << 18}, frame.DefaultLimit},
	} {
		t.Run(name, func(t *testing.T) {
			for extra, want := range []error{nil, frame.ErrTooLong} {
				n := c.longest + extra
				if _, err := c.small.Append(nil, payload(n)); !errors.Is(err, want) {
					t.Errorf("Append of %d: %v", n, err)
				}
				whole, err := c.large.Append(nil, payload(n))
				if err != nil {
					t.Fatal(err)
				}
				for _, step := range []int{len(whole), 1} {
					frames, _, err := feed(c.small, whole, func() int { return step })
					if !errors.Is(err, want) || want == nil && len(frames) != 1 {
						t.Errorf("%d bytes, %d at a time: %d frames, %v", n, step, len(frames), err)
					}
				}
			}
		})
	}
}

// TestEndless is fed bytes that never end a frame: it stops soon after the
// limit.
func TestEndless(t *testing.T) {
	for name, s := range map[string]frame.Splitter{
		"delimiter": &frame.Delimiter{Bytes: []byte(";;"), Limit: 100},
		"line":      &frame.Line{Limit: 100},
	} {
		_, kept, err := feed(s, bytes.Repeat([]byte("x"), 1000), func() int { return 1 })
		if !errors.Is(err, frame.ErrTooLong) || len(kept) > 102 {
			t.Errorf("%s: %d bytes kept, %v", name, len(kept), err)
		}
	}
}

// TestTrickle splits a line of 256 KiB that comes byte by byte. Searching
// it from the start each time would look at 32 GiB.
func TestTrickle(t *testing.T) {
	p := append(bytes.Repeat([]byte("x"), 1<<18), '\n')
	l := frame.Line{Limit: 1 << 18}
	d := frame.Delimiter{Bytes: []byte{'\n'}, Limit: 1 << 18}
	for n := 1; n <= len(p); n++ {
		line, taken, err := l.Split(p[:n])
		other, also, bad := d.Split(p[:n])
		if done := n == len(p); err != nil || bad != nil || (taken == n) != done || (also == n) != done || done && (len(line) != n-1 || len(other) != n-1) {
			t.Fatalf("%d bytes: %d and %d taken, %v, %v", n, taken, also, err, bad)
		}
	}
}
