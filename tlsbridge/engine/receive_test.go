package engine_test

import (
	"errors"
	"io"
	"testing"

	"github.com/pollux-net/pollux/tlsbridge/engine"
)

// TestReceive taps a transport that has pieces of any size, into buffers of any
// size, and never takes a byte of the next record.
func TestReceive(t *testing.T) {
	for _, version := range versions {
		for _, piece := range []int{1, 7, 1000, 1 << 20} {
			for _, size := range []int{100, 16 << 10} {
				client, server := openPair(t, version)
				want := pattern(20_000)
				wire := seal(t, client, want)
				wire = append(wire, seal(t, client, want[:3])...)
				server.Feed(wire[:3]) // the tap goes on with the header
				got := tapped(t, server, wire[3:], piece, size)
				wantBytes(t, got, append(want, want[:3]...))
			}
		}
	}
}

// tapped receives until the wire is used up, a few bytes of it in each call.
func tapped(t *testing.T, c *engine.Conn, wire []byte, piece, size int) (got []byte) {
	t.Helper()
	buf := make([]byte, size)
	for len(wire) > 0 || c.Pending() > 0 {
		budget := piece
		n, err := c.Receive(buf, func(p []byte) int {
			m := copy(p[:min(len(p), budget)], wire)
			wire, budget = wire[m:], budget-m
			return m
		})
		got = append(got, buf[:n]...)
		if err != nil && !errors.Is(err, engine.ErrWantRead) {
			t.Fatal(err)
		}
	}
	return got
}

// TestReceiveEnd ends the transport from inside the tap.
func TestReceiveEnd(t *testing.T) {
	_, server := openPair(t, versions[0])
	_, err := server.Receive(make([]byte, 10), func([]byte) int { server.FeedEOF(); return 0 })
	wantErr(t, err, engine.ErrTruncated)
	wantErr(t, err, io.ErrUnexpectedEOF)
	wantState(t, server, engine.StateTruncated)
}
