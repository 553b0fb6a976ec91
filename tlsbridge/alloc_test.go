package tlsbridge_test

import (
	"crypto/tls"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/tlsbridge"
)

// memory is one direction of a pipe that never blocks, for comparison: what
// crypto/tls allocates on its own account.
type memory struct {
	mu   sync.Mutex
	data []byte
}

type memoryConn struct{ in, out *memory }

func (c memoryConn) Read(p []byte) (int, error) {
	for {
		c.in.mu.Lock()
		n := copy(p, c.in.data)
		c.in.data = c.in.data[:copy(c.in.data, c.in.data[n:])]
		c.in.mu.Unlock()
		if n > 0 {
			return n, nil
		}
		yield()
	}
}

func (c memoryConn) Write(p []byte) (int, error) {
	c.out.mu.Lock()
	defer c.out.mu.Unlock()
	c.out.data = append(c.out.data, p...)
	return len(p), nil
}

func (memoryConn) Close() error                     { return nil }
func (memoryConn) LocalAddr() net.Addr              { return nil }
func (memoryConn) RemoteAddr() net.Addr             { return nil }
func (memoryConn) SetDeadline(time.Time) error      { return nil }
func (memoryConn) SetReadDeadline(time.Time) error  { return nil }
func (memoryConn) SetWriteDeadline(time.Time) error { return nil }

// stdAllocs is what a write and a read of crypto/tls allocate on memory.
func stdAllocs(t *testing.T, v tlsbridge.TLSVersion, size int) float64 {
	t.Helper()
	clientConfig, serverConfig := stdConfigs(v)
	serverConfig.SessionTicketsDisabled = true
	up, down := &memory{data: make([]byte, 0, 1<<17)}, &memory{data: make([]byte, 0, 1<<17)}
	client := tls.Client(memoryConn{down, up}, clientConfig)
	server := tls.Server(memoryConn{up, down}, serverConfig)
	both(t, client.Handshake, server.Handshake)
	msg, buf := make([]byte, size), make([]byte, size)
	return testing.AllocsPerRun(200, func() {
		if _, err := client.Write(msg); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(server, buf); err != nil {
			t.Fatal(err)
		}
	})
}

// TestAllocations compares a send and a receive with crypto/tls's own.
func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		for _, size := range []int{64, 16384} {
			client, server := open(t, v)
			msg, buf := make([]byte, size), make([]byte, size)
			got := testing.AllocsPerRun(200, func() {
				if _, err := client.Send(msg); err != nil {
					t.Fatal(err)
				}
				if n, err := server.RecvInto(buf); n != size || err != nil {
					t.Fatal(n, err)
				}
			})
			std := stdAllocs(t, v, size)
			t.Logf("%v, %d bytes: %.1f allocations, crypto/tls alone %.1f", v, size, got, std)
			if got > std+1 {
				t.Errorf("%v, %d bytes: %.1f allocations, crypto/tls alone has %.1f", v, size, got, std)
			}
		}
	})
}

// TestWouldBlockAllocatesNothing counts what calls that must wait cost.
//
//inventory:row SSLWantReadError
func TestWouldBlockAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		stalled, _ := newPuppet(t, v, false)
		if err := stalled.DoHandshake(); !tlsbridge.SSLWantReadError(err) {
			t.Fatal(err)
		}
		idle, _ := open(t, v)
		full, _ := open(t, v)
		data := make([]byte, 1<<20)
		if _, err := full.Send(data); !tlsbridge.SSLWantWriteError(err) {
			t.Fatal(err)
		}
		buf := make([]byte, 10)
		for name, call := range map[string]func() error{
			"handshake": stalled.DoHandshake,
			"recv":      func() error { _, err := idle.RecvInto(buf); return err },
			"send":      func() error { _, err := full.Send(data); return err },
		} {
			if n := testing.AllocsPerRun(100, func() {
				if err := call(); !tlsbridge.SSLWantReadError(err) && !tlsbridge.SSLWantWriteError(err) {
					t.Fatal(err)
				}
			}); n != 0 {
				t.Errorf("%s: %.1f allocations", name, n)
			}
		}
		if n := testing.AllocsPerRun(100, func() { idle.Test(reactor.Input) }); n != 0 {
			t.Errorf("Test: %.1f allocations", n)
		}
	})
}
