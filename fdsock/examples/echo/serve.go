package main

import (
	"context"
	"log"
	"sync"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/program"
)

// serve accepts connections until the context ends, and has a goroutine for
// each. It returns when all of them have ended.
func serve(ctx context.Context, host string, port int, out *log.Logger) error {
	listener, err := fdsock.CreateServer(host, port, fdsock.ServerOptions{})
	if err != nil {
		return err
	}
	defer listener.Close()
	name, err := listener.GetSockName()
	if err != nil {
		return err
	}
	out.Println("listening on", name)

	var clients sync.WaitGroup
	defer clients.Wait()
	ctx, cancel := context.WithCancel(ctx) // an error here ends the others too
	defer cancel()
	for {
		sock, peer, err := listener.AcceptContext(ctx)
		if ctx.Err() != nil {
			if sock != nil {
				_ = sock.Close()
			}
			return nil
		}
		if fdsock.ConnectionAbortedError(err) { // gone before it was accepted
			continue
		}
		if program.Exhausted(err) {
			out.Println("accepting pauses:", err)
			pause(ctx)
			continue
		}
		if err != nil {
			return err
		}
		clients.Go(func() {
			defer sock.Close()
			n, err := echo(ctx, sock)
			if err == nil {
				out.Printf("%v: %d bytes", peer, n)
			} else if ctx.Err() == nil {
				out.Printf("%v: %d bytes, then %v", peer, n, err)
			}
		})
	}
}

// pause waits until it is time to accept again, or the context ends.
func pause(ctx context.Context) {
	again := time.NewTimer(program.Pause)
	defer again.Stop()
	select {
	case <-again.C:
	case <-ctx.Done():
	}
}

// echo sends back what comes, until the peer has no more to say.
func echo(ctx context.Context, sock *fdsock.Socket) (total int, err error) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := sock.RecvIntoContext(ctx, buffer)
		if n == 0 || err != nil {
			return total, err
		}
		if _, err := sock.SendAllContext(ctx, buffer[:n]); err != nil {
			return total, err
		}
		total += n
	}
}
