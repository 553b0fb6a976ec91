package engine

import (
	"bytes"
	"crypto/tls"
	"testing"
)

// clientHello returns the first flight of a stock client.
func clientHello(tb testing.TB) []byte {
	tb.Helper()
	c := NewClient(&tls.Config{ServerName: "hello.test"})
	defer c.Abort()
	if _, err := c.Handshake(); err != nil {
		tb.Fatal(err)
	}
	return bytes.Clone(c.Outgoing())
}

// fragment cuts the message of one handshake record into records of n bytes.
func fragment(record []byte, n int) []byte {
	var out []byte
	for body := record[headerLen:]; len(body) > 0; {
		m := min(n, len(body))
		out = append(out, record[0], record[1], record[2], byte(m>>8), byte(m))
		out = append(out, body[:m]...)
		body = body[m:]
	}
	return out
}

// TestHelloCompleteAtEveryPrefix feeds a hello byte by byte, in one record and
// in many.
func TestHelloCompleteAtEveryPrefix(t *testing.T) {
	hello := clientHello(t)
	for _, n := range []int{maxPlaintext, 300, 40} {
		wire := fragment(hello, n)
		for k := range wire {
			if helloComplete(wire[:k]) {
				t.Fatalf("records of %d: complete after %d of %d bytes", n, k, len(wire))
			}
		}
		if !helloComplete(wire) || !helloComplete(append(wire, 1, 2, 3)) {
			t.Errorf("records of %d: not complete", n)
		}
	}
}

func TestHelloCompleteOnOtherBytes(t *testing.T) {
	const tiny = headerLen + 1
	crumbs := fragment(clientHello(t), 1)
	for name, c := range map[string]struct {
		in   []byte
		want bool
	}{
		"nothing":          {nil, false},
		"four bytes":       {[]byte("GET "), false},
		"http":             {[]byte("GET /"), true},
		"sslv2":            {[]byte{0x80, 0x2e, 1, 0, 2}, true},
		"ccs first":        {[]byte{20, 3, 1, 0, 1}, true},
		"data first":       {[]byte{23, 3, 3, 0, 1}, true},
		"version 16":       {[]byte{22, 0x10, 0, 0, 1}, true},
		"empty record":     {[]byte{22, 3, 1, 0, 0}, true},
		"oversized record": {[]byte{22, 3, 1, 0x48, 1}, true},
		"largest record":   {[]byte{22, 3, 1, 0x48, 0}, false},
		"half an alert":    {[]byte{21, 3, 1, 0, 2, 2}, false},
		"an alert":         {[]byte{21, 3, 1, 0, 2, 2, 40}, true},
		"hello too long":   {[]byte{22, 3, 1, 0, 4, 1, 1, 0, 1}, true},
		"longest hello":    {[]byte{22, 3, 1, 0, 4, 1, 1, 0, 0}, false},
		"other message":    {[]byte{22, 3, 1, 0, 4, 2, 0, 0, 0}, true},
		"fewer records":    {crumbs[:tiny*(maxHelloRecords-1)], false},
		"tiny records":     {crumbs[:tiny*maxHelloRecords], true},
	} {
		if got := helloComplete(c.in); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// FuzzHelloComplete checks the promise: with a complete hello crypto/tls has
// something to say, an answer or an error.
func FuzzHelloComplete(f *testing.F) {
	hello := clientHello(f)
	f.Add(hello)
	f.Add(fragment(hello, 9))
	f.Add([]byte("GET / HTTP/1.0\r\n\r\n"))
	f.Add([]byte{21, 3, 1, 0, 2, 1, 0})
	f.Fuzz(func(t *testing.T, in []byte) {
		c := NewServer(&tls.Config{})
		defer c.Abort()
		c.Feed(in)
		complete := c.HelloComplete()
		_, err := c.Handshake()
		if !complete && (err != nil || c.State() != StateIdle) {
			t.Fatalf("began before the hello: %v", err)
		}
	})
}
