package peer

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"time"
)

// Conn is a client's connection of either kind.
type Conn interface {
	net.Conn
	CloseWrite() error
}

// Dial connects from an address, or nil for the system's choice, and shakes
// hands for TLS.
func Dial(addr string, from net.IP, useTLS bool, timeout time.Duration) (Conn, error) {
	d := net.Dialer{Timeout: timeout}
	if from != nil {
		d.LocalAddr = &net.TCPAddr{IP: from}
	}
	conn, err := d.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	if !useTLS {
		return conn.(*net.TCPConn), nil
	}
	secure := tls.Client(conn, ClientTLS())
	_ = conn.SetDeadline(time.Now().Add(timeout))
	if err := secure.Handshake(); err != nil {
		Abort(conn)
		return nil, err
	}
	_ = conn.SetDeadline(time.Time{})
	return secure, nil
}

// Abort resets a connection, so that none is left in TIME_WAIT. The error of a
// connection that is gone already does not matter.
func Abort(conn net.Conn) {
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	_ = conn.(*net.TCPConn).SetLinger(0)
	_ = conn.Close()
}

// Echo sends a message and compares what comes back.
func Echo(conn io.ReadWriter, message []byte) error {
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
