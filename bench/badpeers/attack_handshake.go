package main

import (
	"crypto/tls"
	"net"
	"sync"
	"time"

	"github.com/pollux-net/pollux/bench/internal/peer"
)

// heldConn keeps back the last byte of the first write until it is released.
type heldConn struct {
	*net.TCPConn
	held    chan<- struct{} // told when the rest of the first write is out
	release <-chan struct{}
	begun   bool
}

func (c *heldConn) Write(p []byte) (int, error) {
	if c.begun {
		return c.TCPConn.Write(p)
	}
	c.begun = true
	n, err := c.TCPConn.Write(p[:len(p)-1])
	c.held <- struct{}{}
	if err != nil {
		return n, err
	}
	<-c.release
	m, err := c.TCPConn.Write(p[len(p)-1:])
	return n + m, err
}

// slowHandshakes lets all handshakes go on together in the end.
func slowHandshakes(b *bad) (func(*bad) outcome, error) {
	n := b.scaled(2000)
	raw, err := b.dialMany(n, true)
	if err != nil {
		return nil, err
	}
	held, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	var mu sync.Mutex
	out := outcome{Conns: n}
	for _, conn := range raw {
		wg.Go(func() {
			tcp := conn.(*net.TCPConn)
			secure := tls.Client(&heldConn{TCPConn: tcp, held: held, release: release}, peer.ClientTLS())
			defer peer.Abort(tcp)
			if err := peer.Echo(secure, pattern[:16]); err != nil {
				mu.Lock()
				out.fail(err)
				mu.Unlock()
			}
		})
	}
	for range n {
		<-held
	}
	return func(b *bad) outcome {
		begin := time.Now()
		for _, conn := range raw {
			_ = conn.SetDeadline(b.deadline())
		}
		close(release)
		wg.Wait()
		out.Slowest = time.Since(begin)
		return out
	}, nil
}
