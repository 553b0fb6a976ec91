// Command selectors-echo is an echo server as it is written in Python on the
// selectors module: the key's data is what to call.
//
//	go run ./pyselect/examples/selectors-echo -addr 127.0.0.1:7000
//
// An interrupt ends it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/program"
	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/pyselect/selectors"
)

func main() { program.Main("selectors-echo", run) }

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := program.NewFlags("selectors-echo", "")
	addr := flags.String("addr", "127.0.0.1:0", "where to listen")
	if err := flags.Parse(args, out); err != nil {
		return err
	}
	host, port, err := flags.HostPort(*addr)
	if err != nil {
		return err
	}
	sel, err := selectors.NewDefaultSelector()
	if err != nil {
		return err
	}
	s := &server{sel: sel, out: out}
	defer s.close()
	if err := s.listen(host, port); err != nil {
		return err
	}
	return s.serve(ctx)
}

// server is everything that is registered.
type server struct {
	sel      selectors.Selector
	out      io.Writer
	listener *listener
	echoed   int
}

// member is what a key has as its data.
type member interface{ ready(events int) error }

func (s *server) listen(host string, port int) error {
	l, err := fdsock.CreateServer(host, port, fdsock.ServerOptions{})
	if err != nil {
		return err
	}
	l.SetBlocking(false)
	s.listener = &listener{server: s, sock: l}
	if err := s.listener.resume(); err != nil {
		return errors.Join(err, l.Close())
	}
	name, err := l.GetSockName()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.out, "listening on", name)
	return err
}

// serve calls who is ready, until the context ends.
func (s *server) serve(ctx context.Context) error {
	for {
		ready, err := s.sel.SelectContext(ctx, s.listener.patience())
		if ctx.Err() != nil {
			_, err := fmt.Fprintln(s.out, "echoed", s.echoed, "bytes")
			return err
		}
		if err != nil {
			return err
		}
		for _, r := range ready {
			m, _ := r.Key.Data.(member)
			if err := m.ready(r.Events); err != nil {
				return err
			}
		}
		if err := s.listener.resume(); err != nil {
			return err
		}
	}
}

// close closes every socket that is registered, and the listener, which is not
// while accepting pauses.
func (s *server) close() {
	for _, key := range s.sel.GetMap().All() {
		if c, is := key.Fileobj.(io.Closer); is {
			_ = c.Close()
		}
	}
	if s.listener != nil {
		_ = s.listener.sock.Close()
	}
	_ = s.sel.Close()
}

// listener accepts.
type listener struct {
	server *server
	sock   *fdsock.Socket
	paused time.Time // until when it does not
	active bool      // it is registered
}

// patience is how long to wait at most.
func (l *listener) patience() time.Duration {
	if l.active {
		return pyselect.Forever
	}
	return max(time.Until(l.paused), 0)
}

// resume registers the listener, unless it is or accepting pauses.
func (l *listener) resume() error {
	if l.active || time.Now().Before(l.paused) {
		return nil
	}
	_, err := l.server.sel.Register(l.sock, selectors.EVENT_READ, l)
	l.active = err == nil
	return err
}

// pause takes the listener out for a while: readable as it is, it would be ready
// again at once.
func (l *listener) pause(cause error) error {
	l.paused, l.active = time.Now().Add(program.Pause), false
	_, err := l.server.sel.Unregister(l.sock)
	_, failed := fmt.Fprintln(l.server.out, "accepting pauses:", cause)
	return errors.Join(err, failed)
}

func (l *listener) ready(int) error {
	conn, _, err := l.sock.Accept()
	if fdsock.BlockingIOError(err) || fdsock.ConnectionAbortedError(err) {
		return nil // it has gone already
	}
	if program.Exhausted(err) {
		return l.pause(err)
	}
	if err != nil {
		return err
	}
	conn.SetBlocking(false)
	_, err = l.server.sel.Register(conn, selectors.EVENT_READ, &client{server: l.server, sock: conn})
	return err
}

// client is a connection, and what is to be echoed on it.
type client struct {
	server *server
	sock   *fdsock.Socket
	out    []byte
}

// ready receives while there is nothing to send, so that a client that does not
// read is not read from.
func (c *client) ready(events int) error {
	if events&selectors.EVENT_READ != 0 {
		p, err := c.sock.Recv(64 << 10)
		switch {
		case fdsock.BlockingIOError(err):
			return nil
		case err != nil || len(p) == 0: // broken, or at its end
			return c.close()
		}
		c.out = p
	}
	n, err := c.sock.Send(c.out)
	if err != nil && !fdsock.BlockingIOError(err) {
		return c.close()
	}
	c.out = c.out[n:]
	c.server.echoed += n
	wanted := selectors.EVENT_READ
	if len(c.out) > 0 {
		wanted = selectors.EVENT_WRITE
	}
	_, err = c.server.sel.Modify(c.sock, wanted, c)
	return err
}

func (c *client) close() error {
	_, err := c.server.sel.Unregister(c.sock)
	return errors.Join(err, c.sock.Close())
}
