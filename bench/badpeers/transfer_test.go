package main

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/pollux-net/pollux/bench/internal/peer"
)

// pair returns a client's connection, and the server's end of it.
func pair(t *testing.T) (client, server peer.Conn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	if client, err = dial(listener.Addr().String(), false); err != nil {
		t.Fatal(err)
	}
	conn, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = client.Close(), conn.Close() })
	return client, conn.(*net.TCPConn)
}

// TestTransferCounts has servers that echo all, part of it, and other bytes.
func TestTransferCounts(t *testing.T) {
	const total = 100_000
	for _, c := range []struct {
		name   string
		change func([]byte) []byte
		lost   int64
		bad    bool
	}{
		{"all", func(p []byte) []byte { return p }, 0, false},
		{"part", func(p []byte) []byte { return p[:60_000] }, 40_000, true},
		{"other", func(p []byte) []byte { p[0]++; return p }, total, true},
		{"more", func(p []byte) []byte { return append(p, 'x') }, 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, server := pair(t)
			tr := startTransfer(client, total, true)
			got, err := io.ReadAll(server)
			if err != nil || len(got) != total {
				t.Fatalf("%d bytes, %v", len(got), err)
			}
			go func() {
				_, _ = server.Write(c.change(got)) // the client counts
				_ = server.CloseWrite()
			}()
			lost, err := tr.read(time.Now().Add(10*time.Second), true)
			if lost != c.lost || (err != nil) != c.bad {
				t.Errorf("got %d lost, %v", lost, err)
			}
		})
	}
}
