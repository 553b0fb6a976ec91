package frame_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"testing"

	"github.com/pollux-net/pollux/reactor/stream/frame"
)

// TestHeaders reads headers as protocols have them.
func TestHeaders(t *testing.T) {
	for name, c := range map[string]struct {
		length      frame.Length
		in          string
		want, after string
	}{
		"header before":     {frame.Length{Size: 2, Offset: 1}, "T\x00\x03abcrest", "abc", "rest"},
		"header kept":       {frame.Length{Size: 2, Offset: 1, Header: true}, "T\x00\x03abcrest", "T\x00\x03abc", "rest"},
		"length of it all":  {frame.Length{Size: 2, Adjust: -2}, "\x00\x05abcrest", "abc", "rest"},
		"header after":      {frame.Length{Size: 1, Adjust: 2}, "\x01hhxrest", "hhx", "rest"},
		"little endian":     {frame.Length{Order: binary.LittleEndian}, "\x01\x00\x00\x00xrest", "x", "rest"},
		"empty":             {frame.Length{Size: 1}, "\x00rest", "", "rest"},
		"empty, with frame": {frame.Length{Size: 1, Header: true}, "\x00rest", "\x00", "rest"},
	} {
		got, taken, err := c.length.Split([]byte(c.in))
		if string(got) != c.want || c.in[taken:] != c.after || err != nil {
			t.Errorf("%s: %q, %q follows, %v", name, got, c.in[taken:], err)
		}
	}
	l := frame.Length{Size: 1, Offset: 2, Header: true}
	if got, err := l.Append([]byte("before"), []byte("HHbody")); string(got) != "beforeHH\x04body" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// TestWrong is given what no peer should send and no program set.
func TestWrong(t *testing.T) {
	tooLong := frame.ErrTooLong
	for name, c := range map[string]struct {
		s    frame.Splitter
		in   []byte
		want error // nil: any
	}{
		"length of 2^63":        {&frame.Length{Size: 8}, binary.BigEndian.AppendUint64(nil, 1<<63), tooLong},
		"length of 2^63-1":      {&frame.Length{Size: 8, Adjust: math.MaxInt32}, binary.BigEndian.AppendUint64(nil, math.MaxInt64), tooLong},
		"length of 2^32-1":      {new(frame.Length), []byte("\xff\xff\xff\xff"), tooLong},
		"less than its header":  {&frame.Length{Size: 2, Adjust: -2}, []byte("\x00\x01"), nil},
		"header past the limit": {&frame.Length{Offset: 100, Limit: 50}, make([]byte, 200), tooLong},
		"size of 3":             {&frame.Length{Size: 3}, []byte("abc"), nil},
		"greatest offset":       {&frame.Length{Offset: math.MaxInt32}, []byte("abc"), nil},
		"negative offset":       {&frame.Length{Offset: -1}, []byte("abcdefgh"), nil},
		"varint of 11 bytes":    {new(frame.Varint), bytes.Repeat([]byte{0x80}, 11), nil},
		"varint without end":    {new(frame.Varint), bytes.Repeat([]byte{0x80}, 10), nil},
		"varint past the limit": {new(frame.Varint), []byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), tooLong},
		"fixed 0":               {frame.Fixed(0), []byte("a"), nil},
		"no delimiter":          {new(frame.Delimiter), []byte("a"), nil},
	} {
		got, taken, err := c.s.Split(c.in)
		if err == nil || c.want != nil && !errors.Is(err, c.want) || got != nil || taken != 0 {
			t.Errorf("%s: %q, %d, %v", name, got, taken, err)
		}
	}
}

// TestAppendWrong refuses payloads that the other side would not get back,
// and leaves the buffer as it was.
func TestAppendWrong(t *testing.T) {
	for name, c := range map[string]struct {
		c       codec
		payload string
	}{
		"fixed":               {frame.Fixed(3), "ab"},
		"length of 1 byte":    {&frame.Length{Size: 1}, string(make([]byte, 256))},
		"adjusted below zero": {&frame.Length{Adjust: 5}, "abc"},
		"no header":           {&frame.Length{Offset: 5}, "abc"},
		"size of 5":           {&frame.Length{Size: 5}, "abc"},
		"delimiter within":    {&frame.Delimiter{Bytes: []byte(";;")}, "a;;b"},
		"delimiter begun":     {&frame.Delimiter{Bytes: []byte(";;")}, "ab;"},
		"no delimiter":        {new(frame.Delimiter), "abc"},
		"LF in a line":        {new(frame.Line), "a\nb"},
	} {
		if got, err := c.c.Append([]byte("kept"), []byte(c.payload)); err == nil || string(got) != "kept" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// TestLineEnds takes LF and CR LF, and leaves other CRs alone.
func TestLineEnds(t *testing.T) {
	frames, kept, err := feed(new(frame.Line), []byte("a\r\nb\n\n\r\n\r\r\nc\rd\nrest"), func() int { return 1 })
	want := [][]byte{[]byte("a"), []byte("b"), {}, {}, []byte("\r"), []byte("c\rd")}
	if len(frames) != len(want) || string(kept) != "rest" || err != nil {
		t.Fatalf("%q, %q left, %v", frames, kept, err)
	}
	for i := range want {
		if !bytes.Equal(frames[i], want[i]) {
			t.Errorf("line %d is %q, want %q", i, frames[i], want[i])
		}
	}
}

// FuzzPieces splits arbitrary bytes whole and cut: frames, remains and errors
// are the same.
func FuzzPieces(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x02hi;;line\r\n"), 1)
	f.Add([]byte("\x05hello\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80"), 3)
	f.Fuzz(func(t *testing.T, stream []byte, step int) {
		step = max(step%50, 1)
		for name, c := range codecs {
			whole, left, err := feed(c(), stream, func() int { return len(stream) })
			cut, remains, again := feed(c(), stream, func() int { return step })
			if (err == nil) != (again == nil) || len(whole) != len(cut) || err == nil && !bytes.Equal(left, remains) {
				t.Fatalf("%s: %d frames, %q left, %v; cut: %d frames, %q left, %v", name, len(whole), left, err, len(cut), remains, again)
			}
			for i := range whole {
				if !bytes.Equal(whole[i], cut[i]) {
					t.Fatalf("%s: frame %d: %q and %q", name, i, whole[i], cut[i])
				}
			}
		}
	})
}
