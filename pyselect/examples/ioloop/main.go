// Command ioloop is a small HTTP server on an event loop as Tornado's was
// written: an IOLoop on a poll object, streams with delimiters, a handler for
// requests. It knows GET and HEAD of a few pages, and no bodies.
//
//	go run ./pyselect/examples/ioloop -addr 127.0.0.1:7002
//
// An interrupt ends it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/program"
)

func main() { program.Main("ioloop", run) }

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := program.NewFlags("ioloop", "")
	addr := flags.String("addr", "127.0.0.1:0", "where to listen")
	idle := flags.Duration("idle", time.Minute, "how long a connection may live")
	if err := flags.Parse(args, out); err != nil {
		return err
	}
	host, port, err := flags.HostPort(*addr)
	if err != nil {
		return err
	}
	l, err := fdsock.CreateServer(host, port, fdsock.ServerOptions{})
	if err != nil {
		return err
	}
	defer func() { _ = l.Close() }()
	l.SetBlocking(false)
	s := &server{loop: NewIOLoop(), listener: l, out: out, idle: *idle, streams: make(map[*stream]bool)}
	defer s.loop.poll.Close()
	if err := s.loop.AddHandler(l, s.accept, READ); err != nil {
		return err
	}
	name, err := l.GetSockName()
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(out, "listening on", name); err != nil {
		return err
	}
	defer context.AfterFunc(ctx, s.loop.Stop)()
	err = s.loop.Start()
	for c := range s.streams {
		err = errors.Join(err, c.close())
	}
	_, failed := fmt.Fprintln(out, "answered", s.answered, "requests")
	return errors.Join(err, failed)
}

// server answers requests.
type server struct {
	loop     *IOLoop
	listener *fdsock.Socket
	out      io.Writer
	idle     time.Duration
	streams  map[*stream]bool
	answered int
}

func (s *server) accept(int) error {
	sock, _, err := s.listener.Accept()
	if fdsock.BlockingIOError(err) || fdsock.ConnectionAbortedError(err) {
		return nil // it has gone already
	}
	if program.Exhausted(err) {
		return s.pause(err)
	}
	if err != nil {
		return err
	}
	var c *stream
	c, err = newStream(s.loop, sock, 64<<10, s.idle, func() { delete(s.streams, c) })
	if err != nil {
		return err
	}
	s.streams[c] = true
	c.found = func(head []byte) error { return s.answer(c, string(head)) }
	return nil
}

// pause has the listener not be asked about for a while: readable as it is, it
// would be ready again at once.
func (s *server) pause(cause error) error {
	s.loop.AddTimeout(time.Now().Add(program.Pause), func() error { return s.loop.UpdateHandler(s.listener, READ) })
	_, err := fmt.Fprintln(s.out, "accepting pauses:", cause)
	return errors.Join(err, s.loop.UpdateHandler(s.listener, 0))
}

// answer is given the head of a request. Those that follow on the connection
// wait for it, since the stream finds them one after another.
func (s *server) answer(c *stream, head string) error {
	line, headers, _ := strings.Cut(head, "\r\n")
	words := strings.Fields(line)
	if len(words) != 3 || !strings.HasPrefix(words[2], "HTTP/1.") {
		return s.reply(c, "400 Bad Request", "what?\n", false, true)
	}
	method, path := words[0], words[1]
	last := words[2] == "HTTP/1.0" || strings.Contains(strings.ToLower(headers), "connection: close")
	switch {
	case method != "GET" && method != "HEAD":
		return s.reply(c, "501 Not Implemented", "only GET and HEAD\n", false, true)
	case path == "/":
		return s.reply(c, "200 OK", "Hello, world\n", method == "HEAD", last)
	case path == "/later": // the answer comes out of a timeout
		c.busy = true
		s.loop.AddTimeout(time.Now().Add(10*time.Millisecond), func() error {
			if !s.streams[c] {
				return nil
			}
			return s.reply(c, "200 OK", "It is later\n", method == "HEAD", true)
		})
		return s.loop.UpdateHandler(c.sock, 0)
	}
	return s.reply(c, "404 Not Found", "nothing is here\n", method == "HEAD", last)
}

func (s *server) reply(c *stream, status, body string, headOnly, last bool) error {
	s.answered++
	connection := "keep-alive"
	if last {
		connection = "close"
	}
	text := fmt.Sprintf("HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: %s\r\n\r\n", status, len(body), connection)
	if !headOnly {
		text += body
	}
	if err := c.write([]byte(text)); err != nil || !last {
		return err
	}
	return c.end()
}
