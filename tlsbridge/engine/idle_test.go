package engine_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"testing"

	"github.com/pollux-net/pollux/tlsbridge/engine"
)

// TestIdleHoldsNoRecord reads records of mixed sizes, whole, in two parts and
// through a small buffer, and wants crypto/tls without memory behind each.
func TestIdleHoldsNoRecord(t *testing.T) {
	for _, version := range versions {
		t.Run(tls.VersionName(version), func(t *testing.T) {
			client, server := openPair(t, version)
			for _, c := range []*engine.Conn{client, server} {
				if n := c.Holds(); n != 0 {
					t.Errorf("crypto/tls holds %d bytes after the handshake", n)
				}
			}
			for _, size := range []int{1, 100, 1500, 16 << 10, 9000, 40000, 1} {
				message := pattern(size)
				sealed := seal(t, client, message)
				for _, cut := range []int{0, 3, len(sealed) / 2} {
					for _, buf := range []int{7, 20000} {
						for _, feed := range []feeding{fed, lent} {
							readCut(t, server, feed, sealed, cut, buf, message)
							sealed = seal(t, client, message)
						}
					}
				}
				readCut(t, server, fed, sealed, 0, size, message)
			}
		})
	}
}

// feeding gives bytes to an engine, has it read, and takes back what was lent.
type feeding func(c *engine.Conn, p []byte, read func())

func fed(c *engine.Conn, p []byte, read func()) {
	c.Feed(p)
	read()
}

// lent spoils the memory once it is its own again.
func lent(c *engine.Conn, p []byte, read func()) {
	c.Borrow(p)
	read()
	c.Settle()
	clear(p)
}

// readCut feeds a sealed message in two parts and reads it.
func readCut(t *testing.T, c *engine.Conn, feed feeding, sealed []byte, cut, size int, want []byte) {
	t.Helper()
	var got []byte
	buf := make([]byte, size)
	for _, part := range [][]byte{sealed[:cut], sealed[cut:]} {
		feed(c, part, func() {
			for {
				n, err := c.Read(buf)
				if errors.Is(err, engine.ErrWantRead) {
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, buf[:n]...)
			}
		})
	}
	if !bytes.Equal(got, want) {
		t.Fatalf("%d bytes have come out of %d, or others", len(got), len(want))
	}
	if n := c.Holds(); n != 0 {
		t.Errorf("crypto/tls holds %d bytes after a message of %d, cut at %d", n, len(want), cut)
	}
}
