package main

import (
	"bytes"
	"errors"
	"io"
	"sync/atomic"
	"time"

	"github.com/pollux-net/pollux/bench/internal/peer"
)

const (
	chunkSize = 64 * 1024
	cycle     = 251                    // bytes after which the pattern begins again
	stillTime = 300 * time.Millisecond // without a byte written: stalled
)

// pattern has a chunk at each offset of the cycle.
var pattern = func() []byte {
	p := make([]byte, chunkSize+cycle)
	for i := range p {
		p[i] = byte(i % cycle)
	}
	return p
}()

// transfer sends bytes whose echo is read later, if at all.
type transfer struct {
	conn    peer.Conn
	total   int64
	written atomic.Int64
	done    chan struct{} // closed at the writer's end
	err     error         // the writer's, to be read after that
}

// startTransfer sends total bytes, and FIN if told to.
func startTransfer(conn peer.Conn, total int, fin bool) *transfer {
	t := &transfer{conn: conn, total: int64(total), done: make(chan struct{})}
	go func() {
		defer close(t.done)
		if t.err = t.write(); t.err == nil && fin {
			t.err = conn.CloseWrite()
		}
	}()
	return t
}

func (t *transfer) write() error {
	for off := int64(0); off < t.total; off = t.written.Load() {
		from := int(off % cycle)
		n, err := t.conn.Write(pattern[from : from+int(min(chunkSize, t.total-off))])
		t.written.Add(int64(n))
		if err != nil {
			return err
		}
	}
	return nil
}

// stall waits until no transfer makes progress any more.
func stall(all []*transfer) {
	sum := func() (n int64) {
		for _, t := range all {
			n += t.written.Load()
		}
		return n
	}
	last, since := sum(), time.Now()
	for time.Since(since) < stillTime {
		time.Sleep(stillTime / 10)
		if now := sum(); now != last {
			last, since = now, time.Now()
		}
	}
}

// read receives the echo and returns how many bytes of it are missing. With
// toEnd, the server must close after the last of them.
func (t *transfer) read(deadline time.Time, toEnd bool) (lost int64, err error) {
	_ = t.conn.SetDeadline(deadline)
	buffer := make([]byte, chunkSize)
	got := int64(0)
	for got < t.total && err == nil {
		var n int
		n, err = t.conn.Read(buffer[:min(chunkSize, t.total-got)])
		from := int(got % cycle)
		if !bytes.Equal(buffer[:n], pattern[from:from+n]) {
			return t.total - got, errors.New("the echo is not what was sent")
		}
		got += int64(n)
	}
	if got < t.total {
		return t.total - got, err
	}
	if toEnd {
		if n, err := t.conn.Read(buffer); n != 0 || !errors.Is(err, io.EOF) {
			return 0, errors.Join(errors.New("no end after the last byte"), err)
		}
	}
	<-t.done
	return 0, t.err
}
