package main

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"time"

	"github.com/pollux-net/pollux/bench/internal/peer"
)

const dialTimeout = 10 * time.Second

// stream is a connection of either kind.
type stream interface {
	net.Conn
	CloseWrite() error
}

func dialTCP(addr string) (*net.TCPConn, error) {
	conn, err := net.DialTimeout("tcp", addr, dialTimeout)
	if err != nil {
		return nil, err
	}
	return conn.(*net.TCPConn), nil
}

// dial connects and, for TLS, shakes hands.
func dial(addr string, useTLS bool) (stream, error) {
	conn, err := dialTCP(addr)
	if err != nil || !useTLS {
		return conn, err
	}
	secure := tls.Client(conn, peer.ClientTLS())
	_ = conn.SetDeadline(time.Now().Add(dialTimeout))
	if err := secure.Handshake(); err != nil {
		abort(conn)
		return nil, err
	}
	_ = conn.SetDeadline(time.Time{})
	return secure, nil
}

// abort resets a connection, so that none is left in TIME_WAIT. The error of a
// connection that is gone already does not matter.
func abort(conn net.Conn) {
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	_ = conn.(*net.TCPConn).SetLinger(0)
	_ = conn.Close()
}

// echo sends a message and compares what comes back.
func echo(conn io.ReadWriter, message []byte) error {
	if _, err := conn.Write(message); err != nil {
		return err
	}
	got := make([]byte, len(message))
	if _, err := io.ReadFull(conn, got); err != nil {
		return err
	}
	if !bytes.Equal(got, message) {
		return errors.New("the echo is not what was sent")
	}
	return nil
}
