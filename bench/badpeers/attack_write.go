package main

import (
	"errors"
	"io"
	"sync/atomic"
	"time"

	"github.com/pollux-net/pollux/bench/internal/peer"
)

// trickle sends single bytes until it is stopped, and counts their echoes.
type trickle struct {
	conn peer.Conn
	sent atomic.Int64
	got  atomic.Int64
	stop chan struct{}
	done chan error
}

// startTrickle begins one, with a pause after each byte.
func startTrickle(conn peer.Conn, pause time.Duration) *trickle {
	t := &trickle{conn: conn, stop: make(chan struct{}), done: make(chan error, 2)}
	go t.receive()
	go t.send(pause)
	return t
}

func (t *trickle) receive() {
	buffer := make([]byte, chunkSize)
	for {
		n, err := t.conn.Read(buffer)
		t.got.Add(int64(n))
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			t.done <- err
			return
		}
	}
}

func (t *trickle) send(pause time.Duration) {
	one := []byte{'x'}
	for {
		select {
		case <-t.stop:
			t.done <- t.conn.CloseWrite()
			return
		default:
		}
		if _, err := t.conn.Write(one); err != nil {
			t.done <- err
			return
		}
		t.sent.Add(1)
		time.Sleep(pause)
	}
}

// finish sends FIN and waits for the rest of the echoes and the server's end.
func (t *trickle) finish(deadline time.Time, out *outcome) {
	_ = t.conn.SetDeadline(deadline)
	close(t.stop)
	for range 2 {
		if err := <-t.done; err != nil {
			out.fail(err)
		}
	}
	out.Lost += t.sent.Load() - t.got.Load()
	peer.Abort(t.conn)
}

// oneByte is many patient senders.
func oneByte(b *bad) (func(*bad) outcome, error) {
	return trickles(b, b.scaled(100), 10*time.Millisecond)
}

// flood is a single impatient one.
func flood(b *bad) (func(*bad) outcome, error) { return trickles(b, 1, 0) }

func trickles(b *bad, n int, pause time.Duration) (func(*bad) outcome, error) {
	conns, err := b.dialMany(n, false)
	if err != nil {
		return nil, err
	}
	var all []*trickle
	for _, conn := range conns {
		all = append(all, startTrickle(conn, pause))
	}
	return func(b *bad) outcome {
		out := outcome{Conns: n}
		deadline := b.deadline()
		for _, t := range all {
			t.finish(deadline, &out)
		}
		return out
	}, nil
}
