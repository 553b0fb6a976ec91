package dispatch

import (
	"errors"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
)

// Listen begins to accept connections.
func (d *Dispatcher) Listen(backlog int) error {
	if d.socket == nil {
		return errNoSocket
	}
	d.accepting = true
	return d.socket.Listen(backlog)
}

// Bind binds the socket to an address.
func (d *Dispatcher) Bind(addr fdsock.Addr) error {
	if d.socket == nil {
		return errNoSocket
	}
	d.addr = addr
	return d.socket.Bind(addr)
}

// Connect connects the socket. HandleConnect is called when that has been
// done, perhaps before Connect returns; if it fails later, HandleError is. A
// name is looked up before Connect returns.
func (d *Dispatcher) Connect(addr fdsock.Addr) error {
	if d.socket == nil {
		return errNoSocket
	}
	d.connected, d.connecting = false, true
	errno, err := d.socket.ConnectEx(addr)
	if err != nil {
		return err
	}
	switch errno {
	case sys.EINPROGRESS, sys.EALREADY, sys.EAGAIN:
		d.addr = addr
		return nil
	case 0, sys.EISCONN:
		d.addr = addr
		return d.handleConnectEvent()
	}
	return &fdsock.Error{Op: "connect", Addr: addr, Errno: errno}
}

// Accept accepts a connection, which the caller owns; nil if there is none, or
// if it has gone already.
func (d *Dispatcher) Accept() (*fdsock.Socket, fdsock.Addr, error) {
	if d.socket == nil {
		return nil, nil, errNoSocket
	}
	sock, addr, err := d.socket.Accept()
	if errors.Is(err, sys.EAGAIN) || errors.Is(err, sys.ECONNABORTED) {
		return nil, nil, nil
	}
	return sock, addr, err
}

// Send sends what the socket takes of p, and returns how much that was: 0 if
// it would have to wait, or the connection has ended; then HandleClose was
// called, and its error is Send's. A TLS socket wants the same data again.
func (d *Dispatcher) Send(p []byte) (int, error) {
	n, err := d.conn().Send(p)
	switch {
	case err == nil:
		return n, nil
	case wouldBlock(err):
		return 0, nil
	case isDisconnected(err):
		return 0, d.me().HandleClose()
	}
	return 0, err
}

// Recv receives up to n bytes. None means that nothing is there, or that the
// connection has ended; then HandleClose was called, and its error is Recv's.
// Python's recv raises BlockingIOError, or ssl.SSLWantReadError, if nothing is
// there, and each program has to catch it.
func (d *Dispatcher) Recv(n int) ([]byte, error) {
	p, err := d.conn().Recv(n)
	switch {
	case err == nil && len(p) > 0:
		return p, nil
	case err == nil, isDisconnected(err):
		return nil, d.me().HandleClose()
	case wouldBlock(err):
		return nil, nil
	}
	return nil, err
}

// Close closes the channel: socket, TLS socket or file. Closing again does
// nothing.
func (d *Dispatcher) Close() error {
	d.connected, d.accepting, d.connecting = false, false, false
	d.DelChannel()
	err := d.conn().Close()
	if errors.Is(err, sys.ENOTCONN) || errors.Is(err, sys.EBADF) {
		return nil
	}
	return err
}
