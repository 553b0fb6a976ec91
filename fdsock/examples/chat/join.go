package main

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/pyselect"
)

// join passes lines from in to the room and the room's to out until in ends;
// it is an error when the room ends before.
func join(ctx context.Context, sock *fdsock.Socket, name string, in *os.File, out io.Writer) error {
	if err := sock.SendAll([]byte(strings.TrimSpace(name) + "\n")); err != nil {
		return err
	}
	if err := converse(ctx, sock, in, out); ctx.Err() == nil {
		return err
	}
	return nil
}

// converse watches both sides.
func converse(ctx context.Context, sock *fdsock.Socket, in *os.File, out io.Writer) error {
	input := pyselect.FD(in.Fd())
	watched := []pyselect.Object{sock, input}
	buffer := make([]byte, 4096)
	for {
		readable, _, _, err := pyselect.SelectContext(ctx, watched, nil, nil, pyselect.Forever)
		if err != nil {
			return err
		}
		for _, o := range readable {
			if o == input {
				err = pass(in, sock, buffer)
			} else {
				err = show(sock, out, buffer)
			}
			if errors.Is(err, io.EOF) {
				watched = watched[:1] // only the rest of what the room says
				err = sock.Shutdown(fdsock.SHUT_WR)
			}
			if errors.Is(err, errEnded) && len(watched) == 1 {
				return nil
			}
			if err != nil {
				return err
			}
		}
	}
}

// errEnded is the end of the room.
var errEnded = errors.New("the server has ended")

// pass sends what in has ready.
func pass(in io.Reader, sock *fdsock.Socket, buffer []byte) error {
	n, err := in.Read(buffer)
	if err != nil {
		return err
	}
	return sock.SendAll(buffer[:n])
}

// show prints what has come.
func show(sock *fdsock.Socket, out io.Writer, buffer []byte) error {
	n, err := sock.RecvInto(buffer)
	if err != nil {
		return err
	}
	if n == 0 {
		return errEnded
	}
	_, err = out.Write(buffer[:n])
	return err
}
