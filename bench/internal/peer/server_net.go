package peer

import (
	"errors"
	"net"
	"syscall"
	"time"
)

// serveNet is the textbook server: a goroutine and a buffer per connection.
func serveNet(cfg Config) error {
	listener, err := net.Listen("tcp", cfg.Addr)
	if err != nil {
		return err
	}
	cfg.Ready(listener.Addr().String())
	return acceptAndEcho(listener, cfg.Buffer)
}

// acceptAndEcho rests when the process is out of descriptors, as net/http does.
func acceptAndEcho(listener net.Listener, bufferSize int) error {
	const least, most = 5 * time.Millisecond, time.Second
	rest := least
	for {
		conn, err := listener.Accept()
		if errors.Is(err, syscall.EMFILE) {
			time.Sleep(rest)
			rest = min(2*rest, most)
			continue
		}
		if err != nil {
			return err
		}
		rest = least
		go echoConn(conn, bufferSize)
	}
}

// echoConn does not use io.Copy: that would splice plain sockets, which is
// fewer copies and more system calls, and not what a server with a protocol does.
func echoConn(conn net.Conn, bufferSize int) {
	defer func() { _ = conn.Close() }() // nobody is left to be told
	buffer := make([]byte, bufferSize)
	for {
		n, err := conn.Read(buffer)
		if n > 0 {
			if _, werr := conn.Write(buffer[:n]); werr != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
