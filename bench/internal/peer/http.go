package peer

import (
	"bytes"
	"errors"
	"net"
	"net/http"

	"github.com/pollux-net/pollux/reactor/stream"
)

// HTTPRequest is what clients send, HTTPBody what they get.
const (
	HTTPRequest = "GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: pollux-bench\r\n\r\n"
	HTTPBody    = "Hello, World!"
)

// atOnce is how many answers are written with one call.
const atOnce = 64

var (
	requestLine = []byte("GET / HTTP/1.1\r\n")
	requestEnd  = []byte("\r\n\r\n")
	answer      = []byte("HTTP/1.1 200 OK\r\nContent-Length: 13\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + HTTPBody)
	answers     = bytes.Repeat(answer, atOnce)
)

var errRequest = errors.New("not a request that this server knows")

// HTTP lists the servers of HTTP/1.1.
func HTTP() []Server {
	return []Server{
		{Name: "http-c", HTTP: true, Build: buildC, Args: []string{"http"}},
		{Name: "http-net", HTTP: true, Serve: serveHTTP},
		{Name: "http-netpoll", HTTP: true, Serve: serveHTTPNetpoll},
		{Name: "http-pollux", HTTP: true, Serve: serveHTTPPollux},
		{Name: "https-c-openssl", HTTP: true, TLS: true, Build: buildOpenSSL, Args: []string{"http"}},
		{Name: "https-net", HTTP: true, TLS: true, Serve: serveHTTPS},
		{Name: "https-pollux", HTTP: true, TLS: true, Serve: serveHTTPSPollux},
	}
}

// scan returns how many whole requests p begins with, and their length. It is
// the least that a server of one page can do.
func scan(p []byte) (requests, used int, err error) {
	for used < len(p) {
		end := bytes.Index(p[used:], requestEnd)
		if end < 0 {
			break
		}
		if !bytes.HasPrefix(p[used:], requestLine) {
			return requests, used, errRequest
		}
		requests++
		used += end + len(requestEnd)
	}
	return requests, used, nil
}

// serveHTTP is net/http. Like the others' answers, its answer has no date.
func serveHTTP(cfg Config) error {
	listener, err := net.Listen("tcp", cfg.Addr)
	if err != nil {
		return err
	}
	return serveHTTPOn(cfg, listener)
}

func serveHTTPS(cfg Config) error {
	listener, err := listenTLS(cfg)
	if err != nil {
		return err
	}
	return serveHTTPOn(cfg, listener)
}

func serveHTTPOn(cfg Config, listener net.Listener) error {
	body := []byte(HTTPBody)
	cfg.Ready(listener.Addr().String())
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Date"] = nil
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write(body) // the server notices as well when the peer is gone
	})}
	return server.Serve(listener)
}

// hello is the handler on reactor/stream: what has arrived together is
// answered together.
type hello struct{ echo }

func (hello) Data(c *stream.Conn, p []byte) int {
	requests, used, err := scan(p)
	for requests > 0 {
		n := min(requests, atOnce)
		c.Write(answers[:n*len(answer)])
		requests -= n
	}
	if err != nil {
		c.Close()
	}
	return used
}

func newHello(*stream.Conn) stream.Handler { return hello{} }

func serveHTTPPollux(cfg Config) error { return serveStream(cfg, stream.Config{Handler: newHello}) }

func serveHTTPSPollux(cfg Config) error {
	ctx, err := PolluxTLS()
	if err != nil {
		return err
	}
	return serveStream(cfg, stream.Config{Handler: newHello, Filter: ctx.Filter()})
}
