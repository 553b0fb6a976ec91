//go:build (linux && (amd64 || arm64 || loong64)) || darwin || freebsd

package peer

import (
	"context"

	"github.com/cloudwego/netpoll"
)

// serveNetpoll is netpoll as its examples use it: the poller fills a
// LinkBuffer, a pooled goroutine answers.
func serveNetpoll(cfg Config) error { return serveNetpollWith(cfg, echoNetpoll) }

func serveNetpollWith(cfg Config, handle netpoll.OnRequest) error {
	if err := netpoll.Configure(netpoll.Config{PollerNum: cfg.Loops}); err != nil {
		return err
	}
	listener, err := netpoll.CreateListener("tcp", cfg.Addr)
	if err != nil {
		return err
	}
	loop, err := netpoll.NewEventLoop(handle)
	if err != nil {
		return err
	}
	cfg.Ready(listener.Addr().String())
	return loop.Serve(listener)
}

// echoNetpoll releases the reader last: the writer may refer to its bytes
// until they are flushed.
func echoNetpoll(_ context.Context, conn netpoll.Connection) error {
	reader, writer := conn.Reader(), conn.Writer()
	message, err := reader.Next(reader.Len())
	if err != nil {
		return err
	}
	if _, err = writer.WriteBinary(message); err != nil {
		return err
	}
	if err = writer.Flush(); err != nil {
		return err
	}
	return reader.Release()
}

func serveHTTPNetpoll(cfg Config) error { return serveNetpollWith(cfg, helloNetpoll) }

// helloNetpoll leaves what is no whole request in the reader.
func helloNetpoll(_ context.Context, conn netpoll.Connection) error {
	reader, writer := conn.Reader(), conn.Writer()
	text, err := reader.Peek(reader.Len())
	if err != nil {
		return err
	}
	requests, used, bad := scan(text)
	if err := reader.Skip(used); err != nil {
		return err
	}
	for requests > 0 {
		n := min(requests, atOnce)
		if _, err := writer.WriteBinary(answers[:n*len(answer)]); err != nil {
			return err
		}
		requests -= n
	}
	if err := writer.Flush(); err != nil {
		return err
	}
	if bad != nil {
		return conn.Close()
	}
	return reader.Release()
}
