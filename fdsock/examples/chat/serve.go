package main

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/program"
	"github.com/pollux-net/pollux/pyselect"
)

// room is the server.
type room struct {
	listener *fdsock.Socket
	paused   time.Time // until when nobody is let in
	clients  []*client
	out      *log.Logger
}

// serve lets clients in and passes on what they say, until the context ends.
func serve(ctx context.Context, host string, port int, out *log.Logger) error {
	listener, err := fdsock.CreateServer(host, port, fdsock.ServerOptions{Backlog: 1024})
	if err != nil {
		return err
	}
	r := room{listener: listener, out: out}
	defer r.close()
	listener.SetBlocking(false)
	name, err := listener.GetSockName()
	if err != nil {
		return err
	}
	out.Println("listening on", name)
	for {
		err := r.turn(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r *room) close() {
	for _, c := range r.clients {
		_ = c.Close()
	}
	_ = r.listener.Close()
}

// turn waits until something can be done, and does it.
func (r *room) turn(ctx context.Context) error {
	var readers, writers []pyselect.Object
	timeout := max(time.Until(r.paused), 0)
	if timeout == 0 {
		readers, timeout = append(readers, r.listener), pyselect.Forever
	}
	for _, c := range r.clients {
		readers = append(readers, c)
		if len(c.unsent) > 0 {
			writers = append(writers, c)
		}
	}
	readable, writable, _, err := pyselect.SelectContext(ctx, readers, writers, nil, timeout)
	if err != nil {
		return err
	}
	for _, o := range writable {
		o.(*client).flush()
	}
	for _, o := range readable {
		if c, ok := o.(*client); ok {
			for _, line := range c.hear() {
				r.said(c, line)
			}
		} else if err := r.admit(); err != nil {
			return err
		}
	}
	r.sweep()
	return nil
}

// admit accepts a connection.
func (r *room) admit() error {
	sock, _, err := r.listener.Accept()
	if fdsock.BlockingIOError(err) || fdsock.ConnectionAbortedError(err) {
		return nil // it has gone again
	}
	if program.Exhausted(err) { // the listener stays readable: do not look at it for a while
		r.paused = time.Now().Add(program.Pause)
		r.out.Println("accepting pauses:", err)
		return nil
	}
	if err != nil {
		return err
	}
	sock.SetBlocking(false)
	r.clients = append(r.clients, &client{Socket: sock})
	return nil
}

// said passes on a line; a client's first is its name.
func (r *room) said(c *client, line string) {
	if c.name == "" {
		if c.name = line; line == "" {
			c.name = "somebody"
		}
		r.out.Println(c.name, "has joined")
		c.tell(fmt.Sprintf("* %d here\n", len(r.clients)))
		line = "* " + c.name + " has joined"
	} else {
		line = c.name + ": " + line
	}
	r.tellOthers(c, line)
}

func (r *room) tellOthers(c *client, line string) {
	for _, other := range r.clients {
		if other != c && other.name != "" {
			other.tell(line + "\n")
		}
	}
}

// sweep removes the clients that have left. Telling the others may find more.
func (r *room) sweep() {
	for i := 0; i < len(r.clients); {
		c := r.clients[i]
		if c.left == nil {
			i++
			continue
		}
		_ = c.Close()
		r.clients = append(r.clients[:i], r.clients[i+1:]...)
		if c.name != "" {
			r.out.Println(c.name, c.left)
			r.tellOthers(c, fmt.Sprint("* ", c.name, " ", c.left))
		}
		i = 0
	}
}
