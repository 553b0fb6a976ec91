package app_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pollux-net/pollux/cmd/pollux/internal/app"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/reactor/stream"
)

// watched notes how much output a connection has kept at most.
type watched struct {
	stream.Handler
	most *atomic.Int64
}

func (w watched) look(c *stream.Conn) {
	if n := int64(c.Buffered()); n > w.most.Load() { // only loops write it, and there is one
		w.most.Store(n)
	}
}

func (w watched) Data(c *stream.Conn, p []byte) int {
	defer w.look(c)
	return w.Handler.Data(c, p)
}

func (w watched) Drained(c *stream.Conn) {
	defer w.look(c)
	w.Handler.Drained(c)
}

// start serves HTTP on one loop and returns the address and the most output
// that was ever kept.
func start(t *testing.T) (addr string, most *atomic.Int64) {
	t.Helper()
	return startApp(t, "http", app.Content{})
}

func startApp(t *testing.T, name string, content app.Content) (addr string, most *atomic.Int64) {
	t.Helper()
	group, err := reactor.NewGroup(reactor.Config{Loops: 1})
	if err != nil {
		t.Fatal(err)
	}
	handler, err := app.New(name, content, new(app.Counters), nil)
	if err != nil {
		t.Fatal(err)
	}
	most = new(atomic.Int64)
	s, err := stream.Serve("127.0.0.1:0", stream.Config{Group: group, HighWater: app.HighWater, Handler: func(c *stream.Conn) stream.Handler {
		return watched{handler(c), most}
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = s.Close()
		if err := group.Close(); err != nil {
			t.Error(err)
		}
	})
	return s.Addr().String(), most
}

func connect(t *testing.T, addr string) *net.TCPConn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return conn.(*net.TCPConn)
}

func send(t *testing.T, conn net.Conn, words string) {
	t.Helper()
	if _, err := io.WriteString(conn, words); err != nil {
		t.Fatal(err)
	}
}

// answer reads one answer to a GET and returns its status and body's length.
func answer(t *testing.T, r *bufio.Reader) (code int, size int64) {
	t.Helper()
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	if size, err = io.Copy(io.Discard, resp.Body); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, size
}

func expect(t *testing.T, r *bufio.Reader, code int, size int64) {
	t.Helper()
	if c, s := answer(t, r); c != code || s != size {
		t.Fatalf("%d with %d bytes, want %d with %d", c, s, code, size)
	}
}

func expectEnd(t *testing.T, r *bufio.Reader) {
	t.Helper()
	if rest, err := io.ReadAll(r); err != nil || len(rest) > 0 {
		t.Fatalf("want the end, got %q, %v", rest, err)
	}
}

func get(path string) string { return "GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n" }

// requests ask for answers of every kind, one after the other.
var requests = get("/bytes/5") + "\r\n" + get("/chunked/3") + get("/status/204") +
	"POST / HTTP/1.1\nHost: a\nContent-Length: 4\n\nbody" + get("/bytes/700000") + get("/eof/9") + get("/")

func expectAnswers(t *testing.T, r *bufio.Reader) {
	t.Helper()
	expect(t, r, 200, 5)
	expect(t, r, 200, 3)
	expect(t, r, 204, 0)
	expect(t, r, 405, 23)
	expect(t, r, 200, 700000)
	expect(t, r, 200, 9) // and what was asked after it is not answered
	expectEnd(t, r)
}

func TestPipelining(t *testing.T) {
	addr, _ := start(t)
	conn := connect(t, addr)
	send(t, conn, requests)
	expectAnswers(t, bufio.NewReader(conn))
}

func TestByteByByte(t *testing.T) {
	addr, _ := start(t)
	conn := connect(t, addr)
	last := strings.LastIndex(requests, "GET /eof") // the server closes after it
	go func() {
		for i := range last {
			if _, err := io.WriteString(conn, requests[i:i+1]); err != nil {
				return
			}
		}
		_, _ = io.WriteString(conn, requests[last:])
	}()
	expectAnswers(t, bufio.NewReader(conn))
}

// TestHalfClose has a client that says all it wants to and then that it will
// say no more.
func TestHalfClose(t *testing.T) {
	addr, _ := start(t)
	conn := connect(t, addr)
	send(t, conn, get("/bytes/5000000")+get("/chunked/1000000")+get("/bytes/3"))
	if err := conn.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(conn)
	expect(t, r, 200, 5000000)
	expect(t, r, 200, 1000000)
	expect(t, r, 200, 3)
	expectEnd(t, r)
}

// TestBackpressure has a client that asks for much before it takes anything.
func TestBackpressure(t *testing.T) {
	for _, tc := range []struct {
		path  string
		count int
		size  int64
	}{
		{"/bytes/50000000", 1, 50000000},
		{"/bytes/100000", 300, 100000},
		{"/status/200", 30000, 7},
	} {
		t.Run(tc.path, func(t *testing.T) {
			addr, most := start(t)
			conn := connect(t, addr)
			go func() { _, _ = io.WriteString(conn, strings.Repeat(get(tc.path), tc.count)) }()
			r := bufio.NewReader(conn)
			for range tc.count {
				expect(t, r, 200, tc.size)
			}
			if m := most.Load(); m > app.HighWater+64<<10 {
				t.Errorf("%d bytes were kept", m)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	addr, _ := start(t)
	for _, tc := range []struct {
		words string
		code  int
	}{
		{"nonsense\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\nHost: a\r\nno header\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400},
		{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411},
		{"GET / HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", 64<<10), 431},
		{"GET / HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", 40<<10) + "\r\n\r\n", 431},
		{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
	} {
		conn := connect(t, addr)
		send(t, conn, tc.words)
		r := bufio.NewReader(conn)
		if code, _ := answer(t, r); code != tc.code {
			t.Errorf("%.40q: %d, want %d", tc.words, code, tc.code)
		}
		if err := conn.CloseWrite(); err != nil {
			t.Error(err)
		}
		expectEnd(t, r)
	}
}

// TestRefusalArrives has a client that goes on sending after it was refused:
// the answer must not be lost to a reset.
func TestRefusalArrives(t *testing.T) {
	addr, _ := start(t)
	conn := connect(t, addr)
	go func() {
		_, _ = conn.Write(bytes.Repeat([]byte("x"), 1<<20))
		_ = conn.CloseWrite()
	}()
	expect(t, bufio.NewReader(conn), 431, 36)
}

func TestOldClients(t *testing.T) {
	addr, _ := start(t)
	conn := connect(t, addr)
	send(t, conn, "GET /bytes/3 HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /chunked/70000 HTTP/1.0\r\n\r\n")
	r := bufio.NewReader(conn)
	expect(t, r, 200, 3)
	expect(t, r, 200, 70000)
	expectEnd(t, r)
}

func TestHead(t *testing.T) {
	addr, _ := start(t)
	for _, path := range []string{"/", "/bytes/10", "/chunked/10", "/status/404"} {
		conn := connect(t, addr)
		send(t, conn, fmt.Sprintf("HEAD %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", path))
		all, err := io.ReadAll(conn)
		if err != nil || !bytes.HasSuffix(all, []byte("Connection: close\r\n\r\n")) {
			t.Errorf("%s: %q, %v", path, all, err)
		}
	}
}

// TestExpect sends a body only when the server has asked for it.
func TestExpect(t *testing.T) {
	addr, _ := start(t)
	conn := connect(t, addr)
	send(t, conn, "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
	r := bufio.NewReader(conn)
	expect(t, r, 100, 0)
	send(t, conn, "hello"+get("/bytes/2"))
	expect(t, r, 405, 23)
	expect(t, r, 200, 2)
}

func TestUnknownApplication(t *testing.T) {
	if _, err := app.New("gopher", app.Content{}, nil, nil); err == nil {
		t.Error("no error")
	}
}
