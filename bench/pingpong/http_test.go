package main

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/pollux-net/pollux/bench/internal/peer"
)

// canned is a server that has said everything before it is asked.
type canned struct{ io.Reader }

func (canned) Write(p []byte) (int, error) { return len(p), nil }

func TestProveHTTP(t *testing.T) {
	answer := func(body string) string {
		return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	}
	good := answer(peer.HTTPBody)
	for name, c := range map[string]struct {
		text string
		ok   bool
	}{
		"good":      {strings.Repeat(good, 2), true},
		"end":       {good, false},
		"other":     {strings.Repeat(answer("hello"), 2), false},
		"refused":   {strings.Repeat(strings.Replace(good, "200", "500", 1), 2), false},
		"differing": {good + strings.Replace(good, "OK", "YES", 1), false},
	} {
		size, err := proveHTTP(canned{oneByOne{strings.NewReader(c.text)}}, 1)
		if (err == nil) != c.ok || c.ok && size != len(good) {
			t.Errorf("%s: got %d, %v", name, size, err)
		}
	}
	if _, err := proveHTTP(canned{strings.NewReader(strings.Repeat(good, 2))}, 1); err == nil {
		t.Error("two answers to one request")
	}
}

// oneByOne does not let a reader have more than it needs.
type oneByOne struct{ r io.Reader }

func (o oneByOne) Read(p []byte) (int, error) { return o.r.Read(p[:1]) }
