package main

import (
	"bytes"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/pollux-net/pollux/internal/exampletest"
)

func TestMain(m *testing.M) { exampletest.Main(m, main) }

// TestEcho has several clients talk at once, one of which sends more than the
// kernel keeps before it reads.
func TestEcho(t *testing.T) {
	p := exampletest.Start(t)
	addr := p.Address()
	var conns []net.Conn
	for range 3 {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(time.Minute))
		conns = append(conns, c)
	}
	for i, c := range conns {
		exchange(t, c, []byte(strings.Repeat("x", i+1)))
	}
	exchange(t, conns[1], bytes.Repeat([]byte("spam and eggs "), 500000))
	exchange(t, conns[2], []byte("bye"))
	_ = conns[0].Close()
	p.Stop("echoed 7000009 bytes")
	if _, err := conns[1].Read(make([]byte, 1)); err == nil {
		t.Error("the connection stays open")
	}
}

func exchange(t *testing.T, c net.Conn, data []byte) {
	t.Helper()
	sent := make(chan error, 1)
	go func() {
		_, err := c.Write(data)
		sent <- err
	}()
	got := make([]byte, len(data))
	_, err := io.ReadFull(c, got)
	if err2 := <-sent; err != nil || err2 != nil || !bytes.Equal(got, data) {
		t.Fatal(err, err2, "or another echo")
	}
}

// TestMistakes says what is wrong.
func TestMistakes(t *testing.T) {
	exampletest.Fails(t, 2, "selectors-echo: address nowhere: missing port", "-addr", "nowhere")
	exampletest.Fails(t, 2, `unexpected argument "x"`, "x")
	exampletest.Fails(t, 1, "selectors-echo: ", "-addr", "192.0.2.1:1")
	exampletest.Usage(t, nil, "-addr")
}

// TestCrowded has more clients than the server has descriptors.
func TestCrowded(t *testing.T) {
	exampletest.Crowded(t, func(addr string) {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(exampletest.Patience))
		exchange(t, c, []byte("late"))
	})
}
