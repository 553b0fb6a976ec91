package peer

import "net"

// serveNet is the textbook server: a goroutine and a buffer per connection.
func serveNet(cfg Config) error {
	listener, err := net.Listen("tcp", cfg.Addr)
	if err != nil {
		return err
	}
	cfg.Ready(listener.Addr().String())
	return acceptAndEcho(listener, cfg.Buffer)
}

func acceptAndEcho(listener net.Listener, bufferSize int) error {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
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
