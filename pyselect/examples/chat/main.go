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
	"fmt"
	"io"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/program"
	"github.com/pollux-net/pollux/pyselect"
)

func main() { program.Main("chat", run) }

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := program.NewFlags("chat", "")
	addr := flags.String("addr", "127.0.0.1:0", "where to listen")
	most := flags.Int("backlog", 1<<20, "how many bytes may wait for a client")
	if err := flags.Parse(args, out); err != nil {
		return err
	}
	host, port, err := flags.HostPort(*addr)
	if err != nil {
		return err
	}
	l, err := fdsock.CreateServer(host, port, fdsock.ServerOptions{Backlog: 1024})
	if err != nil {
		return err
	}
	defer func() { _ = l.Close() }()
	l.SetBlocking(false)
	r := &room{poll: pyselect.NewPoll(), listener: l, out: out, most: *most, clients: make(map[int]*client)}
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
	return r.serve(ctx)
}

// room is the clients by their descriptors.
type room struct {
	poll     *pyselect.Poll
	listener *fdsock.Socket
	paused   time.Time // when accepting goes on; zero if it does
	out      io.Writer
	most     int
	clients  map[int]*client
	crowd    int // how many there have been at once
}

func (r *room) serve(ctx context.Context) error {
	for {
		timeout, err := r.patience()
		if err != nil {
			return err
		}
		events, err := r.poll.PollContext(ctx, timeout)
		if ctx.Err() != nil {
			_, err := fmt.Fprintln(r.out, "at most", r.crowd, "clients")
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
		case program.Exhausted(err):
			return r.pause(err)
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

// pause has the listener not be asked about for a while: readable as it is, it
// would be ready again at once.
func (r *room) pause(cause error) error {
	r.paused = time.Now().Add(program.Pause)
	_, err := fmt.Fprintln(r.out, "accepting pauses:", cause)
	return errors.Join(err, r.poll.Modify(r.listener, 0))
}

// patience is how long to wait at most; it ends a pause that is over.
func (r *room) patience() (time.Duration, error) {
	if r.paused.IsZero() {
		return pyselect.Forever, nil
	}
	if left := time.Until(r.paused); left > 0 {
		return left, nil
	}
	r.paused = time.Time{}
	return pyselect.Forever, r.poll.Modify(r.listener, pyselect.POLLIN)
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
