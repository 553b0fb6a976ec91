package stream_test

import (
	"errors"
	"io"
	"math"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/pollux-net/pollux/reactor/stream"
)

// TestTimeoutForEver has the longest duration, which many write for "never",
// not keep a shorter one from coming up, nor come up in its place.
func TestTimeoutForEver(t *testing.T) {
	const longest = math.MaxInt64
	for _, c := range []struct {
		kind   stream.TimeoutKind
		config stream.Config
		begin  func(*stream.Conn)
	}{
		{stream.TimeoutRead, stream.Config{IdleTimeout: longest, ReadTimeout: short}, func(*stream.Conn) {}},
		{stream.TimeoutRead, stream.Config{ReadTimeout: short}, func(c *stream.Conn) { c.SetIdleTimeout(longest) }},
		{stream.TimeoutRead, stream.Config{HandshakeTimeout: longest, ReadTimeout: short}, (*stream.Conn).BeginHandshake},
		{stream.TimeoutWrite, stream.Config{Linger: longest, WriteTimeout: short}, func(c *stream.Conn) {
			c.Write(make([]byte, 16<<20))
			c.Close()
		}},
	} {
		closed := make(chan error, 1)
		s := serve(t, c.config, func() *handler {
			return &handler{tb: t, open: c.begin, closed: func(_ *stream.Conn, err error) { closed <- err }}
		})
		dial(t, s)
		wantTimeout(t, take(t, "Close", closed), c.kind)
	}
}

// TestAbortPaused counts a connection out once that is aborted while its output
// is above the high watermark.
func TestAbortPaused(t *testing.T) {
	loop := group(t, 1)
	var conn *stream.Conn
	closed := make(chan error, 1)
	s := serve(t, stream.Config{Group: loop}, func() *handler {
		return &handler{
			tb:     t,
			open:   func(c *stream.Conn) { conn = c; c.Write(make([]byte, 16<<20)); c.Abort() },
			closed: func(_ *stream.Conn, err error) { closed <- err },
		}
	})
	dial(t, s)
	take(t, "Close", closed)
	on(t, conn, func() {}) // the turn has ended
	if n := s.Stats().Paused; n != 0 {
		t.Errorf("%d connections are paused", n)
	}
}

// aborter is a reader that aborts the connection which it is read for.
type aborter struct{ c *stream.Conn }

func (a aborter) Read([]byte) (int, error) { a.c.Abort(); return 0, io.EOF }

// TestCopyFromAborts tells the owner of each job once.
func TestCopyFromAborts(t *testing.T) {
	_, c, _ := started(t, stream.Config{}, &handler{})
	var told [2]int
	on(t, c, func() {
		c.CopyFrom(strings.NewReader(""), func(int64, error) {
			for i := range told {
				c.CopyFrom(aborter{c}, func(_ int64, err error) {
					told[i]++
					if err == nil {
						t.Error("no error")
					}
				})
			}
		})
	})
	if told != [2]int{1, 1} {
		t.Errorf("told %v times", told)
	}
}

// TestSendFileNil has an empty body of no file be nothing, and a body of no
// file fail the connection.
func TestSendFileNil(t *testing.T) {
	closed := make(chan error, 1)
	var empty, missing error
	empty = errors.New("not called")
	s := serve(t, stream.Config{}, func() *handler {
		return &handler{
			tb: t,
			open: func(c *stream.Conn) {
				c.SendFile(nil, 0, 0, func(_ int64, err error) { empty = err })
				c.WriteString("x")
				c.SendFile(nil, 0, 1, func(_ int64, err error) { missing = err })
			},
			closed: func(_ *stream.Conn, err error) { closed <- err },
		}
	})
	dial(t, s)
	if err := take(t, "Close", closed); !errors.Is(err, os.ErrInvalid) || !errors.Is(missing, os.ErrInvalid) || empty != nil {
		t.Errorf("%v; of the file %v; of nothing %v", err, missing, empty)
	}
}

// TestAbortInClose ends an orderly close in order, whatever the handler does
// when it hears of it.
func TestAbortInClose(t *testing.T) {
	s := serve(t, stream.Config{Linger: patience}, func() *handler {
		return &handler{
			tb:     t,
			eof:    func(c *stream.Conn) { c.WriteString("bye"); c.Close() },
			closed: func(c *stream.Conn, _ error) { c.Abort() },
		}
	})
	c := dial(t, s)
	must(t, c.CloseWrite())
	got, err := io.ReadAll(c)
	if string(got) != "bye" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// TestSendFileChain has each file's end begin the next, however many there are:
// neither the stack nor the turn grows with them.
func TestSendFileChain(t *testing.T) {
	f, err := os.Create(t.TempDir() + "/empty")
	must(t, err)
	defer f.Close()
	_, c, _ := started(t, stream.Config{}, &handler{})
	depth, deepest, left := 0, 0, 10_000
	most, inTurn, turn := 0, 0, uint64(0)
	ended := make(chan bool)
	var next func(int64, error)
	next = func(int64, error) {
		if polls := stream.LoopOf(c).Stats().Polls; polls != turn {
			turn, inTurn = polls, 0
		}
		inTurn++
		most = max(most, inTurn)
		if left--; left == 0 {
			close(ended)
			return
		}
		depth++
		deepest = max(deepest, depth)
		c.SendFile(f, 0, 0, next)
		depth--
	}
	on(t, c, func() { c.SendFile(f, 0, 0, next) })
	take(t, "the last file's end", ended)
	if deepest > 1 || most > 3000 {
		t.Errorf("%d calls on the stack, %d in a turn", deepest, most)
	}
}

// TestStarvedPeerEnds has peers go away whose connections are not read because
// the loop's memory is used up: nobody else could give it back.
func TestStarvedPeerEnds(t *testing.T) {
	for _, end := range []func(*net.TCPConn) error{
		(*net.TCPConn).CloseWrite,
		func(c *net.TCPConn) error { _ = c.SetLinger(0); return c.Close() },
	} {
		s := serve(t, stream.Config{Group: group(t, 1), MaxBuffered: 64 << 10}, func() *handler {
			return &handler{tb: t, data: func(*stream.Conn, []byte) int { return 0 }}
		})
		full := func() bool { return s.Stats().Buffered > 32<<10 }
		var clients []*net.TCPConn
		for range 3 {
			clients = append(clients, dial(t, s))
		}
		for sent := 0; !full(); sent += 3 << 10 {
			if sent > 1<<20 {
				t.Fatal("the memory is not used up")
			}
			before := s.Stats().BytesIn
			for _, c := range clients {
				_, err := c.Write(make([]byte, 1<<10))
				must(t, err)
			}
			until(t, "the input", func() bool { return full() || s.Stats().BytesIn == before+3<<10 })
		}
		for _, c := range clients { // which is left in the kernel
			_, err := c.Write([]byte("more"))
			must(t, err)
		}
		for _, c := range clients {
			must(t, end(c))
		}
		until(t, "the connections' end", func() bool { return s.Stats().Conns == 0 })
		if n := s.Stats().Buffered; n != 0 {
			t.Errorf("%d bytes are held", n)
		}
	}
}

// TestStartFilterDuringJobs refuses a filter that would get what was written
// before it.
func TestStartFilterDuringJobs(t *testing.T) {
	_, c, client := started(t, stream.Config{}, &handler{})
	text := strings.Repeat("text", 4<<20)
	on(t, c, func() {
		c.CopyFrom(strings.NewReader(text), nil)
		c.WriteString("end")
		if err := c.StartFilter(quiet{}); !errors.Is(err, stream.ErrProducing) || c.Filter() != nil {
			t.Error(err)
		}
	})
	wantInput(t, client, []byte(text+"end"))
	on(t, c, func() { must(t, c.StartFilter(quiet{})) })
}

// TestListenerServerClose has the end of the server end an Accept.
func TestListenerServerClose(t *testing.T) {
	l, _ := views(t, "tcp", stream.Config{})
	accepting := make(chan error, 1)
	go func() { _, err := l.Accept(); accepting <- err }()
	must(t, l.Server().Close())
	for range 2 {
		if err := take(t, "Accept's end", accepting); !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
		_, err := l.Accept()
		accepting <- err
	}
}

// TestViewLags has a view's reader always be behind: the buffer must not keep
// what has been read.
func TestViewLags(t *testing.T) {
	l, client := views(t, "tcp", stream.Config{})
	a, b := pair(t, l, client)
	const piece = 4 << 10
	p := make([]byte, piece)
	for i := range 500 {
		_, err := a.Write(p)
		must(t, err)
		if i == 0 {
			continue
		}
		until(t, "the input", func() bool { held, _ := b.(*stream.NetConn).Room(); return held == 2*piece })
		_, err = io.ReadFull(b, p)
		must(t, err)
	}
	if _, room := b.(*stream.NetConn).Room(); room > 16*piece {
		t.Errorf("%d bytes of room for %d", room, 2*piece)
	}
}
