package main

import (
	"sync"
	"time"

	"github.com/pollux-net/pollux/bench/internal/peer"
)

// silent connects and says nothing, no ClientHello either.
func silent(b *bad) (func(*bad) outcome, error) {
	conns, err := b.dialMany(b.scaled(2000), true)
	if err != nil {
		return nil, err
	}
	return func(*bad) outcome { return abortAll(conns) }, nil
}

func abortAll(conns []peer.Conn) outcome {
	for _, conn := range conns {
		peer.Abort(conn)
	}
	return outcome{Conns: len(conns)}
}

// exhaust takes more descriptors than the server may have. When it has given
// them back, the server must accept again.
func exhaust(b *bad) (func(*bad) outcome, error) {
	conns, err := b.dialMany(200, true) // they wait in the backlog; the limit is not scaled either
	if err != nil {
		return nil, err
	}
	return func(b *bad) outcome {
		out := abortAll(conns)
		begin, deadline := time.Now(), b.deadline()
		err := serveOnce(b, deadline)
		for err != nil && time.Now().Before(deadline) { // a server may have shed this one as well
			time.Sleep(10 * time.Millisecond)
			err = serveOnce(b, deadline)
		}
		if err != nil {
			out.fail(err)
		}
		out.Slowest = time.Since(begin)
		return out
	}, nil
}

// serveOnce is a connection from its beginning to its end.
func serveOnce(b *bad, deadline time.Time) error {
	conn, err := dial(b.addr, b.tls)
	if err != nil {
		return err
	}
	defer peer.Abort(conn)
	_ = conn.SetDeadline(deadline)
	return peer.Echo(conn, pattern[:16])
}

// burst connects many times at once, until it is asked to finish.
func burst(b *bad) (func(*bad) outcome, error) {
	n := b.scaled(2000)
	if b.tls {
		n = b.scaled(400)
	}
	stop, result := make(chan struct{}), make(chan outcome)
	go func() {
		out := outcome{Conns: n}
		for {
			burstOnce(b, n, &out)
			select {
			case <-stop:
				result <- out
				return
			default:
			}
		}
	}()
	return func(*bad) outcome {
		close(stop)
		return <-result
	}, nil
}

func burstOnce(b *bad, n int, out *outcome) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	deadline := b.deadline()
	for range n {
		wg.Go(func() {
			begin := time.Now()
			err := serveOnce(b, deadline)
			mu.Lock()
			defer mu.Unlock()
			out.Slowest = max(out.Slowest, time.Since(begin))
			if err != nil {
				out.fail(err)
			}
		})
	}
	wg.Wait()
}
