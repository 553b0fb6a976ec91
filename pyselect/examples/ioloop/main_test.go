package main

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pollux-net/pollux/internal/exampletest"
)

func TestMain(m *testing.M) { exampletest.Main(m, main) }

// TestHTTP asks for pages with package http's client, several at once.
func TestHTTP(t *testing.T) {
	p := exampletest.Start(t)
	url := "http://" + p.Address()
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{}}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for path, want := range map[string]string{"/": "Hello, world\n", "/later": "It is later\n", "/x": "nothing is here\n"} {
				resp, err := client.Get(url + path)
				if err != nil {
					t.Error(err)
					return
				}
				body, err := io.ReadAll(resp.Body)
				_ = resp.Body.Close()
				if err != nil || string(body) != want || (resp.StatusCode == http.StatusOK) != (path != "/x") {
					t.Errorf("%s: %s, %q, %v", path, resp.Status, body, err)
				}
			}
		})
	}
	all.Wait()
	resp, err := client.Head(url)
	if err != nil || resp.ContentLength != 13 {
		t.Error(resp, err)
	}
	client.CloseIdleConnections()
	p.Stop("answered 13 requests")
}

// TestRaw sends what no client of package http would: requests in pieces and
// together, and none at all.
func TestRaw(t *testing.T) {
	p := exampletest.Start(t, "-idle", "200ms")
	addr := p.Address()
	for _, c := range []struct{ send, want string }{
		{"GET / HTTP/1.1\r\n\r\nGET /x HTTP/1.1\r\n\r\nGET / HTTP/1.0\r\n\r\n", "200 404 200"},
		{"POST / HTTP/1.1\r\n\r\n", "501"},
		{"hello\r\n\r\n", "400"},
		{"GET / HTTP/1.1\r\n", ""}, // it never ends, and is closed
		{strings.Repeat("x", 70000), ""},
	} {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(time.Minute))
		for piece := range slices.Chunk([]byte(c.send), 1+len(c.send)/3) {
			if _, err := conn.Write(piece); err != nil {
				break // a connection that was closed
			}
		}
		var got []string
		for in := bufio.NewReader(conn); ; {
			line, err := in.ReadString('\n')
			if err != nil {
				break
			}
			if status, is := strings.CutPrefix(line, "HTTP/1.1 "); is {
				got = append(got, status[:3])
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%.20q: %q", c.send, got)
		}
		_ = conn.Close()
	}
	p.Stop("answered 5 requests")
}

// TestLoop calls callbacks and timeouts in order, from other goroutines too,
// and ends with an error.
func TestLoop(t *testing.T) {
	l := NewIOLoop()
	defer l.poll.Close()
	var got []string
	note := func(s string) func() error { return func() error { got = append(got, s); return nil } }
	now := time.Now()
	l.AddTimeout(now.Add(20*time.Millisecond), func() error { l.Stop(); return nil })
	l.AddTimeout(now.Add(2*time.Millisecond), note("b"))
	l.AddTimeout(now.Add(2*time.Millisecond), note("c"))
	l.AddTimeout(now.Add(time.Millisecond), note("a"))
	l.RemoveTimeout(l.AddTimeout(now, note("gone")))
	l.AddCallback(note("first"))
	if err := l.Start(); err != nil || !slices.Equal(got, []string{"first", "a", "b", "c"}) {
		t.Error(err, got)
	}
	enough := errors.New("enough")
	go l.AddCallback(func() error { return enough })
	if err := l.Start(); !errors.Is(err, enough) {
		t.Error(err)
	}
}

// TestMistakes says what is wrong.
func TestMistakes(t *testing.T) {
	exampletest.Fails(t, 2, "ioloop: address nowhere: missing port", "-addr", "nowhere")
	exampletest.Fails(t, 2, `unexpected argument "x"`, "x")
	exampletest.Fails(t, 1, "ioloop: ", "-addr", "192.0.2.1:1")
	exampletest.Usage(t, nil, "-addr", "-idle")
}

// TestCrowded has more clients than the server has descriptors.
func TestCrowded(t *testing.T) {
	exampletest.Crowded(t, func(addr string) {
		client := &http.Client{Timeout: exampletest.Patience, Transport: &http.Transport{}}
		defer client.CloseIdleConnections()
		resp, err := client.Get("http://" + addr)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
	})
}
