package main

import (
	"context"
	"errors"
	"io"

	"github.com/pollux-net/pollux/fdsock"
)

// talk sends what in holds and writes to out what comes back, both at once:
// the server does not wait for the end either.
func talk(ctx context.Context, sock *fdsock.Socket, in io.Reader, out io.Writer) error {
	sent := make(chan error, 1)
	go func() {
		err := send(ctx, sock, in)
		sent <- err
		if err == nil {
			_ = sock.Shutdown(fdsock.SHUT_WR) // that was all; if it fails, so does the receiving
		} else {
			_ = sock.Close() // ends the receiving
		}
	}()
	for {
		p, err := sock.RecvContext(ctx, 64<<10)
		if len(p) > 0 {
			_, err = out.Write(p)
		} else if err == nil {
			err = errEnded
		}
		if err == nil {
			continue
		}
		select {
		case first := <-sent:
			if errors.Is(err, errEnded) {
				return first
			}
			return errors.Join(first, err)
		default: // there may be more to send
			return err
		}
	}
}

var errEnded = errors.New("the server has ended the connection")

// send sends all that in holds.
func send(ctx context.Context, sock *fdsock.Socket, in io.Reader) error {
	buffer := make([]byte, 64<<10)
	for {
		n, err := in.Read(buffer)
		if _, err := sock.SendAllContext(ctx, buffer[:n]); err != nil {
			return err
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
