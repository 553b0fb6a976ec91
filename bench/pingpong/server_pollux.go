package main

import (
	"net"
	"strconv"

	"github.com/pollux-net/pollux/bench/internal/peer"
	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/reactor"
)

// servePolluxBlocking is the textbook server on fdsock: a goroutine and a
// buffer per connection.
func servePolluxBlocking(cfg peer.Config) error {
	return serveSockets(cfg, func(conn *fdsock.Socket) error {
		go echoSocket(conn, cfg.Buffer)
		return nil
	})
}

// serveSockets accepts connections, and begins each.
func serveSockets(cfg peer.Config, begin func(*fdsock.Socket) error) error {
	group, err := reactor.NewGroup(reactor.Config{Loops: cfg.Loops})
	if err != nil {
		return err
	}
	listener, err := listenOn(group, cfg.Addr)
	if err != nil {
		return err
	}
	addr, err := listener.GetSockName()
	if err != nil {
		return err
	}
	cfg.Ready(addr.String())
	for {
		conn, _, err := listener.Accept()
		if err != nil {
			return err
		}
		_ = conn.SetSockOpt(fdsock.IPPROTO_TCP, fdsock.TCP_NODELAY, 1) // only latency depends on it
		if err := begin(conn); err != nil {
			return err
		}
	}
}

func listenOn(group *reactor.Group, addr string) (*fdsock.Socket, error) {
	host, text, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return nil, err
	}
	listener, err := fdsock.NewOn(group, fdsock.AF_INET, fdsock.SOCK_STREAM, 0)
	if err != nil {
		return nil, err
	}
	if err := listener.SetSockOpt(fdsock.SOL_SOCKET, fdsock.SO_REUSEADDR, 1); err != nil {
		return nil, err
	}
	if err := listener.Bind(fdsock.Inet(host, port)); err != nil {
		return nil, err
	}
	return listener, listener.Listen(1024)
}

func echoSocket(conn *fdsock.Socket, bufferSize int) {
	defer func() { _ = conn.Close() }() // nobody is left to be told
	buffer := make([]byte, bufferSize)
	for {
		n, err := conn.RecvInto(buffer)
		if n == 0 || err != nil {
			return
		}
		if err := conn.SendAll(buffer[:n]); err != nil {
			return
		}
	}
}
