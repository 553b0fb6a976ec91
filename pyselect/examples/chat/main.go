// Command chat is a chat server for many clients on one Poll: each line that a
// client sends goes to all others.
//
//	go run ./pyselect/examples/chat -addr 127.0.0.1:7001
//
// A client that does not read is cut off when too much waits for it. An
// interrupt ends the server.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/pyselect/examples/internal/program"
)

func main() { program.Main(run) }

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("chat", flag.ContinueOnError)
	addr := flags.String("addr", "127.0.0.1:0", "where to listen")
	most := flags.Int("backlog", 1<<20, "how many bytes may wait for a client")
	if err := flags.Parse(args); err != nil {
		return err
	}
	at, err := netip.ParseAddrPort(*addr)
	if err != nil {
		return err
	}
	l, err := fdsock.CreateServer(at.Addr().String(), int(at.Port()), fdsock.ServerOptions{Backlog: 1024})
	if err != nil {
		return err
	}
	defer func() { _ = l.Close() }()
	l.SetBlocking(false)
	r := &room{poll: pyselect.NewPoll(), listener: l, most: *most, clients: make(map[int]*client)}
	defer r.close()
	if err := r.poll.Register(l, pyselect.POLLIN); err != nil {
		return err
	}
	name, err := l.GetSockName()
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(out, "listening on", name); err != nil {
		return err
	}
	return r.serve(ctx, out)
}

// room is the clients by their descriptors.
type room struct {
	poll     *pyselect.Poll
	listener *fdsock.Socket
	most     int
	clients  map[int]*client
	crowd    int // how many there have been at once
}

func (r *room) serve(ctx context.Context, out io.Writer) error {
	for {
		events, err := r.poll.PollContext(ctx, pyselect.Forever)
		if ctx.Err() != nil {
			_, err := fmt.Fprintln(out, "at most", r.crowd, "clients")
			return err
		}
		if err != nil {
			return err
		}
		for _, e := range events {
			if err := r.handle(e); err != nil {
				return err
			}
		}
	}
}

func (r *room) handle(e pyselect.PollEvent) error {
	if e.FD == r.listener.Fileno() {
		return r.accept()
	}
	c := r.clients[e.FD]
	if c == nil { // it was cut off in this turn
		return nil
	}
	if e.Events&pyselect.POLLOUT != 0 && !c.flush() {
		return r.remove(c)
	}
	if e.Events&^pyselect.POLLOUT == 0 {
		return r.watch(c)
	}
	lines, open := c.receive()
	if len(lines) > 0 {
		if err := r.tell(lines, c); err != nil {
			return err
		}
	}
	if !open {
		return r.remove(c)
	}
	return r.watch(c)
}

func (r *room) accept() error {
	for {
		sock, _, err := r.listener.Accept()
		switch {
		case fdsock.BlockingIOError(err):
			return nil
		case fdsock.ConnectionAbortedError(err):
			continue
		case err != nil:
			return err
		}
		sock.SetBlocking(false)
		c := &client{sock: sock, most: r.most}
		if err := r.poll.Register(sock, pyselect.POLLIN); err != nil {
			return errors.Join(err, sock.Close())
		}
		r.clients[sock.Fileno()] = c
		r.crowd = max(r.crowd, len(r.clients))
	}
}

// tell gives lines to everybody but their author.
func (r *room) tell(lines []byte, author *client) error {
	for _, c := range r.clients {
		if c == author {
			continue
		}
		next := r.watch
		if !c.send(lines) {
			next = r.remove
		}
		if err := next(c); err != nil {
			return err
		}
	}
	return nil
}

// watch has the poll object ask for what the client is to be asked.
func (r *room) watch(c *client) error {
	waits := len(c.out) > 0
	if waits == c.watched || r.clients[c.sock.Fileno()] != c {
		return nil
	}
	c.watched = waits
	mask := pyselect.POLLIN
	if waits {
		mask |= pyselect.POLLOUT
	}
	return r.poll.Modify(c.sock, mask)
}

func (r *room) remove(c *client) error {
	delete(r.clients, c.sock.Fileno())
	err := r.poll.Unregister(c.sock)
	return errors.Join(err, c.sock.Close())
}

func (r *room) close() {
	for _, c := range r.clients {
		_ = c.sock.Close()
	}
	r.poll.Close()
}
