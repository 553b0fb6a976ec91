package tlsbridge_test

import (
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/tlsbridge"
)

// countCalls counts what is received and sent on a descriptor, -1 for any,
// until restore.
func countCalls(fd int) (recvs, sends *atomic.Int64, restore func()) {
	recvs, sends = new(atomic.Int64), new(atomic.Int64)
	return recvs, sends, sys.SetHook(func(c sys.Call) sys.Fault {
		switch {
		case fd >= 0 && c.FD != fd:
		case c.Op == sys.OpRecv:
			recvs.Add(1)
		case c.Op == sys.OpSend:
			sends.Add(1)
		}
		return sys.Fault{}
	})
}

// TestCallsPerEcho counts the system calls of a server that is waiting when a
// record comes. A small one is looked at and received, and that nothing is
// left is known then; of a large one the header is received and then the body,
// and one more attempt finds nothing. ReadAhead receives once.
func TestCallsPerEcho(t *testing.T) {
	for _, c := range []struct {
		size  int
		ahead bool
		recvs int64
	}{{64, false, 2}, {16384, false, 3}, {64, true, 1}, {16384, true, 1}} {
		t.Run(strconv.Itoa(c.size)+"/"+strconv.FormatBool(c.ahead), func(t *testing.T) {
			begin(t)
			client, server := echoPair(t, c.ahead)
			msg, buf := make([]byte, c.size), make([]byte, c.size)
			echo := func() {
				untilWaiting(t)
				must(t, send(client, msg))
				must(t, recvFull(client, buf))
			}
			for range 2 {
				echo() // the size becomes known
			}
			untilWaiting(t)
			recvs, sends, restore := countCalls(server.Fileno())
			defer restore()
			const rounds = 10
			for range rounds {
				echo()
			}
			untilWaiting(t)
			if n := recvs.Load(); n > rounds*c.recvs+1 { // a segment may come late
				t.Errorf("%d recv for %d echoes, want %d each", n, rounds, c.recvs)
			}
			if n := sends.Load(); n != rounds {
				t.Errorf("%d send for %d echoes", n, rounds)
			}
		})
	}
}

// echoPair is an open connection whose server echoes with blocking calls. Only
// the client reads without waiting.
func echoPair(t *testing.T, ahead bool) (client, server *tlsbridge.Socket) {
	t.Helper()
	a, b := tcpPair(t)
	cctx, sctx := contexts(t, tlsbridge.TLSv1_3)
	client, err := cctx.Wrap(a, tlsbridge.Options{ServerHostname: serverName})
	must(t, err)
	server, err = sctx.Wrap(b, tlsbridge.Options{ReadAhead: ahead})
	must(t, err)
	client.SetTimeout(0)
	server.SetTimeout(0)
	must(t, shake(client, server))
	server.SetTimeout(fdsock.NoTimeout)
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 16384)
		for {
			n, err := server.RecvInto(buf)
			if n == 0 || err != nil {
				return
			}
			if err := server.SendAll(buf[:n]); err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		must(t, client.Close())
		<-done
		must(t, server.Close())
	})
	return client, server
}

// TestCallsPerEchoOfTheFilter wants one receive and one send for a record of
// any size.
func TestCallsPerEchoOfTheFilter(t *testing.T) {
	for _, size := range []int{64, 16384} {
		s, _ := serveTLS(t, tlsbridge.TLSv1_3, plainEcho)
		c := dialTLS(t, s, tlsbridge.TLSv1_3)
		msg := make([]byte, size)
		for range 20 { // crypto/tls begins with small records
			must(t, exchange(c, msg))
		}
		recvs, sends, restore := countCalls(-1)
		const rounds = 10
		for range rounds {
			must(t, exchange(c, msg))
		}
		restore()
		if n := recvs.Load(); n > rounds+2 { // a segment may come late
			t.Errorf("%d bytes: %d recv for %d echoes", size, n, rounds)
		}
		if n := sends.Load(); n > rounds+2 {
			t.Errorf("%d bytes: %d send for %d echoes", size, n, rounds)
		}
	}
}
