package engine_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/pollux-net/pollux/internal/certs"
	"github.com/pollux-net/pollux/tlsbridge/engine"
)

// TestEveryChunking cuts the ciphertext of some records at every size and
// reads it by pieces of several sizes, fed, borrowed and both.
func TestEveryChunking(t *testing.T) {
	for _, version := range versions {
		for _, how := range []string{"feed", "borrow", "mixed"} {
			t.Run(tls.VersionName(version)+"/"+how, func(t *testing.T) {
				client, server := openPair(t, version)
				plain := pattern(700)
				for chunk := 1; chunk < 800; chunk += 1 + chunk/8 {
					for _, size := range []int{1, 7, 300, 16 << 10} {
						wire := seal(t, client, plain[:1])
						wire = append(wire, seal(t, client, plain[1:300])...)
						wire = append(wire, seal(t, client, plain[300:])...)
						got := readChunks(t, server, wire, how, chunk, size)
						if !bytes.Equal(got, plain) {
							t.Fatalf("chunks of %d, reads of %d: %d bytes", chunk, size, len(got))
						}
					}
				}
			})
		}
	}
}

// readChunks feeds the wire by chunks and reads all there is after each.
func readChunks(t *testing.T, c *engine.Conn, wire []byte, how string, chunk, size int) []byte {
	t.Helper()
	var got []byte
	for i := 0; len(wire) > 0; i++ {
		n := min(chunk, len(wire))
		piece := bytes.Clone(wire[:n])
		wire = wire[n:]
		if how == "feed" || how == "mixed" && i%2 == 0 {
			c.Feed(piece)
		} else {
			c.Borrow(piece)
		}
		if how != "mixed" || i%3 != 0 {
			part, err := drain(c, size)
			wantErr(t, err, engine.ErrWantRead)
			got = append(got, part...)
		}
		c.Settle()
		clear(piece)
	}
	part, err := drain(c, size)
	wantErr(t, err, engine.ErrWantRead)
	if c.Buffered() != 0 || c.Pending() != 0 {
		t.Fatalf("%d buffered, %d pending", c.Buffered(), c.Pending())
	}
	return append(got, part...)
}

func TestPendingIsTheRestOfTheRecord(t *testing.T) {
	client, server := openPair(t, tls.VersionTLS13)
	wire := append(seal(t, client, pattern(100)), seal(t, client, pattern(50))...)
	server.Feed(wire)
	if server.Pending() != 0 || server.Buffered() != len(wire) {
		t.Errorf("before: %d pending, %d buffered", server.Pending(), server.Buffered())
	}
	for _, step := range []struct{ size, n, pending int }{
		{30, 30, 70}, {70, 70, 0}, {49, 49, 1}, {10, 1, 0},
	} {
		n, err := server.Read(make([]byte, step.size))
		if n != step.n || err != nil || server.Pending() != step.pending {
			t.Errorf("Read of %d: %d, %v, %d pending", step.size, n, err, server.Pending())
		}
	}
	if server.Readable() {
		t.Error("readable with nothing to read")
	}
}

// TestReadableIsExact feeds a record byte by byte: it is readable with the
// last one only.
func TestReadableIsExact(t *testing.T) {
	client, server := openPair(t, tls.VersionTLS13)
	wire := seal(t, client, []byte("data"))
	for i := range wire {
		if server.Readable() {
			t.Fatalf("readable after %d of %d bytes", i, len(wire))
		}
		server.Feed(wire[i : i+1])
	}
	for range 2 {
		if !server.Readable() || server.Pending() != 4 {
			t.Errorf("%d pending", server.Pending())
		}
	}
	if n, err := server.Read(nil); n != 0 || err != nil {
		t.Errorf("Read of nothing: %d, %v", n, err)
	}
	got, _ := drain(server, 3)
	wantBytes(t, got, []byte("data"))
}

func TestFillDecryptsOneRecord(t *testing.T) {
	client, server := openPair(t, tls.VersionTLS12)
	first := seal(t, client, []byte("one"))
	second := seal(t, client, []byte("two"))
	server.Borrow(append(first, second...))
	if err := server.Fill(); err != nil || server.Pending() != 3 || server.Buffered() != len(second) {
		t.Errorf("Fill: %v, %d pending, %d buffered", err, server.Pending(), server.Buffered())
	}
	server.Settle()
}

func TestLargeWrites(t *testing.T) {
	for _, version := range versions {
		client, server := openPair(t, version)
		for _, n := range []int{0, 1, 16 << 10, 16<<10 + 1, 1 << 20} {
			plain := pattern(n)
			wire := seal(t, client, plain)
			if len(client.Outgoing()) != 0 || n == 0 && len(wire) != 0 {
				t.Errorf("%d bytes: %d outgoing", n, len(wire))
			}
			server.Borrow(wire)
			got, err := drain(server, 20_000)
			wantErr(t, err, engine.ErrWantRead)
			wantBytes(t, got, plain)
			server.Settle()
		}
	}
}

// TestSinkTakesWhatItWants compares what a moody sink and Outgoing got with
// what was written.
func TestSinkTakesWhatItWants(t *testing.T) {
	client, server := openPair(t, tls.VersionTLS13)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	var wire []byte
	queued := false
	client.SetSink(func(p []byte) int {
		if queued {
			t.Error("the sink was called past a queue")
		}
		n := min(rng.IntN(2*len(p)+1), len(p))
		queued = n < len(p)
		wire = append(wire, p[:n]...)
		return n
	})
	plain := pattern(200_000)
	for rest := plain; len(rest) > 0; {
		n := min(len(rest), 1+rng.IntN(5000))
		if m, err := client.Write(rest[:n]); m != n || err != nil {
			t.Fatalf("Write: %d, %v", m, err)
		}
		rest = rest[n:]
		sent := rng.IntN(len(client.Outgoing()) + 1)
		wire = append(wire, client.Outgoing()[:sent]...)
		client.Sent(sent)
		queued = len(client.Outgoing()) > 0
	}
	client.SetSink(nil)
	wire = append(wire, take(client)...)
	server.Feed(wire)
	got, err := drain(server, 16<<10)
	wantErr(t, err, engine.ErrWantRead)
	wantBytes(t, got, plain)
}

// TestBothDirectionsAtRandom runs a model: what one side wrote is what the
// other reads, through random pieces.
func TestBothDirectionsAtRandom(t *testing.T) {
	for _, version := range versions {
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		rng := rand.New(rand.NewPCG(seed, 0))
		client, server := openPair(t, version)
		ends := [2]*engine.Conn{client, server}
		var sent, got [2]bytes.Buffer
		for range 3000 {
			i := rng.IntN(2)
			from, to := ends[i], ends[1-i]
			switch rng.IntN(3) {
			case 0:
				p := pattern(rng.IntN(3000))
				sent[i].Write(p)
				_, _ = from.Write(p)
			case 1:
				n := rng.IntN(len(from.Outgoing()) + 1)
				to.Feed(from.Outgoing()[:n])
				from.Sent(n)
			case 2:
				buf := make([]byte, 1+rng.IntN(2000))
				n, _ := to.Read(buf)
				got[i].Write(buf[:n])
			}
		}
		for i := range ends {
			ends[1-i].Feed(take(ends[i]))
			rest, _ := drain(ends[1-i], 5000)
			wantBytes(t, append(got[i].Bytes(), rest...), sent[i].Bytes())
		}
	}
}

// TestIdleHoldsNothing checks that drained queues gave their memory back, by
// what the engine says it holds after one message each way.
func TestIdleHoldsNothing(t *testing.T) {
	client, server := openPair(t, tls.VersionTLS13)
	pingPong(t, client, server, 10)
	for _, c := range []*engine.Conn{client, server} {
		if c.Buffered() != 0 || c.Pending() != 0 || c.Outgoing() != nil {
			t.Errorf("%d buffered, %d pending, outgoing nil: %v", c.Buffered(), c.Pending(), c.Outgoing() == nil)
		}
	}
}

func TestSentTooMuchPanics(t *testing.T) {
	client, _ := newPair(t, tls.VersionTLS13, certs.ECDSAP256)
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	client.Sent(1)
}

func ExampleConn() {
	cc, sc := configs(tls.VersionTLS13, certs.ECDSAP256)
	client, server := engine.NewClient(cc), engine.NewServer(sc)

	// The network: whatever one side has goes to the other.
	exchange := func() {
		server.Feed(client.Outgoing())
		client.Sent(len(client.Outgoing()))
		client.Feed(server.Outgoing())
		server.Sent(len(server.Outgoing()))
	}
	for client.State() != engine.StateOpen || server.State() != engine.StateOpen {
		_, _ = client.Handshake()
		exchange()
		_, _ = server.Handshake()
		exchange()
	}
	_, _ = client.Write([]byte("hello"))
	_ = client.CloseNotify()
	exchange()

	buf := make([]byte, 100)
	n, err := server.Read(buf)
	fmt.Printf("%q %v\n", buf[:n], err)
	_, err = server.Read(buf)
	fmt.Println(err, server.State())
	// Output:
	// "hello" <nil>
	// EOF peer-closed
}
